"""union.json."""

import base64

import record as g
import signatures as curve
from record import *
from threads import kept, regenerated, rejoined, shared, two_heads


def parents(messages):
    return {mid(m): m["prev"] for m in messages}


def below(start, graph):
    """All ancestors of the given ids, without themselves."""
    seen, todo = set(), [p for i in start for p in graph.get(i, [])]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += graph.get(one, [])
    return seen


def ordered(messages):
    left, done, out = {mid(m): m for m in messages}, set(), []
    while left:
        ready = [i for i, m in left.items() if not any(p in left for p in m["prev"])]
        first = min(ready, key=lambda i: (left[i]["timestamp"], i))
        out.append(left.pop(first))
        done.add(first)
    return out


OWN_RULES = (
    "title", "tags", "state", "sealed", "changed", "hides", "updated_at",
    "heads", "aside", "agents", "participants", "former", "epochs", "signature", "messages",
)
NEVER = "1970-01-01T00:00:00.000Z"


def latest(name, a, b):
    """A field from the version that changed it last."""
    there = [t for t in (a, b) if name in t]
    return max(there, key=lambda t: (t.get("changed", {}).get(name, ""), sha(t[name])))[name]


def hides_of(whole):
    graph = parents(whole["messages"])
    shown = set(whole["heads"]) | below(whole["heads"], graph)
    return {**{i: {"at": NEVER, "hidden": True} for i in graph if i not in shown}, **whole.get("hides", {})}


def said_by(whole, key):
    theirs = {key} | {x["key"] for x in whole["agents"] if x.get("by") == key}
    return {mid(m) for m in whole["messages"] if m["author"] in theirs}


def people(a, b, graph):
    former, others = {}, {}
    for entry in a.get("former", []) + b.get("former", []):
        known = former.setdefault(entry["key"], {"key": entry["key"], "times": 0, "last": []})
        known["times"] = max(known["times"], entry["times"])
        known["last"] = known["last"] + entry["last"]
        rest = without(entry, "key", "times", "last")
        rank = (entry["times"], sha(rest), rest)
        others[entry["key"]] = max(others.get(entry["key"], rank), rank, key=lambda r: r[:2])
    for key, entry in former.items():
        ids = set(entry["last"])
        for version in (a, b):
            if key in version.get("participants", []):
                ids |= said_by(version, key)
        entry["last"] = sorted(ids - below(ids, graph))
        entry.update(others[key][2])
    both = {*a.get("participants", []), *b.get("participants", [])}
    gone = {key for key, entry in former.items() if entry["times"] % 2}
    return sorted(both - gone), [former[key] for key in sorted(former)]


def epochs(a, b):
    joined = {}
    for epoch in a.get("epochs", []) + b.get("epochs", []):
        known = joined.setdefault(epoch["id"], {"id": epoch["id"], "after": [], "without": [], "readers": {}})
        known["after"] = sorted({*known["after"], *epoch["after"]})
        known["without"] = sorted({*known["without"], *epoch.get("without", [])})
        known["readers"].update({g.canonical(r): r for r in epoch["readers"]})
    out = []
    for key in sorted(joined):
        epoch = joined[key]
        readers = epoch["readers"].values()
        epoch["readers"] = sorted(readers, key=lambda r: (r["author"], r["encryption"], r["wrap"], g.canonical(r)))
        out.append(epoch if epoch["without"] else without(epoch, "without"))
    return out


def tags(a, b):
    stamps = [t.get("changed", {}) for t in (a, b)]
    names = {*a["tags"], *b["tags"], *(w[4:] for s in stamps for w in s if w.startswith("tag "))}
    last = lambda name: max((s.get(f"tag {name}", ""), name in t["tags"]) for t, s in zip((a, b), stamps))
    return sorted(name for name in names if last(name)[1])


def union(a, b):
    """The union of section 13, not signed."""
    byid = {}
    for one in sorted(a["messages"] + b["messages"], key=lambda m: m["signature"]):
        byid[mid(one)] = one
    graph = parents(byid.values())
    winner = max((a, b), key=lambda t: (t["updated_at"], sha(without(t, *OWN_RULES))))
    out = without(winner, *OWN_RULES)
    stamps = [t.get("changed", {}) for t in (a, b)]
    changed = {what: max(s.get(what, "") for s in stamps) for s in stamps for what in s}
    out["updated_at"] = max(a["updated_at"], b["updated_at"])
    out["state"] = latest("state", a, b)
    if "sealed" in a or "sealed" in b:
        out |= {"title": "\U0001f512", "tags": [], "sealed": latest("sealed", a, b)}
        changed = {what: when for what, when in changed.items() if what != "title" and not what.startswith("tag ")}
    else:
        out |= {"title": latest("title", a, b), "tags": tags(a, b)}
    agents = {g.canonical(x): x for x in a["agents"] + b["agents"]}
    out["agents"] = [agents[k] for k in sorted(agents, key=lambda k: (agents[k]["name"], agents[k]["key"], k))]
    here, former = people(a, b, graph)
    hides = hides_of(a)
    for one, entry in hides_of(b).items():
        rank = lambda e: (e["at"], e["hidden"], sha(e))
        hides[one] = max(hides.get(one, entry), entry, key=rank)
    shown = {one for one in graph if not hides.get(one, {}).get("hidden")}
    heads = shown - below(shown, graph)
    leaves = set(graph) - {p for ps in graph.values() for p in ps}
    out["messages"] = ordered(byid.values())
    ids = [mid(m) for m in out["messages"]]
    out["heads"] = [i for i in ids if i in heads]
    aside = [i for i in ids if i in leaves - heads]
    optional = {"aside": aside, "participants": here, "former": former, "epochs": epochs(a, b), "changed": changed, "hides": hides}
    return {**out, **{name: value for name, value in optional.items() if value}}


def start(**more):
    head = header(**more)
    made = chain(head, says("One."), answers("Two."))
    return thread(head, made, [mid(made[-1])])


def grown(whole, text, seconds, key=OWNER.key, **more):
    """The thread with one more human message, on all of its heads."""
    new = human(text, seconds, whole["heads"], key)
    return signed({**whole, "messages": whole["messages"] + [new], "heads": [mid(new)], "updated_at": at(seconds), **more})


def hidden(*ids, seconds, hidden=True):
    return {one: {"at": at(seconds), "hidden": hidden} for one in ids}


def later(whole, seconds, **more):
    return signed({**whole, "updated_at": at(seconds), **more})


def sealed(epoch, letter):
    return {"epoch": epoch, "nonce": "0" * 48, "box": base64.b64encode(letter * 272).decode()}


def reader(person, letter):
    return {"author": person.key.hex, "encryption": "0" * 64, "wrap": base64.b64encode(letter * 80).decode()}


def cases():
    base = start()
    left, right, third = grown(base, "Left.", 100), grown(base, "Right.", 101), grown(base, "Third.", 102)
    yield "equal", "a version with itself", [base, base]
    yield "grown", "one side grew", [base, left]
    yield "grown-twice", "one side grew by several messages", [base, grown(left, "More.", 110)]
    yield "both-grew", "both sides grew: two heads", [left, right]
    yield "three-grew", "three versions, in any order and grouping", [left, right, third]
    yield "no-messages", "one side has no messages yet", [thread(header(), [], []), left]
    alike = [grown(base, text, 100) for text in ("b", "a", "c")]
    yield "equal-times", "messages of one time are ordered by id", alike
    early = grown(base, "Earlier, though written on the other side.", 50)
    yield "earlier", "messages stand by time, as far as prev allows", [grown(grown(base, "First.", 100), "Second.", 40), early]
    joined = grown(signed({**union(left, right)}), "Both.", 120)
    yield "joined", "one side has joined both heads", [joined, right]
    data = g.canonical(without(base["messages"][0], "signature")).encode()
    resigned = {**base["messages"][0], "signature": curve.other_signature(OWNER.key, g.MESSAGE, data).hex()}
    yield "two-signatures", "one message with two good signatures: the one that sorts last", [{**base, "messages": [resigned, *base["messages"][1:]]}, left]
    whole = rejoined()
    yield "anchor-is-a-message", "one side lacks the messages before the cut: with them, its anchor is a message, and stands first", [whole, signed({**whole, "messages": whole["messages"][2:]})]
    yield from of_headers(base, left)
    yield from of_people(base, left)
    yield from of_hiding(base)
    yield from of_sealing(base, left)


def of_headers(base, left):
    renamed = later(base, 10, title="renamed", changed={"title": at(10)})
    yield "renamed", "a title outlasts later words of a side that did not change it", [renamed, grown(base, "On.", 30)]
    again = later(base, 20, title="renamed again", changed={"title": at(20)})
    yield "renamed-thrice", "the latest title stays, in any order", [renamed, again, grown(base, "On.", 30)]
    archived = later(base, 40, state="archived", changed={"state": at(40)})
    yield "renamed-and-archived", "each field from the side that changed it last", [renamed, archived, later(base, 50, changed={"state": at(50)})]
    titles = [later(base, 300, title=t, changed={"title": at(300)}) for t in ("alpha", "beta", "gamma")]
    yield "equal-stamps", "changed at the same time: the greater hash of the value", titles
    older = [later(base, n, title=t) for n, t in ((10, "a"), (20, "b"), (30, "c"))]
    yield "no-stamps", "versions of an older writer tell no time of change: the greater hash", older
    yield "stamp-beats-none", "a stamp is later than none", [later(base, 10, title="stamped", changed={"title": at(1)}), later(base, 900, title="not stamped")]
    tagged = later(base, 60, tags=["backend", "new"], changed={"tag new": at(60)})
    bare = later(base, 61, tags=[], changed={"tag backend": at(61)})
    yield "tags", "tags come and go one by one, and are sorted", [tagged, bare, later(base, 62, tags=["A", "backend"], changed={"tag A": at(62)})]
    yield "tag-tie", "added and removed at the same time: it is there", [later(base, 60, tags=["x"], changed={"tag x": at(60)}), later(base, 60, tags=[], changed={"tag x": at(60)})]
    yield "tag-back", "removed, and added again later", [later(base, 61, tags=[], changed={"tag backend": at(61)}), later(base, 62, changed={"tag backend": at(62)})]
    yield "rest", "all other fields together, from the later version", [later(base, 200, future={"kept": 1}), later(base, 100, note=1)]
    yield "rest-tie", "and at the same time from the one with the greater hash of just these", [later(base, 200, future=n, title=t) for n, t in ((1, "x"), (2, "y"), (3, "z"))]
    yield "changed-unknown", "stamps of what nobody knows are kept", [later(base, 200, changed={"future": at(3)}), later(base, 100, changed={"future": at(5)})]
    echo = signed({**base, "agents": [{"name": "echo", "key": ECHO.hex}, *base["agents"], {"name": "crush", "key": ECHO.hex}]})
    yield "agents", "agents of both", [echo, left]
    extra = signed({**base, "agents": [{**base["agents"][0], "since": "today"}]})
    yield "agents-unknown-field", "entries that differ in an unknown field are two entries", [extra, base]
    owned = signed({**shared(), "agents": [{**shared()["agents"][0], "by": FRIEND.key.hex}, *shared()["agents"]]})
    yield "agents-owners", "entries that differ in their owner are two entries", [owned, shared()]


def of_people(base, left):
    friend, other = FRIEND.key.hex, STRANGER.key.hex
    yield "participants", "participants of both", [signed({**base, "participants": [friend]}), signed({**base, "participants": [other]})]
    yield "participants-one", "participants of one only", [signed({**base, "participants": [friend]}), left]
    yield "participants-none", "an empty list of participants is left out", [signed({**base, "participants": []}), base]
    ours, theirs = shared(), signed(grown(kept(), "From me too.", 150, FRIEND.key), FRIEND.key)
    yield "kept-by", "the author's copy and a participant's: kept_by is settled by whoever signs, so the expectation is before the last step", [ours, theirs]
    said = mid(ours["messages"][1])
    dropped = later(without(ours, "participants"), 200, former=[{"key": friend, "times": 1, "last": [said]}])
    on = signed(grown(ours, "More from me.", 150, FRIEND.key))
    yield "dropped", "dropped on one side, spoken on the other: what was said is said", [dropped, on, ours]
    back = later(ours, 300, former=[{"key": friend, "times": 2, "last": [said]}])
    yield "back", "dropped, and invited again", [dropped, back]
    spoke = signed(grown(back, "Here I am.", 310, FRIEND.key))
    again = later(without(spoke, "participants"), 400, former=[{"key": friend, "times": 3, "last": [mid(spoke["messages"][-1])]}])
    yield "dropped-again", "dropped, back, and dropped again: odd is gone", [dropped, spoke, again]
    mine = FRIEND.agent("crush")
    agents = [{"name": "crush", "key": mine.hex, "by": friend}]
    answered = ai("Mine says.", 160, ours["heads"], mine)
    theirs = signed({**ours, "agents": ours["agents"] + agents, "messages": ours["messages"] + [answered], "heads": [mid(answered)]})
    yield "dropped-agent", "what the agent of one who was dropped had said is said too", [dropped, theirs, on]
    noted = [later(without(ours, "participants"), 200, former=[{"key": friend, "times": 1, "last": [said], "why": n}]) for n in ("a", "b", "c")]
    yield "former-unknown-field", "unknown fields of entries alike: the greater hash", noted


def of_hiding(base):
    regen = regenerated()
    question, red, blue = (mid(m) for m in regen["messages"])
    plain = signed({**without(regen, "aside"), "messages": regen["messages"][:2], "heads": [red]})
    regen = later(regen, 31, hides=hidden(red, seconds=31))
    yield "regenerated", "an answer set aside stays so", [regen, plain]
    yield "regenerated-older", "also if its writer left no entry", [regenerated(), plain]
    green = ai("Green.", 31, [question])
    other = later(plain, 32, messages=plain["messages"] + [green], heads=[mid(green)], aside=[red], hides=hidden(red, seconds=32))
    yield "regenerated-both", "both sides regenerated: both new answers are heads, the old one is aside", [regen, other]
    built = grown(plain, "I liked red.", 130)
    yield "regenerated-built-on", "one side regenerated, the other built on the old answer: both are heads", [regen, built]
    yield "built-on-older", "an entry that was only implied is written, for a third version", [regenerated(), built, plain]
    undone = later(plain, 140, heads=[question], aside=[red], hides=hidden(red, seconds=140))
    yield "undone", "an undo stays", [undone, plain]
    yield "undone-built-on", "one side undid what the other built on", [undone, built]
    taken = later(built, 150, heads=[red], aside=built["heads"], hides=hidden(built["heads"][0], seconds=150))
    yield "undone-twice", "what was built on it was undone too: nothing of both is shown", [undone, built, taken]
    brought = later(plain, 160, hides=hidden(red, seconds=160, hidden=False))
    yield "brought-back", "what was brought back last is shown", [undone, brought]
    yield "hide-tie", "hidden and shown at the same time: hidden", [undone, later(plain, 140, hides=hidden(red, seconds=140, hidden=False))]
    emptied = later(plain, 140, heads=[], aside=[red], hides=hidden(question, red, seconds=140))
    yield "undone-all", "the very first turn undone: nothing is shown", [emptied, plain]
    yield "undone-all-built-on", "one side undid the very first turn, the other built on it", [emptied, built]
    anew = human("Anew.", 150, [root(plain)])
    afresh = later(emptied, 150, messages=emptied["messages"] + [anew], heads=[mid(anew)])
    yield "undone-all-afresh", "one side undid the very first turn and began anew, the other only undid it", [afresh, emptied]
    two = two_heads()
    one = [later(two, 70 + i, heads=[two["heads"][i]], aside=[two["heads"][1 - i]], hides=hidden(two["heads"][1 - i], seconds=70 + i)) for i in (0, 1)]
    yield "each-dropped-one", "each side dropped the head that the other kept: what stands before both is shown", [*one, two]
    yield "both-dropped", "both dropped the same head", [one[0], later(one[0], 90, title="b", changed={"title": at(90)})]
    yield "hide-unknown-message", "an entry for a message that is not there is kept", [later(plain, 90, hides=hidden("1" * 64, seconds=5)), plain]
    yield "hide-unknown-field", "an entry comes whole, its unknown fields too", [undone, later(undone, 140, hides={red: {"at": at(140), "hidden": True, "why": "dull"}})]


def of_sealing(base, left):
    one, two = "1" * 64, "2" * 64
    ours, theirs = reader(OWNER, b"o"), reader(FRIEND, b"f")
    first = {"id": one, "after": [], "readers": [ours]}
    locked = later(base, 100, title="\U0001f512", tags=[], epochs=[first], sealed=sealed(one, b"s"), changed={"sealed": at(100)})
    renamed = later(base, 200, title="renamed", tags=["x"], changed={"title": at(200), "tag x": at(200), "state": at(1)})
    yield "sealed-and-open", "sealed here and renamed there: sealed, whatever the stamps", [locked, renamed, left]
    retitled = later(locked, 150, sealed=sealed(one, b"t"), changed={"sealed": at(150)})
    yield "sealed-title", "the sealed title and tags are one value", [locked, retitled, later(locked, 150, sealed=sealed(one, b"u"), changed={"sealed": at(150)})]
    added = later(locked, 160, epochs=[{**first, "readers": sorted([ours, theirs], key=lambda r: r["author"])}])
    second = {"id": two, "after": [one], "without": [FRIEND.key.hex], "readers": [ours]}
    removed = later(locked, 170, epochs=[first, second], sealed=sealed(two, b"v"), changed={"sealed": at(170)})
    yield "epochs", "a reader added here, an epoch begun there", [added, removed, locked]
    more = {**second, "after": sorted([one, "3" * 64]), "readers": [reader(OWNER, b"p")]}
    yield "epochs-joined", "entries of one epoch join", [removed, later(removed, 180, epochs=[first, more])]


def make():
    made = []
    for name, why, versions in cases():
        for one in versions:
            assert root(one) == root(versions[0])
        result = versions[0]
        for one in versions[1:]:
            result = union(result, one)
            result["signature"] = None
        backwards = versions[-1]
        for one in reversed(versions[:-1]):
            backwards = union(one, backwards)
        assert g.canonical(without(result, "signature")) == g.canonical(without(backwards, "signature")), name
        case = {"name": name, "why": why, "versions": versions}
        case["header"] = without(result, "messages", "signature")
        case["order"] = [mid(m) for m in result["messages"]]
        case["signatures"] = [m["signature"] for m in result["messages"]]
        made.append(case)
    about = "Versions of one thread and their union, whatever the order they are taken in; docs/format.md, section 13. header is without signature."
    g.vectors("union.json", {"about": about, "cases": made})
