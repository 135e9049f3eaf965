#!/usr/bin/env python3
"""Makes the vectors in this folder. It shares no code with mmogit, nor with examples/verify.py.

    generate.py            write them
    generate.py --check    exit 1 if a file differs from what would be written

Needs the packages `cryptography` (signing) and `mnemonic` (only its list of words). Its output is always the same.
"""
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "generator"))

import basics
import documents
import malformed
import record
import signatures
import threads
import trust
import unions


def main():
    for part in (basics, signatures, documents, threads, trust, malformed, unions):
        part.make()
    assert len({e["file"] for e in record.INDEX}) == len(record.INDEX), "two threads of one name"
    record.vectors("threads/index.json", record.INDEX)
    files = record.FILES
    stale = [p for p in (HERE / "threads").glob("*.json") if f"threads/{p.name}" not in files]
    different = [n for n, data in files.items() if not (HERE / n).is_file() or (HERE / n).read_bytes() != data]
    if "--check" in sys.argv:
        print("\n".join([*map(str, stale), *different]) or f"{len(files)} files are as they should be")
        return 1 if stale or different else 0
    for path in stale:
        path.unlink()
    for name in different:
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_bytes(files[name])
    print(f"{len(different)} of {len(files)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
