"""Stands in for an AI: what it does depends on a word in the last line of what it is asked."""

import os
import sys
import time

RICH = """## A heading

Some *words*, some `code`, and [a link](https://example.org/).

1. first
2. second

```rust
fn main() {
    println!("a line that is so long that it does not fit into the width of any narrow window at all");
}
```

| one | two |
|-----|-----|
| 1   | 2   |

> quoted
"""

HOSTILE = """<script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">
[press](javascript:document.title='taken') <style>body { display: none }</style>
<form action=//example.org><input name=passphrase></form>
"""


def say(text, pause=0.0):
    for word in text.split(" "):
        sys.stdout.write(word + " ")
        sys.stdout.flush()
        time.sleep(pause)


def main():
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    question = lines[-1].strip() if lines else ""
    _, _, place = question.partition(" unless there is ")
    if place and os.path.exists(place):
        question = "slowly"
    if "fail" in question:
        sys.stderr.write("no model is here\n")
        sys.exit(1)
    if "hang" in question:
        say(RICH if "rich" in question else "This is how it begins")
        time.sleep(600)
    elif "nothing" in question:
        time.sleep(600)
    elif "slowly" in question:
        say("This answer comes word by word, as they do. " * 8 + "The end.", pause=0.05)
    elif "long" in question:
        say("\n\n".join(f"Paragraph {number}: {'words and words ' * 12}" for number in range(30)))
    elif "rich" in question:
        say(RICH)
    elif "hostile" in question:
        say(HOSTILE)
    else:
        say(f"I heard: {question}")


main()
