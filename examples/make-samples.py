#!/usr/bin/env python3
"""Make the sample threads of .mmogit/ with mmogit itself, as the identity of a published phrase.

    make-samples.py FOLDER     writes FOLDER/threads/… and FOLDER/allowed-signers

Needs `mmogit` and `git` on PATH. The answers are fixed texts, given by a program behind the `command` backend; times,
ids and signatures are those of the run. Nothing of your own home is read or written."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PHRASE = "legal winner thank year wave sausage worth useful " * 2 + "legal winner thank year wave sausage worth title"

REFRESH = """For JWT refresh tokens I recommend:

- **Short access tokens, long refresh tokens**: 15 minutes and 30 days, say.
- **Keep the refresh token out of JavaScript**: an `HttpOnly`, `Secure`, `SameSite=Strict` cookie, sent to one path only.
- **Store a hash of it on the server**, with the user, the device and the expiry, so that it can be revoked.
- **Never accept a refresh token where an access token is due**: give each its own audience."""

ROTATION = """Rotate at every use, and treat a second use as theft:

1. Each refresh returns a *new* refresh token and marks the old one as used.
2. All tokens that come from one login form a family.
3. If a used token comes back, revoke the whole family: somebody has a copy.

```sql
UPDATE refresh_tokens SET used_at = now()
WHERE hash = $1 AND used_at IS NULL AND expires_at > now()
RETURNING family_id;  -- no row: revoke the family
```

Allow a grace of a few seconds, or two browser tabs will log each other out."""

CLOCKS_FIRST = "Because no two clocks agree. Use a lock server."
CLOCKS_SECOND = """Because no two machines agree on the time, and a clock may jump backwards. Order events by what each one names as \
its predecessor, as git does with commits; keep the time as a remark for people."""

DEADLOCK_HALF = "A deadlock needs four things at once: mutual exclusion, hold and wait, no preemption, and"


def main(folder):
    with tempfile.TemporaryDirectory() as scratch:
        place = Place(pathlib.Path(scratch))
        place.mmogit("init", "--recover", said=PHRASE)
        place.answers(REFRESH, ROTATION)
        place.mmogit(
            "chat", "--title", "implementing_auth", "--tag", "backend", "--tag", "security",
            said="How should we handle JWT refresh tokens?\nWhat about token rotation?\nexit\n",
        )
        place.answers(CLOCKS_FIRST, CLOCKS_SECOND)
        place.mmogit(
            "chat", "--title", "ordering_events",
            said="Why should we not order events by their time?\n/retry\nexit\n",
        )
        place.answers(DEADLOCK_HALF)
        place.mmogit_interrupted("chat", "--title", "deadlocks", "-m", "What does a deadlock need?")
        place.mmogit("verify")
        place.extract(folder)


class Place:
    """A home of its own, and the program that answers."""

    def __init__(self, scratch):
        self.home, self.queue = scratch / "home", scratch / "queue"
        self.home.mkdir(mode=0o700)
        self.queue.mkdir()
        answer = scratch / "answer"
        # The next text; one that breaks off is followed by silence, until somebody presses Ctrl-C.
        answer.write_text(
            f"#!/bin/sh\ncat > /dev/null\ncd '{self.queue}'\nset -- *\ncat \"$1\"\n"
            'case $1 in *.half) touch ../halfway; sleep 60;; esac\nrm "$1"\n'
        )
        answer.chmod(0o755)
        (self.home / "config.toml").write_text(f'backend = "command"\ncommand = ["{answer}"]\n')
        kept = {name: os.environ[name] for name in ("PATH", "LC_ALL", "LANG") if name in os.environ}
        self.environment = {**kept, "HOME": str(scratch), "MMOGIT_HOME": str(self.home)}

    def answers(self, *texts):
        for number, text in enumerate(texts):
            whole = text[-1] in ".`"
            (self.queue / f"{number}{'' if whole else '.half'}").write_text(text)

    def mmogit(self, *args, said=""):
        subprocess.run(["mmogit", *args], input=said, text=True, check=True, env=self.environment, stdout=sys.stderr)

    def mmogit_interrupted(self, *args):
        """The same, and Ctrl-C in the middle of the answer."""
        running = subprocess.Popen(
            ["mmogit", *args], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        while not (self.queue.parent / "halfway").exists():
            time.sleep(0.05)
        running.stdout.read(1)
        running.send_signal(signal.SIGINT)
        running.communicate()
        assert running.returncode == 130, running.returncode

    def extract(self, folder):
        """The files of the branch, as any checkout of it has them."""
        repo = str(self.home / "repo.git")
        folder.mkdir(parents=True, exist_ok=True)
        git = ["git", "-C", repo]
        paths = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD", ".mmogit/threads"], check=True, capture_output=True, text=True)
        for path in paths.stdout.splitlines():
            target = folder / pathlib.PurePosixPath(path).relative_to(".mmogit")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(subprocess.run([*git, "show", f"HEAD:{path}"], check=True, capture_output=True).stdout)
            print(target)
        signers = subprocess.run(["mmogit", "allowed-signers"], check=True, env=self.environment, capture_output=True)
        (folder / "allowed-signers").write_bytes(signers.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
