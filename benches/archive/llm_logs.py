"""Fills the database of llm (https://llm.datasette.io) with the threads of a bundle, as llm itself would have logged them.

    mmogit thread-export --all --format bundle | python llm_logs.py logs.db

The tables are made by llm's own migrations and the messages' hashes by its own function; rows are put in many at a time,
since logging them one by one would take hours. Each question and its answer is a turn.
"""

import datetime
import json
import sys

import sqlite_utils
from llm.logs import message_hash
from llm.migrations import migrate
from llm.parts import Message, TextPart
from ulid import ULID

ROLES = {"human": "user", "ai": "assistant"}


def text_of(message):
    content = message["content"]
    return content if isinstance(content, str) else json.dumps(content["blocks"])


def moment(message):
    return datetime.datetime.fromisoformat(message["timestamp"].replace("Z", "+00:00"))


def fill(db, thread):
    tip = None
    messages, parts, turns, search = [], [], [], []
    question = None
    first = str(ULID.from_datetime(moment({"timestamp": thread["created_at"]}))).lower()
    for message in thread["messages"]:
        role, text = ROLES.get(message["role"], "system"), text_of(message)
        above = tip
        tip = message_hash(Message(role=role, parts=[TextPart(text=text)]), above)
        messages.append((tip, above, role))
        parts.append((tip, text))
        if role == "user":
            question = text
        if role == "assistant":
            time = moment(message)
            turn = str(ULID.from_datetime(time)).lower()
            model = message.get("model")
            turns.append((turn, first, above, tip, model, time.isoformat()))
            search.append((turn, question or "", text))
            question = None
    execute = db.conn.executemany
    execute("insert or ignore into messages (hash, parent_hash, role) values (?, ?, ?)", messages)
    execute("insert or ignore into parts (message_hash, position, type, text) values (?, 0, 'text', ?)", parts)
    execute("insert into threads (id, name, tip_message_hash, datetime_utc) values (?, ?, ?, ?)",
            [(first, thread["title"], tip, thread["created_at"])])
    execute("insert into turns (id, thread_id, parent_message_hash, tip_message_hash, model, datetime_utc)"
            " values (?, ?, ?, ?, ?, ?)", turns)
    execute("insert into turn_search (turn_id, prompt, response) values (?, ?, ?)", search)


def main():
    db = sqlite_utils.Database(sys.argv[1])
    migrate(db)
    db.conn.execute("pragma synchronous = off")
    db.conn.execute("pragma journal_mode = off")
    next(sys.stdin)
    with db.conn:
        for line in sys.stdin:
            fill(db, json.loads(line))
    db.conn.execute("pragma journal_mode = delete")
    print(db["turns"].count, "turns")


main()
