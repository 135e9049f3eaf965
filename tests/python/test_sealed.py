"""Sealed threads, ours and those of an independent implementation, opened by other people's libraries: PyNaCl for the
boxes, pyhpke for the wraps, zlib for what is inside."""

import base64
import hashlib
import json
import sys
import unittest
import zlib
from pathlib import Path

sys.dont_write_bytecode = True

from test_oracles import VECTORS, mnemonic, needs, optional, rfc8785, verify, x25519

pyhpke = optional("pyhpke")
nacl = optional("nacl.bindings")
hkdf = optional("cryptography.hazmat.primitives.kdf.hkdf")
hashes = optional("cryptography.hazmat.primitives.hashes")
ed25519 = optional("cryptography.hazmat.primitives.asymmetric.ed25519")

MOST = 64 << 20
NEVER_INSIDE = {"role", "timestamp", "author", "agent", "prev", "signature", "sealed"}
CLOSED = "cannot be opened"


class Closed(Exception):
    pass


class Reader:
    """The keys of one person's words."""

    def __init__(self, words):
        seed = mnemonic.Mnemonic.to_seed(words)
        derive = hkdf.HKDF(hashes.SHA512(), 32, b"mmogit", b"mmogit.v1/encryption")
        self.secret = derive.derive(seed)
        signing = ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
        self.author = signing.public_key().public_bytes_raw()

    def epochs(self, thread):
        """The keys of all epochs that this reader has, by their ids."""
        suite = pyhpke.CipherSuite.new(
            pyhpke.KEMId.DHKEM_X25519_HKDF_SHA256, pyhpke.KDFId.HKDF_SHA256, pyhpke.AEADId.CHACHA20_POLY1305
        )
        secret = pyhpke.KEMKey.from_pyca_cryptography_key(x25519.X25519PrivateKey.from_private_bytes(self.secret))
        found = {}
        for epoch in thread.get("epochs", []):
            label = b"mmogit.epoch.v1\0"
            for entry in epoch["readers"]:
                if entry["author"] != self.author.hex():
                    continue
                wrap = base64.b64decode(entry["wrap"], validate=True)
                try:
                    context = suite.create_recipient_context(wrap[:32], secret, label + bytes.fromhex(epoch["id"]))
                    key = context.open(wrap[32:], self.author)
                except pyhpke.exceptions.PyHPKEError:
                    continue
                if hashlib.sha256(label + key).hexdigest() == epoch["id"]:
                    found[epoch["id"]] = key
        return found


def padded(length):
    if length <= 256:
        return 256
    exponent = length.bit_length() - 1
    cut = (1 << exponent - exponent.bit_length()) - 1
    return length + cut & ~cut


def open_box(key, sealed, bound):
    try:
        plain = nacl.crypto_aead_xchacha20poly1305_ietf_decrypt(
            base64.b64decode(sealed["box"], validate=True), rfc8785.dumps(bound), bytes.fromhex(sealed["nonce"]), key
        )
    except Exception as error:
        raise Closed(error)
    length = int.from_bytes(plain[:4], "big")
    deflated, zeros = plain[4 : 4 + length], plain[4 + length :]
    if len(deflated) != length or len(plain) != padded(4 + length) or any(zeros):
        raise Closed("padding")
    stream = zlib.decompressobj(-15)
    try:
        text = stream.decompress(deflated, MOST + 1)
    except zlib.error as error:
        raise Closed(error)
    if len(text) > MOST or not stream.eof or stream.unused_data:
        raise Closed("stream")
    try:
        inside = verify.parse(text)
    except Exception as error:
        raise Closed(error)
    if not isinstance(inside, dict):
        raise Closed("no object")
    return inside


def open_message(keys, message):
    if "sealed" not in message:
        return message["content"]
    sealed = message["sealed"]
    if sealed["epoch"] not in keys:
        return None
    bound = {name: value for name, value in message.items() if name != "signature"}
    bound["sealed"] = {name: value for name, value in sealed.items() if name != "box"}
    try:
        inside = open_box(keys[sealed["epoch"]], sealed, bound)
    except Closed:
        return CLOSED
    return CLOSED if NEVER_INSIDE & inside.keys() or "content" not in inside else inside


def open_header(keys, thread):
    sealed = thread.get("sealed")
    if not sealed or sealed["epoch"] not in keys:
        return None
    birth = ["version", "id", "author", "created_at", "mode", "project", "anchors"]
    root = rfc8785.dumps({name: thread[name] for name in birth if name in thread})
    try:
        return open_box(keys[sealed["epoch"]], sealed, {"root": hashlib.sha256(root).hexdigest()})
    except Closed:
        return CLOSED


@needs(pyhpke and nacl and mnemonic and rfc8785, "PyNaCl and pyhpke")
class Sealed(unittest.TestCase):
    def check(self, folder, least):
        seen = 0
        for case in json.loads((folder / "index.json").read_text()):
            for reads in case.get("reads", []):
                with self.subTest(case["file"]):
                    thread = json.loads((folder / case["file"]).read_text())
                    keys = Reader(reads["words"]).epochs(thread)
                    self.assertEqual(sorted(keys), sorted(reads["epochs"]))
                    self.assertEqual(open_header(keys, thread), reads["header"])
                    messages = [open_message(keys, message) for message in thread["messages"]]
                    self.assertEqual(messages, reads["messages"])
                    seen += 1
        self.assertGreaterEqual(seen, least)

    def test_ours(self):
        self.check(VECTORS / "sealed", 12)

    def test_the_independent_ones(self):
        self.check(VECTORS / "independent" / "sealed", 50)


if __name__ == "__main__":
    unittest.main()
