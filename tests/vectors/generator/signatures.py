"""signatures.json, commits.json, erasures.json."""

import base64
import hashlib

from record import *

# --- signatures.json: Ed25519 at its edges ----------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def plus(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def times(n, a):
    out = (0, 1)
    while n:
        out, a, n = (plus(out, a) if n & 1 else out), plus(a, a), n >> 1
    return out


def decoded(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (P - x if x % 2 != sign else x), y


def encoded(a):
    return (a[1] + (a[0] % 2 << 255)).to_bytes(32, "little")


BASE = decoded(bytes.fromhex("58" + "66" * 31))
EIGHTH = decoded(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))  # of order 8
NEUTRAL = (0, 1)


def scalar(key):
    raw = bytearray(hashlib.sha512(key.secret).digest()[:32])
    raw[0], raw[31] = raw[0] & 248, raw[31] & 63 | 64
    return int.from_bytes(raw, "little")


def challenge(r, a, data):
    return int.from_bytes(hashlib.sha512(r + a + data).digest(), "little") % L


def other_signature(key, namespace, data):
    """A good signature, though not the one that RFC 8032's own nonce gives."""
    framing = framed(namespace, data)
    nonce = int.from_bytes(hashlib.sha512(b"other nonce" + key.secret + framing).digest(), "little") % L
    point = encoded(times(nonce, BASE))
    return point + ((nonce + challenge(point, key.raw, framing) * scalar(key)) % L).to_bytes(32, "little")


def make_signatures():
    key, data = OWNER.key, b'{"a":1}'
    bytes_signed = framed(MESSAGE, data)
    true = sign(key, MESSAGE, data)
    r, s = true[:32], int.from_bytes(true[32:], "little")
    secret = scalar(key)
    good, bad = [], []

    def case(into, why, public, signature, namespace=MESSAGE, text=data):
        into.append({"why": why, "key": public.hex(), "namespace": namespace.decode(), "data": text.decode(), "signature": signature.hex()})

    case(good, "a message", key.raw, true)
    case(good, "a thread", key.raw, sign(key, THREAD, data), THREAD)
    case(good, "a commit", key.raw, sign(key, GIT, data), GIT)
    case(good, "a message, signed with another nonce", key.raw, other_signature(key, MESSAGE, data))
    case(good, "empty data", key.raw, sign(key, MESSAGE, b""), MESSAGE, b"")
    # A key with a small-order part is not of small order; the equation holds exactly when k is a multiple of 8.
    for number in range(1000):
        mixed, text = encoded(plus(decoded(key.raw), EIGHTH)), f'{{"n":{number}}}'.encode()
        nonce = int.from_bytes(hashlib.sha512(b"nonce" + text).digest(), "little") % L
        point = encoded(times(nonce, BASE))
        k = challenge(point, mixed, framed(MESSAGE, text))
        if k % 8 == 0:
            case(good, "a key with a part of small order, for which the equation holds exactly", mixed, point + ((nonce + k * secret) % L).to_bytes(32, "little"), text=text)
            break

    case(bad, "a message's signature under a thread's namespace", key.raw, true, THREAD)
    case(bad, "a thread's signature under a message's namespace", key.raw, sign(key, THREAD, data))
    case(bad, "a commit's signature under a message's namespace", key.raw, sign(key, GIT, data))
    case(bad, "a message's signature under a commit's namespace", key.raw, true, GIT)
    case(bad, "no framing: the data itself was signed", key.raw, key.private.sign(data))
    case(bad, "framed with sha256", key.raw, key.private.sign(b"SSHSIG" + packed(MESSAGE, b"", b"sha256", hashlib.sha256(data).digest())))
    case(bad, "framed with its reserved field in use", key.raw, key.private.sign(b"SSHSIG" + packed(MESSAGE, b"x", b"sha512", hashlib.sha512(data).digest())))
    case(bad, "other data", key.raw, true, text=b'{"a":2}')
    case(bad, "another key", FRIEND.key.raw, true)
    case(bad, "one bit of R turned", key.raw, bytes([true[0] ^ 1]) + true[1:])
    case(bad, "one bit of S turned", key.raw, true[:32] + bytes([true[32] ^ 1]) + true[33:])
    case(bad, "R and S exchanged", key.raw, true[32:] + true[:32])
    case(bad, "all noughts", key.raw, bytes(64))
    case(bad, "S + L in place of S", key.raw, r + (s + L).to_bytes(32, "little"))
    case(bad, "L - S in place of S", key.raw, r + (L - s).to_bytes(32, "little"))
    case(bad, "the highest bit of S set", key.raw, true[:63] + bytes([true[63] | 0x80]))
    for number in range(8):
        small = encoded(times(number, EIGHTH))
        for text in (f'{{"small":{number},"try":{i}}}'.encode() for i in range(1000)):
            point = encoded(times(5, BASE))
            if challenge(point, small, framed(MESSAGE, text)) % 8 == 0:  # then R = S·B and a careless verifier says yes
                break
        case(bad, f"a key of small order (point {number} of 8)", small, point + (5).to_bytes(32, "little"), text=text)
    case(bad, "the neutral element as key, y written as p + 1", (P + 1).to_bytes(32, "little"), point + (5).to_bytes(32, "little"))
    case(bad, "the neutral element as key, with a sign", (1 + (1 << 255)).to_bytes(32, "little"), point + (5).to_bytes(32, "little"))
    case(bad, "a key that is no point", (2).to_bytes(32, "little"), true)
    case(bad, "the sign of the key turned", key.raw[:31] + bytes([key.raw[31] ^ 0x80]), true)
    zero = encoded(NEUTRAL)
    k = challenge(zero, key.raw, bytes_signed)
    case(bad, "R is the neutral element, and the equation holds", key.raw, zero + (k * secret % L).to_bytes(32, "little"))
    zero = (P + 1).to_bytes(32, "little")
    k = challenge(zero, key.raw, bytes_signed)
    case(bad, "R is the neutral element, y written as p + 1", key.raw, zero + (k * secret % L).to_bytes(32, "little"))
    point = encoded(plus(times(5, BASE), EIGHTH))
    k = challenge(point, key.raw, bytes_signed)
    case(bad, "R with a part of small order: the equation holds only times 8", key.raw, point + ((5 + k * secret) % L).to_bytes(32, "little"))
    vectors("signatures.json", {"about": "Ed25519 over SSHSIG, strictly; docs/format.md, section 6. `data` is what is framed and signed.", "good": good, "bad": bad})


# --- commits.json -----------------------------------------------------------------------------------------------


def make_commits():
    tree = hashlib.sha1(b"tree 0\0").hexdigest()
    cases = []

    def who(key):
        return f"mmogit <{key.hex}@users.mmogit.invalid> {START} +0000"

    def unsigned(key, body="1 thread\n", parents=(), extra=""):
        lines = [f"tree {tree}", *(f"parent {p}" for p in parents), f"author {who(key)}", f"committer {who(key)}"]
        return "\n".join(lines) + "\n" + extra, "\n" + body

    def header_of(text):
        return "gpgsig " + text.rstrip("\n").replace("\n", "\n ") + "\n"

    def case(verdict, why, branch, raw):
        git_id = hashlib.sha1(b"commit %d\0" % len(raw.encode()) + raw.encode()).hexdigest()
        cases.append({"verdict": verdict, "why": why, "branch": branch.hex, "id": git_id, "object": raw})

    def made(key, namespace=GIT, times_signed=1, author=None, **more):
        head, body = unsigned(author or key, **more)
        sig = header_of(armour(key, namespace, sign(key, namespace, (head + body).encode())))
        return head + sig * times_signed + body

    own = OWNER.key
    first = made(own)
    case("valid", "a first commit", own, first)
    case("valid", "a later one", own, made(own, parents=[cases[0]["id"]], body="12 threads\n"))
    case("valid", "two parents", own, made(own, parents=["1" * 40, "2" * 40]))
    head, body = unsigned(own, extra="encoding UTF-8\n")
    sig = header_of(armour(own, GIT, sign(own, GIT, (head + body).encode())))
    case("valid", "another header after the signature", own, head.replace("encoding", sig + "encoding") + body)
    case("invalid", "not signed", own, "".join(unsigned(own)))
    case("invalid", "signed by a stranger", own, made(STRANGER.key, author=own))
    case("invalid", "the friend's good commit on my branch", own, made(FRIEND.key))
    case("invalid", "signed by the owner's agent", own, made(CRUSH, author=own))
    case("invalid", "signed in a thread's namespace", own, made(own, THREAD))
    case("invalid", "its message edited", own, first.replace("1 thread", "2 threads"))
    case("invalid", "another tree", own, first.replace(tree, "3" * 40))
    case("invalid", "another parent", own, first.replace("author", f"parent {'4' * 40}\nauthor", 1))
    case("invalid", "another time", own, first.replace(str(START), str(START + 1), 1))
    case("invalid", "signed twice over", own, made(own, times_signed=2))
    head, body = unsigned(own)
    sig = sign(own, GIT, (head + body).encode())
    case("invalid", "the signature names another key", own, head + header_of(armour(FRIEND.key, GIT, sig)) + body)
    good = armour(own, GIT, sign(own, GIT, (head + body).encode())).splitlines()
    for why, lines in [
        ("the armour is cut short", good[:2] + good[-1:]),
        ("the armour is empty", good[:1] + good[-1:]),
        ("the armour is no base64", [good[0], "A", good[-1]]),
        ("bytes after the signature within the armour", [good[0], base64.b64encode(base64.b64decode("".join(good[1:-1])) + b"x").decode(), good[-1]]),
        ("the armour of another kind of signature", [line.replace("SSH", "PGP") for line in good]),
    ]:
        case("invalid", why, own, head + header_of("\n".join(lines)) + body)
    # The signature itself is as it should be: only what stands beside it in the armour is not.
    public, signature = packed(b"ssh-ed25519", own.raw), packed(b"ssh-ed25519", sig)
    for why, fields in [
        ("the armour's reserved field in use", (public, GIT, b"x", b"sha512", signature)),
        ("the armour names another hash", (public, GIT, b"", b"sha256", signature)),
        ("the armour's key is of another type", (packed(b"ssh-ed448", own.raw), GIT, b"", b"sha512", signature)),
        ("the armour's signature is of another type", (public, GIT, b"", b"sha512", packed(b"ssh-ed448", sig))),
    ]:
        blob = base64.b64encode(b"SSHSIG\0\0\0\1" + packed(*fields)).decode()
        case("invalid", why, own, head + header_of("\n".join([good[0], blob, good[-1]])) + body)
    vectors("commits.json", {"about": "Raw commit objects on the branch of a key; docs/format.md, section 11.", "commits": cases})


# --- erasures.json ----------------------------------------------------------------------------------------------


def make_erasures():
    own, cases = OWNER.key, []
    namespace, thread, its_root = b"mmogit.erasure.v1", f"thread_{START}", hashlib.sha256(b"a root").hexdigest()
    fields = {
        "version": 1,
        "thread": thread,
        "root": its_root,
        "author": own.hex,
        "erased_at": at(60, 123),
        "replaced": hashlib.sha1(b"a commit").hexdigest(),
    }
    place = f".mmogit/erased/{thread}-{its_root[:8]}.json"

    def signed(key=own, kind=namespace, left_out=(), **more):
        made = without({**fields, **more}, *left_out)
        return {**made, "signature": sign(key, kind, canonical(made).encode()).hex()}

    def case(verdict, why, erasure, branch=own, path=place):
        covered = canonical(without(erasure, "signature"))
        made = {"verdict": verdict, "why": why, "branch": branch.hex, "path": path, "erasure": erasure}
        if verdict == "valid":
            sig = bytes.fromhex(erasure["signature"])
            principal = f"{branch.hex}@users.mmogit.invalid"
            made |= {"canonical": covered, "armour": armour(branch, namespace, sig), "allowed_signers": signers(principal, namespace.decode(), branch)}
        cases.append(made)

    good = signed()
    case("valid", "a thread that was erased", good)
    case("valid", "what was erased was no thread of this format", signed(root=None), path=f".mmogit/erased/{thread}.json")
    case("valid", "fields that nobody knows yet are signed too", signed(because="kept elsewhere", count=3))
    case("valid", "the friend's own, on the friend's branch", signed(FRIEND.key, author=FRIEND.key.hex), FRIEND.key)
    case("invalid", "the owner's good word on a stranger's branch", good, STRANGER.key)
    case("invalid", "a stranger's word on the owner's branch", signed(STRANGER.key, author=STRANGER.key.hex))
    case("invalid", "a stranger's signature under the owner's name", signed(STRANGER.key))
    case("invalid", "the owner's signature under a stranger's name", signed(author=STRANGER.key.hex))
    case("invalid", "signed by the owner's agent", signed(CRUSH))
    case("invalid", "signed in a thread's namespace", signed(kind=THREAD))
    case("invalid", "signed as a commit", signed(kind=GIT))
    for name, value in [("thread", f"thread_{START + 1}"), ("root", "0" * 64), ("root", None), ("erased_at", at(61, 123)), ("replaced", "0" * 40)]:
        changed = {**good, name: value}
        path = f".mmogit/erased/{changed['thread']}{'-' + changed['root'][:8] if changed['root'] else ''}.json"
        case("invalid", f"its {name} edited", changed, path=path)
    case("invalid", "a field added", {**good, "more": 1})
    case("invalid", "a field that was signed is gone", without(signed(because="x"), "because"))
    case("invalid", "under the name of another thread", good, path=f".mmogit/erased/thread_{START + 1}-{its_root[:8]}.json")
    case("invalid", "without its root in the name", good, path=f".mmogit/erased/{thread}.json")
    case("invalid", "another root in the name", good, path=f".mmogit/erased/{thread}-00000000.json")
    case("invalid", "a root in the name where there is none", signed(root=None))
    for name in fields:
        case("malformed", f"no {name}", signed(left_out=[name]))
    case("malformed", "no signature", without(good, "signature"))
    for name, value in [
        ("version", 2),
        ("version", "1"),
        ("thread", "thread_01"),
        ("thread", "../thread_1"),
        ("root", its_root[:8]),
        ("author", own.hex.upper()),
        ("erased_at", "2026-01-01T00:01:00Z"),
        ("replaced", "0" * 64),
        ("replaced", None),
    ]:
        case("malformed", f"{name}: {value}", signed(**{name: value}))
    case("malformed", "a signature cut short", {**good, "signature": good["signature"][:126]})
    about = "What is left of erased threads, at a path on the branch of a key; docs/format.md, section 11."
    vectors("erasures.json", {"about": about, "erasures": cases})


def make():
    make_signatures()
    make_commits()
    make_erasures()
