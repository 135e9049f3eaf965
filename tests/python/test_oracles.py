"""tests/vectors against other people's implementations: python3 -m unittest discover tests/python

Optional: pip install -r tests/python/requirements.txt. What is not installed is skipped, and said so."""

import hashlib
import importlib
import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

import verify

VECTORS = ROOT / "tests" / "vectors"


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def needs(module, name):
    return unittest.skipUnless(module, f"no second opinion from {name}: pip install -r tests/python/requirements.txt")


mnemonic = optional("mnemonic")
rfc8785 = optional("rfc8785")
ed25519 = optional("cryptography.hazmat.primitives.asymmetric.ed25519")
x25519 = optional("cryptography.hazmat.primitives.asymmetric.x25519")


def cases(file, *lists):
    """(where it stands, case) of the lists of a file, ours and, if there is one, the independent one."""
    for path in (VECTORS / file, VECTORS / "independent" / file):
        if path.exists():
            whole = json.loads(path.read_text())
            for name in lists:
                for number, case in enumerate(whole[name]):
                    yield f"{path.relative_to(VECTORS)}, {name} {number}", case


@needs(mnemonic, "mnemonic, BIP39's reference implementation")
class Words(unittest.TestCase):
    def setUp(self):
        self.english = mnemonic.Mnemonic("english")

    def test_entropy_words_and_seeds(self):
        for where, case in [*cases("keys.json", "good"), *cases("bip39.json", "cases")]:
            with self.subTest(where):
                self.assertTrue(self.english.check(case["words"]))
                if "entropy" in case:
                    self.assertEqual(self.english.to_mnemonic(bytes.fromhex(case["entropy"])), case["words"])
                    self.assertEqual(self.english.to_entropy(case["words"]).hex(), case["entropy"])
                seed = self.english.to_seed(case["words"], case.get("passphrase", ""))
                self.assertEqual(seed.hex(), case["seed"])

    def test_what_is_refused(self):
        for where, case in cases("keys.json", "refused"):
            with self.subTest(where):
                self.assertFalse(self.english.check(case["words"]))


@needs(rfc8785, "rfc8785, by Trail of Bits")
class CanonicalForm(unittest.TestCase):
    def test_every_form(self):
        for where, case in cases("canonical.json", "good"):
            with self.subTest(where):
                form = rfc8785.dumps(json.loads(case["input"]))
                self.assertEqual(form.decode(), case["canonical"])
                self.assertEqual(hashlib.sha256(form).hexdigest(), case["sha256"])

    def test_messages_and_roots(self):
        for where, case in cases("messages.json", "messages"):
            with self.subTest(where):
                bare = {k: v for k, v in case["message"].items() if k != "signature"}
                self.assertEqual(hashlib.sha256(rfc8785.dumps(bare)).hexdigest(), case["id"])
        for where, case in cases("roots.json", "roots"):
            with self.subTest(where):
                fixed = ("version", "id", "author", "created_at", "mode", "project", "anchors")
                born = {k: v for k, v in case["header"].items() if k in fixed}
                self.assertEqual(hashlib.sha256(rfc8785.dumps(born)).hexdigest(), case["root"])


@needs(ed25519, "cryptography, that is, OpenSSL")
class Curves(unittest.TestCase):
    def holds(self, key, signature, data):
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), data)
            return True
        except Exception:  # a wrong signature, or a key that it does not take
            return False

    def test_public_keys(self):
        for where, case in cases("keys.json", "good"):
            for key in (case["owner"], *case["derived"]):
                kind, name = (ed25519.Ed25519PrivateKey, "public") if "public" in key else (x25519.X25519PrivateKey, "x25519_public")
                with self.subTest(where + key.get("label", "")):
                    public = kind.from_private_bytes(bytes.fromhex(key["secret"])).public_key()
                    self.assertEqual(public.public_bytes_raw().hex(), key[name])

    def test_messages(self):
        for where, case in cases("messages.json", "messages"):
            with self.subTest(where):
                message, covered = case["message"], bytes.fromhex(case["signed_bytes"])
                self.assertTrue(self.holds(message["author"], message["signature"], covered))
                self.assertFalse(self.holds(message["author"], message["signature"], covered + b"\0"))

    def test_signatures(self):
        for where, case in cases("signatures.json", "good"):
            with self.subTest(where):
                framed = verify.framed(case["namespace"].encode(), case["data"].encode())
                self.assertTrue(self.holds(case["key"], case["signature"], framed), case["why"])
        lenient = 0
        for where, case in cases("signatures.json", "bad"):
            with self.subTest(where):
                framed = verify.framed(case["namespace"].encode(), case["data"].encode())
                if self.holds(case["key"], case["signature"], framed):
                    # RFC 8032 lets keys of small order pass, and section 6 does not: the one reason to differ.
                    strict = [verify.point(bytes.fromhex(raw)) for raw in (case["key"], case["signature"][:64])]
                    self.assertIn(None, strict, case["why"])
                    lenient += 1
        self.assertGreater(lenient, 0, "no vector shows what strictness is for")

    def test_every_message_of_every_good_thread(self):
        count = 0
        for path in [*VECTORS.glob("threads/good-*.json"), *VECTORS.glob("independent/threads/good-*.json")]:
            for message in json.loads(path.read_bytes())["messages"]:
                covered = verify.framed(b"mmogit.message.v1", verify.canonical(message, {"signature"}))
                self.assertTrue(self.holds(message["author"], message["signature"], covered), path.name)
                count += 1
        self.assertGreater(count, 100)


if __name__ == "__main__":
    unittest.main()
