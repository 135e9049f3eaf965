/* Stands in for an AI that answers at once: says its line, then reads its prompt to the end. As Crush it also has a
   version. */
#include <string.h>
#include <unistd.h>

static int say(const char *text) { return write(1, text, strlen(text)) != (ssize_t)strlen(text); }

int main(int count, char **words) {
    char prompt[4096];
    if (count == 2 && strcmp(words[1], "-v") == 0) return say("crush version v0.90.0\n");
    int failed = say("An answer, at once.\n");
    while (read(0, prompt, sizeof prompt) > 0) {}
    return failed;
}
