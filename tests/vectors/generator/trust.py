"""The part of threads/ on people who were dropped, owners of agents, stamps and sealed words."""

import base64

import record as g
from record import *
from threads import appended, basic, shared

FRIENDS = FRIEND.agent("crush")
FIRST, SECOND = "1" * 64, "2" * 64


def dropped(*more, last=None, times=1, **header):
    """A thread of two people, of whom the friend was dropped after the messages there are."""
    whole = shared()
    last = [mid(whole["messages"][1])] if last is None else last
    entry = {"key": FRIEND.key.hex, "times": times, "last": last}
    return appended(without(whole, "participants"), human("Goodbye.", 40, whole["heads"]), *more, **{"former": [entry], **header})


def after(whole):
    return [mid(whole["messages"][-1])]


def with_agent(by, *more, **header):
    """A thread in which another's agent answers, listed with that owner."""
    whole = shared()
    answer = ai("Mine says.", 50, whole["heads"], FRIENDS)
    entry = {"name": "crush", "key": FRIENDS.hex} | ({"by": by} if by else {})
    return appended(whole, answer, *more, **{"agents": [*whole["agents"], entry], **header})


def box(length=272):
    return base64.b64encode(b"\x5a" * length).decode()


def sealed(epoch=FIRST, **more):
    return {"epoch": epoch, "nonce": "0" * 48, "box": box(), **more}


def reader(person=OWNER, **more):
    return {"author": person.key.hex, "encryption": "3" * 64, "wrap": base64.b64encode(b"w" * 80).decode(), **more}


def epoch(**more):
    return {"id": FIRST, "after": [], "readers": [reader()], **more}


def locked(role="human", key=OWNER.key, words=None, **header):
    """A thread with one sealed message. Its boxes open for nobody: no checker needs to open them."""
    head = g.header(title="\U0001f512", tags=[], epochs=[epoch()], sealed=sealed())
    head |= header
    made = {"role": role, "timestamp": at(1), "author": key.hex, "prev": [root(head)], "sealed": sealed()} | (words or {})
    made["signature"] = sign(key, g.MESSAGE, canonical(made).encode()).hex()
    return thread(head, [made], [mid(made)])


def good():
    put("good-former", "valid", "one who was dropped: what they had said counts", dropped())
    before = mid(shared()["messages"][1])
    put("good-former-never-spoke", "valid", "one who was dropped before saying anything", appended(without(basic(), "signature"), former=[{"key": STRANGER.key.hex, "times": 1, "last": []}]))
    back = human("Back.", 60, after(dropped()), FRIEND.key)
    put("good-former-back", "valid", "dropped and invited again", dropped(back, times=2, participants=[FRIEND.key.hex]))
    put("good-former-listed-while-odd", "valid", "who is listed has a part, whatever former says", dropped(back, participants=[FRIEND.key.hex]))
    put("good-former-before-last", "valid", "what stands before one of last counts too", dropped(last=[mid(shared()["messages"][2])]))
    put("good-former-unknown-last", "valid", "last may name a message that is not there", dropped(last=[before, "0" * 64]))
    put("good-former-unknown-field", "valid", "fields from the future in an entry", dropped(former=[{"key": FRIEND.key.hex, "times": 1, "last": [before], "why": [1]}]))
    put("good-agent-of-participant", "valid", "a participant's agent", with_agent(FRIEND.key.hex))
    put("good-agent-of-author", "valid", "an agent whose owner is the author, and named", with_agent(OWNER.key.hex))
    two = [{"name": "crush", "key": FRIENDS.hex, "by": key} for key in (STRANGER.key.hex, FRIEND.key.hex)]
    put("good-agent-two-owners", "valid", "one good entry is enough", with_agent(None, agents=[*shared()["agents"], *two]))
    ours = with_agent(FRIEND.key.hex)
    entry = {"key": FRIEND.key.hex, "times": 1, "last": after(ours)}
    put("good-agent-of-former", "valid", "what the agent of one who was dropped had said counts", signed({**without(ours, "participants"), "former": [entry]}))
    brought = message("ai", "Old.", 30, [mid(shared()["messages"][1])], FRIEND.key, source={})
    entry = {"key": FRIEND.key.hex, "times": 1, "last": [mid(brought)]}
    put("good-import-by-former", "valid", "an import, attested by one who was dropped later", appended(without(shared(), "participants"), brought, heads=[*shared()["heads"], mid(brought)], former=[entry]))
    stamps = {"title": at(3), "tag backend": at(4), "future": at(5)}
    hides = {mid(basic()["messages"][0]): {"at": at(6), "hidden": False, "why": 1}, "0" * 64: {"at": at(7), "hidden": True}}
    put("good-stamps", "valid", "stamps of changes and of what was hidden", signed({**basic(), "changed": stamps, "hides": hides}))
    put("good-stamps-empty", "valid", "stamps of nothing", signed({**basic(), "changed": {}, "hides": {}}))
    last = {mid(basic()["messages"][3]): {"at": at(6), "hidden": True}}
    put("good-hides-disagree", "valid", "heads say what one version shows, also where hides says otherwise", signed({**basic(), "hides": last}))
    put("good-sealed", "valid", "a sealed thread: nobody needs to open it to check it", locked())
    put("good-sealed-import", "valid", "a sealed import", locked("ai", words={"source": {}}))
    put("good-sealed-unknown-fields", "valid", "fields from the future in what is sealed", locked(epochs=[epoch(future=1, readers=[reader(future=2)])], words={"sealed": sealed(future=3)}))
    put("good-sealed-words-only", "valid", "a sealed message in a thread whose title lies open", without_sealed(locked()))
    put("good-epochs-any", "valid", "epochs that follow each other, remove readers, and follow what is not there", locked(epochs=[epoch(), epoch(id=SECOND, after=[FIRST, "4" * 64], without=[FRIEND.key.hex], readers=[])]))


def without_sealed(whole):
    return signed(without(whole, "sealed"))


def bad():
    def one(name, why, value, section="7"):
        put(f"bad-{name}", "invalid", why, value, section)

    one("former-speaks-on", "one who was dropped speaks on", dropped(human("Still here.", 60, after(dropped()), FRIEND.key)))
    one("former-speaks-aside", "one who was dropped speaks after the message that was their last", dropped(human("Also.", 60, [mid(shared()["messages"][1])], FRIEND.key), heads=after(dropped()) + [mid(human("Also.", 60, [mid(shared()["messages"][1])], FRIEND.key))]))
    one("former-no-last", "one who was dropped, and had not said this", dropped(last=[]))
    one("former-earlier-last", "the last message was before this one", dropped(last=[mid(shared()["messages"][0])]))
    one("former-even-not-listed", "back by the count, and not listed", dropped(human("Back.", 60, after(dropped()), FRIEND.key), times=2))
    one("former-keeps", "a copy kept by one who was dropped", signed({**dropped(), "kept_by": FRIEND.key.hex}, FRIEND.key), "9")
    one("agent-of-stranger", "an agent whose owner has no part", with_agent(STRANGER.key.hex))
    one("agent-of-agent", "an agent whose owner is an agent", with_agent(CRUSH.hex))
    ours = with_agent(FRIEND.key.hex)
    entry = {"key": FRIEND.key.hex, "times": 1, "last": [mid(ours["messages"][1])]}
    one("agent-of-former", "the agent of one who was dropped answers on", signed({**without(ours, "participants"), "former": [entry]}))
    said = message("human", "I am a person.", 50, shared()["heads"], FRIENDS, agent="crush")
    one("agent-of-participant-as-human", "a participant's agent signs a person's message", appended(shared(), said, agents=[*shared()["agents"], {"name": "crush", "key": FRIENDS.hex, "by": FRIEND.key.hex}]))
    brought = message("ai", "Old.", 60, after(dropped()), FRIEND.key, source={})
    one("import-by-former", "an import, attested by one who had been dropped", dropped(brought))
    one("sealed-unknown-epoch", "a sealed message in an epoch that the thread does not have", locked(epochs=[epoch(id=SECOND)]))
    one("sealed-no-epochs", "a sealed message in a thread without epochs", signed(without(locked(), "epochs")))
    whole = locked()
    one("edit-box", "a box was edited", changed(whole, 0, sealed=sealed(box=base64.b64encode(b"x" * 272).decode())), "5 and 6")
    one("edit-reader", "a reader was slipped in", changed(whole, epochs=[epoch(readers=[reader(), reader(STRANGER)])]), "6")
    one("edit-sealed-header", "the sealed header was replaced", changed(whole, sealed=sealed(nonce="1" * 48)), "6")
    one("edit-unsealed", "the sealed header was taken away", without(whole, "sealed"), "6")
    one("edit-former", "a last message was added", changed(dropped(), former=[{"key": FRIEND.key.hex, "times": 1, "last": after(dropped())}]), "6")
    one("edit-owner", "an agent was given to another", changed(with_agent(FRIEND.key.hex), agents=with_agent(OWNER.key.hex)["agents"]), "6")
    one("edit-stamp", "a stamp was added", changed(basic(), changed={"title": at(900)}), "6")
    one("edit-hides", "a message was hidden for the next union", changed(basic(), hides={mid(basic()["messages"][3]): {"at": at(900), "hidden": True}}), "6")


def malformed():
    def one(name, why, section="4", **more):
        put(f"malformed-{name}", "malformed", why, changed(basic(), **more), section)

    def inside(name, why, **more):
        put(f"malformed-{name}", "malformed", why, changed(locked(), 0, **more), "5")

    key = FRIEND.key.hex
    for name, value in [("null", None), ("uppercase", key.upper()), ("name", "friend")]:
        one(f"agents-by-{name}", f"by of an agent: {name}", agents=[{"name": "crush", "key": CRUSH.hex, "by": value}])
    good = {"key": key, "times": 1, "last": []}
    for name, value in [
        ("null", None), ("object", {}), ("keys", [key]),
        ("times-nought", [{**good, "times": 0}]), ("times-negative", [{**good, "times": -1}]), ("times-text", [{**good, "times": "1"}]),
        ("times-true", [{**good, "times": True}]), ("without-times", [without(good, "times")]), ("without-key", [without(good, "key")]),
        ("without-last", [without(good, "last")]), ("last-null", [{**good, "last": None}]), ("last-short", [{**good, "last": ["0" * 63]}]),
    ]:
        one(f"former-{name}", f"former: {name}", former=value)
    for name, value in [("null", None), ("list", []), ("number", {"title": 1}), ("time", {"title": "2026-01-01T00:00:00Z"})]:
        one(f"changed-{name}", f"changed: {name}", changed=value)
    entry = {"at": at(1), "hidden": True}
    for name, value in [
        ("null", None), ("list", []), ("id", {"x": entry}), ("uppercase", {"A" * 64: entry}), ("bare", {"0" * 64: True}),
        ("without-at", {"0" * 64: without(entry, "at")}), ("without-hidden", {"0" * 64: without(entry, "hidden")}),
        ("hidden-number", {"0" * 64: {**entry, "hidden": 1}}), ("at", {"0" * 64: {**entry, "at": 1}}),
    ]:
        one(f"hides-{name}", f"hides: {name}", hides=value)
    for name, value in [
        ("null", None), ("object", {}), ("id-short", [epoch(id="1" * 63)]), ("id-uppercase", [epoch(id="A" * 64)]), ("without-id", [without(epoch(), "id")]),
        ("after-null", [epoch(after=None)]), ("without-after", [without(epoch(), "after")]), ("after-number", [epoch(after=[1])]),
        ("without-null", [epoch(without=None)]), ("without-text", [epoch(without=["friend"])]),
        ("readers-null", [epoch(readers=None)]), ("without-readers", [without(epoch(), "readers")]), ("reader-text", [epoch(readers=["friend"])]),
        ("reader-author", [epoch(readers=[reader(author="x")])]), ("reader-encryption", [epoch(readers=[reader(encryption=None)])]),
        ("wrap-79", [epoch(readers=[reader(wrap=base64.b64encode(b"w" * 79).decode())])]), ("wrap-81", [epoch(readers=[reader(wrap=base64.b64encode(b"w" * 81).decode())])]),
        ("wrap-url", [epoch(readers=[reader(wrap="-" + reader()["wrap"][1:])])]), ("wrap-line", [epoch(readers=[reader(wrap=reader()["wrap"] + "\n")])]),
        ("wrap-unpadded", [epoch(readers=[reader(wrap=reader()["wrap"].rstrip("="))])]), ("wrap-bits", [epoch(readers=[reader(wrap=reader()["wrap"][:-2] + "9=")])]),
    ]:
        one(f"epochs-{name}", f"epochs: {name}", epochs=value)
    bare = base64.b64encode(b"\x5a" * 272).decode()
    forms = [
        ("null", None), ("text", "x"), ("without-epoch", without(sealed(), "epoch")), ("without-nonce", without(sealed(), "nonce")), ("without-box", without(sealed(), "box")),
        ("epoch", sealed(epoch="x")), ("nonce-short", sealed(nonce="0" * 46)), ("nonce-long", sealed(nonce="0" * 50)), ("nonce-uppercase", sealed(nonce="A" * 48)),
        ("box-empty", sealed(box="")), ("box-null", sealed(box=None)), ("box-unpadded", sealed(box=bare.rstrip("="))), ("box-line", sealed(box=bare[:64] + "\n" + bare[64:])),
        ("box-short", sealed(box=box(271))), ("box-long", sealed(box=box(273))), ("box-between", sealed(box=box(16 + 257))),
    ]
    for name, value in forms:
        one(f"sealed-{name}", f"sealed of a thread: {name}", sealed=value)
        inside(f"message-sealed-{name}", f"sealed of a message: {name}", sealed=value)
    inside("message-content-and-sealed", "a message with both", content="x")
    put("malformed-message-neither", "malformed", "a message with neither content nor sealed", {**locked(), "messages": [without(locked()["messages"][0], "sealed")]}, "5")


def make():
    good()
    bad()
    malformed()
