"""keys.json, bip39.json, canonical.json, roots.json, messages.json."""

import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from record import *


# --- keys.json, bip39.json --------------------------------------------------------------------------------------


def make_keys():
    good = []
    for size in (16, 20, 24, 28, 32):
        for entropy in (*(bytes([b]) * size for b in (0x00, 0x7F, 0x80, 0xFF)), hashlib.sha256(f"mmogit {size}".encode()).digest()[:size]):
            words = words_of(entropy)
            seed = seed_of(words)
            derived = []
            for label in ("agent:crush", "agent:echo", "agent:\u00fcn\u00efcode"):
                key = Key(derive(seed, label))
                derived.append({"label": label, "secret": key.secret.hex(), "public": key.hex})
            secret = derive(seed, "encryption")
            public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
            derived.append({"label": "encryption", "secret": secret.hex(), "x25519_public": public.hex()})
            owner = Key(seed[:32])
            good.append(
                {
                    "entropy": entropy.hex(),
                    "words": words,
                    "seed": seed.hex(),
                    "owner": {"secret": owner.secret.hex(), "public": owner.hex},
                    "derived": derived,
                }
            )
    true = words_of(b"\x7f" * 32).split()
    nine = words_of(b"\x00" * 12)
    refused = [
        (" ".join(true[:-1] + ["zoo"]), "checksum", "the last word does not fit the others"),
        (" ".join([true[1], true[0], *true[2:]]), "checksum", "two words exchanged"),
        (" ".join(true[:-1]), "count", "23 words"),
        (" ".join(true[:13]), "count", "13 words"),
        (" ".join(true + true[:3]), "count", "27 words"),
        (nine, "count", "9 words, though their checksum is right"),
        ("", "count", "no words"),
        (" ".join(["legall", *true[1:]]), "word", "word 1, legall, is not in the list"),
        (" ".join([*true[:4], "wav", *true[5:]]), "word", "word 5, wav, is not in the list (no prefixes)"),
        (" ".join([*true[:7], "utile", *true[8:]]), "word", "word 8, utile, is of another language"),
    ]
    vectors(
        "keys.json",
        {
            "about": "Words to seed to every key; docs/format.md, section 15.",
            "good": good,
            "refused": [{"words": w, "reason": r, "why": why} for w, r, why in refused],
        },
    )
    cases = []
    for item in good:
        for passphrase in ("", "TREZOR"):
            seed = seed_of(item["words"], passphrase).hex()
            cases.append({"entropy": item["entropy"], "words": item["words"], "passphrase": passphrase, "seed": seed})
    vectors("bip39.json", {"about": "BIP39 by itself: entropy, words, passphrase, seed. mmogit uses the empty passphrase only.", "cases": cases})


# --- canonical.json ---------------------------------------------------------------------------------------------


def make_canonical():
    deep = "[" * 64 + "]" * 64
    objects = '{"a":' * 64 + "1" + "}" * 64
    good = [
        ('{"b":1,"a":2}', "keys are sorted"),
        (
            '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
            '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
            "RFC 8785, 3.2.3: keys sorted by UTF-16 code units",
        ),
        (
            '{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
            "RFC 8785, 3.2.2, without its numbers, which the profile refuses",
        ),
        ('{"a":1,"":2,"A":3,"10":4,"1":5,"aa":6}', "the empty key comes first, digits before capitals before small letters"),
        ('{"\\uffff":1,"\\ud800\\udc00":2,"\\ue000":3,"\\ud7ff":4}', "code units, not code points: U+10000 stands before U+E000"),
        ('{"\\n":1,"\\t":2," ":3,"\\u0000":4}', "control characters in keys"),
        ('"\\u0000\\u0001\\u0007\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u000e\\u001F"', "the short escapes, and the long in lowercase"),
        ('"\\u007f\\u0080\\u009f\\u2028\\u2029\\ufeff\\u202e\\/"', "all else stands as it is"),
        ('"A\\u030a \\u00c5"', "strings are not normalised"),
        ('"\\ud83d\\ude00\\uDBFF\\uDFFF"', "pairs of surrogates are one character"),
        ('"<\\/script>&\\u0027"', "nothing is escaped for HTML"),
        ("[0,1,-1,10,9007199254740991,-9007199254740991]", "the plain integers"),
        (" \t\r\n{ \"x\" : { } ,\n\"y\" : [ ] } \n", "white space goes"),
        ('{"a":[{"d":1,"c":[{"f":2,"e":3}]}]}', "sorted within lists, whose order stays"),
        ("null", "a literal alone"),
        ("true", "a literal alone"),
        ('""', "the empty string"),
        (deep, "64 lists deep"),
        (objects, "64 objects deep"),
    ]
    refused = [
        ('{"a":1,"a":1}', "a key twice, with equal values"),
        ('{"\\u0061":1,"a":2}', "a key twice, once escaped"),
        ('{"x":{"\\ud83d\\ude00":1,"\U0001f600":2}}', "a key twice, once as escaped surrogates"),
        ('[{"k":[{"z":1,"z":2}]}]', "a key twice, further in"),
        ("1.0", "a fraction"),
        ("[56.0]", "a fraction"),
        ("4.50", "a fraction"),
        ("1E30", "an exponent"),
        ("2e-3", "an exponent"),
        ("1e0", "an exponent"),
        ("-0", "minus nought"),
        ("[-0]", "minus nought in a list"),
        ("00", "a leading nought"),
        ("-01", "a leading nought"),
        ("+1", "a plus"),
        ("-", "a sign alone"),
        (".5", "no digits before the point"),
        ("0x10", "hexadecimal"),
        ("9007199254740992", "2^53"),
        ("-9007199254740992", "-2^53"),
        ("9" * 5000, "5,000 digits"),
        ("333333333.33333329", "RFC 8785, 3.2.2: a fraction"),
        ("NaN", "not JSON"),
        ("Infinity", "not JSON"),
        ("-Infinity", "not JSON"),
        ("\u0661", "a digit that is not ASCII"),
        ('"\\ud83d"', "a lone high surrogate"),
        ('"\\ude00"', "a lone low surrogate"),
        ('"\\ude00\\ud83d"', "surrogates the wrong way round"),
        ('"\\ud83d\\u0041"', "a high surrogate before a letter"),
        ('{"\\udfff":1}', "a lone surrogate in a key"),
        ('"\\x41"', "an unknown escape"),
        ('"\\u00g1"', "a bad escape"),
        ('"\\u 123"', "a bad escape"),
        ('"\n"', "a raw line feed in a string"),
        ('"\x00"', "a raw U+0000 in a string"),
        ('"abc', "a string without end"),
        ("'a'", "single quotes"),
        ("{a:1}", "a key without quotes"),
        ("{1:1}", "a number as a key"),
        ('{"a" 1}', "no colon"),
        ("[1 2]", "no comma"),
        ("[1,]", "a trailing comma"),
        ("[,1]", "a leading comma"),
        ('{"a":1,}', "a trailing comma"),
        ("[1]]", "a bracket too many"),
        ("[1", "a bracket too few"),
        ("{}{}", "two values"),
        ("[1] // one", "a comment"),
        ("/* */ 1", "a comment"),
        ("True", "a capital"),
        ("\ufeff{}", "a byte order mark"),
        ("\u00a01", "white space that is not JSON's"),
        ("\x0c1", "white space that is not JSON's"),
        ("1\x00", "U+0000 after the value"),
        ("", "nothing"),
        (" ", "white space only"),
        ("[" * 65 + "]" * 65, "65 lists deep"),
        ('{"a":' * 65 + "1" + "}" * 65, "65 objects deep"),
        ("[" * 32 + '{"a":' * 33 + "1" + "}" * 33 + "]" * 32, "65 deep, mixed"),
        ("[" * 5000, "5,000 deep and without end"),
    ]
    raw = [
        (b'"\xff"', "not UTF-8"),
        (b'"\xc0\x80"', "an overlong U+0000"),
        (b'"\xe2\x82"', "a character cut short"),
        (b'"\xed\xa0\x80"', "a surrogate encoded in UTF-8"),
        (b'"\xf4\x90\x80\x80"', "beyond U+10FFFF"),
        ('"a"'.encode("utf-16"), "UTF-16 with a mark"),
        ('{"a":1}'.encode("utf-16-le"), "UTF-16"),
    ]
    made = []
    for text, why in good:
        form = canonical(json.loads(text))
        made.append({"input": text, "canonical": form, "sha256": hashlib.sha256(form.encode()).hexdigest(), "why": why})
    refusals = [{"input": text, "why": why} for text, why in refused] + [{"input_hex": data.hex(), "why": why} for data, why in raw]
    vectors("canonical.json", {"about": "The strict profile and RFC 8785; docs/format.md, sections 2 and 3.", "good": made, "refused": refusals})


# --- roots.json, messages.json ----------------------------------------------------------------------------------


def make_roots():
    base = without(header(), "signature")
    other = {"anchors": [root(base)]}
    cases = [
        (base, "a thread as it begins"),
        ({**base, "title": "renamed", "tags": [], "state": "archived", "updated_at": at(99)}, "the same root: none of these belong to it"),
        ({**base, "new_field": 1, "kept_by": FRIEND.key.hex, "participants": [FRIEND.key.hex]}, "the same root: nor do these"),
        ({**base, "project": "p1"}, "another project"),
        ({**base, "mode": "inner"}, "another mode"),
        ({**base, "created_at": at(0, 1)}, "a millisecond later"),
        ({**base, "id": f"thread_{START + 1}"}, "another id"),
        ({**base, "author": FRIEND.key.hex}, "another author"),
        ({**base, **other}, "with anchors"),
        ({**base, "anchors": []}, "anchors present and empty count as present"),
    ]
    made = []
    for head, why in cases:
        form = canonical({k: head[k] for k in BIRTH if k in head})
        made.append({"header": head, "canonical": form, "root": root(head), "why": why})
    vectors("roots.json", {"about": "Headers and their roots; docs/format.md, section 4.", "roots": made})


def make_messages():
    head = header()
    made = chain(
        head,
        says("How should we handle JWT refresh tokens?"),
        answers("Rotate them on every use.\n\n```rust\nfn main() {}\n```\n", backend="crush", model="stub/stub-model"),
        says({"blocks": [{"type": "text", "text": "gr\u00fc\u00df \U0001f600 \u202e\u0007"}]}, intent="explain"),
        answers("Once upon", interrupted=True, usage={"prompt_tokens": 10, "completion_tokens": 2}),
        lambda s, p: message("system", "", s, p, OWNER.key, future_field={"z": [None, True, -1], "a": {}}),
    )
    keys = {k.hex: k for k in (OWNER.key, CRUSH)}
    out = []
    for item in made:
        key, data = keys[item["author"]], canonical(without(item, "signature")).encode()
        out.append(
            {
                "message": item,
                "canonical": data.decode(),
                "id": mid(item),
                "signed_bytes": framed(MESSAGE, data).hex(),
                "armour": armour(key, MESSAGE, bytes.fromhex(item["signature"])),
                "allowed_signers": signers("who@mmogit", MESSAGE.decode(), key),
            }
        )
    whole = thread(head, made, [mid(made[-1])])
    covered = canonical(without(whole, "messages", "signature"))
    vectors(
        "messages.json",
        {
            "about": "Ids, signed bytes and armour; docs/format.md, sections 5 and 6. ssh-keygen -Y verify accepts each armour over the canonical form.",
            "root": root(head),
            "messages": out,
            "thread": {
                "canonical": covered,
                "signed_bytes": framed(THREAD, covered.encode()).hex(),
                "signature": whole["signature"],
                "armour": armour(OWNER.key, THREAD, bytes.fromhex(whole["signature"])),
                "allowed_signers": signers("who@mmogit", THREAD.decode(), OWNER.key),
            },
        },
    )


def make():
    make_keys()
    make_canonical()
    make_roots()
    make_messages()
