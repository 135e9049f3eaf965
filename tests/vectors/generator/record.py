"""The record as docs/format.md has it: keys, canonical form, signatures, and the making of messages and threads."""

import base64
import copy
import hashlib
import hmac
import json
from datetime import datetime, timezone

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mnemonic import Mnemonic

WORDS = Mnemonic("english").wordlist
FILES = {}  # path -> bytes


# --- words and keys ---------------------------------------------------------------------------------------------


def words_of(entropy):
    size = len(entropy) * 8
    checksum = hashlib.sha256(entropy).digest()[0] >> (8 - size // 32)
    number = int.from_bytes(entropy, "big") << (size // 32) | checksum
    count = (size + size // 32) // 11
    return " ".join(WORDS[number >> 11 * (count - 1 - i) & 2047] for i in range(count))


def seed_of(words, passphrase=""):
    return hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic" + passphrase.encode(), 2048)


def derive(seed, label):
    extracted = hmac.new(b"mmogit", seed, "sha512").digest()
    return hmac.new(extracted, b"mmogit.v1/" + label.encode() + b"\x01", "sha512").digest()[:32]


class Key:
    def __init__(self, secret):
        self.secret = secret
        self.private = Ed25519PrivateKey.from_private_bytes(secret)
        self.raw = self.private.public_key().public_bytes_raw()
        self.hex = self.raw.hex()


class Person:
    def __init__(self, entropy):
        self.words = words_of(entropy)
        self.seed = seed_of(self.words)
        self.key = Key(self.seed[:32])

    def agent(self, name):
        return Key(derive(self.seed, f"agent:{name}"))


OWNER = Person(b"\x7f" * 32)
FRIEND = Person(b"\x80" * 32)
STRANGER = Person(b"\xff" * 32)
CRUSH, ECHO = OWNER.agent("crush"), OWNER.agent("echo")


# --- canonical form, ids, signatures ----------------------------------------------------------------------------


def canonical(value):
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
        return '"' + "".join(short.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(canonical(v) for v in value) + "]"

    def units(key):
        raw = key.encode("utf-16-be")
        return [raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2)]

    return "{" + ",".join(canonical(k) + ":" + canonical(value[k]) for k in sorted(value, key=units)) + "}"


def without(obj, *names):
    return {k: v for k, v in obj.items() if k not in names}


def sha(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def mid(message):
    return sha(without(message, "signature"))


BIRTH = ("version", "id", "author", "created_at", "mode", "project", "anchors")


def root(thread):
    return sha({k: thread[k] for k in BIRTH if k in thread})


def packed(*parts):
    return b"".join(len(p).to_bytes(4, "big") + p for p in parts)


MESSAGE, THREAD, GIT = b"mmogit.message.v1", b"mmogit.thread.v1", b"git"


def framed(namespace, data):
    return b"SSHSIG" + packed(namespace, b"", b"sha512", hashlib.sha512(data).digest())


def sign(key, namespace, data):
    return key.private.sign(framed(namespace, data))


def armour(key, namespace, sig):
    public, signature = packed(b"ssh-ed25519", key.raw), packed(b"ssh-ed25519", sig)
    text = base64.b64encode(b"SSHSIG\0\0\0\1" + packed(public, namespace, b"", b"sha512", signature)).decode()
    lines = [text[i : i + 70] for i in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def signers(name, namespace, key):
    public = base64.b64encode(packed(b"ssh-ed25519", key.raw)).decode()
    return f'{name} namespaces="{namespace}" ssh-ed25519 {public}\n'


# --- messages and threads ---------------------------------------------------------------------------------------

START = 1767225600  # 2026-01-01T00:00:00Z


def at(seconds, ms=0):
    moment = datetime.fromtimestamp(START + seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def message(role, content, seconds, prev, key, namespace=MESSAGE, **more):
    made = {"role": role, "content": content, "timestamp": at(seconds), "author": key.hex, "prev": prev, **more}
    return {**made, "signature": sign(key, namespace, canonical(made).encode()).hex()}


def human(content, seconds, prev, key=OWNER.key, **more):
    return message("human", content, seconds, prev, key, **more)


def ai(content, seconds, prev, key=CRUSH, agent="crush", **more):
    return message("ai", content, seconds, prev, key, agent=agent, **more)


def header(**more):
    """A new thread's header, without heads and signature."""
    made = {
        "version": 1,
        "id": f"thread_{START}",
        "title": "vectors",
        "author": OWNER.key.hex,
        "created_at": at(0),
        "updated_at": at(60),
        "mode": "conversation",
        "project": None,
        "tags": ["backend"],
        "state": "active",
        "agents": [{"name": "crush", "key": CRUSH.hex}],
    }
    return {**made, **more}


def signed(thread, key=OWNER.key, namespace=THREAD):
    covered = without(thread, "messages", "signature")
    return {**covered, "messages": thread["messages"], "signature": sign(key, namespace, canonical(covered).encode()).hex()}


def thread(head, messages, heads, aside=None, key=OWNER.key):
    made = {**head, "messages": messages, "heads": heads}
    if aside is not None:
        made["aside"] = aside
    return signed(made, key)


def chain(head, *turns):
    """Messages one after another; each turn is a function of (seconds, prev)."""
    made, prev = [], [root(head)]
    for number, turn in enumerate(turns):
        made.append(turn(number * 10 + 1, prev))
        prev = [mid(made[-1])]
    return made


def says(text, **more):
    return lambda seconds, prev: human(text, seconds, prev, **more)


def answers(text, **more):
    return lambda seconds, prev: ai(text, seconds, prev, **more)


def written(value):
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def vectors(name, value):
    """Escaped beyond ASCII, so that no control character stands in these files themselves."""
    FILES[name] = (json.dumps(value, indent=2) + "\n").encode()


INDEX = []


def put(name, verdict, why, value, section=None):
    """One file of threads/, and its line in the index."""
    FILES[f"threads/{name}.json"] = value if isinstance(value, bytes) else written(value)
    entry = {"file": f"{name}.json", "verdict": verdict, "why": why}
    INDEX.append({**entry, "section": section} if section else entry)


def changed(whole, number=None, **more):
    """A copy with fields of it, or of one message, changed and nothing signed again."""
    out = copy.deepcopy(whole)
    (out if number is None else out["messages"][number]).update(more)
    return out


def values(value):
    """How many values it has, itself among them."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return 1 + sum(values(part) for part in parts)


def noughts(value, count):
    """A field's content with which an object of that field has so many values."""
    return [0] * (count - values({**value, "many": []}))


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value
