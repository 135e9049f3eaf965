"""The part of threads/ that is malformed or legacy."""

import record as g
from record import *
from threads import basic


def malformed():
    whole = basic()
    plain, text = signed(without(whole, "signature")), g.written(whole)
    number = 0

    def one(name, why, value, section="2"):
        put(f"malformed-{name}", "malformed", why, value, section)

    def field(name, why, number=None, section="4", **more):
        one(name, why, changed(whole, number, **more), section)

    one("empty-file", "an empty file", b"")
    one("cut", "the file ends early", text[: len(text) // 2])
    one("two-values", "the thread twice", text + text)
    one("byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + text)
    one("utf16", "UTF-16", text.decode().encode("utf-16"))
    one("utf8", "a byte that is not UTF-8", text.replace(b"vectors", b"vec\xfftors"))
    one("utf8-overlong", "an overlong form", text.replace(b"vectors", b"vec\xc0\xaftors"))
    one("utf8-surrogate", "a surrogate in UTF-8", text.replace(b"vectors", b"vec\xed\xa0\x80tors"))
    one("surrogate", "a lone surrogate", text.replace(b"vectors", b"vec\\ud800tors"))
    one("control-character", "a raw escape character in a string", text.replace(b"vectors", b"vec\x1btors"))
    one("comma", "a trailing comma", text.replace(b'"active",', b'"active",,'))
    one("duplicate-key", "the title given twice", text.replace(b'"title": "vectors",', b'"title": "harmless", "title": "vectors",'))
    one("duplicate-key-equal", "the title given twice, alike", text.replace(b'"title": "vectors",', b'"title": "vectors", "title": "vectors",'))
    one("duplicate-key-escaped", "content given twice, once with an escape in its key", text.replace(b'"content": "Rotate them."', b'"content": "Rotate them.", "cont\\u0065nt": "Keep them."'))
    one("duplicate-messages", "messages given twice", text.replace(b'"heads"', b'"messages": [], "heads"'))
    one("duplicate-key-unknown", "an unknown field's key given twice, within", text.replace(b'"heads"', b'"x": {"y": {"z": 1, "z": 1}}, "heads"'))
    for name, token in [("float", "1.0"), ("exponent", "1e3"), ("minus-nought", "-0"), ("big-number", "9007199254740992"), ("nan", "NaN"), ("leading-nought", "01")]:
        one(name, f"the number {token}", text.replace(b'"heads"', f'"usage": {token}, "heads"'.encode()))
    one("nested-65", "an unknown field 65 deep, the thread itself counted", {**whole, "deep": nested(64)})
    one("nested-5000", "5,000 deep", text.replace(b'"heads"', b'"deep": ' + b"[" * 5000 + b"]" * 5000 + b', "heads"'))
    one("values-message", "65,537 values in a message", g.compact(changed(whole, 0, many=g.noughts(whole["messages"][0], 65537))))
    one("values-header", "65,537 values in a thread besides its messages", g.compact({**whole, "many": g.noughts({**whole, "messages": []}, 65537)}))
    for name, value in [("list", []), ("list-of-threads", [whole]), ("string", "thread"), ("number", 1), ("null", None)]:
        one(f"top-{name}", "not an object", value, "4")
    one("empty-object", "no fields at all", {}, "4")
    for name in ("id", "title", "author", "created_at", "updated_at", "mode", "project", "tags", "state", "agents", "messages", "heads"):
        one(f"without-{name}", f"no {name}", without(whole, name), "4")
    one("without-version", "no version, nor the older shape: state is missing", without(whole, "version", "state"), "12")
    for name, why, value in [("2", "another version", 2), ("0", "another version", 0), ("string", "a string", "1"), ("true", "not a number", True), ("null", "null", None)]:
        field(f"version-{name}", f"version: {why}", version=value)
    for name, why, value in [
        ("number", "a number", START),
        ("path", "a path", "../../../etc/passwd"),
        ("path-after", "a path after the digits", f"thread_{START}/../../x"),
        ("line-feed", "a line feed at the end", f"thread_{START}\n"),
        ("capital", "a capital", f"Thread_{START}"),
        ("no-digits", "no digits", "thread_"),
        ("negative", "a sign", "thread_-5"),
        ("leading-nought", "a leading nought", f"thread_0{START}"),
        ("beyond-9999", "a second of the year 10000", "thread_253402300800"),
        ("huge", "more than 64 bits", "thread_18446744073709551616"),
        ("foreign-digits", "digits that are not ASCII", "thread_\u0661\u0662"),
    ]:
        field(f"id-{name}", f"id: {why}", id=value)
    for name, value in [("number", 5), ("null", None), ("empty", ""), ("201", "\U0001f600" * 201)]:
        field(f"title-{name}", f"title: {name}", title=value)
    key = OWNER.key.hex
    for name, value in [("uppercase", key.upper()), ("short", key[:-1]), ("long", key + "0"), ("prefixed", "0x" + key[2:]), ("null", None), ("line-feed", key + "\n")]:
        field(f"author-{name}", f"author: {name}", author=value)
    for name, value in [
        ("no-milliseconds", "2026-01-01T00:00:00Z"),
        ("microseconds", "2026-01-01T00:00:00.000000Z"),
        ("offset", "2026-01-01T00:00:00.000+00:00"),
        ("small-letters", "2026-01-01t00:00:00.000z"),
        ("space", "2026-01-01 00:00:00.000Z"),
        ("30-february", "2026-02-30T00:00:00.000Z"),
        ("29-february", "2026-02-29T00:00:00.000Z"),
        ("month-13", "2026-13-01T00:00:00.000Z"),
        ("hour-24", "2026-01-01T24:00:00.000Z"),
        ("minute-60", "2026-01-01T00:60:00.000Z"),
        ("second-60", "2016-12-31T23:59:60.000Z"),
        ("year-0", "0000-01-01T00:00:00.000Z"),
        ("1969", "1969-12-31T23:59:59.999Z"),
        ("year-10000", "10000-01-01T00:00:00.000Z"),
        ("line-feed", "2026-01-01T00:00:00.000Z\n"),
        ("foreign-digits", "202\u0666-01-01T00:00:00.000Z"),
        ("number", START),
    ]:
        field(f"time-{name}", f"created_at: {name}", created_at=value)
    field("updated-at", "updated_at: no milliseconds", updated_at="2026-01-01T00:00:00Z")
    field("mode", "mode: null", mode=None)
    field("project", "project: a number", project=5)
    field("tags-string", "tags: a string", tags="backend")
    field("tags-numbers", "tags: a list of numbers", tags=[1])
    field("state", "state: unknown", state="deleted")
    field("state-capital", "state: a capital", state="Active")
    field("agents-object", "agents: an object", agents={"crush": CRUSH.hex})
    field("agents-string", "agents: a list of strings", agents=["crush"])
    field("agents-without-key", "agents: no key", agents=[{"name": "crush"}])
    field("agents-without-name", "agents: no name", agents=[{"key": CRUSH.hex}])
    field("agents-key-uppercase", "agents: a key in uppercase", agents=[{"name": "crush", "key": CRUSH.hex.upper()}])
    field("messages-object", "messages: an object", messages={})
    field("messages-string", "messages: a list of strings", messages=["hi"])
    field("messages-null", "messages: null", messages=None)
    field("heads-string", "heads: a string", heads=whole["heads"][0])
    field("heads-uppercase", "heads: uppercase", heads=[whole["heads"][0].upper()])
    field("heads-null", "heads: null", heads=None)
    for name in ("aside", "anchors", "participants", "kept_by"):
        field(f"{name}-null", f"{name}: null", **{name: None})
    field("aside-short", "aside: a short hash", aside=["00"])
    field("anchors-string", "anchors: a string", anchors="0" * 64)
    field("participants-objects", "participants: objects", participants=[{"key": key}])
    field("kept-by-list", "kept_by: a list", kept_by=[key])
    field("signature-uppercase", "signature: uppercase", signature=plain["signature"].upper())
    field("signature-short", "signature: short", signature=plain["signature"][:-2])
    field("signature-armour", "signature: armoured", signature=g.armour(OWNER.key, g.THREAD, bytes.fromhex(plain["signature"])))
    field("signature-false", "signature: false", signature=False)
    field("signature-empty", "signature: an empty string", signature="")
    for name, value in [("unknown", "assistant"), ("capital", "Human"), ("null", None), ("list", ["human"])]:
        field(f"role-{name}", f"role: {name}", number, "5", role=value)
    for name, value in [("null", None), ("number", 5), ("list", ["hi"]), ("object", {}), ("text-object", {"text": "hi"}), ("blocks-string", {"blocks": "hi"}), ("blocks-null", {"blocks": None}), ("blocks-of-strings", {"blocks": ["hi"]})]:
        field(f"content-{name}", f"content: {name}", number, "5", content=value)
    field("message-time", "timestamp: no milliseconds", number, "5", timestamp="2026-01-01T00:00:01Z")
    field("message-author", "author of a message: uppercase", number, "5", author=key.upper())
    field("prev-string", "prev: a string", number, "5", prev=root(whole))
    field("prev-empty", "prev: nothing in it", number, "5", prev=[])
    field("prev-null", "prev: null", number, "5", prev=None)
    field("prev-uppercase", "prev: uppercase", number, "5", prev=[root(whole).upper()])
    field("prev-short", "prev: a short hash", number, "5", prev=[root(whole)[:8]])
    field("message-signature-uppercase", "signature of a message: uppercase", number, "5", signature=whole["messages"][0]["signature"].upper())
    field("message-signature-short", "signature of a message: short", number, "5", signature="abcd")
    field("message-signature-number", "signature of a message: a number", number, "5", signature=0)
    for name in ("role", "content", "timestamp", "author", "prev"):
        one(f"message-without-{name}", f"a message without {name}", {**whole, "messages": [without(whole["messages"][0], name), *whole["messages"][1:]]}, "5")


def legacy():
    old = {
        "id": f"thread_{START}",
        "title": "old",
        "author": OWNER.key.hex,
        "created_at": "2025-01-21T10:00:00Z",
        "updated_at": "2025-01-21T10:30:00Z",
        "messages": [
            {"role": "human", "content": "hi", "timestamp": "2025-01-21T10:00:00Z", "signature": "ab" * 64},
            {"role": "ai", "content": "hello", "timestamp": "2025-01-21T10:00:15Z", "signature": None},
        ],
        "tags": [],
        "state": "active",
    }
    put("legacy", "legacy", "the older mmogit's file: its signature covers a time that is not stored", old)
    put("legacy-unsigned", "legacy", "all signatures null", changed(old, 0, signature=None))
    put("legacy-nanoseconds", "legacy", "its times as it wrote them", changed(old, 0, timestamp="2025-01-21T10:00:00.123456789+00:00"))
    put("legacy-empty", "legacy", "no messages", {**old, "messages": []})
    put("legacy-signed-fields", "legacy", "without version, though all else is of today: not valid", without(basic(), "version"))
    put("malformed-legacy-duplicate-key", "malformed", "the older shape with a key given twice", g.written(old).replace(b'"title"', b'"title": "x", "title"'), "2")
    put("malformed-legacy-without-tags", "malformed", "the older shape without tags", without(old, "tags"), "12")
    put("malformed-legacy-content", "malformed", "the older shape with content that is not a string", changed(old, 0, content=["hi"]), "12")
    put("malformed-legacy-version", "malformed", "the older shape under version 1", {"version": 1, **old}, "4")


def make():
    malformed()
    legacy()
