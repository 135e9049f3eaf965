"""documents.json: projects and drafts, at a path on the branch of a key."""

import base64
import hashlib

from record import *

PROJECT, DRAFT = b"mmogit.project.v1", b"mmogit.draft.v1"
NONCE = hashlib.sha256(b"a nonce").hexdigest()
ROOT = hashlib.sha256(b"a root").hexdigest()
MESSAGE_ID = hashlib.sha256(b"a message").hexdigest()


def project_id(key=OWNER.key, created_at=at(0), nonce=NONCE):
    fixed = {"author": key.hex, "created_at": created_at, "nonce": nonce}
    return hashlib.sha256(PROJECT + b"\0" + canonical(fixed).encode()).hexdigest()


def draft_id(message=MESSAGE_ID, block=0):
    return hashlib.sha256(DRAFT + b"\0" + bytes.fromhex(message) + block.to_bytes(4, "big")).hexdigest()


def project(**more):
    fields = {
        "version": 1,
        "author": OWNER.key.hex,
        "id": project_id(),
        "created_at": at(0),
        "nonce": NONCE,
        "name": "Spring launch",
        "updated_at": at(9),
        "changed": {"name": at(5)},
        "members": [],
    }
    return {**fields, **more}


def member(person=FRIEND, times=1, **more):
    return {"key": person.key.hex, "times": times, **more}


def draft(**more):
    fields = {
        "version": 1,
        "author": OWNER.key.hex,
        "id": draft_id(more.get("message", MESSAGE_ID), more.get("block", 0)),
        "thread": ROOT,
        "message": MESSAGE_ID,
        "block": 0,
        "kind": "draft_task_list",
        "project": None,
        "content": "1. The plan\n",
        "state": "generated",
        "created_at": at(3),
        "updated_at": at(3),
        "changed": {},
        "applied": [],
    }
    return {**fields, **more}


def box(**more):
    sealed = {"epoch": "1" * 64, "nonce": "0" * 48, "box": base64.b64encode(b"\x5a" * 272).decode()}
    return without(draft(kind=None, sealed={**sealed, **more}), "content")


def applied(second, to="plan.md", **more):
    return {"at": at(second), "to": to, **more}


def in_order(*entries):
    return sorted(entries, key=lambda one: (one["at"], hashlib.sha256(canonical(one).encode()).hexdigest()))


class Cases:
    def __init__(self, kind, namespace, folder):
        self.kind, self.namespace, self.folder, self.made = kind, namespace, folder, []

    def add(self, verdict, why, fields, key=OWNER.key, branch=OWNER.key, name=None, namespace=None):
        signature = sign(key, namespace or self.namespace, canonical(fields).encode()).hex()
        self.put(verdict, why, {**fields, "signature": signature}, branch, name)

    def put(self, verdict, why, document, branch=OWNER.key, name=None):
        path = f".mmogit/{self.folder}/{name or document.get('id')}.json"
        made = {"verdict": verdict, "why": why, "kind": self.kind, "branch": branch.hex, "path": path, "document": document}
        if verdict == "valid":
            made["canonical"] = canonical(without(document, "signature"))
        self.made.append(made)

    def signed(self, fields, key=OWNER.key):
        return {**fields, "signature": sign(key, self.namespace, canonical(fields).encode()).hex()}

    def common(self, fields, edited):
        good = self.signed(fields)
        self.add("valid", "fields that nobody knows yet are signed too", {**fields, "future": [1]})
        self.put("invalid", "the owner's good word on a stranger's branch", good, STRANGER.key)
        self.add("invalid", "a stranger's signature under the owner's name", fields, STRANGER.key)
        self.add("invalid", "signed by the owner's agent", fields, CRUSH)
        self.add("invalid", "signed in a thread's namespace", fields, namespace=THREAD)
        self.add("invalid", "under the name of another", fields, name="0" * 64)
        self.add("invalid", "an id that does not follow from what it says", {**fields, "id": "0" * 64})
        self.put("invalid", "a field added", {**good, "more": 1})
        for name, value in edited.items():
            self.put("invalid", f"its {name} edited", {**good, name: value})
        for name in fields:
            self.add("malformed", f"no {name}", without(fields, name), name=fields["id"])
        self.put("malformed", "no signature", without(good, "signature"))
        self.put("malformed", "a signature cut short", {**good, "signature": good["signature"][:126]})
        self.add("malformed", "version: 2", {**fields, "version": 2})
        self.add("malformed", "author in uppercase", {**fields, "author": OWNER.key.hex.upper()})
        self.add("malformed", "a time of another form", {**fields, "updated_at": "2026-01-01T00:00:09Z"})
        self.add("malformed", "a stamp that is no time", {**fields, "changed": {"x": 1}})


def make_projects():
    cases = Cases("project", PROJECT, "projects")
    cases.add("valid", "a project of one", project())
    people = sorted([member(), member(STRANGER, 2, why="moved")], key=lambda one: one["key"])
    cases.add("valid", "with a member and a former one", project(members=people))
    theirs = project(author=FRIEND.key.hex, id=project_id(FRIEND.key))
    cases.add("valid", "the friend's own, on the friend's branch", theirs, FRIEND.key, FRIEND.key)
    newer = project(author=FRIEND.key.hex, begun_by=OWNER.key.hex)
    cases.add("valid", "gone on with by a newer key", newer, FRIEND.key, FRIEND.key)
    cases.add("valid", "a name of 100 characters", project(name="\U0001f680" * 100))
    cases.common(project(), {"name": "Other", "updated_at": at(10), "members": [member()]})
    taken = project(author=FRIEND.key.hex)
    cases.add("invalid", "another's project in one's own name", taken, FRIEND.key, FRIEND.key)
    cases.add("invalid", "begun by another, with one's own id", project(begun_by=FRIEND.key.hex))
    for name, value in [("nonce", "0" * 64), ("created_at", at(1))]:
        cases.add("invalid", f"{name}: {value}, which is not that of the id", project(**{name: value}))
    for why, name in [("empty", ""), ("101 characters", "x" * 101), ("two lines", "a\nb"), ("an escape", "a\x1bb"), ("text turned around", "a\u202eb"), ("a line separator", "a\u2028b")]:
        cases.add("malformed", f"a name: {why}", project(name=name))
    backwards = sorted(people, key=lambda one: one["key"], reverse=True)
    cases.add("malformed", "members out of order", project(members=backwards))
    cases.add("malformed", "a member twice", project(members=[member(), member(times=2)]))
    for times in (0, -1, "1", None):
        cases.add("malformed", f"times: {times}", project(members=[member(times=times)]))
    cases.add("malformed", "members: no list", project(members={}))
    cases.add("malformed", "begun_by: null", project(begun_by=None))
    return cases.made


def make_drafts():
    cases = Cases("draft", DRAFT, "drafts")
    cases.add("valid", "as it came", draft())
    cases.add("valid", "a code block", draft(block=2, kind=None))
    cases.add("valid", "the last number of a block", draft(block=2**32 - 1))
    cases.add("valid", "blocks, of a project", draft(content={"blocks": [{"type": "text", "text": "x"}]}, project=project_id()))
    for state in ("edited", "accepted", "discarded", "partially_applied"):
        cases.add("valid", state, draft(state=state, changed={"state": at(7)}, updated_at=at(7)))
    entries = in_order(applied(8), applied(8, None), applied(9, "b", part="3-10"))
    cases.add("valid", "applied", draft(state="accepted", applied=entries))
    cases.add("valid", "sealed", box())
    friends = draft(author=FRIEND.key.hex)
    cases.add("valid", "the friend's own, of the same message", friends, FRIEND.key, FRIEND.key)
    cases.common(draft(), {"content": "Other", "state": "accepted", "thread": "0" * 64, "kind": None})
    cases.add("invalid", "the id of another block", draft(block=1, id=draft_id()))
    cases.add("invalid", "the id of another message", draft(message="2" * 64, id=draft_id()))
    cases.add("malformed", "content and sealed", {**box(), "content": "both"})
    cases.add("malformed", "neither content nor sealed", without(draft(), "content"))
    cases.add("malformed", "sealed, and its kind told", {**box(), "kind": "explain"})
    cases.add("malformed", "sealed, and its project told", {**box(), "project": project_id()})
    cases.add("malformed", "a fourth field in sealed", box(more=1))
    for name, value in [("block", -1), ("block", 2**32), ("block", "0"), ("state", "applied"), ("kind", 1), ("project", "launch"), ("content", None), ("content", {"blocks": ["x"]}), ("applied", {}), ("applied", [applied(8, 1)]), ("applied", [{"at": at(8)}])]:
        cases.add("malformed", f"{name}: {value}", {**draft(), name: value})
    cases.add("malformed", "applied out of order", draft(applied=list(reversed(entries))))
    cases.add("malformed", "applied twice alike", draft(applied=[applied(8), applied(8)]))
    return cases.made


def make():
    about = "Projects and drafts, at a path on the branch of a key; docs/format.md, sections 21 and 22."
    vectors("documents.json", {"about": about, "documents": [*make_projects(), *make_drafts()]})
