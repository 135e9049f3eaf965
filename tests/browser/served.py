"""A home of mmogit, served by the built program, with a stand-in for an AI."""

import itertools
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_IN = pathlib.Path(__file__).with_name("stand_in.py")
PATIENCE = 30


def program():
    """The built program: `MMOGIT_TEST_BINARY`, or cargo's."""
    named = os.environ.get("MMOGIT_TEST_BINARY")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return pathlib.Path(named) if named else target / "debug" / "mmogit"


# Below the ports that a system gives to whoever asks for any, and a part for each process of tests:
# a server that is begun again finds its own free.
PORTS = itertools.cycle(range(20_000 + os.getpid() % 120 * 100, 20_000 + os.getpid() % 120 * 100 + 100))


def free_port():
    for port in itertools.islice(PORTS, 100):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


class Home:
    """A temporary home with an identity. It may be served, ended and served again, on one port."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mmogit-browser-"))
        self.port = free_port()
        self.process = None
        self.reader = None
        self.log = []
        self.told = None
        self.answers = ["--backend", "command", "--command", f"{sys.executable} {STAND_IN}"]
        self.begin()

    def begin(self):
        """Makes what is served."""
        self.run("init", "--no-verify")

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        home = {"HOME": str(self.folder), "MMOGIT_HOME": str(self.folder / "mmogit")}
        return kept | home

    def run(self, *arguments, stdin="", **variables):
        """Runs a command in the home; what it printed."""
        ran = subprocess.run(
            [program(), *arguments],
            input=stdin,
            env=self.environment() | variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if ran.returncode != 0:
            raise AssertionError(f"{arguments}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
        return ran.stdout

    def until(self, text, *arguments):
        """Waits until a command says this: what was said is in its thread's file within a second or so."""
        ends = time.monotonic() + PATIENCE
        while text not in (printed := self.run(*arguments)):
            if time.monotonic() > ends:
                raise AssertionError(f"{arguments} never says {text!r}:\n{printed}")
            time.sleep(0.2)

    def serve(self):
        """Serves it; the link to the page, which is good once."""
        arguments = ["serve", "--json", "--port", str(self.port), *self.answers, *self.options()]
        self.process = subprocess.Popen(
            [program(), *arguments],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told = json.loads(self._first_line())
        return self.told["url"]

    def ask(self, method, path, body=None, token=None):
        """Asks the server as a program does, with the scripts' token unless another is given; its whole answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.told['token'] if token is None else token}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()

    def options(self):
        return []

    def _first_line(self):
        lines = queue.Queue()
        read = threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True)
        read.start()
        # What it logs must not fill the pipe.
        self.reader = threading.Thread(target=self.log.extend, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        line = lines.get(timeout=PATIENCE)
        if not line:
            self.process.wait(timeout=PATIENCE)
            raise AssertionError(f"it does not serve: {''.join(self.log)}")
        return line

    def end(self, how=signal.SIGTERM):
        """Ends the server, in peace or not."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=PATIENCE)
            self.process.stdout.close()
            self.reader.join(timeout=PATIENCE)
            self.process.stderr.close()
            self.process = None

    def close(self):
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder)


class Homes(Home):
    """The homes of ana, whose server it is, and ben, who log in."""

    NAMES = ("ana", "ben")

    def begin(self):
        for name in self.NAMES:
            secret = self.folder / f"{name}.txt"
            secret.write_text(self.passphrase(name) + "\n")
            role = ["--owner"] if name == "ana" else []
            self.run("profile", "add", name, "--no-verify", *self.options(), *role, MMOGIT_PASSPHRASE_FILE=str(secret))

    def passphrase(self, name):
        return f"{name} has a passphrase"

    def options(self):
        return ["--profiles", str(self.folder / "profiles")]
