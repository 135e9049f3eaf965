#!/usr/bin/env python3
"""Bring a signature of a thread file into the form that OpenSSH's ssh-keygen checks.

    armour.py FILE NUMBER      of the message of that number, from 1
    armour.py FILE thread      of the thread: its title, tags, state, heads and agents
    armour.py FILE erasure     of the word that is left of an erased thread, a file of .mmogit/erased/

Writes `signed` (the bytes that were signed) and `signed.sig` (the signature over them) into the current folder, and
says how to check the two. docs/format.md tells what is signed, in sections 3 and 6."""
import base64
import json
import pathlib
import sys
import textwrap

sys.dont_write_bytecode = True
import verify


def main(file, what):
    thread = json.loads(pathlib.Path(file).read_text())
    if what == "erasure":
        part, left_out, namespace, key = thread, {"signature"}, "mmogit.erasure.v1", thread["author"]
    elif what == "thread":
        part, left_out, namespace, key = thread, {"messages", "signature"}, "mmogit.thread.v1", verify.signer(thread)
    else:
        part = thread["messages"][int(what) - 1]
        left_out, namespace, key = {"signature"}, "mmogit.message.v1", part["author"]
    blob = verify.blob(bytes.fromhex(key), namespace.encode(), bytes.fromhex(part["signature"]))
    lines = textwrap.wrap(base64.b64encode(blob).decode(), 70)
    armour = ["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]
    pathlib.Path("signed").write_bytes(verify.canonical(part, left_out))
    pathlib.Path("signed.sig").write_text("\n".join(armour))
    signer = f"{key}@users.mmogit.invalid"
    print(f"ssh-keygen -Y verify -n {namespace} -I {signer} -f SIGNERS -s signed.sig < signed")
    if key not in (thread["author"], verify.signer(thread)):
        public = base64.b64encode(verify.string(b"ssh-ed25519") + verify.string(bytes.fromhex(key))).decode()
        print(f"An agent of the author's; as a line of SIGNERS:\n{signer} ssh-ed25519 {public}")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not (sys.argv[2] in ("thread", "erasure") or sys.argv[2].isdigit() and int(sys.argv[2])):
        sys.exit(__doc__)
    main(*sys.argv[1:])
