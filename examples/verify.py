#!/usr/bin/env python3
"""Check mmogit threads without mmogit: Python's standard library, and docs/format.md.

    verify.py FILE...       a line for each thread of a file or a bundle
    verify.py --git REPO    a line for each thread, word of an erased one, project, draft
                            and commit on a repository's users/* branches

Each line says valid, invalid, legacy, malformed or unreadable, and why.
Exit 0 if all are valid, 3 if any is not, 2 if asked wrongly.
Numbers in [brackets] are the sections of docs/format.md."""

import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

MOST_BYTES = 64 << 20  # of a thread's file [2]

class Malformed(Exception):
    """Not a thread at all; the text says why."""

class Unreadable(Exception):
    """Something that should be there is not, or is damaged."""


# --- Ed25519, strictly: no small-order key or R, one encoding, S below L, no cofactor [6] --------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

def add(p, q):
    """The sum of two points (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z."""
    a = (p[1] - p[0]) * (q[1] - q[0])
    b = (p[1] + p[0]) * (q[1] + q[0])
    c = 2 * p[3] * q[3] * D
    d = 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P

def point(raw):
    """The point that these 32 bytes encode; None if there is none, or one of small order."""
    sign, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if y >= P or (x * x - square) % P or x == 0:
        return None
    if x & 1 != sign:
        x = P - x
    found = (x, y, 1, x * y % P)
    eight_times = found
    for _ in range(3):
        eight_times = add(eight_times, eight_times)
    return found if eight_times[0] else None

NEUTRAL = (0, 1, 1, 0)
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def ed25519(key, sig, data):
    """Whether `sig` is the signature of `key` over `data`."""
    a, r, s = point(key), point(sig[:32]), int.from_bytes(sig[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(sig[:32] + key + data).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    table = (NEUTRAL, BASE, minus_a, add(BASE, minus_a))
    q = NEUTRAL
    for bit in range(252, -1, -1):  # q becomes s·B - k·A, which must be R
        q = add(add(q, q), table[(s >> bit & 1) + 2 * (k >> bit & 1)])
    return (q[0] - r[0] * q[2]) % P == 0 and (q[1] - r[1] * q[2]) % P == 0


# --- OpenSSH's framing of what is signed, and of the signature in a commit [6] -------------------

def string(raw):
    return len(raw).to_bytes(4, "big") + raw

def framed(namespace, data):
    digest = hashlib.sha512(data).digest()
    return b"SSHSIG" + string(namespace) + string(b"") + string(b"sha512") + string(digest)

def blob(key, namespace, sig):
    kind = string(b"ssh-ed25519")
    what = string(namespace) + string(b"") + string(b"sha512")
    return b"SSHSIG\0\0\0\1" + string(kind + string(key)) + what + string(kind + string(sig))

def signed(namespace, key, sig, data):
    """Whether the key signed the data; key and signature are hexadecimal, or None for none."""
    if not sig:
        return False
    return ed25519(bytes.fromhex(key), bytes.fromhex(sig), framed(namespace, data))


# --- The strict JSON profile [2], and its canonical form [3] -------------------------------------

def integer(digits):
    if re.fullmatch("0|-?[1-9][0-9]{0,15}", digits) and abs(int(digits)) < 2**53:
        return int(digits)
    raise Malformed("a number beyond 2^53-1, or not plain")

def unique(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Malformed("a key is given twice")
    return found

def check_value(value, depth=0):  # and count: keys are no values
    if isinstance(value, str):
        value.encode()  # a lone surrogate has no UTF-8
    if not isinstance(value, (dict, list)):
        return 1
    if depth == 64:
        raise Malformed("nesting deeper than 64")
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return 1 - len(parts) + len(value) + sum(check_value(part, depth + 1) for part in parts)

def parse(data):
    if len(data) > MOST_BYTES:
        raise Malformed("larger than 64 MiB")
    numbers = {"parse_int": integer, "parse_float": integer, "parse_constant": integer}
    try:
        value = json.loads(data.decode(), object_pairs_hook=unique, **numbers)
        whole = check_value(value)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON in UTF-8: {error}") from None
    messages = value.get("messages") if isinstance(value, dict) else None
    counts = [check_value(part) for part in messages] if isinstance(messages, list) else []
    if max(whole - sum(counts), *counts, 0) > 65536:
        raise Malformed("more than 65,536 values in a message, or in what is around them")
    return value

def utf16(key):
    return key.encode("utf-16-be")

def canonical(value, leave_out=()):
    if isinstance(value, dict):
        keys = sorted(value.keys() - leave_out, key=utf16)
        return b"{" + b",".join(canonical(k) + b":" + canonical(value[k]) for k in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(part) for part in value) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()

def sha256(raw):
    return hashlib.sha256(raw).hexdigest()


# --- Forms: what does not fit them is malformed [4, 5, 11, 12, 20, 21, 22] -----------------------

def is_moment(value):
    if not fits(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z", value):
        return False
    try:
        return datetime.datetime.fromisoformat(value[:-1]).year >= 1970
    except ValueError:  # 30 February
        return False

def is_thread_id(value):
    return fits(r"thread_(0|[1-9]\d{0,11})", value) and int(value[7:]) <= 253402300799

def is_prev(value):
    return fits([HASH], value) and len(value) > 0

def is_base64(value):
    """In its one spelling: padded, unused bits zero."""
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode() == value
    except (TypeError, ValueError):
        return False

def is_box(value):
    """Bytes of Padmé's length, 256 or more, and a tag of 16."""
    size = len(base64.b64decode(value)) - 16 if is_base64(value) else 0
    power = size.bit_length() - 1
    return size >= 256 and size % (1 << power - power.bit_length()) == 0

def is_wrap(value):
    return is_base64(value) and len(base64.b64decode(value)) == 80

def is_count(value):
    return type(value) is int and value > 0

def is_block(value):
    return type(value) is int and 0 <= value < 2**32

def is_members(value):
    keys = [member["key"] for member in value] if fits([MEMBER], value) else [None]
    return None not in keys and keys == sorted(set(keys))

def is_applied(value):
    if not fits([{"at": is_moment, "to": (None, TEXT)}], value):
        return False
    order = [(one["at"], sha256(canonical(one))) for one in value]
    return order == sorted(set(order))

def is_shown(name):
    """Has no character that acts on a terminal, ends a line or reorders text [16]."""
    return not re.search("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", name)

def is_project(value):
    return fits(PROJECT, value) and is_shown(value["name"])

def is_draft(value):
    if not fits(DRAFT, value) or ("content" in value) == ("sealed" in value):
        return False
    bare = value["kind"] is value["project"] is None and len(value.get("sealed", ())) == 3
    return "content" in value or bare

def is_message(value):
    return fits(MESSAGE, value) and ("content" in value) != ("sealed" in value)

def is_changed(value):
    return isinstance(value, dict) and all(is_moment(at) for at in value.values())

def is_hides(value):
    forms = [HASH], [{"at": is_moment, "hidden": (True, False)}]
    if not isinstance(value, dict):
        return False
    return fits(forms[0], [*value]) and fits(forms[1], [*value.values()])

# A string is a pattern for the whole of a string, [form] a list, (form, form) either of them, a
# dictionary an object with at least these fields, of which those with a ? may be missing.
TEXT, HASH, SIGNATURE = ".*", "[0-9a-f]{64}", "[0-9a-f]{128}"  # a key is written like a hash
SEALED = {"epoch": HASH, "nonce": "[0-9a-f]{48}", "box": is_box}
MESSAGE = {
    "role": "human|ai|system|reflection|dream|reasoning", "content?": (TEXT, {"blocks": [{}]}),
    "timestamp": is_moment, "author": HASH, "prev": is_prev, "signature?": (None, SIGNATURE),
    "sealed?": SEALED,
}
READER = {"author": HASH, "encryption": HASH, "wrap": is_wrap}
EPOCH = {"id": HASH, "after": [HASH], "without?": [HASH], "readers": [READER]}
THREAD = {
    "version": 1, "id": is_thread_id, "title": ".{1,200}", "author": HASH,
    "created_at": is_moment, "updated_at": is_moment, "mode": TEXT, "project": (None, TEXT),
    "tags": [TEXT], "state": "active|archived", "heads": [HASH], "aside?": [HASH],
    "agents": [{"name": TEXT, "key": HASH, "by?": HASH}], "messages": [is_message],
    "anchors?": [HASH], "participants?": [HASH], "kept_by?": HASH,
    "former?": [{"key": HASH, "times": is_count, "last": [HASH]}], "epochs?": [EPOCH],
    "sealed?": SEALED, "changed?": is_changed, "hides?": is_hides, "signature?": (None, SIGNATURE),
}
ERASURE = {
    "version": 1, "thread": is_thread_id, "root": (None, HASH), "author": HASH,
    "erased_at": is_moment, "replaced": "[0-9a-f]{40}", "signature": SIGNATURE,
}
POSITION = {"key": HASH, "tip": "[0-9a-f]{40}"}
CARD = {
    "version": 1, "author": HASH, "name": ".{0,100}", "updated_at": is_moment, "encryption": HASH,
    "succeeds?": [POSITION], "succeeded_by?": [{"key": HASH, "tip?": "[0-9a-f]{40}"}],
    "retired?": [POSITION], "signature": SIGNATURE,
}
MEMBER = {"key": HASH, "times": is_count}
PROJECT = {
    "version": 1, "author": HASH, "id": HASH, "begun_by?": HASH, "created_at": is_moment,
    "nonce": HASH, "name": ".{1,100}", "updated_at": is_moment, "changed": is_changed,
    "members": is_members, "signature": SIGNATURE,
}
DRAFT = {
    "version": 1, "author": HASH, "id": HASH, "thread": HASH, "message": HASH, "block": is_block,
    "kind": (None, TEXT), "project": (None, HASH), "content?": (TEXT, {"blocks": [{}]}),
    "sealed?": SEALED, "state": "generated|edited|accepted|discarded|partially_applied",
    "created_at": is_moment, "updated_at": is_moment, "changed": is_changed,
    "applied": is_applied, "signature": SIGNATURE,
}
OLD_THREAD = dict.fromkeys(["id", "title", "author", "created_at", "updated_at", "state"], TEXT)
OLD_THREAD["tags"] = [TEXT]
OLD_THREAD["messages"] = [{"role": TEXT, "content": TEXT, "timestamp": TEXT}]

def fits(form, value):
    if callable(form):
        return form(value)
    if isinstance(form, str):
        return isinstance(value, str) and bool(re.fullmatch(form, value, re.DOTALL | re.ASCII))
    if isinstance(form, list):
        return isinstance(value, list) and all(fits(form[0], part) for part in value)
    if isinstance(form, tuple):
        return any(fits(one, value) for one in form)
    if isinstance(form, dict):
        return misfit(form, value) is None
    return type(value) is type(form) and value == form

def misfit(form, value):
    """The first field that is missing or not of its form, if there is one."""
    if not isinstance(value, dict):
        return "an object"
    for field, wanted in form.items():
        name = field.rstrip("?")
        if not (fits(wanted, value[name]) if name in value else field.endswith("?")):
            return name
    return None

def check_form(form, value):
    name = misfit(form, value)
    if name is not None:
        raise Malformed(f"{name}: missing, or not of its form")

def is_old(value):
    """Whether it is of the older mmogit, if of any; then nothing in it can be verified [12]."""
    return isinstance(value, dict) and "version" not in value


# --- What makes a thread valid [7, 8, 9] ---------------------------------------------------------

OF_THE_ROOT = {"version", "id", "author", "created_at", "mode", "project", "anchors"}

def root(thread):
    return sha256(canonical(thread, thread.keys() - OF_THE_ROOT))

def message_id(message):
    return sha256(canonical(message, {"signature"}))

def signer(thread):
    return thread.get("kept_by", thread["author"])

def reached(thread, ids):
    """The messages of these ids, and all that they follow."""
    parents = {message_id(message): message["prev"] for message in thread["messages"]}
    found, waiting = set(), list(ids)
    while waiting:
        mid = waiting.pop()
        if mid in parents and mid not in found:
            found.add(mid)
            waiting += parents[mid]
    return found

def admitted_by(thread):
    """For each key that a person has in the thread: the messages it admits, or None for all [7]."""
    admitted = {}
    for entry in thread.get("former", []):
        said = reached(thread, entry["last"])
        admitted[entry["key"]] = admitted.get(entry["key"], set()) | said
    return {**admitted, **dict.fromkeys([thread["author"], *thread.get("participants", [])])}

def may_say(thread, admitted, message, mid):
    """Whether its author may say this, in this thread [7]."""
    def admits(key):
        return key in admitted and (admitted[key] is None or mid in admitted[key])

    is_persons = message["role"] in ("human", "system")
    if (is_persons or "source" in message) and admits(message["author"]):
        return True
    speaker = (message.get("agent"), message["author"])
    entries = [a for a in thread["agents"] if (a["name"], a["key"]) == speaker]
    return not is_persons and any(admits(a.get("by", thread["author"])) for a in entries)

def wrong_messages(thread):
    admitted = admitted_by(thread)
    epochs = {epoch["id"] for epoch in thread.get("epochs", [])}
    ids = [message_id(message) for message in thread["messages"]]
    # An anchor that is a message of the thread is no beginning: what names it stands after it.
    known = {root(thread), *thread.get("anchors", [])} - set(ids)
    before = set()
    for number, (message, mid) in enumerate(zip(thread["messages"], ids), 1):
        covered = canonical(message, {"signature"})
        if not may_say(thread, admitted, message, mid):
            yield f"message {number}: its author may not say this"
        if "sealed" in message and message["sealed"]["epoch"] not in epochs:
            yield f"message {number}: sealed in an epoch that the thread does not have"
        if mid in before:
            yield f"message {number}: stands twice"
        if not set(message["prev"]) <= known:
            yield f"message {number}: prev names nothing before it in this thread"
        if not signed(b"mmogit.message.v1", message["author"], message.get("signature"), covered):
            yield f"message {number}: not signed, or not by its author"
        before.add(mid)
        known.add(mid)

def wrong_ends(thread):
    """What is wrong with heads and aside, which say where the thread ends [8]."""
    heads, aside = thread["heads"], thread.get("aside", [])
    parents = {message_id(message): message["prev"] for message in thread["messages"]}
    named = {parent for prev in parents.values() for parent in prev}
    leaves = parents.keys() - named
    ancestors = reached(thread, [parent for head in heads for parent in parents.get(head, [])])
    if len({*heads, *aside}) < len(heads) + len(aside):
        yield "heads or aside name a message twice"
    if not set(heads) <= parents.keys():
        yield "heads name a message that is not there"
    if ancestors & set(heads):
        yield "one head stands on another"
    if not set(aside) <= leaves:
        yield "aside names what is not a last message"
    if not leaves <= {*heads, *aside}:
        yield "neither heads nor aside name a last message"

def wrong_header(thread):
    if "kept_by" in thread and thread["kept_by"] not in thread.get("participants", []):
        yield "kept_by is not a participant"
    covered = canonical(thread, {"messages", "signature"})
    if not signed(b"mmogit.thread.v1", signer(thread), thread.get("signature"), covered):
        yield "the thread is not signed, or not by its author or keeper"

def places_of_thread(thread):
    """The paths on a branch at which it may lie [10]."""
    second = datetime.timedelta(seconds=int(thread["id"][7:]))
    day = datetime.datetime(1970, 1, 1) + second
    place = f".mmogit/threads/{day:%Y-%m/%d}/{thread['id']}"
    return [f"{place}.json", f"{place}-{root(thread)[:8]}.json"]

def place_of_erasure(erasure):
    ending = f"-{erasure['root'][:8]}" if erasure["root"] else ""
    return f".mmogit/erased/{erasure['thread']}{ending}.json"

def id_of_project(project):
    fixed = {name: project[name] for name in ("created_at", "nonce")}
    fixed["author"] = project.get("begun_by", project["author"])
    return sha256(b"mmogit.project.v1\0" + canonical(fixed))

def id_of_draft(draft):
    source = bytes.fromhex(draft["message"]) + draft["block"].to_bytes(4, "big")
    return sha256(b"mmogit.draft.v1\0" + source)

def place_of_document(form, value):
    if form is ERASURE:
        return place_of_erasure(value)
    folder = {id(PROJECT): "projects", id(DRAFT): "drafts"}.get(id(form))
    return f".mmogit/{folder}/{value['id']}.json" if folder else CARD_PLACE

CARD_PLACE = ".mmogit/card.json"
CARD_LISTS = ["succeeds", "succeeded_by", "retired"]
# The points of X25519 with which every secret gives zeros (RFC 7748, section 6.1).
WEAK = {
    0, 1, P - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
}

def is_weak(key):
    return int.from_bytes(bytes.fromhex(key), "little") % 2**255 % P in WEAK

NAMESPACES = {
    id(CARD): b"mmogit.card.v1", id(ERASURE): b"mmogit.erasure.v1",
    id(PROJECT): b"mmogit.project.v1", id(DRAFT): b"mmogit.draft.v1",
}

def form_of(value, path):
    if path == CARD_PLACE:
        return CARD
    if path is not None and path.startswith(".mmogit/erased/"):
        return ERASURE
    for folder, form in (("projects", PROJECT), ("drafts", DRAFT)):
        if path is not None and path.startswith(f".mmogit/{folder}/"):
            return form
    return OLD_THREAD if is_old(value) else THREAD

def judge(data, branch=None, path=None):
    """(verdict, why) of a file; `branch` is the key of its branch, `path` its place there."""
    try:
        value = parse(data)
        form = form_of(value, path)
        check_form(form, value)
        rule = {id(PROJECT): is_project, id(DRAFT): is_draft}.get(id(form))
        if rule and (len(data) > 1 << 20 or not rule(value)):
            raise Malformed("larger than 1 MiB, or a field that may not stand beside the others")
    except Malformed as error:
        return "malformed", str(error)
    if form is OLD_THREAD:
        return "legacy", "nothing in it can be verified"
    if form is not THREAD:
        owner, wrong = value["author"], []
        places, namespace = [place_of_document(form, value)], NAMESPACES[id(form)]
        if form in (PROJECT, DRAFT):
            known = id_of_project(value) if form is PROJECT else id_of_draft(value)
            wrong += ["its id does not follow from what it says"] if known != value["id"] else []
        if not signed(namespace, owner, value["signature"], canonical(value, {"signature"})):
            wrong.append("not signed by its author")
        if form is CARD and is_weak(value["encryption"]):
            wrong.append("its encryption key protects nothing")
    else:
        owner, places = signer(value), places_of_thread(value)
        wrong = [*wrong_messages(value), *wrong_ends(value), *wrong_header(value)]
    if branch not in (None, owner):
        wrong.append("not signed by the owner of the branch")
    if path not in (None, *places):
        wrong.append("not in its place")
    return ("invalid" if wrong else "valid"), "; ".join(wrong)


# --- A repository's objects, each held against its own name --------------------------------------

PLAIN, FOLDER, GITLINK = 0o100644, 0o40000, 0o160000

class Repository:
    """Reads raw objects only: nothing that replaces objects or parents has a say."""

    def __init__(self, path):
        self.path = path
        self.reader = None
        self.trees = {}
        # Git's variables could name another repository, or other objects.
        self.variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        self.variables.update(GIT_NO_LAZY_FETCH="1", LC_ALL="C")

    def git(self, *args):
        return ["git", "-C", self.path, "--no-replace-objects", *args]

    def references(self):
        """([name, commit's id, name of what it stands for] of each branch, git's complaints)."""
        form = "--format=%(refname) %(objectname) %(symref)"
        listing = self.git("for-each-ref", form, "refs/heads/users/*", "refs/remotes/*/users/*")
        try:
            ran = subprocess.run(listing, capture_output=True, env=self.variables)
        except OSError as error:
            raise Unreadable(f"git can't be run: {error.strerror}") from None
        names = ran.stdout.decode(errors="surrogateescape").splitlines()
        complaints = ran.stderr.decode(errors="surrogateescape").splitlines()
        if ran.returncode:
            raise Unreadable(" ".join(complaints) or "git can't read it")
        return [name.split(" ") for name in names], [c for c in complaints if "ignoring" in c]

    def close(self):
        if self.reader is not None:
            self.reader.communicate()
            self.reader = None

    def ask(self, name):
        """(kind, size) of an object, whose bytes git says next."""
        if self.reader is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            batch = self.git("cat-file", "--batch")
            hush = subprocess.DEVNULL
            self.reader = subprocess.Popen(batch, **pipes, stderr=hush, env=self.variables)
        self.reader.stdin.write(name.encode() + b"\n")
        self.reader.stdin.flush()
        answer = self.reader.stdout.readline().split()
        if len(answer) != 3:
            self.close()  # git gives up at a damaged object
            raise Unreadable(f"object {name} is missing or damaged")
        return answer[1].decode(), int(answer[2])

    def read(self, name, kind):
        """The bytes of the object of that name and kind."""
        found, size = self.ask(name)
        data = self.reader.stdout.read(min(size, MOST_BYTES))
        for _ in range(len(data), size, 1 << 20):  # what is too much, a piece at a time
            self.reader.stdout.read(min(size - len(data), 1 << 20))
        self.reader.stdout.readline()
        digest = hashlib.sha1(f"{kind} {size}\0".encode() + data).hexdigest()
        if size > MOST_BYTES or found != kind or digest != name:
            self.close()
            raise Unreadable(f"object {name} is damaged, no {kind}, or larger than 64 MiB")
        return data

    def tree(self, name):
        """The entries of a folder, each (name, mode, id)."""
        if name not in self.trees:
            data = self.read(name, "tree")
            parts = re.findall(rb"([0-7]+) ([^\0]+)\0(.{20})", data, re.DOTALL)
            if sum(len(mode + path) + 22 for mode, path, entry in parts) != len(data):
                raise Unreadable(f"folder {name} is not written as git writes one")
            entries = [
                (path.decode(errors="surrogateescape"), int(mode, 8), entry.hex())
                for mode, path, entry in parts
            ]
            if len({path for path, _, _ in entries}) < len(entries):
                raise Unreadable(f"folder {name} names something twice")
            self.trees[name] = entries
        return self.trees[name]

def commit_fields(raw):
    """(id of its tree, ids of its parents) of a commit's object."""
    header = raw.split(b"\n\n", 1)[0].decode(errors="surrogateescape").split("\n")
    trees = [line[5:] for line in header if line.startswith("tree ")]
    parents = [line[7:] for line in header if line.startswith("parent ")]
    if len(trees) != 1 or not fits(["[0-9a-f]{40}"], trees + parents):
        raise Unreadable("it is no commit of the usual form")
    return trees[0], parents


# --- What a commit must be: signed by the branch's owner, and taking nothing away [11] -----------

HEADER_LINE = rb"(?!gpgsig)[^\n]+\n"
ARMOUR = rb"gpgsig -----BEGIN SSH SIGNATURE-----([\w+/=\s]*)-----END SSH SIGNATURE-----\n"
ONE_SIGNATURE = rb"((?:%b)*)%b((?:%b)*\n.*)" % (HEADER_LINE, ARMOUR, HEADER_LINE)

def commit(raw, branch):
    """(verdict, why) of a commit's object, which the owner of its branch must have signed, once."""
    bad = "invalid", "not signed by the owner of the branch"
    found = re.fullmatch(ONE_SIGNATURE, raw, re.DOTALL)
    if not found:
        return bad
    try:
        body = base64.b64decode(found[2])
    except ValueError:
        return bad
    sig = body[-64:]
    if body != blob(bytes.fromhex(branch), b"git", sig):
        return bad
    if not signed(b"git", branch, sig.hex(), found[1] + found[3]):
        return bad
    return "valid", ""

THREAD_NAME = r"thread_(0|[1-9][0-9]*)(-[0-9a-f]{8})?\.json"
FLAT = "(erased|projects|drafts)"
KEPT_PLACE = rf"\.mmogit/(threads/[^/]+/[^/]+/{THREAD_NAME}|{FLAT}/[^/]+\.json|card\.json)"
WAY_THERE = rf"\.mmogit(/{FLAT}|/threads(/[^/]+){{0,2}})?"

def differing(repository, one, other, folder="", compared=None):
    """(path, mode, id) of the files of threads and erasures that `one` has, and `other` has not."""
    compared = set() if compared is None else compared
    pair = one, other, folder if folder.count("/") == 2 else ""
    if pair in compared:  # under another name: it has nothing new
        return
    compared.add(pair)
    there = set(repository.tree(other) if other else [])
    folders = {name: entry for name, mode, entry in there if mode == FOLDER}
    for name, mode, entry in repository.tree(one) if one else []:
        path = folder + name
        if (name, mode, entry) in there:
            continue
        if mode == FOLDER and re.fullmatch(WAY_THERE, path):
            yield from differing(repository, entry, folders.get(name), path + "/", compared)
        elif re.fullmatch(KEPT_PLACE, path):
            yield path, mode, entry

def kept_in(data, branch, path):
    """What no later commit may take away: threads, messages, words of erasures, a card's keys."""
    try:
        value = parse(data)
        form = form_of(value, path)
        check_form(form, value)
    except Malformed:
        return set()
    if form not in (THREAD, OLD_THREAD) and judge(data, branch, path)[0] != "valid":
        return set()
    if form in (PROJECT, DRAFT):
        return {("a project" if form is PROJECT else "a draft", value["id"], None)}
    if form is CARD:
        named = [(name, entry) for name in CARD_LISTS for entry in value.get(name, [])]
        keys = {("a key in the card", name, canonical(entry)) for name, entry in named}
        return {("the card", None, None), *keys}
    if form is ERASURE:
        return {("the word of an erasure", value["thread"], value["root"])}
    whose = value["id"] if is_old(value) else root(value)
    said = [message_id(message) for message in value["messages"]]
    return {("a thread", whose, None), *(("a message", whose, mid) for mid in said)}

def taken_away(repository, before, after, branch):
    """What the tree `after` lacks of the tree `before`; neither says what it lacks of nothing."""
    held, holds = {}, set()
    for path, mode, entry in differing(repository, before, after):
        if mode in (FOLDER, GITLINK):
            continue
        for kept in kept_in(repository.read(entry, "blob"), branch, path):
            held[kept] = path
    for path, mode, entry in differing(repository, after, before):
        if mode != PLAIN:
            yield f"{path} is not a plain file (mode {mode:06o})"
        elif held:
            holds |= kept_in(repository.read(entry, "blob"), branch, path)
    lost = sorted({(held[kept], kept[0]) for kept in held.keys() - holds})
    yield from (f"{what} of {path} was taken away" for path, what in lost)

def judge_commit(repository, name, branch):
    """(verdict, why, parents) of a commit."""
    try:
        raw = repository.read(name, "commit")
        tree, parents = commit_fields(raw)
    except Unreadable as error:
        return "unreadable", str(error), []
    why = [commit(raw, branch)[1]]
    verdict = "invalid"
    try:
        for parent in parents or [None]:
            before = parent and commit_fields(repository.read(parent, "commit"))[0]
            why += taken_away(repository, before, tree, branch)
    except Unreadable as error:
        verdict = "unreadable"
        why.append(str(error))
    why = [reason for reason in dict.fromkeys(why) if reason]
    return (verdict if why else "valid"), "; ".join(why), parents


# --- All of a repository, a file, a bundle -------------------------------------------------------

def find_folder(repository, tree, names):
    """The id of the folder at a path of a tree; None if nothing is there."""
    for name in names:
        found = {there: (mode, entry) for there, mode, entry in repository.tree(tree)}
        if name not in found:
            return None
        mode, tree = found[name]
        if mode != FOLDER:
            raise Unreadable(f"{name} is no folder")
    return tree

def judge_folder(repository, tree, folder, branch):
    """(path, verdict, why) of each thread or signed document below a folder, however deep."""
    waiting, judged = [(folder, tree)], {}
    for folder, tree in waiting:  # which grows
        if judged.setdefault(tree, folder) != folder:  # what holds a thread has one place
            yield folder, "invalid", f"the same as {judged[tree]}"
            continue
        try:
            entries = repository.tree(tree)
        except Unreadable as error:
            yield folder, "unreadable", str(error)
            continue
        for name, mode, entry in entries:
            path = f"{folder}/{name}"
            if mode == FOLDER:
                waiting.append((path, entry))
            elif mode == GITLINK or name.endswith(".json") and mode != PLAIN:
                yield path, "invalid", f"not a plain file (mode {mode:06o})"
            elif name.endswith(".json"):
                try:
                    yield path, *judge(repository.read(entry, "blob"), branch, path)
                except Unreadable as error:
                    yield path, "unreadable", str(error)

def judge_branch(repository, tip, branch):
    """(name, verdict, why) of each commit, and of each thread and erasure of the newest one."""
    waiting, seen = [tip], {tip}
    while waiting:
        name = waiting.pop(0)
        verdict, why, parents = judge_commit(repository, name, branch)
        yield name, verdict, why
        waiting += [parent for parent in dict.fromkeys(parents) if parent not in seen]
        seen.update(parents)
    try:
        top = commit_fields(repository.read(tip, "commit"))[0]
        folder = find_folder(repository, top, (".mmogit",))
        for name, mode, entry in repository.tree(folder) if folder else []:
            if name == "card.json" and mode == PLAIN:
                yield CARD_PLACE, *judge(repository.read(entry, "blob"), branch, CARD_PLACE)
            elif name == "card.json":
                yield CARD_PLACE, "invalid", f"not a plain file (mode {mode:06o})"
    except Unreadable as error:
        yield CARD_PLACE, "unreadable", str(error)
    for kind in ("threads", "erased", "projects", "drafts"):
        folder = f".mmogit/{kind}"
        try:
            top = commit_fields(repository.read(tip, "commit"))[0]
            tree = find_folder(repository, top, (".mmogit", kind))
        except Unreadable as error:
            yield folder, "unreadable", str(error)
            continue
        if tree is not None:
            yield from judge_folder(repository, tree, folder, branch)

def judge_repository(path):
    repository = Repository(path)
    try:
        references, broken = repository.references()
    except Unreadable as error:
        yield path, "unreadable", str(error)
        return
    for complaint in broken:
        yield path, "unreadable", complaint
    for name, tip, stands_for in references:
        branch = name.rsplit("/", 1)[1]
        if not fits(HASH, branch):
            yield name, "invalid", "not named after a key"
            continue
        if stands_for:
            yield name, "invalid", f"no branch of its own, but another name of {stands_for}"
        for what, verdict, why in judge_branch(repository, tip, branch):
            yield f"{name} {what}", verdict, why
    repository.close()

def lines_of(file):
    """Lines without their ends; no more of each than shows that it is too long."""
    while line := file.readline(MOST_BYTES + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(1 << 20)
        yield line.removesuffix(b"\n")

def judge_bundle(name, file):
    """Each thread of a bundle, then the bundle if its header is not true [docs/bundle.md]."""
    lines = lines_of(file)
    head, count = next(lines), 0
    for count, line in enumerate(lines, 1):
        yield f"{name}:{count + 1}", *judge(line)
    try:
        header = parse(head)
        check_form({"mmogit_bundle": 1, "threads": count}, header)
    except Malformed as error:
        yield name, "malformed", f"the bundle itself: {error}"

def judge_file(name):
    try:
        with open(name, "rb") as file:
            magic = b'{"mmogit_bundle":'
            if file.read(len(magic)) == magic:
                file.seek(0)
                yield from judge_bundle(name, file)
                return
            file.seek(0)
            yield name, *judge(file.read(MOST_BYTES + 1))
    except OSError as error:
        yield name, "unreadable", error.strerror

def shown(text):
    """What others wrote must not act on a terminal, nor fail to be printed."""
    return repr(text)[1:-1]

def main(args):
    is_repository = args[:1] == ["--git"]
    if not args or args[0].startswith("-") and not (is_repository and len(args) == 2):
        print(__doc__, file=sys.stderr)
        return 2
    if is_repository:
        found = judge_repository(args[1])
    else:
        found = (verdict for name in args for verdict in judge_file(name))
    verdicts = set()
    for name, verdict, why in found:
        verdicts.add(verdict)
        print(f"{shown(name)}: {verdict}" + (f": {shown(why)}" if why else ""))
    return 0 if verdicts == {"valid"} else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
