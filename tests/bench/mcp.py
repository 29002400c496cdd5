#!/usr/bin/env python3
"""Measures the door for agents: how soon it is ready, recall over a million memories, writing beside twenty others.

usage: mcp.py MEMTUI DIRECTORY [ROWS]

Makes a shared database of ROWS memories (1,000,000 unless told) in DIRECTORY the first time, with words of known frequency
and twenty projects, and one project of ten memories. Prints a table; asserts nothing.
"""

import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}


class Host:
    """An agent's host: launches the server and speaks JSON-RPC with it."""

    def __init__(self, memtui, home, *arguments):
        environment = {"HOME": str(home)}
        for name in ("config", "data", "state", "cache"):
            environment[f"XDG_{name.upper()}_HOME"] = str(home / name)
        self.child = subprocess.Popen(
            [memtui, "mcp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        self.asked = 0
        self.ask("initialize", HELLO)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.child.stdin.write((json.dumps(message) + "\n").encode())
        self.child.stdin.flush()

    def ask(self, method, parameters):
        self.asked += 1
        self.send({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters})
        return json.loads(self.child.stdout.readline())

    def call(self, tool, **arguments):
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]
        return answer.get("structuredContent") or answer["content"][0]["text"]

    def leave(self):
        self.child.stdin.close()
        self.child.wait()


def home_with(settings):
    home = pathlib.Path(tempfile.mkdtemp(prefix="memtui-bench-"))
    (home / "config/memtui").mkdir(parents=True)
    (home / "config/memtui/config.toml").write_text(settings)
    return home


def generate(memtui, path, rows):
    """Fills a fresh shared database. The index is made at the end, in one pass."""
    subprocess.run([memtui, "init", path], check=True, stdout=subprocess.DEVNULL)
    chance = random.Random(7)
    words = ["".join(chance.choice("bcdfghklmnprst") + chance.choice("aeiou") for _ in range(3)) for _ in range(6000)]
    database = sqlite3.connect(path, isolation_level=None)
    triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    for name, _ in triggers:
        database.execute(f"DROP TRIGGER {name}")

    def memories():
        for at in range(rows):
            text = " ".join(chance.choices(words, k=40))
            # In every third one, in one of a thousand, in ten; none of them holds `nowhere`.
            text += " common" if at % 3 == 0 else ""
            text += " seldom" if at % 1000 == 0 else ""
            text += " rare" if at % (rows // 10) == 0 else ""
            project = "tiny" if at % (rows // 10) == 0 else f"project-{at % 20}"
            yield (text[:40], text, project, at * 1000, at * 1000)

    database.executemany(
        "INSERT INTO memory(title, body, bucket, project, author, created, updated)"
        " VALUES (?, ?, 'project', ?, 'bench', ?, ?)",
        memories(),
    )
    database.execute("INSERT INTO memory_fts(memory_fts) VALUES ('rebuild')")
    for _, sql in triggers:
        database.execute(sql)
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def quantile(times, share):
    times = sorted(times)
    return times[min(len(times) - 1, int(share * len(times)))] * 1000


def line(what, times):
    print(f"{what:<58} {quantile(times, .5):8.2f} {quantile(times, .99):8.2f} {max(times) * 1000:8.2f}")


def timed(work):
    since = time.perf_counter()
    answer = work()
    return time.perf_counter() - since, answer


def recalls(memtui, path):
    home = home_with('[agent.all]\nread = ["*"]\n')
    launched = []
    for _ in range(10):
        seconds, host = timed(lambda: Host(memtui, home, "--store", path, "--agent", "all"))
        launched.append(seconds)
        host.leave()
    line("ready: launched, and has answered `initialize`", launched)
    for agent, scope in (("all", "project-3"), ("one", "project-3"), ("few", "tiny"), ("none", "nobody")):
        host = Host(memtui, home, "--store", path, "--agent", agent, "--scope", scope)
        for query in ("rare", "seldom", "common", "common rare", "nowhere", "where is the common thing of the seldom rare one"):
            times = [timed(lambda: host.call("recall_memory", query=query)) for _ in range(20)]
            found = len(times[0][1]["memories"])
            line(f"recall, sees {scope if agent != 'all' else 'everything'}: {query} ({found})", [it[0] for it in times])
        host.leave()


def writes(memtui, others, pause, seconds=10):
    """One agent writes beside others, each of which rests so many seconds between two writes."""
    home = home_with('[agent."*"]\ninterval_ms = 0\nmost_writes = 1000000\n')
    environment = dict(os.environ, HOME=str(home), XDG_DATA_HOME=str(home / "data"))
    subprocess.run([memtui, "init"], check=True, stdout=subprocess.DEVNULL, env=environment)
    until = time.time() + seconds
    told, everything, lock = [], [], threading.Lock()

    def run(at):
        chance = random.Random(at)
        host = Host(memtui, home, "--agent", f"agent-{at}", "--scope", "shop")
        mine = []
        while time.time() < until:
            text = f"agent {at} writes {host.asked}: " + " ".join(str(chance.getrandbits(32)) for _ in range(12))
            took, answer = timed(lambda: host.call("write_memory", text=text))
            status = answer.get("status") if isinstance(answer, dict) else answer
            mine.append((took, status))
            time.sleep(pause * chance.uniform(0.5, 1.5))
        host.leave()
        with lock:
            everything.extend(mine)
            told.append(at)

    threads = [threading.Thread(target=run, args=(at,)) for at in range(others + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == others + 1, "a host died"
    statuses = {status: sum(1 for _, it in everything if it == status) for status in {it for _, it in everything}}
    rest = f"{int(pause * 1000)} ms apart" if pause else "without a pause"
    line(f"write beside {others} others, {rest} {statuses}", [it[0] for it in everything])


def floor(times=200):
    """What the disk and the bare database take for the same promise, in this very run."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="memtui-bench-"))
    database = sqlite3.connect(place / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE memory(body)")
    for setting in ("FULL", "NORMAL"):
        database.execute(f"PRAGMA synchronous = {setting}")
        took = [timed(lambda: database.execute("INSERT INTO memory VALUES (?)", ("x" * 200,)))[0] for _ in range(times)]
        line(f"bare INSERT, synchronous = {setting}", took)
    file = os.open(place / "file", os.O_CREAT | os.O_RDWR)
    os.write(file, b"x" * 4096 * times * 2)
    os.fsync(file)
    os.lseek(file, 0, os.SEEK_SET)

    def twice():
        for _ in range(2):
            os.write(file, b"y" * 4096)
            os.fdatasync(file)

    line("two flushes of 4 KB, one after the other", [timed(twice)[0] for _ in range(times)])


def main(memtui, directory, rows=1_000_000):
    memtui, directory = os.path.abspath(memtui), pathlib.Path(directory)
    path = directory / f"shared-{rows}.db"
    if not path.exists():
        took, _ = timed(lambda: generate(memtui, str(path), int(rows)))
        print(f"made {path} in {took:.0f} s")
    print(f"{'milliseconds':<58} {'p50':>8} {'p99':>8} {'most':>8}")
    recalls(memtui, str(path))
    floor()
    writes(memtui, 0, 0)
    writes(memtui, 20, 0.5)
    writes(memtui, 20, 0.1)
    writes(memtui, 20, 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(it) for it in sys.argv[3:]))
