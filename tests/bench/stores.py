#!/usr/bin/env python3
"""Measures memtui over ten stores of different kinds with 200,000 memories in all, and over a project with 5,000 memory
files, in a pseudo-terminal. Python 3 standard library only.

  tests/bench/stores.py [--memtui target/release/memtui] [--small SMALL] [--scale 1.0] [--runs 10] [--keep DIR]

SMALL comes from `cargo bench --bench generate -- 10000 SMALL`: its rows, many times over, are the two databases of
claude-mem. Everything else is made here. Times are given beside those of the larger database of claude-mem alone, taken in
turns in the same run, and with the system calls that a start makes where `strace` is there; on a busy machine only the
ratios and the calls mean anything.
"""
import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time

from measure import FRAME_ENDS, NOW, Missing, Terminal, line

WORDS = """queue deploy cart webhook retry server client token cache index schema migration worker session timeout
latency invoice billing search filter memory agent prompt branch release rollback lint build test mock cluster shard
replica lock journal ledger image proposal verdict scope project kind bucket signal stale secret noise""".split()
RARE = "quaternion"


def text(chance, words):
    return " ".join(chance.choice(WORDS) for _ in range(words))


def claude_mem(path, small, rows):
    """The rows of a small database, as often as it takes."""
    shutil.copy(small, path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=OFF")
    columns = [row[1] for row in db.execute("PRAGMA table_info(observations)")]
    have, top = db.execute("SELECT COUNT(*), MAX(id) FROM observations").fetchone()
    others = sum(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("session_summaries", "user_prompts"))
    copied = [column for column in columns if column not in ("id", "content_hash", "created_at_epoch", "origin_local_id")]
    step, left, round_ = top, rows - have - others, 0
    while left > 0:
        round_ += 1
        names = ", ".join(copied)
        db.execute(f"INSERT INTO observations(id, created_at_epoch, {names}) SELECT id + ?, created_at_epoch - ?, {names} "
                   "FROM observations WHERE id <= ? LIMIT ?", (round_ * step, round_ * 977, top, left))
        left -= have
    db.commit()
    db.close()


def shared(path, rows, chance):
    db = sqlite3.connect(path)
    made = ((f"{text(chance, 5)} {n}", text(chance, 30) + (f" {RARE}" if n % (rows // 10 + 1) == 0 else ""), "fact", "project",
             chance.choice(["shop", "web", "api"]), 1_780_000_000_000 + n * 60_000) for n in range(rows))
    db.executemany("INSERT INTO memory(title, body, kind, bucket, project, created, updated) VALUES (?1,?2,?3,?4,?5,?6,?6)", made)
    db.commit()
    db.close()


def table(path, rows, chance):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE memories(id INTEGER PRIMARY KEY, agent TEXT, tag TEXT, content TEXT NOT NULL, created INTEGER)")
    db.executemany("INSERT INTO memories(agent, tag, content, created) VALUES (?,?,?,?)",
                   (("planner", chance.choice(WORDS), text(chance, 25), 1_781_000_000_000 + n * 50_000) for n in range(rows)))
    db.commit()
    db.close()


def graph(path, rows, chance):
    with open(path, "w") as file:
        for n in range(rows // 5):
            seen = [text(chance, 8) + f" {n}-{m}" for m in range(4)]
            entity = {"type": "entity", "name": f"{chance.choice(WORDS)}-{n}", "entityType": "thing", "observations": seen}
            file.write(json.dumps(entity) + "\n")


def topics(directory, rows, chance):
    os.makedirs(directory)
    lines = ["# Memory", ""]
    for n in range(rows):
        name = f"{chance.choice(WORDS)}-{n}"
        lines.append(f"- [{name}]({name}.md) — {text(chance, 5)}")
        with open(f"{directory}/{name}.md", "w") as file:
            file.write(f"---\nname: {name}\ndescription: \"{text(chance, 6)}\"\nmetadata:\n  node_type: memory\n  type: project\n---\n\n"
                       f"{text(chance, 40)}\n")
    with open(f"{directory}/MEMORY.md", "w") as file:
        file.write("\n".join(lines) + "\n")


def notes(directory, rows, chance):
    os.makedirs(directory)
    for n in range(rows):
        with open(f"{directory}/note-{n}.md", "w") as file:
            file.write(f"---\ntitle: {text(chance, 4)} {n}\ntype: note\npermalink: note-{n}\n---\n\n{text(chance, 30)}\n")


def sections(path, rows, chance):
    with open(path, "w") as file:
        file.write("# Rules\n\n" + "".join(f"## {text(chance, 3)} {n}\n\n{text(chance, 20)}\n\n" for n in range(rows)))


def make(root, args):
    """Ten stores; their paths, and settings for the two tables."""
    chance = random.Random(7)
    count = lambda number: max(10, int(number * args.scale))
    at = lambda name: os.path.join(root, name)
    claude_mem(at("large.db"), args.small, count(70_000))
    claude_mem(at("other.db"), args.small, count(20_000))
    env = environment(root)
    subprocess.run([args.memtui, "init", at("shared.db")], env=env, check=True, capture_output=True)
    shared(at("shared.db"), count(50_000), chance)
    table(at("one.db"), count(20_000), chance)
    table(at("two.db"), count(15_000), chance)
    graph(at("graph.jsonl"), count(10_000), chance)
    topics(at("home/.claude/projects/-shop/memory"), count(5_000), chance)
    notes(at("notes"), count(4_000), chance)
    os.makedirs(at("project"))
    sections(at("project/CLAUDE.md"), count(3_000), chance)
    os.makedirs(at("tool/memories"))
    for n in range(count(3_000)):
        with open(at(f"tool/memories/{n}.md"), "w") as file:
            file.write(f"# {text(chance, 4)} {n}\n\n{text(chance, 20)}\n")
    config = at("x/config/memtui")
    os.makedirs(config)
    with open(f"{config}/config.toml", "w") as file:
        for name in ("one.db", "two.db"):
            file.write(f'[[table]]\npath = "{at(name)}"\ntable = "memories"\nid = "id"\ncontent = "content"\nagent = "agent"\n'
                       'tags = "tag"\ncreated = "created"\n')
    names = ["large.db", "other.db", "shared.db", "one.db", "two.db", "graph.jsonl", "home/.claude", "notes", "project", "tool/memories"]
    return [at(name) for name in names]


def environment(root):
    env = dict(os.environ, HOME=f"{root}/home", LANG="C.UTF-8")
    for name in ("data", "state", "cache", "config"):
        env[f"XDG_{name.upper()}_HOME"] = f"{root}/x/{name}"
    return env


def argv(args, stores):
    return [args.memtui, "--fresh"] + [word for store in stores for word in ("--store", store)]


def first_frames(args, stores, env):
    """Milliseconds to the first frame with ages in it."""
    with Terminal(argv(args, stores), env) as terminal:
        return (terminal.frame(r"\d(?:m|h|d|mo|y) ") - terminal.started) * 1000


def all_listed(args, stores, env, total):
    with Terminal(argv(args, stores), env) as terminal:
        return (terminal.shows(re.escape(f"{total:,}"), 120) - terminal.started) * 1000


def searches(args, stores, env, words):
    """Milliseconds from Enter to the last change, for each word."""
    took = []
    with Terminal(argv(args, stores), env) as terminal:
        terminal.settle(2, 300)
        for word in words:
            terminal.key("/")
            for letter in word:
                terminal.key(letter, 0.3)
            took.append(terminal.key("\r", 0.3)[0] or 0.0)
            terminal.key("\x7f", 0.3)
    return took


def calls(args, stores, env):
    """System calls until the first frame, where they can be counted."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile() as log:
        traced = ["strace", "-f", "-qq", "-o", log.name] + argv(args, stores)
        with Terminal(traced, env) as terminal:
            terminal.frame(r"\d(?:m|h|d|mo|y) ", 120)
        return sum(1 for _ in open(log.name, errors="replace"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memtui", default="target/release/memtui")
    parser.add_argument("--small", default="bench-10k.db")
    parser.add_argument("--scale", type=float, default=1.0, help="1 makes 200,000 memories")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--keep", default=None, help="make the stores here, or take those that are here already")
    args = parser.parse_args()
    args.memtui, args.small = os.path.abspath(args.memtui), os.path.abspath(args.small)
    root = os.path.abspath(args.keep) if args.keep else tempfile.mkdtemp(prefix="memtui-stores-")
    list_of = os.path.join(root, "stores.json")
    if not os.path.exists(list_of):
        os.makedirs(root, exist_ok=True)
        stores = make(root, args)
        json.dump(stores, open(list_of, "w"))
    stores, env = json.load(open(list_of)), environment(root)
    load = os.getloadavg()[0]
    print(f"load {load:.1f}; {args.runs} runs each\n\n| what | measured | goal | note |\n|---|---|---|---|")
    total = int(subprocess.run([args.memtui] + argv(args, stores)[2:] + ["count"], env=env, check=True,
                               capture_output=True, text=True).stdout.split()[0].replace(",", ""))
    files = [stores[6]]
    measured = {"ten": [], "one": [], "files": []}
    for _ in range(args.runs):
        measured["one"].append(first_frames(args, stores[:1], env))
        measured["ten"].append(first_frames(args, stores, env))
        measured["files"].append(first_frames(args, files, env))
    one, ten, alone = (statistics.median(measured[name]) for name in ("one", "ten", "files"))
    line(f"first frame, ten stores with {total:,}", f"{ten:.0f} ms = {ten / one:.1f}× one store", "≤ 60 ms",
         f"quickest {min(measured['ten']):.0f}; one store {one:.0f}, quickest {min(measured['one']):.0f}")
    line("first frame, a project with 5,000 files", f"{alone:.0f} ms = {alone / one:.1f}×", "≤ 60 ms",
         f"quickest {min(measured['files']):.0f}")
    listed = [all_listed(args, stores, env, total) for _ in range(max(3, args.runs // 3))]
    line("all listed", f"{statistics.median(listed):.0f} ms", "≤ 1,000 ms", f"quickest {min(listed):.0f}")
    shutil.rmtree(f"{root}/x/cache", ignore_errors=True)
    began = NOW()
    anew = all_listed(args, stores, env, total)
    line("all listed without a saved catalogue", f"{anew:.0f} ms", "", f"{NOW() - began:.1f} s with closing")
    subprocess.run([args.memtui] + argv(args, stores)[2:] + ["count", "--by", "kind"], env=env, capture_output=True)
    words = ["webhook", RARE, "zyzzyva"]
    for word, took, single in zip(words, searches(args, stores, env, words), searches(args, stores[:1], env, words)):
        line(f"search over all, `{word}`", f"{took:.0f} ms", "≤ 100 ms", f"one store {single:.0f}")
    for what, of in (("ten stores", stores), ("one store", stores[:1]), ("5,000 files", files)):
        counted = calls(args, of, env)
        if counted:
            line(f"system calls to the first frame, {what}", f"{counted:,}", "", "")
    if not args.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
