"""examples/verify.py against tests/vectors: python3 -m unittest discover tests/python"""

import contextlib
import hashlib
import io
import json
import os
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

# Git makes one signature of two, and OpenSSH passes over the reserved field.
STOCK_GIT_MAY_SAY_EITHER = {"signed twice over", "the armour's reserved field in use"}


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
    def each(self, folder, beside=()):
        index = load(folder / "index.json")
        self.assertGreater(len(index), 30)
        self.assertEqual({e["file"] for e in index} | {"index.json", *beside}, {p.name for p in folder.iterdir()})
        for entry in index:
            with self.subTest(entry["file"]):
                verdict, why = verify.judge((folder / entry["file"]).read_bytes())
                self.assertEqual(verdict, entry["verdict"], f"{entry['why']}: {why}")

    def test_ours(self):
        self.each(VECTORS / "threads")

    def test_independent(self):
        self.each(INDEPENDENT / "threads")

    def test_independent_sealed_without_a_key(self):
        self.each(INDEPENDENT / "sealed", ("cards.json", "padding.json"))

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

    def test_documents(self):
        for case in load(VECTORS / "documents.json")["documents"]:
            with self.subTest(case["why"]):
                verdict, why = verify.judge(json.dumps(case["document"]).encode(), case["branch"], case["path"])
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
                elif case["why"] not in STOCK_GIT_MAY_SAY_EITHER:
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


THREAD = ".mmogit/threads/2026-01/01/thread_1767225600.json"


class Owner:
    """Somebody who signs commits: RFC 8032 on the verifier's own points."""

    def __init__(self, words):
        good = load(VECTORS / "keys.json")["good"]
        keys = next(case["owner"] for case in good if case["words"] == words)
        digest = hashlib.sha512(bytes.fromhex(keys["secret"])).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.prefix, self.public = digest[32:], bytes.fromhex(keys["public"])
        self.branch = f"refs/heads/users/{keys['public']}"

    def sign(self, namespace, data):
        data = verify.framed(namespace, data)

        def number(*parts):
            return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % verify.L

        nonce = number(self.prefix, data)
        x, y, z, _ = times(nonce, verify.BASE)
        x, y = (part * pow(z, -1, verify.P) % verify.P for part in (x, y))
        r = (y | (x & 1) << 255).to_bytes(32, "little")
        return r + ((nonce + number(r, self.public, data) * self.scalar) % verify.L).to_bytes(32, "little")

    def commit(self, tree, *parents):
        who = f"mmogit <{self.public.hex()}@users.mmogit.invalid> 1767225700 +0000"
        head = "".join(f"{line}\n" for line in (f"tree {tree}", *(f"parent {one}" for one in parents), f"author {who}", f"committer {who}"))
        rest = "\n1 thread\n"
        blob = verify.blob(self.public, b"git", self.sign(b"git", (head + rest).encode()))
        text = verify.base64.b64encode(blob).decode()
        lines = ["-----BEGIN SSH SIGNATURE-----", *(text[i : i + 70] for i in range(0, len(text), 70)), "-----END SSH SIGNATURE-----"]
        return (head + "gpgsig " + "\n ".join(lines) + "\n" + rest).encode()


def times(count, point):
    out = (0, 1, 1, 0)
    for bit in range(count.bit_length() - 1, -1, -1):
        out = verify.add(out, out)
        out = verify.add(out, point) if count >> bit & 1 else out
    return out


@unittest.skipUnless(shutil.which("git"), "needs git")
class Damage(unittest.TestCase):
    """A repository of one thread, whose owner signs each commit; what is wrong is wrong in spite of that."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.repo = Path(folder.name) / "r"
        self.owner = Owner("legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title")
        self.env = {"PATH": os.environ["PATH"], "HOME": folder.name, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", "init", "-q", "--bare", str(self.repo)], check=True, env=self.env)
        self.thread = (VECTORS / "threads" / "good-basic.json").read_bytes()
        self.first = self.commit({THREAD: self.thread})

    def git(self, *args, **more):
        return subprocess.run(["git", "-C", str(self.repo), *args], check=True, capture_output=True, env=self.env, **more).stdout.decode().strip()

    def write(self, kind, data):
        return self.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", input=data)

    def tree(self, entries):
        """Writes (name, mode, id) entries as they come."""
        return self.write("tree", b"".join(b"%s %s\0" % (mode.encode(), name.encode()) + bytes.fromhex(one) for name, mode, one in entries))

    def files(self, files):
        """The tree of {path: bytes or (mode, id)}."""
        folders, entries = {}, []
        for path, content in files.items():
            top, _, rest = path.partition("/")
            if rest:
                folders.setdefault(top, {})[rest] = content
            elif isinstance(content, tuple):
                entries.append((top, *content))
            else:
                entries.append((top, "100644", self.write("blob", content)))
        entries += [(top, "40000", self.files(below)) for top, below in folders.items()]
        return self.tree(sorted(entries))

    def commit(self, files, *parents):
        tree = files if isinstance(files, str) else self.files(files)
        made = self.write("commit", self.owner.commit(tree, *parents))
        self.git("update-ref", self.owner.branch, made)
        return made

    def check(self):
        code, lines = run("--git", self.repo)
        return code, [line.replace(self.owner.branch, "BRANCH").replace(self.first, "FIRST") for line in lines]

    def found(self, *expected):
        """That the check fails, and that each of these stands in a line of its own."""
        code, lines = self.check()
        self.assertEqual(code, 3, lines)
        for part in expected:
            self.assertTrue(any(part in line for line in lines), (part, lines))

    def remove(self, name):
        (self.repo / "objects" / name[:2] / name[2:]).unlink()

    def object_at(self, path, commit=None):
        return self.git("rev-parse", f"{commit or self.first}:{path}")

    def test_nothing_is_wrong_without_damage(self):
        self.commit({THREAD: self.thread, "notes.txt": b"others may lie beside"}, self.first)
        code, lines = self.check()
        self.assertEqual(code, 0, lines)
        self.assertEqual(len(lines), 3)

    def test_replacements_and_grafts_have_no_say(self):
        bad = self.commit({}, self.first)
        good = self.write("commit", self.owner.commit(self.git("rev-parse", f"{self.first}^{{tree}}"), self.first))
        self.git("replace", bad, good)
        self.found("a message of " + THREAD + " was taken away")
        self.git("replace", "-d", bad)
        (self.repo / "info").mkdir(exist_ok=True)
        (self.repo / "info" / "grafts").write_text(bad + "\n")
        self.found("a message of " + THREAD + " was taken away")

    def test_variables_name_no_other_repository(self):
        self.commit({}, self.first)
        with tempfile.TemporaryDirectory() as other:
            subprocess.run(["git", "init", "-q", "--bare", other], check=True, env=self.env)
            os.environ["GIT_DIR"] = other
            self.addCleanup(os.environ.pop, "GIT_DIR", None)
            self.found("was taken away")

    def test_what_is_no_plain_file_is_no_thread(self):
        blob = self.object_at(THREAD)
        for mode in ("120000", "100755", "100664", "160000"):
            with self.subTest(mode):
                self.commit({THREAD: (mode, blob)}, self.first)
                self.found(f"{THREAD}: invalid: not a plain file (mode {mode})", f"{THREAD} is not a plain file")

    def test_a_day_that_became_a_gitlink_lost_its_threads(self):
        day = ".mmogit/threads/2026-01/01"
        self.commit({day: ("160000", self.object_at(day))}, self.first)
        self.found(f"a message of {THREAD} was taken away", f"{day}: invalid: not a plain file")

    def test_a_thread_under_a_name_that_is_none_was_taken_away(self):
        for name in (THREAD.replace("json", "JSON"), THREAD + ".txt", THREAD.replace("thread_", "thread_0")):
            with self.subTest(name):
                self.commit({name: self.thread}, self.first)
                self.found(f"a message of {THREAD} was taken away")

    def test_a_thread_under_its_other_name_was_not_taken_away(self):
        other = THREAD.replace(".json", f"-{verify.root(json.loads(self.thread))[:8]}.json")
        self.commit({other: self.thread}, self.first)
        self.assertEqual(self.check()[0], 0)

    def test_what_was_taken_away_and_put_back_is_missed_where_it_was(self):
        emptied = self.commit({}, self.first)
        self.commit({THREAD: self.thread}, emptied)
        self.found(f"{emptied}: invalid: a message of")

    def test_a_name_that_stands_twice(self):
        day = ".mmogit/threads/2026-01/01"
        name, blob = THREAD.rsplit("/", 1)[1], self.object_at(THREAD)
        twice = self.tree([(name, "100644", blob), (name, "100644", self.write("blob", b"{}"))])
        self.commit({day: ("40000", twice)}, self.first)
        self.found("names something twice")

    def test_a_folder_under_many_names_is_judged_once_and_named_each_time(self):
        for place in (".mmogit/threads/2026-01/01", ".mmogit/threads/2026-01"):
            with self.subTest(place):
                others = [f"{place[:-1]}{n}" for n in (2, 3)]
                same = ("40000", self.object_at(place))
                self.commit({THREAD: self.thread, **{other: same for other in others}}, self.first)
                self.found(*(f"{other}: invalid: the same as {place}" for other in others))

    def test_folders_that_multiply_come_to_an_end(self):
        tree = self.tree([("x", "100644", self.write("blob", b"x"))])
        for _ in range(3):
            tree = self.tree([(f"{n:03}", "40000", tree) for n in range(1000)])
        bomb = self.commit({THREAD: self.thread, ".mmogit/erased": ("40000", tree)}, self.first)
        self.found(".mmogit/erased/001: invalid: the same as .mmogit/erased/000")
        self.commit({THREAD: self.thread}, bomb)
        self.assertEqual(self.check()[0], 0)

    def test_folders_that_go_on_and_on_come_to_an_end(self):
        tree = self.files({"thread_1.json": b"{}"})
        for _ in range(1500):
            tree = self.tree([("d", "40000", tree)])
        self.commit({THREAD: self.thread, ".mmogit/threads/2026-02": ("40000", tree)}, self.first)
        self.found("d/d/thread_1.json: malformed")

    def test_a_folder_that_git_did_not_write(self):
        odd = self.write("tree", b"100644 x")
        self.commit({".mmogit/threads": ("40000", odd)}, self.first)
        self.found("not written as git writes one")

    def test_no_object_is_missing_unnoticed(self):
        paths = [".mmogit", ".mmogit/threads", ".mmogit/threads/2026-01", ".mmogit/threads/2026-01/01", THREAD]
        names = [self.git("rev-parse", f"{self.first}^{{tree}}"), *(self.object_at(path) for path in paths)]
        for name in (*names, self.first):
            with self.subTest(name):
                place = self.repo / "objects" / name[:2] / name[2:]
                data = place.read_bytes()
                place.unlink()
                self.found("unreadable")
                place.write_bytes(data[:-5])
                self.found("unreadable")
                place.write_bytes(data)
        self.assertEqual(self.check()[0], 0)

    def test_what_a_missing_parent_had_is_not_passed_over(self):
        more = THREAD.replace("1767225600", "1767225607")
        blob = self.object_at(THREAD)
        self.commit({more: b"{}"}, self.first)
        self.remove(blob)
        self.found("unreadable")

    def test_an_object_under_anothers_name(self):
        blob = self.object_at(THREAD)
        other = self.write("blob", b"{}")
        place = self.repo / "objects" / blob[:2] / blob[2:]
        place.chmod(0o600)
        place.write_bytes((self.repo / "objects" / other[:2] / other[2:]).read_bytes())
        self.found("unreadable")

    def test_another_name_of_a_branch_is_no_branch(self):
        self.git("update-ref", "refs/heads/elsewhere", self.first)
        self.git("symbolic-ref", self.owner.branch, "refs/heads/elsewhere")
        self.found("BRANCH: invalid: no branch of its own, but another name of refs/heads/elsewhere")

    def test_a_reference_that_git_ignores(self):
        (self.repo / self.owner.branch).write_text("rubbish\n")
        self.found("unreadable: warning: ignoring broken ref")

    def test_no_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            code, lines = run("--git", folder)
            self.assertEqual((code, len(lines)), (3, 1))
            self.assertIn("unreadable: fatal: not a git repository", lines[0])


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

    def test_nothing_but_the_standard_library_in_plain_lines(self):
        text = (ROOT / "examples" / "verify.py").read_text()
        self.assertLessEqual(len(text.splitlines()), 820)
        self.assertNotIn("lambda", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 100, line)
            self.assertNotRegex(line, r"^\s*(import|from) .*[;,]|;\s*$")
            if line.startswith(("import ", "from ")):
                self.assertIn(line.split()[1], sys.stdlib_module_names)


if __name__ == "__main__":
    unittest.main()
