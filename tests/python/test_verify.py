"""examples/verify.py against tests/vectors: python3 -m unittest discover tests/python"""

import contextlib
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

import verify

VECTORS = ROOT / "tests" / "vectors"
INDEPENDENT = VECTORS / "independent"


def load(path):
    return json.loads(path.read_text())


def run(*args):
    """(exit code, lines) of verify.py."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = verify.main([str(a) for a in args])
    return code, out.getvalue().splitlines()


def without(obj, *names):
    return {k: v for k, v in obj.items() if k not in names}


class Threads(unittest.TestCase):
    def each(self, folder):
        index = load(folder / "index.json")
        self.assertGreater(len(index), 30)
        self.assertEqual({e["file"] for e in index} | {"index.json"}, {p.name for p in folder.iterdir()})
        for entry in index:
            with self.subTest(entry["file"]):
                verdict, why = verify.judge((folder / entry["file"]).read_bytes())
                self.assertEqual(verdict, entry["verdict"], f"{entry['why']}: {why}")

    def test_ours(self):
        self.each(VECTORS / "threads")

    def test_independent(self):
        self.each(INDEPENDENT / "threads")

    @unittest.skipUnless((ROOT / ".mmogit" / "threads").is_dir(), "there are no sample threads in .mmogit/")
    def test_samples(self):
        samples = sorted((ROOT / ".mmogit" / "threads").rglob("*.json"))
        self.assertTrue(samples)
        for path in samples:
            with self.subTest(path.name):
                self.assertEqual(verify.judge(path.read_bytes(), None, path.relative_to(ROOT).as_posix()), ("valid", ""))

    def test_a_bad_signature_is_never_the_only_reason_where_the_owner_signed_again(self):
        """Else the vector would prove nothing of the rule that it is there for."""
        for entry in load(VECTORS / "threads" / "index.json"):
            section = entry.get("section", "")
            if entry["verdict"] == "invalid" and section.startswith(("7", "8", "9")):
                why = verify.judge((VECTORS / "threads" / entry["file"]).read_bytes())[1].split("; ")
                with self.subTest(entry["file"]):
                    if section != "9":
                        self.assertNotEqual(why, ["the thread is not signed, or not by its author or keeper"])

    def test_places(self):
        for place in load(VECTORS / "places.json")["places"]:
            with self.subTest(place["why"]):
                verdict, why = verify.judge((VECTORS / place["file"]).read_bytes(), place["branch"], place["path"])
                self.assertEqual(verdict, place["verdict"], why)

    def test_any_change_of_a_good_thread_is_noticed(self):
        """Every string and number of it, one at a time."""
        whole = load(VECTORS / "threads" / "good-regenerated.json")

        def changes(value):
            if isinstance(value, dict):
                for name in value:
                    yield from ({**value, name: new} for new in changes(value[name]))
                    yield without(value, name)
                yield {**value, "added": 1}
            elif isinstance(value, list):
                for i, part in enumerate(value):
                    yield from (value[:i] + [new] + value[i + 1 :] for new in changes(part))
                    yield value[:i] + value[i + 1 :]
                    yield value + [part]
            elif isinstance(value, str):
                yield value + "0"
                yield value[:-1] + ("0" if value[-1:] != "0" else "1")
            else:
                yield 7

        count = 0
        for changed in changes(whole):
            count += 1
            self.assertIn(verify.judge(json.dumps(changed).encode())[0], ("invalid", "malformed", "legacy"), changed)
        self.assertGreater(count, 80)

    def test_damaged_bytes_never_raise(self):
        chance = random.Random(1)
        text = (VECTORS / "threads" / "good-all-roles.json").read_bytes()
        for _ in range(150):
            at, size = chance.randrange(len(text)), chance.randrange(1, 30)
            damaged = text[:at] + chance.randbytes(chance.randrange(4)) + text[at + size :]
            self.assertIn(verify.judge(damaged)[0], ("valid", "invalid", "malformed", "legacy"))

    def test_larger_than_the_limit(self):
        text = (VECTORS / "threads" / "good-basic.json").read_bytes()
        self.assertEqual(verify.judge(text + b" " * (64 * 2**20 - len(text)))[0], "valid")
        self.assertEqual(verify.judge(text + b" " * (64 * 2**20 - len(text) + 1)), ("malformed", "larger than 64 MiB"))


class Forms(unittest.TestCase):
    def test_canonical(self):
        for path in (VECTORS / "canonical.json", INDEPENDENT / "canonical.json"):
            vectors = load(path)
            for case in vectors["good"]:
                with self.subTest(case["input"]):
                    form = verify.canonical(verify.parse(case["input"].encode()))
                    self.assertEqual(form.decode(), case["canonical"])
                    self.assertEqual(verify.sha256(form), case["sha256"])
                    self.assertEqual(verify.canonical(verify.parse(form)), form)
            for case in vectors["refused"]:
                data = bytes.fromhex(case["input_hex"]) if "input_hex" in case else case["input"].encode()
                with self.subTest(case["why"]), self.assertRaises(verify.Malformed):
                    verify.parse(data)

    def test_roots(self):
        for case in load(VECTORS / "roots.json")["roots"]:
            with self.subTest(case["why"]):
                self.assertEqual(verify.root(case["header"]), case["root"])

    def test_messages(self):
        for path in (VECTORS / "messages.json", INDEPENDENT / "messages.json"):
            for case in load(path)["messages"]:
                covered = verify.canonical(case["message"], {"signature"})
                self.assertEqual(covered.decode(), case["canonical"])
                self.assertEqual(verify.sha256(covered), case["id"])
                self.assertEqual(verify.framed(b"mmogit.message.v1", covered).hex(), case["signed_bytes"])
                author, sig = bytes.fromhex(case["message"]["author"]), bytes.fromhex(case["message"]["signature"])
                body = "".join(case["armour"].splitlines()[1:-1])
                self.assertEqual(verify.base64.b64decode(body), verify.blob(author, b"mmogit.message.v1", sig))

    def test_signatures(self):
        vectors = load(VECTORS / "signatures.json")
        for name, verdict in (("good", True), ("bad", False)):
            for case in vectors[name]:
                with self.subTest(case["why"]):
                    self.assertIs(verify.signed(case["namespace"].encode(), case["key"], case["signature"], case["data"].encode()), verdict)

    def test_erasures(self):
        for case in load(VECTORS / "erasures.json")["erasures"]:
            with self.subTest(case["why"]):
                verdict, why = verify.judge(json.dumps(case["erasure"]).encode(), case["branch"], case["path"])
                self.assertEqual(verdict, case["verdict"], why)

    def test_unions_lack_nothing_but_a_signature(self):
        for case in load(VECTORS / "union.json")["cases"]:
            with self.subTest(case["name"]):
                versions = [*case["versions"], *([case["base"]] if "base" in case else [])]
                for one in versions:
                    self.assertEqual(verify.judge(json.dumps(one).encode()), ("valid", ""))
                known = {}
                for m in (m for one in versions for m in one["messages"]):
                    known[verify.sha256(verify.canonical(m, {"signature"}))] = m
                made = {**case["header"], "messages": [known[i] for i in case["order"]]}
                why = verify.judge(json.dumps(made).encode())[1]
                self.assertEqual(why, "the thread is not signed, or not by its author or keeper")


class Repositories(unittest.TestCase):
    def test_commits(self):
        for case in load(VECTORS / "commits.json")["commits"]:
            with self.subTest(case["why"]):
                self.assertEqual(verify.commit(case["object"].encode(), case["branch"])[0], case["verdict"])

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name)

    def git(self, *args, **more):
        # Nothing of this machine's git configuration may have a say.
        env = {"PATH": verify.subprocess.os.environ["PATH"], "HOME": self.folder.name, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(["git", *args], check=True, capture_output=True, env=env, **more).stdout

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_the_independent_repository(self):
        self.git("clone", "-q", "--mirror", str(INDEPENDENT / "store.bundle"), str(self.path / "r"))
        code, lines = run("--git", self.path / "r")
        self.assertEqual(code, 0, lines)
        self.assertEqual(sum(".mmogit/threads/" in line for line in lines), 4)
        self.assertEqual(len(lines), 8)

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_a_repository_with_damage(self):
        repo = str(self.path / "r")
        self.git("clone", "-q", "--mirror", str(INDEPENDENT / "store.bundle"), repo)
        tips = load(INDEPENDENT / "commits.json")["tips"]
        mine, other = sorted(tips)
        blob = self.git("-C", repo, "hash-object", "-w", "--stdin", input=b'{"version":1').decode().strip()
        tree = blob
        for name, mode in (("x\x1b[2J.json", "100644 blob"), ("01", "040000 tree"), ("2026-01", "040000 tree"), ("threads", "040000 tree"), (".mmogit", "040000 tree")):
            tree = self.git("-C", repo, "mktree", "-z", input=f"{mode} {tree}\t{name}\0".encode()).decode().strip()
        commit = self.git("-C", repo, "-c", "user.name=x", "-c", "user.email=x@y.invalid", "commit-tree", tree, "-p", tips[mine], "-m", "1 thread").decode().strip()
        self.git("-C", repo, "update-ref", mine, commit)
        self.git("-C", repo, "update-ref", "refs/heads/users/someone", tips[other])
        code, lines = run("--git", repo)
        self.assertEqual(code, 3)
        self.assertEqual(sum(": invalid" in line for line in lines), 2)  # the unsigned commit, the branch of no key
        self.assertEqual(sum(": malformed" in line for line in lines), 1)
        self.assertFalse(any("\x1b" in line for line in lines))

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_an_empty_repository_is_not_valid(self):
        self.git("init", "-q", "--bare", str(self.path / "r"))
        self.assertEqual(run("--git", self.path / "r"), (3, []))

    @unittest.skipUnless(shutil.which("git") and shutil.which("ssh-keygen"), "needs git and ssh-keygen")
    def test_stock_git_agrees_on_commits(self):
        repo, allowed = str(self.path / "r"), self.path / "allowed"
        self.git("init", "-q", "--bare", repo)
        self.git("-C", repo, "hash-object", "-t", "tree", "-w", "--stdin", input=b"")
        for case in load(VECTORS / "commits.json")["commits"]:
            owner = bytes.fromhex(case["branch"])
            public = verify.base64.b64encode(verify.string(b"ssh-ed25519") + verify.string(owner)).decode()
            allowed.write_text(f'{case["branch"]}@users.mmogit.invalid namespaces="git" ssh-ed25519 {public}\n')
            name = self.git("-C", repo, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", input=case["object"].encode()).decode().strip()
            self.assertEqual(name, case["id"])
            with self.subTest(case["why"]):
                check = ["-C", repo, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", name]
                if case["verdict"] == "valid":
                    self.git(*check)
                elif case["why"] != "signed twice over":  # git makes one signature of the two, and so says either
                    with self.assertRaises(subprocess.CalledProcessError):
                        self.git(*check)

    @unittest.skipUnless(shutil.which("ssh-keygen"), "needs ssh-keygen")
    def test_stock_ssh_keygen_agrees_on_armour(self):
        vectors = load(VECTORS / "messages.json")
        erasures = [e for e in load(VECTORS / "erasures.json")["erasures"] if e["verdict"] == "valid"]
        for case, namespace in [
            *((m, "mmogit.message.v1") for m in vectors["messages"]),
            (vectors["thread"], "mmogit.thread.v1"),
            *((e, "mmogit.erasure.v1") for e in erasures),
        ]:
            (self.path / "s").write_text(case["armour"])
            (self.path / "a").write_text(case["allowed_signers"])
            check = ["ssh-keygen", "-Y", "verify", "-n", namespace, "-I", case["allowed_signers"].split()[0], "-f", str(self.path / "a"), "-s", str(self.path / "s")]
            subprocess.run(check, input=case["canonical"].encode(), check=True, capture_output=True)
            with self.assertRaises(subprocess.CalledProcessError):
                subprocess.run(check, input=case["canonical"].encode() + b" ", check=True, capture_output=True)


class CommandLine(unittest.TestCase):
    def test_lines_and_exit_codes(self):
        folder = VECTORS / "threads"
        code, lines = run(folder / "good-basic.json", folder / "good-empty.json")
        self.assertEqual((code, [line.rsplit(": ", 1)[1] for line in lines]), (0, ["valid", "valid"]))
        code, lines = run(folder / "good-basic.json", folder / "bad-edit-title.json", folder / "legacy.json", folder / "malformed-cut.json")
        self.assertEqual(code, 3)
        self.assertEqual([line.split(".json: ")[1].split(":")[0] for line in lines], ["valid", "invalid", "legacy", "malformed"])

    def test_a_bundle_has_a_verdict_for_each_line(self):
        names = ["good-basic.json", "legacy.json", "bad-content.json"]
        lines = [json.dumps(load(INDEPENDENT / "threads" / name)) for name in names]

        def check(*lines):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "b"
                path.write_text("".join(line + "\n" for line in lines))
                code, said = run(path)
                return code, [line.removeprefix(str(path)).split(": ")[:2] for line in said]

        header = '{"mmogit_bundle":1,"threads":%s}'
        self.assertEqual(check(header % 1, lines[0]), (0, [[":2", "valid"]]))
        self.assertEqual(check(header % 3, *lines), (3, [[":2", "valid"], [":3", "legacy"], [":4", "invalid"]]))
        for bad in (header % 2, header % "true", header % "1.0", header.replace("1", "2") % 1, '{"mmogit_bundle":1}', '{"mmogit_bundle":'):
            with self.subTest(bad):
                self.assertEqual(check(bad, lines[0]), (3, [[":2", "valid"], ["", "malformed"]]))

    def test_a_file_that_is_not_there_hides_no_other(self):
        code, lines = run("/nowhere/thread.json", VECTORS / "threads" / "good-basic.json")
        self.assertEqual(code, 3)
        self.assertEqual(lines[0], "/nowhere/thread.json: unreadable: No such file or directory")
        self.assertTrue(lines[1].endswith(": valid"), lines)

    def test_asked_wrongly(self):
        for args in ([], ["--help"], ["--git"], ["--git", "a", "b"]):
            with self.subTest(args), contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(run(*args), (2, []))
                self.assertIn("verify.py FILE", said.getvalue())

    def test_nothing_but_the_standard_library_in_150_lines(self):
        text = (ROOT / "examples" / "verify.py").read_text()
        self.assertLessEqual(len(text.splitlines()), 150)
        for line in text.splitlines():
            if line.startswith(("import ", "from ")):
                for name in line.replace("from ", "import ").split(" import ")[0].removeprefix("import ").split(", "):
                    self.assertIn(name, sys.stdlib_module_names)


if __name__ == "__main__":
    unittest.main()
