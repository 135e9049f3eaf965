#!/usr/bin/env python3
"""Check mmogit threads without mmogit: Python's standard library and docs/format.md, whose sections stand in [brackets].

    verify.py FILE...       a line for each thread, of a file or a bundle: valid, invalid, legacy or malformed (or unreadable), and why
    verify.py --git REPO    the same for each thread, word of an erased one, and commit on a repository's users/* branches
Exit 0 if all are valid, 3 if any is not, 2 if asked wrongly."""
import base64, datetime, hashlib, json, pathlib, re, subprocess, sys
class Malformed(Exception): pass                # not a thread at all; the text says why
def fail(why): raise Malformed(why)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, strictly: no small-order key or R, one encoding, S < L [6]
D, SQRT_M1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def add(p, q):                                  # points are (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P
def point(raw):                                 # None if these 32 bytes encode no point, or one of small order
    sign, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P: x = x * SQRT_M1 % P
    if y >= P or (x * x - square) % P or x == 0: return None
    x = x if x & 1 == sign else P - x
    eight = p = (x, y, 1, x * y % P)
    for _ in range(3): eight = add(eight, eight)
    return p if eight[0] else None
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def ed25519(key, sig, data):
    a, r, s = point(key), point(sig[:32]), int.from_bytes(sig[32:], "little")
    if a is None or r is None or s >= L: return False
    k, minus_a = int.from_bytes(hashlib.sha512(sig[:32] + key + data).digest(), "little") % L, (P - a[0], a[1], 1, P - a[3])
    q, table = (0, 1, 1, 0), ((0, 1, 1, 0), BASE, minus_a, add(BASE, minus_a))
    for i in range(252, -1, -1): q = add(add(q, q), table[(s >> i & 1) + 2 * (k >> i & 1)])  # q = s·B - k·A,
    return (q[0] - r[0] * q[2]) % P == 0 == (q[1] - r[1] * q[2]) % P                         # which must be R
def string(raw): return len(raw).to_bytes(4, "big") + raw  # OpenSSH's framing of what is signed, and of the signature in a commit [6]
def framed(namespace, data): return b"SSHSIG" + b"".join(map(string, (namespace, b"", b"sha512", hashlib.sha512(data).digest())))
def blob(key, namespace, sig, kind=string(b"ssh-ed25519")):
    return b"SSHSIG\0\0\0\1" + b"".join(map(string, (kind + string(key), namespace, b"", b"sha512", kind + string(sig))))
def signed(namespace, key, sig, data): return bool(sig) and ed25519(bytes.fromhex(key), bytes.fromhex(sig), framed(namespace, data))
def integer(digits):                            # the strict JSON profile [2] and its canonical form [3]
    return int(digits) if re.fullmatch("0|-?[1-9][0-9]{0,15}", digits) and abs(int(digits)) < 2**53 else fail("a number beyond 2^53-1, or not plain")
def unique(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else fail("a key is given twice")
def check(value, depth=0):
    if isinstance(value, str): value.encode()   # a lone surrogate has no UTF-8
    elif isinstance(value, (dict, list)):
        if depth == 64: fail("nesting deeper than 64")
        for part in [*value, *value.values()] if isinstance(value, dict) else value: check(part, depth + 1)
    return value
def parse(data):
    if len(data) > 64 << 20: fail("larger than 64 MiB")
    try: return check(json.loads(data.decode(), parse_int=integer, parse_float=integer, parse_constant=integer, object_pairs_hook=unique))
    except (ValueError, RecursionError) as error: fail(f"not JSON in UTF-8: {error}")
def canonical(value, leave_out=()):
    if isinstance(value, dict):
        keys = sorted(value.keys() - leave_out, key=lambda k: k.encode("utf-16-be"))
        return b"{" + b",".join(canonical(k) + b":" + canonical(value[k]) for k in keys) + b"}"
    if isinstance(value, list): return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()
def text(v): return isinstance(v, str)          # shapes [4, 5, 11]: what does not fit them is malformed
def just(wanted): return lambda v: type(v) is int and v == wanted
def like(pattern): return lambda v: text(v) and re.fullmatch(pattern, v, re.DOTALL | re.ASCII)
def every(test): return lambda v: isinstance(v, list) and all(map(test, v))
def shape(optional, **fields):
    def test(value):
        bad = (name for name, fits in fields.items() if (not fits(value[name]) if name in value else name not in optional))
        for name in bad if isinstance(value, dict) else ["an object"]: fail(f"{name}: missing, or not of its form")
        return True
    return test
def moment(v):
    try: return like(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z")(v) and datetime.datetime.fromisoformat(v[:-1]).year >= 1970
    except ValueError: return False             # 30 February
def content(v): return text(v) or isinstance(v, dict) and every(lambda block: isinstance(block, dict))(v.get("blocks"))
def is_id(v): return like(r"thread_(0|[1-9]\d{0,11})")(v) and int(v[7:]) <= 253402300799
key, keys, signature = like("[0-9a-f]{64}"), every(like("[0-9a-f]{64}")), lambda v: v is None or like("[0-9a-f]{128}")(v)
MESSAGE = shape(["signature"], role=like("human|ai|system|reflection|dream|reasoning"), content=content, timestamp=moment, author=key,
                prev=lambda v: v and keys(v), signature=signature)
THREAD = shape(["aside", "anchors", "participants", "kept_by", "signature"], version=just(1), id=is_id, title=like(".{1,200}"), author=key,
               created_at=moment, updated_at=moment, mode=text, project=lambda v: v is None or text(v), tags=every(text),
               state=like("active|archived"), agents=every(shape([], name=text, key=key)), messages=every(MESSAGE), heads=keys, aside=keys,
               anchors=keys, participants=keys, kept_by=key, signature=signature)
ERASURE = shape([], version=just(1), thread=is_id, root=lambda v: v is None or key(v), author=key, erased_at=moment,
                replaced=like("[0-9a-f]{40}"), signature=like("[0-9a-f]{128}"))
OLD = shape([], id=text, title=text, author=text, created_at=text, updated_at=text, state=text, tags=every(text),
            messages=every(shape([], role=text, content=text, timestamp=text)))
def sha256(raw): return hashlib.sha256(raw).hexdigest()                 # from here on, what makes a thread valid [7, 8, 9]
def root(t): return sha256(canonical(t, t.keys() - {"version", "id", "author", "created_at", "mode", "project", "anchors"}))
def signer(t): return t.get("kept_by", t["author"])
def reasons(t):                                 # all that is wrong with a thread whose shape is right
    people, agents = {t["author"], *t.get("participants", [])}, {(a["name"], a["key"]) for a in t["agents"]}
    origins, parents, below, todo, heads, aside = {root(t), *t.get("anchors", [])}, {}, set(), t["heads"], t["heads"], t.get("aside", [])
    origins -= {sha256(canonical(m, {"signature"})) for m in t["messages"]}
    for number, m in enumerate(t["messages"], 1):
        covered, prev, is_agent = canonical(m, {"signature"}), set(m["prev"]), text(m.get("agent")) and (m["agent"], m["author"]) in agents
        may = m["author"] in people if m["role"] in ("human", "system") else is_agent or "source" in m and m["author"] == t["author"]
        wrong = {"its author may not say this": not may, "stands twice": sha256(covered) in parents,
                 "prev names nothing before it in this thread": not prev - origins <= parents.keys(),
                 "not signed, or not by its author": not signed(b"mmogit.message.v1", m["author"], m.get("signature"), covered)}
        yield from (f"message {number}: {what}" for what, so in wrong.items() if so)
        parents[sha256(covered)] = prev
    while todo:                                 # below: all that the heads stand on
        todo = set().union(*(parents.get(mid, ()) for mid in todo)) - below
        below |= todo
    last, covered = parents.keys() - set().union(*parents.values()), canonical(t, {"messages", "signature"})
    wrong = {"heads or aside name a message twice": len({*heads, *aside}) < len(heads) + len(aside),
             "heads name a message that is not there": not set(heads) <= parents.keys(), "one head stands on another": bool(below & set(heads)),
             "aside names what is not a last message": not set(aside) <= last,
             "neither heads nor aside name a last message": not last <= {*heads, *aside},
             "kept_by is not a participant": signer(t) not in t.get("participants", []) and "kept_by" in t,
             "the thread is not signed, or not by its author or keeper": not signed(b"mmogit.thread.v1", signer(t), t.get("signature"), covered)}
    yield from (what for what, so in wrong.items() if so)
def judge(data, branch=None, path=None):        # (verdict, why) of a file; branch is the key of the branch it is on, path its place there [10]
    erased = (path or "").startswith(".mmogit/erased/")                 # then it is the word that is left of a thread [11]
    try: legacy = isinstance(t := parse(data), dict) and not erased and "version" not in t and OLD(t) or not (ERASURE if erased else THREAD)(t)
    except Malformed as error: return "malformed", str(error)
    if legacy: return "legacy", "nothing in it can be verified"
    if erased:
        name = f"{t['thread']}-{t['root'] or ''}"[:len(t["thread"]) + 9].rstrip("-")
        keeper, places, covered = t["author"], [f".mmogit/erased/{name}.json"], canonical(t, {"signature"})
        wrong = ["not signed by its author"] * (not signed(b"mmogit.erasure.v1", keeper, t["signature"], covered))
    else:
        place = f".mmogit/threads/{datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(t['id'][7:])):%Y-%m/%d}/{t['id']}"
        keeper, places, wrong = signer(t), [f"{place}.json", f"{place}-{root(t)[:8]}.json"], [*reasons(t)]
    wrong += ["not signed by the owner of the branch"] * (branch not in (None, keeper)) + ["not in its place"] * (path not in (None, *places))
    return ("invalid" if wrong else "valid"), "; ".join(wrong)
def commit(raw, branch):                        # the same of a commit, which the owner of its branch must sign, once [11]
    line, armour = rb"(?!gpgsig)[^\n]+\n", rb"gpgsig -----BEGIN SSH SIGNATURE-----([\w+/=\s]*)-----END SSH SIGNATURE-----\n"
    found = re.fullmatch(rb"((?:%b)*)%b((?:%b)*\n.*)" % (line, armour, line), raw, re.DOTALL)
    try: body = base64.b64decode(found[2]) if found else b""
    except ValueError: body = b""
    good = body == blob(bytes.fromhex(branch), b"git", body[-64:]) and signed(b"git", branch, body[-64:].hex(), found[1] + found[3])
    return ("valid" if good else "invalid"), "" if good else "not signed by the owner of the branch"
def repository(repo):
    def git(*args): return subprocess.run(["git", "-C", repo, *args], stdout=subprocess.PIPE, check=True).stdout
    for ref in git("for-each-ref", "--format=%(refname)", "refs/heads/users/*", "refs/remotes/*/users/*").decode().split():
        branch = ref.rsplit("/", 1)[1]
        if not key(branch): yield ref, "invalid", "not named after a key"; continue
        for name in git("rev-list", ref).decode().split(): yield f"{ref} {name}", *commit(git("cat-file", "commit", name), branch)
        for path in git("ls-tree", "-r", "-z", "--name-only", ref, ".mmogit/threads/", ".mmogit/erased/").decode(errors="surrogateescape").split("\0"):
            if path.endswith(".json"): yield f"{ref} {path}", *judge(git("cat-file", "blob", f"{ref}:{path}"), branch, path)
def file(name):                                 # of a thread's file, or of each thread in a bundle (docs/bundle.md)
    try: head, *lines = (data := pathlib.Path(name).read_bytes()).removesuffix(b"\n").split(b"\n")
    except OSError as error: return [(name, "unreadable", error.strerror)]
    if not data.startswith(b'{"mmogit_bundle":'): return [(name, *judge(data))]
    threads = [(f"{name}:{number}", *judge(line)) for number, line in enumerate(lines, 2)]
    try: shape([], mmogit_bundle=just(1), threads=just(len(lines)))(parse(head))
    except Malformed as error: threads.append((name, "malformed", f"the bundle itself: {error}"))
    return threads
def main(args):
    if not args or args[0].startswith("-") and (args[0] != "--git" or len(args) != 2): return print(__doc__, file=sys.stderr) or 2
    found = repository(args[1]) if args[0] == "--git" else (thread for name in args for thread in file(name))
    return 0 if {print(repr(name)[1:-1] + f": {verdict}" + (why and f": {why}")) or verdict for name, verdict, why in found} == {"valid"} else 3
if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
