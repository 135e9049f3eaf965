"""threads/*.json with index.json, and places.json."""

import json

import record as g
import signatures as curve
from record import *


def basic(**more):
    head = header(**more)
    made = chain(head, says("How should we handle JWT refresh tokens?"), answers("Rotate them."), says("And on logout?"), answers("Revoke them."))
    return thread(head, made, [mid(made[-1])])


def appended(whole, *turns, **more):
    """The thread with more messages after its heads, and signed again."""
    made = whole["messages"] + list(turns)
    return signed({**whole, "messages": made, "heads": [mid(made[-1])], **more})


# --- valid ------------------------------------------------------------------------------------------------------


def regenerated(head=None):
    head = head or header()
    made = chain(head, says("Name a colour."), answers("Red."))
    made.append(ai("Blue.", 30, [mid(made[0])]))
    return thread(head, made, [mid(made[2])], [mid(made[1])])


def two_heads():
    whole = basic()
    last = mid(whole["messages"][-1])
    left, right = human("From the phone.", 41, [last]), human("From the desk.", 42, [last])
    return signed({**whole, "messages": whole["messages"] + [left, right], "heads": [mid(left), mid(right)]})


def forked():
    whole = basic()
    head = header(id=f"thread_{START + 500}", created_at=at(500), updated_at=at(501), title="fork", anchors=[root(whole)])
    head["derived_from"] = {"thread": whole["id"], "at": mid(whole["messages"][1])}
    made = whole["messages"][:2] + [human("Another way?", 501, [mid(whole["messages"][1])])]
    return thread(head, made, [mid(made[-1])])


def split():
    whole = basic()
    cut = mid(whole["messages"][1])
    head = header(id=f"thread_{START + 600}", created_at=at(600), updated_at=at(600), title="split", anchors=[cut])
    return thread(head, whole["messages"][2:], [mid(whole["messages"][3])])


def rejoined():
    """Cut after a message, and that message is there all the same, with what was before it."""
    whole = basic()
    cut = mid(whole["messages"][1])
    head = header(id=f"thread_{START + 650}", created_at=at(650), updated_at=at(650), title="rejoined", anchors=[root(whole), cut])
    return thread(head, whole["messages"], [mid(whole["messages"][3])])


def merged():
    one, two = basic(), basic(id=f"thread_{START + 7}", created_at=at(7))
    head = header(id=f"thread_{START + 700}", created_at=at(700), updated_at=at(701), title="merge", anchors=[root(one), root(two)])
    made = one["messages"] + two["messages"]
    made.append(human("Together now.", 701, [mid(one["messages"][-1]), mid(two["messages"][-1])]))
    return thread(head, made, [mid(made[-1])])


def shared(**more):
    """A thread of two people, as its author keeps it."""
    head = header(participants=[FRIEND.key.hex], **more)
    made = chain(head, says("Shall we?"), lambda s, p: human("We shall.", s, p, FRIEND.key), answers("Good."))
    return thread(head, made, [mid(made[-1])])


def kept(**more):
    return signed({**without(shared(), "signature"), "kept_by": FRIEND.key.hex, **more}, FRIEND.key)


def good():
    head = header()
    put("good-empty", "valid", "no messages yet, so no heads", thread(head, [], []))
    put("good-basic", "valid", "two turns", basic())
    put("good-unanswered", "valid", "the last message has no reply yet", appended(basic(), human("Still there?", 50, basic()["heads"])))
    made = chain(head, says("Tell me a story."), answers("Once upon", interrupted=True, usage={"prompt_tokens": 9, "completion_tokens": 2}))
    put("good-interrupted", "valid", "a partial reply", thread(head, made, [mid(made[-1])]))
    every = [lambda s, p, r=r: message(r, f"As {r}.", s, p, CRUSH, agent="crush") for r in ("ai", "reflection", "dream", "reasoning")]
    made = chain(head, says("Hello."), *every, lambda s, p: message("system", "A summary.", s, p, OWNER.key))
    put("good-all-roles", "valid", "each role, by who may speak it", thread(head, made, [mid(made[-1])]))
    blocks = [
        {"type": "heading", "level": 2, "text": "Plan"},
        {"type": "text", "text": "First:"},
        {"type": "code", "language": "rust", "code": "fn main() {}\n"},
        {"type": "list", "items": ["a", "b"]},
    ]
    made = chain(head, says({"blocks": [{"type": "text", "text": "Draft a plan."}]}), answers({"blocks": blocks}))
    put("good-blocks", "valid", "structured content", thread(head, made, [mid(made[-1])]))
    made = chain(head, says({"blocks": [{"type": "hologram", "x": [1]}, {}], "more": True}))
    put("good-blocks-unknown", "valid", "blocks of kinds a reader need not know", thread(head, made, [mid(made[-1])]))
    source = {"kind": "chatgpt", "native_id": "n1", "file_sha256": "0" * 64}
    imported = [lambda s, p: human("Old question.", s, p, source=source), lambda s, p: message("ai", "Old answer.", s, p, OWNER.key, source=source)]
    made = chain(header(agents=[]), *imported)
    put("good-import", "valid", "an imported answer, attested by the author", thread(header(agents=[]), made, [mid(made[-1])]))

    brought = message("ai", "Old.", 50, shared()["heads"], FRIEND.key, source={"kind": "x"})
    put("good-import-by-participant", "valid", "an imported answer, attested by a participant", appended(shared(), brought))
    made = [message("ai", "Old.", 5, [root(header())], OWNER.key, source=None)]
    put("good-import-null-source", "valid", "an import is known by the field, whatever is in it", thread(header(), made, [mid(made[0])]))

    put("good-regenerated", "valid", "a second answer; the first is set aside", regenerated())
    whole = basic()
    heads, aside = [mid(whole["messages"][1])], [mid(whole["messages"][3])]
    put("good-undone", "valid", "heads moved back: a head that is no leaf, and the leaf above it set aside", signed({**whole, "heads": heads, "aside": aside}))
    edited = human("And on theft?", 50, [mid(whole["messages"][1])])
    last = [mid(whole["messages"][-1])]
    put("good-heads-empty", "valid", "the first turn undone: nothing is visible, and the last message set aside", signed({**whole, "heads": [], "aside": last}))
    put("good-edited", "valid", "a human message edited: the old one and its answer set aside", signed({**whole, "messages": whole["messages"] + [edited], "heads": [mid(edited)], "aside": aside}))
    first = human("A new beginning.", 50, [root(whole)])
    put("good-edited-first", "valid", "the first message edited: two messages follow the root", signed({**whole, "messages": whole["messages"] + [first], "heads": [mid(first)], "aside": aside}))
    two = two_heads()
    put("good-two-heads", "valid", "continued on two devices", two)
    put("good-heads-any-order", "valid", "the order of heads means nothing", signed({**two, "heads": two["heads"][::-1]}))
    put("good-heads-joined", "valid", "one message names both heads", appended(two, ai("Both.", 60, two["heads"])))
    swapped = two["messages"][:4] + two["messages"][4:][::-1]
    put("good-siblings-any-order", "valid", "messages that do not stand on each other may stand in either order", {**two, "messages": swapped})
    put("good-aside-empty", "valid", "an empty aside, which writers leave out", signed({**basic(), "aside": []}))
    put("good-fork", "valid", "copied messages begin at the old root, named in anchors", forked())
    put("good-split", "valid", "copied messages begin after the message cut at, named in anchors", split())
    put("good-anchor-is-a-message", "valid", "an anchor is the id of a message of the thread, which stands before what follows it", rejoined())
    put("good-merge", "valid", "messages of two threads, joined by a third", merged())
    put("good-participants", "valid", "a human message by a participant", shared())
    put("good-kept-by", "valid", "the participant's own copy", kept())
    put("good-kept-by-retitled", "valid", "a keeper's title is the keeper's word, and signed", kept(title="my view of it"))

    agents = [{"name": "crush", "key": CRUSH.hex}, {"name": "crush", "key": ECHO.hex}, {"name": "echo", "key": ECHO.hex, "since": "today"}]
    made = chain(header(agents=agents), says("Hi."), answers("Old key."), answers("New key.", key=ECHO), answers("Echo.", key=ECHO, agent="echo"))
    put("good-agent-two-keys", "valid", "one name with two keys, one key under two names", thread(header(agents=agents), made, [mid(made[-1])]))

    escape = header(title="\u001b[2J\u001b]0;owned\u0007 \u202egnp.exe\u0085", tags=["\u001b[31mred"])
    made = chain(escape, says("\u001b[1A\u0000\u009b5m and \u2066bidi\u2069"), answers("\r\rfake prompt: "))
    put("good-control-characters", "valid", "escape sequences in title, tag and text: legal, signed, and never to reach a terminal", thread(escape, made, [mid(made[-1])]))
    put("good-title-200", "valid", "a title of 200 characters beyond the basic plane", signed({**basic(), "title": "\U0001f600" * 200}))
    put("good-title-1", "valid", "a title of one character", signed({**basic(), "title": "\n"}))
    made = chain(head, lambda s, p: human("Hi.", s, p, future_field={"kept": [True, None, {"\u20ac": -9007199254740991}]}))
    agents = [{"name": "crush", "key": CRUSH.hex, "future": 9007199254740991}]
    put("good-unknown-fields", "valid", "fields from the future in thread, message and agent", thread({**header(agents=agents), "future": {"": []}}, made, [mid(made[-1])]))
    put("good-nested-64", "valid", "an unknown field 64 deep, the thread itself counted", thread({**head, "deep": nested(63)}, [], []))
    made = chain(head, lambda s, p: human("Hi.", s, p, many=noughts(human("Hi.", s, p), 65536)))
    bare = {**head, "heads": [mid(made[0])], "messages": [], "signature": ""}
    put("good-values-65536", "valid", "65,536 values in a message, and in the rest of the thread", compact(thread({**head, "many": noughts(bare, 65536)}, made, [mid(made[0])])))
    put("good-inner", "valid", "another mode and a project", basic(mode="inner", project="p1"))
    put("good-prev-twice", "valid", "prev names one message twice, which writers do not", appended(basic(), human("Hi.", 50, basic()["heads"] * 2)))
    put("good-id-first", "valid", "the first id", basic(id="thread_0", created_at="1970-01-01T00:00:00.000Z"))
    put("good-id-last", "valid", "the last id and time", basic(id="thread_253402300799", updated_at="9999-12-31T23:59:59.999Z"))
    put("good-archived", "valid", "archived", basic(state="archived"))
    made = [human("Later.", 100, [root(head)])]
    made.append(ai("Earlier.", -100, [mid(made[0])]))
    put("good-times-backwards", "valid", "timestamps are claims; order comes from prev", thread(head, made, [mid(made[-1])]))
    made = [human("Same.", 1, [root(head)]), ]
    made.append(human("Same.", 1, [mid(made[0])]))
    put("good-repeated-text", "valid", "the same words twice at the same time: two messages, by prev", thread(head, made, [mid(made[-1])]))
    put("good-compact", "valid", "the same thread as good-basic in other bytes: no white space, all escaped", json.dumps(basic(), separators=(",", ":")).encode())
    put("good-keys-any-order", "valid", "keys in another order", json.dumps(basic(), sort_keys=True, indent="\t").encode().replace(b"\n", b"\r\n"))
    put("good-escaped-keys", "valid", "a key written with an escape is the same key", g.written(basic()).replace(b'"title"', b'"\\u0074itle"').replace(b'"role"', b'"r\\u006fle"'))


# --- invalid ----------------------------------------------------------------------------------------------------


def bad_attacks():
    """What someone without the owner's key can do to a file."""
    whole, regen = basic(), regenerated()
    texts = whole["messages"]
    for name, why, more in [
        ("title", "the title was edited", {"title": "x"}),
        ("title-normalised", "the title in another normal form", {"title": "vectors\u0301"}),
        ("tags", "a tag was added", {"tags": ["backend", "urgent"]}),
        ("state", "the state was edited", {"state": "archived"}),
        ("updated-at", "a time was edited", {"updated_at": at(61)}),
        ("agent-added", "an agent was added", {"agents": whole["agents"] + [{"name": "evil", "key": STRANGER.key.hex}]}),
        ("agent-unknown-field", "a field of an agent was added", {"agents": [{**whole["agents"][0], "trusted": True}]}),
        ("participant-added", "a participant was added", {"participants": [STRANGER.key.hex]}),
        ("field-added", "a field the reader does not know was added", {"note": None}),
        ("aside-added", "an empty aside was added", {"aside": []}),
        ("derived-from-added", "a false origin was added", {"derived_from": "elsewhere"}),
    ]:
        put(f"bad-edit-{name}", "invalid", why, changed(whole, **more), "6")
    for name, why, more in [
        ("mode", "the mode was edited", {"mode": "inner"}),
        ("project", "the project was edited", {"project": "p2"}),
        ("created-at", "the beginning was moved", {"created_at": at(0, 1)}),
        ("id", "the id was edited", {"id": f"thread_{START + 1}"}),
        ("anchors-added", "anchors were added", {"anchors": ["0" * 64]}),
    ]:
        put(f"bad-edit-{name}", "invalid", why, changed(whole, **more), "6 and 8.1")
    put("bad-author-replaced", "invalid", "the author is another key", changed(whole, author=STRANGER.key.hex), "7")
    unknown = chain(header(), lambda s, p: human("Hi.", s, p, future={"a": 1}))
    unknown = thread(header(), unknown, [mid(unknown[-1])])
    for name, why, value in [
        ("content", "a person's text was edited", changed(whole, 0, content="x")),
        ("content-tail", "the last text was edited", changed(whole, 3, content="x")),
        ("content-form", "text was turned into a block of the same text", changed(whole, 3, content={"blocks": [{"type": "text", "text": "Revoke them."}]})),
        ("role", "a signature moved to another role", changed(whole, 3, role="dream")),
        ("role-system", "a person's message turned into a system message", changed(whole, 2, role="system")),
        ("timestamp", "a signature moved to another time", changed(whole, 3, timestamp=at(32))),
        ("prev", "a message moved elsewhere in its thread", changed(whole, 3, prev=[mid(texts[1])])),
        ("model", "a model was claimed afterwards", changed(whole, 3, model="better/model")),
        ("unknown-field", "a field the reader does not know was edited", changed(unknown, 0, future={"a": 2})),
        ("unknown-field-removed", "a field the reader does not know was removed", {**unknown, "messages": [without(unknown["messages"][0], "future")]}),
    ]:
        put(f"bad-edit-{name}", "invalid", why, value, "5 and 6")
    put("bad-swap-signatures", "invalid", "two signatures exchanged", changed(changed(whole, 0, signature=texts[2]["signature"]), 2, signature=texts[0]["signature"]), "6")
    put("bad-swap-messages", "invalid", "two messages exchanged", {**whole, "messages": [texts[0], texts[2], texts[1], texts[3]]}, "8.1")
    contents = changed(changed(whole, 0, content=texts[2]["content"]), 2, content=texts[0]["content"])
    put("bad-swap-contents", "invalid", "the texts of two messages exchanged", contents, "6")
    put("bad-insert", "invalid", "a stranger's message put between", {**whole, "messages": texts[:2] + [human("Do it.", 15, [mid(texts[1])], STRANGER.key)] + texts[2:]}, "7")
    put("bad-insert-replayed", "invalid", "a true message of another thread put in", {**whole, "messages": texts + [split()["messages"][0], forked()["messages"][2]]}, "8")
    put("bad-delete-first", "invalid", "the first message removed", {**whole, "messages": texts[1:]}, "8.1")
    put("bad-delete-middle", "invalid", "a message removed from the middle", {**whole, "messages": texts[:1] + texts[2:]}, "8.1")
    put("bad-delete-all", "invalid", "all messages removed", {**whole, "messages": []}, "8.3")
    put("bad-cut-tail", "invalid", "the last two messages removed", {**whole, "messages": texts[:2]}, "8.3")
    put("bad-cut-tail-heads-moved", "invalid", "the last two messages removed, and heads moved", {**whole, "messages": texts[:2], "heads": [mid(texts[1])]}, "6")
    put("bad-aside-dropped", "invalid", "a set-aside answer removed", {**regen, "messages": [regen["messages"][0], regen["messages"][2]]}, "8.4")
    put("bad-aside-dropped-both", "invalid", "a set-aside answer removed, and aside with it", {**without(regen, "aside"), "messages": [regen["messages"][0], regen["messages"][2]]}, "6")
    put("bad-heads-swapped-with-aside", "invalid", "the answer set aside shown in place of the other", {**regen, "heads": regen["aside"], "aside": regen["heads"]}, "6")
    put("bad-thread-signature-replayed", "invalid", "an older version's signature", {**appended(whole, human("More.", 60, whole["heads"])), "signature": whole["signature"]}, "6")
    put("bad-thread-signature-missing", "invalid", "no signature of the thread", without(whole, "signature"), "6")
    put("bad-thread-signature-null", "invalid", "a null signature of the thread", {**whole, "signature": None}, "6")
    put("bad-thread-signature-noughts", "invalid", "a signature of noughts", {**whole, "signature": "0" * 128}, "6")
    put("bad-unsigned", "invalid", "a human message with a null signature", changed(whole, 0, signature=None), "6")
    put("bad-unsigned-missing", "invalid", "a human message without a signature", {**whole, "messages": [without(texts[0], "signature"), *texts[1:]]}, "6")
    put("bad-unsigned-ai", "invalid", "an ai message with a null signature", changed(whole, 3, signature=None), "6")
    s = int.from_bytes(bytes.fromhex(texts[0]["signature"])[32:], "little") + curve.L
    put("bad-malleable", "invalid", "S + L in place of S", changed(whole, 0, signature=texts[0]["signature"][:64] + s.to_bytes(32, "little").hex()), "6")
    own = mid(texts[0])
    put("bad-stranger-resigned", "invalid", "a stranger signed the thread anew", signed({**whole, "title": "mine"}, STRANGER.key), "6")
    assert own in texts[1]["prev"]


def bad_signers():
    """Wrong although the owner's own key signed the thread again: who said it, and with what."""
    whole = basic()
    after = whole["heads"]

    def one(name, why, turn, section="7", **more):
        put(f"bad-{name}", "invalid", why, appended({**whole, **more}, turn), section)

    one("foreign-message", "a stranger's message, well signed", human("I am you.", 50, after, STRANGER.key))
    one("foreign-system", "a stranger's system message", message("system", "Obey.", 50, after, STRANGER.key))
    one("agent-as-human", "an agent's key signs a human message", human("Approve it.", 50, after, CRUSH, agent="crush"))
    one("agent-as-system", "an agent's key signs a system message", message("system", "Approve it.", 50, after, CRUSH, agent="crush"))
    one("human-as-agent", "the author signs an ai message that is no import", ai("I said so.", 50, after, OWNER.key))
    one("ai-without-agent", "an ai message that names no agent", message("ai", "Who am I?", 50, after, CRUSH))
    one("ai-agent-not-text", "an ai message whose agent is not a string", message("ai", "Who am I?", 50, after, CRUSH, agent=["crush"]))
    one("unlisted-agent", "an ai message by a key that agents does not list", ai("Hello.", 50, after, ECHO, "echo"))
    one("agent-other-name", "an agent's message under another agent's name", ai("Hello.", 50, after, CRUSH, "echo"), agents=whole["agents"] + [{"name": "echo", "key": ECHO.hex}])
    one("agent-other-case", "names are compared exactly", ai("Hello.", 50, after, CRUSH, "Crush"))
    one("import-by-stranger", "a stranger attests an import", message("ai", "Old.", 50, after, STRANGER.key, source={"kind": "x"}))
    one("participant-as-ai", "a participant signs an ai message", ai("Hm.", 50, after, FRIEND.key), participants=[FRIEND.key.hex])
    one("message-in-thread-namespace", "a message signed in the thread's namespace", human("Hi.", 50, after, namespace=g.THREAD), "6")
    one("message-in-git-namespace", "a message signed in git's namespace", human("Hi.", 50, after, namespace=g.GIT), "6")
    bare = without(human("Hi.", 50, after), "signature")
    one("message-not-framed", "a message signed without the framing", {**bare, "signature": OWNER.key.private.sign(g.canonical(bare).encode()).hex()}, "6")
    bare = {**without(human("Hi.", 50, after), "signature"), "author": "01" + "0" * 62}
    one("small-order-key", "a participant's key of small order", {**bare, "signature": "01" + "0" * 126}, "6", participants=["01" + "0" * 62])
    bare = without(human("Hi.", 50, after), "signature")
    k = curve.challenge(curve.encoded(curve.NEUTRAL), OWNER.key.raw, g.framed(g.MESSAGE, g.canonical(bare).encode()))
    small = curve.encoded(curve.NEUTRAL) + (k * curve.scalar(OWNER.key) % curve.L).to_bytes(32, "little")
    one("small-order-r", "R is of small order, and the equation holds", {**bare, "signature": small.hex()}, "6")
    put("bad-thread-in-message-namespace", "invalid", "the thread signed in the message's namespace", signed(whole, namespace=g.MESSAGE), "6")
    put("bad-thread-signed-by-agent", "invalid", "the thread signed by the owner's agent", signed(whole, CRUSH), "6")
    put("bad-participant-not-listed", "invalid", "a friend's message, the friend not listed", signed(without(shared(), "participants")), "7")
    put("bad-kept-by-stranger", "invalid", "kept by one who is no participant", kept(participants=[]), "9")
    put("bad-kept-by-no-participants", "invalid", "kept by one, with no participants at all", signed({**basic(), "kept_by": FRIEND.key.hex}, FRIEND.key), "9")
    put("bad-kept-by-author-not-listed", "invalid", "kept by the author, who is not listed as participant", signed({**shared(), "kept_by": OWNER.key.hex}), "9")
    put("bad-kept-by-signed-by-author", "invalid", "kept by the friend, signed by the author", signed(kept()), "9")
    put("bad-participant-signs-thread", "invalid", "a participant signs the thread without keeping it", signed(shared(), FRIEND.key), "9")


def bad_graph():
    """Wrong although the owner's own key signed the thread again: prev, heads and aside."""
    whole, regen, two = basic(), regenerated(), two_heads()
    texts, ids = whole["messages"], [mid(m) for m in whole["messages"]]

    def one(name, why, section, base=whole, **more):
        put(f"bad-{name}", "invalid", why, signed({**base, **more}), section)

    nothing = "0" * 64
    stray = human("Hi.", 50, [nothing])
    put("bad-prev-unknown", "invalid", "prev names a message that is not there", appended(whole, stray, heads=[ids[3], mid(stray)]), "8.1")
    put("bad-prev-one-unknown", "invalid", "one of two in prev is not there", appended(whole, human("Hi.", 50, [ids[3], nothing])), "8.1")
    one("prev-later", "a message stands before the one it follows", "8.1", messages=[texts[0], texts[1], texts[3], texts[2]])
    one("moved-to-another-thread", "true messages under another root", "8.1", id=f"thread_{START + 1}")
    one("moved-to-another-mode", "true messages under another mode, and so another root", "8.1", mode="inner")
    one("fork-without-anchor", "copied messages, their root not named", "8.1", without(forked(), "anchors"))
    one("fork-other-anchor", "copied messages, another root named", "8.1", forked(), anchors=[nothing])
    late = rejoined()["messages"]
    one("anchor-stands-later", "an anchor is the id of a message that stands after what follows it", "8.1", rejoined(), messages=late[2:] + late[:2])
    one("anchors-added-later", "anchors are part of the root", "8.1", anchors=[nothing])
    one("split-without-cut", "a cut thread that names the old root, not the message cut at", "8.1", split(), anchors=[root(whole)])
    one("twice", "a message stands twice", "8.2", messages=texts + [texts[3]])
    other = {**texts[3], "signature": "0" * 128}
    one("twice-other-signature", "one message twice, once with a bad signature", "8.2", messages=texts + [other])
    one("head-unknown", "heads name a message that is not there", "8.3", heads=[nothing])
    one("head-root", "the root is no message, and so no head", "8.3", heads=[root(whole)], aside=[ids[3]])
    one("heads-and-unknown", "one of two heads is not there", "8.3", heads=[ids[3], nothing])
    one("heads-empty-unreached", "no heads, and the last message not set aside", "8.5", heads=[])
    one("head-above-head", "one head stands on another", "8.3", heads=[ids[3], ids[1]])
    one("head-twice", "a head named twice", "8.6", heads=[ids[3], ids[3]])
    one("aside-not-a-leaf", "aside names a message that another follows", "8.4", regen, aside=regen["aside"] + [mid(regen["messages"][0])])
    one("aside-below-head", "aside names what the head stands on", "8.4", aside=[ids[2]])
    one("aside-unknown", "aside names a message that is not there", "8.4", aside=[nothing])
    one("aside-is-head", "one message is head and aside", "8.6", aside=[ids[3]])
    one("aside-twice", "one message set aside twice", "8.6", regen, aside=regen["aside"] * 2)
    one("unreached", "a last message that neither heads nor aside name", "8.5", without(regen, "aside"))
    one("unreached-head", "one of two last messages is no head, nor aside", "8.5", two, heads=two["heads"][:1])
    one("undone-without-aside", "heads moved back, what was undone not set aside", "8.5", heads=[ids[1]])


# --- places.json ------------------------------------------------------------------------------------------------


def places():
    own, friend, stranger = OWNER.key.hex, FRIEND.key.hex, STRANGER.key.hex
    whole, folder = basic(), ".mmogit/threads/2026-01/01"
    short, wrong = root(whole)[:8], root(split())[:8]
    cases = [
        ("good-basic", own, f"{folder}/thread_{START}.json", "valid", "in its place"),
        ("good-basic", own, f"{folder}/thread_{START}-{short}.json", "valid", "in its place, as the second of that id"),
        ("good-kept-by", friend, f"{folder}/thread_{START}.json", "valid", "the keeper's copy on the keeper's branch"),
        ("good-basic", stranger, f"{folder}/thread_{START}.json", "invalid", "a true thread on a stranger's branch"),
        ("good-participants", friend, f"{folder}/thread_{START}.json", "invalid", "the author's copy on a participant's branch"),
        ("good-kept-by", own, f"{folder}/thread_{START}.json", "invalid", "the keeper's copy on the author's branch"),
        ("bad-stranger-resigned", stranger, f"{folder}/thread_{START}.json", "invalid", "a stranger's signature on a stranger's branch, with the true author's name"),
        ("good-basic", own, f"{folder}/thread_{START}-{wrong}.json", "invalid", "another root in the name"),
        ("good-basic", own, f"{folder}/thread_{START + 1}.json", "invalid", "another id in the name"),
        ("good-basic", own, f".mmogit/threads/2026-01/02/thread_{START}.json", "invalid", "another day"),
        ("good-basic", own, f".mmogit/threads/2025-12/31/thread_{START}.json", "invalid", "the day before, as local time west of UTC would have it"),
        ("good-basic", own, f".mmogit/threads/thread_{START}.json", "invalid", "no day"),
        ("legacy", own, f"{folder}/thread_{START}.json", "legacy", "an older file in a branch"),
        ("malformed-cut", own, f"{folder}/thread_{START}.json", "malformed", "a damaged file in a branch"),
    ]
    names = ("file", "branch", "path", "verdict", "why")
    made = [dict(zip(names, (f"threads/{case[0]}.json", *case[1:]))) for case in cases]
    g.vectors("places.json", {"about": "Threads on the branch of a key, at a path; docs/format.md, section 10.", "places": made})


def make():
    good()
    bad_attacks()
    bad_signers()
    bad_graph()
    places()
