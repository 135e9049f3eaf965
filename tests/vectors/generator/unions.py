"""union.json."""

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


RECOMPUTED = ("heads", "aside", "agents", "participants", "signature", "messages")


def union(a, b, base=None):
    """The union of section 13, not signed."""
    byid = {}
    for one in sorted(a["messages"] + b["messages"], key=lambda m: m["signature"]):
        byid[mid(one)] = one
    graph = parents(byid.values())
    heads = set(a["heads"]) | set(b["heads"])
    if base:
        kept_heads = {h for h in heads if h not in base["heads"] or h in a["heads"] and h in b["heads"]}
        if kept_heads or not (a["heads"] and b["heads"]):
            heads = kept_heads
    heads -= below(heads, graph)
    leaves = set(graph) - {p for ps in graph.values() for p in ps}
    winner = max((a, b), key=lambda t: (t["updated_at"], sha(without(t, *RECOMPUTED))))
    out = without(winner, *RECOMPUTED)
    agents = {g.canonical(x): x for x in a["agents"] + b["agents"]}
    out["agents"] = [agents[k] for k in sorted(agents, key=lambda k: (agents[k]["name"], agents[k]["key"], k))]
    people = {*a.get("participants", []), *b.get("participants", [])}
    if people:
        out["participants"] = sorted(people)
    out["messages"] = ordered(byid.values())
    ids = [mid(m) for m in out["messages"]]
    out["heads"] = [i for i in ids if i in heads]
    if leaves - heads:
        out["aside"] = [i for i in ids if i in leaves - heads]
    return out


def start(**more):
    head = header(**more)
    made = chain(head, says("One."), answers("Two."))
    return thread(head, made, [mid(made[-1])])


def grown(whole, text, seconds, key=OWNER.key, **more):
    """The thread with one more human message, on all of its heads."""
    new = human(text, seconds, whole["heads"], key)
    return signed({**whole, "messages": whole["messages"] + [new], "heads": [mid(new)], "updated_at": at(seconds), **more})


def cases():
    base = start()
    left, right, third = grown(base, "Left.", 100), grown(base, "Right.", 101), grown(base, "Third.", 102)
    yield "equal", "a version with itself", [base, base], None
    yield "grown", "one side grew", [base, left], None
    yield "grown-twice", "one side grew by several messages", [base, grown(left, "More.", 110)], None
    yield "both-grew", "both sides grew: two heads", [left, right], None
    yield "three-grew", "three versions, in any order and grouping", [left, right, third], None
    yield "no-messages", "one side has no messages yet", [thread(header(), [], []), left], None
    alike = [grown(base, text, 100) for text in ("b", "a", "c")]
    yield "equal-times", "messages of one time are ordered by id", alike, None
    early = grown(base, "Earlier, though written on the other side.", 50)
    yield "earlier", "messages stand by time, as far as prev allows", [grown(grown(base, "First.", 100), "Second.", 40), early], None
    joined = grown(signed({**union(left, right)}), "Both.", 120)
    yield "joined", "one side has joined both heads", [joined, right], None
    retitled = signed({**base, "title": "renamed", "tags": ["z"], "state": "archived", "updated_at": at(200), "future": {"kept": 1}})
    yield "later-header", "header fields from the version that was changed later, unknown ones too", [retitled, left], None
    yield "later-header-lacks", "a field that the later version lacks is left out", [signed({**base, "note": 1}), left], None
    titles = [signed({**base, "title": t, "updated_at": at(300)}) for t in ("alpha", "beta", "gamma")]
    yield "equal-updates", "changed at the same time: the greater hash decides", titles, None
    echo = signed({**base, "agents": [{"name": "echo", "key": ECHO.hex}, *base["agents"], {"name": "crush", "key": ECHO.hex}]})
    yield "agents", "agents of both", [echo, left], None
    extra = signed({**base, "agents": [{**base["agents"][0], "since": "today"}]})
    yield "agents-unknown-field", "entries that differ in an unknown field are two entries", [extra, base], None
    yield "participants", "participants of both", [signed({**base, "participants": [FRIEND.key.hex]}), signed({**base, "participants": [CRUSH.hex]})], None
    yield "participants-one", "participants of one only", [signed({**base, "participants": [FRIEND.key.hex]}), left], None
    yield "participants-none", "an empty list of participants is left out", [signed({**base, "participants": []}), base], None
    ours, theirs = shared(), kept()
    theirs = grown(theirs, "From me too.", 150, FRIEND.key)
    theirs = signed(theirs, FRIEND.key)
    yield "kept-by", "the author's copy and a participant's: kept_by is settled by whoever signs, so the expectation is before step 6", [ours, theirs], None
    regen = regenerated()
    plain = signed({**without(regen, "aside"), "messages": regen["messages"][:2], "heads": regen["aside"]})
    yield "regenerated", "without a base, both answers are heads", [regen, plain], None
    yield "regenerated-base", "with the base, the answer set aside stays so", [regen, plain], plain
    regen_again = ai("Green.", 31, [mid(regen["messages"][0])])
    other = signed({**plain, "messages": plain["messages"] + [regen_again], "heads": [mid(regen_again)], "aside": plain["heads"]})
    yield "regenerated-both", "both sides regenerated: both new answers are heads, the old one is aside", [regen, other], plain
    built = grown(plain, "I liked red.", 130)
    yield "regenerated-built-on", "one side regenerated, the other built on the old answer: both are heads", [regen, built], plain
    undone = signed({**plain, "heads": [mid(plain["messages"][0])], "aside": plain["heads"], "updated_at": at(140)})
    yield "undone", "without a base, an undo is lost", [undone, plain], None
    yield "undone-base", "with the base, an undo stays", [undone, plain], plain
    yield "undone-built-on", "one side undid what the other built on", [undone, built], plain
    data = g.canonical(without(base["messages"][0], "signature")).encode()
    resigned = {**base["messages"][0], "signature": curve.other_signature(OWNER.key, g.MESSAGE, data).hex()}
    yield "two-signatures", "one message with two good signatures: the one that sorts last", [{**base, "messages": [resigned, *base["messages"][1:]]}, left], None
    emptied = signed({**plain, "heads": [], "aside": plain["heads"], "updated_at": at(140)})
    yield "undone-all", "without a base, undoing the very first turn is lost", [emptied, plain], None
    yield "undone-all-base", "with the base, nothing is visible, as one side wished", [emptied, plain], plain
    yield "undone-all-built-on", "one side undid the very first turn, the other built on it", [emptied, built], plain
    afresh = human("Anew.", 150, [root(plain)])
    afresh = signed({**emptied, "messages": emptied["messages"] + [afresh], "heads": [mid(afresh)], "updated_at": at(150)})
    yield "undone-all-afresh", "one side undid the very first turn and began anew, the other only undid it", [afresh, emptied], plain
    two = two_heads()
    one = [signed({**two, "heads": [two["heads"][i]], "aside": [two["heads"][1 - i]]}) for i in (0, 1)]
    yield "each-dropped-one", "each side dropped the head that the other kept: no head would be left, so the base is ignored", one, two
    yield "both-dropped", "both dropped the same head", [one[0], signed({**one[0], "title": "b"})], two


    whole = rejoined()
    yield "anchor-is-a-message", "one side lacks the messages before the cut: with them, its anchor is a message, and stands first", [whole, signed({**whole, "messages": whole["messages"][2:]})], None


def make():
    made = []
    for name, why, versions, base in cases():
        for one in (*versions, *([base] if base else [])):
            assert root(one) == root(versions[0])
        result = versions[0]
        for one in versions[1:]:
            result = union(result, one, base)
            result["signature"] = None
        backwards = versions[-1]
        for one in reversed(versions[:-1]):
            backwards = union(one, backwards, base)
        assert g.canonical(without(result, "signature")) == g.canonical(without(backwards, "signature")), name
        case = {"name": name, "why": why, "versions": versions}
        if base:
            case["base"] = base
        case["header"] = without(result, "messages", "signature")
        case["order"] = [mid(m) for m in result["messages"]]
        case["signatures"] = [m["signature"] for m in result["messages"]]
        made.append(case)
    about = "Versions of one thread and their union, whatever the order they are taken in; docs/format.md, section 13. header is without signature."
    g.vectors("union.json", {"about": about, "cases": made})
