#!/usr/bin/env python3
"""Lets memtui live beside an agent for a long time, and says whether anything grew: memory, descriptors, threads, the
write-ahead log, the agent's waits. Python 3 standard library only.

  tests/bench/soak.py [--memtui target/release/memtui] [--small bench-10k.db] [--minutes 60]

An agent writes ten times a second all the time. It forgets what it wrote a thousand writes ago, so that what grows is not
the store. The terminal program gets random keys: it moves, filters, sorts, prunes, takes back. Beside both, the command
line edits, prunes fifty memories and undoes. At the end everything is undone, and the memories that were there at the
beginning are compared byte for byte. The agent alone is measured first, with as many writes as its log takes to turn round.
"""
import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

from measure import NOW, Bench, Missing, line, percentile

KEPT = 1000
# Looks, moves, filters, orders, marks, prunes and takes back; nothing that leaves the program.
KEYS = (["j"] * 20 + ["k"] * 10 + ["G", "g", "\x1b[6~", "\x1b[5~", "\r", "\x1b", "\x1b", " ", "d", "u", "U", "i", "P", "o",
        "1", "3", "4", "1", "/cache\r", "/kind:bugfix\r", "/conf:<0.5\r", "\x1b", "?", "\x1b"])


class Agent(threading.Thread):
    """Writes as claude-mem's worker does, and forgets the oldest of what it wrote."""

    def __init__(self, db, pause, writes=None):
        super().__init__(daemon=True)
        self.db, self.pause, self.writes = db, pause, writes
        self.stopped, self.waits, self.errors, self.log = threading.Event(), [], 0, []

    def run(self):
        conn = sqlite3.connect(self.db, timeout=5, isolation_level=None)
        conn.execute("PRAGMA synchronous=NORMAL")
        session, project = conn.execute("SELECT memory_session_id, project FROM sdk_sessions LIMIT 1").fetchone()
        began, number, own = NOW(), 0, []
        while not self.stopped.is_set() and number != self.writes:
            time.sleep(max(0, began + number * self.pause - NOW()))
            number += 1
            start = NOW()
            try:
                conn.execute("BEGIN IMMEDIATE")
                row = conn.execute(
                    "INSERT INTO observations(memory_session_id, project, type, title, narrative, facts, concepts, created_at,"
                    " created_at_epoch) VALUES (?, ?, 'change', ?, ?, '[]', '[]', '2026-11-01T00:00:00.000Z', 1793491200000)",
                    (session, project, f"Agent {number} {start}", f"What happened in step {number}. " * 20)).lastrowid
                if len(own) == KEPT:
                    conn.execute("DELETE FROM observations WHERE id = ?", (own.pop(0),))
                conn.execute("COMMIT")
                own.append(row)
            except sqlite3.OperationalError:
                self.errors += 1
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
            self.waits.append((NOW() - start) * 1000)
            self.log.append(os.path.getsize(self.db + "-wal"))
        conn.close()

    def finish(self):
        self.stopped.set()
        self.join()
        return self


class Reads(threading.Thread):
    """How long a process goes on reading: SQLite's marks of readers in a -shm file, as Linux shows their locks."""

    MARKS = range(123, 128)

    def __init__(self, pid, db):
        super().__init__(daemon=True)
        self.pid, self.inode = str(pid), str(os.stat(db + "-shm").st_ino)
        self.stopped, self.holds, self.since = threading.Event(), [], None

    def run(self):
        while not self.stopped.is_set():
            with open("/proc/locks") as locks:
                held = any(self.is_mark(words.split()) for words in locks)
            if held and self.since is None:
                self.since = NOW()
            elif not held and self.since is not None:
                self.holds.append(NOW() - self.since)
                self.since = None
            time.sleep(0.01)

    def is_mark(self, words):
        return (len(words) == 8 and words[4] == self.pid and words[5].endswith(":" + self.inode)
                and any(int(words[6]) <= mark <= int(words[7] if words[7] != "EOF" else 1 << 62) for mark in self.MARKS))


def rows(db):
    """Everything that was there before the agent, typed, and whether the text index agrees with it."""
    conn = sqlite3.connect(db)
    conn.text_factory = bytes
    found = conn.execute("SELECT * FROM observations WHERE type <> 'change' OR narrative NOT LIKE 'What happened in step %' "
                         "ORDER BY id").fetchall()
    conn.execute("INSERT INTO observations_fts(observations_fts, rank) VALUES ('integrity-check', 1)")
    conn.close()
    return found


class Clerk(threading.Thread):
    """Edits, prunes and undoes by the command line, as a script of the person's would."""

    def __init__(self, bench, db, ids, every):
        super().__init__(daemon=True)
        self.bench, self.db, self.ids, self.every = bench, db, ids, every
        self.stopped, self.acts, self.trouble = threading.Event(), 0, []

    def run(self):
        chance = random.Random(2)
        while not self.stopped.wait(self.every):
            one = f"claude-mem:observation/{chance.choice(self.ids)}"
            fifty = [f"claude-mem:observation/{number}" for number in chance.sample(self.ids, 50)]
            for words in (["edit", one, "--title", f"Edited at {NOW():.3f}"], ["undo"], ["prune", *fifty, "--yes"], ["undo"]):
                done = subprocess.run([self.bench.args.memtui, "--store", self.db, *words], env=self.bench.env, text=True,
                                      capture_output=True, check=False, stdin=subprocess.DEVNULL)
                self.acts += 1
                # One that is pruned at the moment is refused, and so is an undo when the terminal program was quicker.
                if done.returncode not in (0, 1):
                    self.trouble.append((words[0], done.returncode, done.stderr.strip()[:300]))


def soak(bench, minutes):
    source = bench.args.small
    db = bench.copy(source)
    alone = Agent(db, 0.002, writes=4000)
    alone.run()
    bench.drop(db)
    db = bench.copy(source)
    before = rows(db)
    ids = [row[0] for row in sqlite3.connect(db).execute("SELECT id FROM observations")]
    chance, samples = random.Random(1), []
    with bench.open(db) as terminal:
        bench.rest(terminal)
        agent = Agent(db, 0.1)
        agent.start()
        time.sleep(0.5)
        reads, clerk = Reads(terminal.pid, db), Clerk(bench, db, ids, 15)
        reads.start()
        clerk.start()
        began, keys, told, seen = NOW(), 0, 0, 0
        while NOW() - began < minutes * 60:
            terminal.send(chance.choice(KEYS))
            keys += 1
            until = NOW() + chance.uniform(0.02, 0.6)
            while NOW() < until:
                terminal.read(until - NOW())
            terminal.unseen.clear()
            if NOW() - began >= told * 30:
                told += 1
                mine = f"/proc/{terminal.pid}/"
                sample = (terminal.rss_mb(), len(os.listdir(mine + "fd")), len(os.listdir(mine + "task")))
                samples.append(sample)
                log = agent.log[seen:]
                print(f"{(NOW() - began) / 60:5.1f} min: {sample[0]:.1f} MB, {sample[1]} descriptors, {sample[2]} threads, log "
                      f"{max(log, default=0) / 1e6:.2f} MB, longest read {max(reads.holds or [0]) * 1000:.0f} ms, agent's longest "
                      f"wait {max(agent.waits[seen:], default=0):.0f} ms", file=sys.stderr, flush=True)
                seen += len(log)
        for helper in (clerk, reads):
            helper.stopped.set()
            helper.join()
        agent.finish()
    for _ in range(100_000):
        done = subprocess.run([bench.args.memtui, "--store", db, "undo"], env=bench.env, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            break
    _, log = bench.cli("--store", db, "log", "--json", "--limit", "100000")
    acts = [json.loads(text) for text in log.splitlines()]
    check = subprocess.run([bench.args.memtui, "--store", db, "check"], env=bench.env, capture_output=True, check=False)
    same = rows(db) == before
    settled = samples[len(samples) // 5:]
    first, tail = settled[0], settled[-max(1, len(settled) // 5):]
    name = f"{minutes:g} minutes beside an agent"
    print("| what | measured | goal | note |\n|---|---|---|---|")
    line(f"memory, {name}", f"{statistics.median(s[0] for s in tail) - first[0]:+.1f} MB", "≤ 2 MB",
         f"{first[0]:.1f} MB after a fifth of the time; {keys} keys, {clerk.acts} commands, {len(acts)} operations")
    for place, what in ((1, "descriptors"), (2, "threads")):
        line(what, f"{tail[-1][place] - first[place]:+d}", "0", f"{first[place]}, most {max(s[place] for s in settled)}")
    line("write-ahead log", f"{max(agent.log) / max(alone.log):.2f}× the agent's alone", "≤ 1.1×",
         f"{max(agent.log) / 1e6:.2f} MB, alone {max(alone.log) / 1e6:.2f} MB")
    line("reading without a pause", f"{max(reads.holds or [0]) * 1000:.0f} ms", "≤ 250 ms",
         f"{len(reads.holds)} times, p99 {percentile(reads.holds or [0], .99) * 1000:.0f} ms")
    line("waits of the agent", f"p99 {percentile(agent.waits, .99):.0f}, max {max(agent.waits):.0f} ms", "≤ 250 ms",
         f"{len(agent.waits)} writes, {agent.errors} errors; alone max {max(alone.waits):.0f} ms")
    line("after all is undone", "the same to the byte" if same else "DIFFERENT", "the same",
         f"`memtui check` ended with {check.returncode}; {len(clerk.trouble)} commands failed {clerk.trouble[:3]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memtui", default="target/release/memtui")
    parser.add_argument("--small", default="bench-10k.db")
    parser.add_argument("--scratch", default=None, help="a folder on the disk that is to be measured")
    parser.add_argument("--minutes", type=float, default=60)
    args = parser.parse_args()
    for path in (args.memtui, args.small):
        if not os.path.exists(path):
            sys.exit(f"{path}: no such file; see the top of {__file__}")
    args.memtui = os.path.abspath(args.memtui)
    bench = Bench(args)
    try:
        soak(bench, args.minutes)
    except Missing as reason:
        sys.exit(str(reason))
    finally:
        shutil.rmtree(bench.home, ignore_errors=True)


if __name__ == "__main__":
    main()
