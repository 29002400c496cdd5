#!/usr/bin/env python3
"""Measures memtui in a pseudo-terminal and prints the table of docs/performance.md, every figure as a ratio or beside
its goal, all in one run on one machine. Python 3 standard library only.

  tests/bench/measure.py [--memtui target/release/memtui] [--db BIG] [--small SMALL] [--rows 100000] [NAME…]

BIG and SMALL come from `cargo bench --bench generate -- 1000000 BIG` and `-- 10000 SMALL`. They are copied before any
measurement that writes. NAME runs only the measurements whose function name contains it. A measurement that the program
does not support yet is printed as missing and does not stop the rest.
"""
import argparse
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata

COLS, ROWS = 120, 40
NOW = time.perf_counter
TEXT = ["title", "subtitle", "narrative", "text", "facts", "concepts"]


# A program's frame is shown at once between two marks; this is the second one.
FRAME_ENDS = b"\x1b[?2026l"


class Missing(Exception):
    """The program does not do this (yet)."""


# ------------------------------------------------------------------------------------------------ the terminal program

ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X].*?(?:\x07|\x1b\\)|[()*+].|[ -~])", re.S)


TOKEN = re.compile(r"\x1b\[(?P<args>[0-?]*)[ -/]*(?P<end>[@-~])|\x1b(?:[\]P_^X].*?(?:\x07|\x1b\\)|[()*+].|[ -~])|(?P<text>.)", re.S)


class Screen:
    """What stands on the screen after these bytes: the little of a terminal that memtui uses. It draws only the cells
    that changed, so a sentence can be looked for on the screen, and not in what was written."""

    def __init__(self):
        self.rows, self.x, self.y = [[" "] * COLS for _ in range(ROWS)], 0, 0

    def feed(self, data):
        for token in TOKEN.finditer(data.decode("utf-8", "replace")):
            end, text = token["end"], token["text"]
            if end in ("H", "f"):
                numbers = [int(part) if part.isdigit() else 1 for part in (token["args"] + ";").split(";")]
                self.y, self.x = min(numbers[0], ROWS) - 1, min(numbers[1], COLS) - 1
            elif end == "J":
                self.rows = [[" "] * COLS for _ in range(ROWS)]
            elif end == "K":
                self.rows[self.y][self.x:] = [" "] * (COLS - self.x)
            elif text == "\r":
                self.x = 0
            elif text == "\n":
                self.y = min(self.y + 1, ROWS - 1)
            elif text and text.isprintable() and not unicodedata.combining(text) and self.x < COLS:
                self.rows[self.y][self.x] = text
                self.x += 2 if unicodedata.east_asian_width(text) in "WF" else 1

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows)


class Terminal:
    """A program in a pseudo-terminal: keys in, bytes out. Text is looked for in what was written since the last mark,
    with escape sequences taken out, so it must be text that the key causes to be drawn; `shows` looks at the screen."""

    def __init__(self, argv, env):
        self.fd, other = pty.openpty()
        # The size is there before the program is, and the program is started without a copy of this process: neither
        # a second frame nor Python's own fork is measured.
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
        files = [(os.POSIX_SPAWN_OPEN, 0, os.ttyname(other), os.O_RDWR, 0),
                 (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
        program = shutil.which(argv[0]) or argv[0]
        env = dict(env, TERM="xterm-256color", COLUMNS=str(COLS), LINES=str(ROWS))
        self.started = NOW()
        self.pid = os.posix_spawn(program, argv, env, file_actions=files, setsid=True)
        os.close(other)
        self.out, self.unseen, self.screen = b"", [], Screen()

    def read(self, timeout):
        """One read; the time of it, or None."""
        ready, _, _ = select.select([self.fd], [], [], max(0, timeout))
        if not ready:
            return None
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise Missing("the program ended: " + self.plain()[-200:].strip())
        self.out += data
        self.unseen.append(data)
        return NOW()

    def plain(self):
        return ESCAPE.sub(b"", self.out).decode("utf-8", "replace")

    def expect(self, pattern, timeout=30):
        """Waits until the pattern stands in the output since the last mark; the time of the read that brought it."""
        end = NOW() + timeout
        at = NOW()
        while True:
            if re.search(pattern, self.plain()):
                return at
            if NOW() > end:
                raise Missing(f"/{pattern}/ did not appear within {timeout} s")
            at = self.read(end - NOW()) or NOW()

    def sees(self, pattern):
        """Whether the pattern stands on the screen. Bytes that end within a character or a sequence wait."""
        data = b"".join(self.unseen)
        whole = data.rfind(FRAME_ENDS) + len(FRAME_ENDS)
        if whole >= len(FRAME_ENDS):
            self.screen.feed(data[:whole])
            self.unseen = [data[whole:]]
        return re.search(pattern, self.screen.text())

    def shows(self, pattern, timeout=30):
        """Waits until the pattern stands on the screen; the time of the read that brought it."""
        end, at = NOW() + timeout, NOW()
        while not self.sees(pattern):
            if NOW() > end:
                raise Missing(f"/{pattern}/ is not on the screen after {timeout} s:\n{self.screen.text()}")
            at = self.read(end - NOW()) or NOW()
        return at

    def arrives(self, last, timeout=30):
        """The time of the read that brought these bytes; nothing but the newest part is looked at between two reads."""
        end = NOW() + timeout
        while True:
            seen = max(0, len(self.out) - len(last))
            at = self.read(end - NOW())
            if at is None:
                raise Missing(f"{last!r} did not appear within {timeout} s")
            if self.out.find(last, seen) >= 0:
                return at

    def frame(self, pattern, timeout=30):
        """The time of the read that brought the end of the first whole frame in which the pattern stands."""
        while True:
            at = self.arrives(FRAME_ENDS, timeout)
            if re.search(pattern, self.plain()):
                return at

    def settle(self, quiet=0.05, timeout=30):
        """Reads until nothing has come for `quiet` seconds; the time of the last read."""
        end, last = NOW() + timeout, NOW()
        while NOW() < end:
            at = self.read(quiet)
            if at is None:
                return last
            last = at
        raise Missing(f"the screen did not come to rest within {timeout} s")

    def mark(self):
        self.out = b""

    def send(self, keys):
        self.mark()
        os.write(self.fd, keys.encode())
        return NOW()

    def key(self, keys, quiet=0.05):
        """Milliseconds from the key to the last byte of what it changed, and how many bytes that was."""
        began = self.send(keys)
        if self.read(2) is None:
            return None, 0
        last = self.settle(quiet)
        return (max(last, began) - began) * 1000, len(self.out)

    def first(self, keys, timeout=10):
        """Milliseconds from the key to the first byte that answers it."""
        began = self.send(keys)
        at = self.read(timeout)
        if at is None:
            raise Missing(f"no answer to {keys!r} within {timeout} s")
        return (at - began) * 1000

    def rss_mb(self):
        return status(self.pid, "VmRSS") / 1024

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.close(self.fd)
        except OSError:
            pass
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def status(pid, name):
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    return 0


# -------------------------------------------------------------------------------------------------------- the workplace

class Bench:
    def __init__(self, args):
        self.args = args
        self.home = tempfile.mkdtemp(prefix="memtui-bench-", dir=args.scratch)
        self.env = dict(os.environ, HOME=self.home, XDG_CACHE_HOME=self.home + "/cache", XDG_DATA_HOME=self.home + "/data",
                        XDG_CONFIG_HOME=self.home + "/config", XDG_STATE_HOME=self.home + "/state")
        self.copies, self.titles = {}, {}

    def copy(self, source):
        """A copy of the database that may be written; one for each measurement."""
        target = f"{self.home}/{len(self.copies)}-{os.path.basename(source)}"
        subprocess.run(["cp", "--reflink=auto", source, target], check=True)
        subprocess.run(["sync", target], check=False)
        self.copies[target] = source
        return target

    def drop(self, path):
        for tail in ("", "-wal", "-shm"):
            try:
                os.remove(path + tail)
            except FileNotFoundError:
                pass

    def open(self, db):
        # Each begins at the newest memory, wherever the one before it ended.
        return Terminal([self.args.memtui, "--fresh", "--store", db], self.env)

    def first_title(self, db):
        """What stands in the first row when the list is full: the beginning of the newest memory's title."""
        if db not in self.titles:
            _, out = self.cli("--store", db, "list", "--limit", "1", "--json")
            self.titles[db] = re.escape(json.loads(out)["title"][:16])
        return self.titles[db]

    def ready(self, db):
        """The program with the index complete, at rest."""
        title = self.first_title(db)
        terminal = self.open(db)
        terminal.expect(title)
        self.rest(terminal)
        return terminal

    def rest(self, terminal, timeout=300):
        """Waits until the program has used no processor for a second: the index is complete."""
        end, before = NOW() + timeout, terminal.cpu_seconds()
        while NOW() < end:
            stop = NOW() + 1
            while NOW() < stop:
                terminal.read(stop - NOW())
            now = terminal.cpu_seconds()
            if now - before < 0.02:
                terminal.mark()
                return
            before = now
        raise Missing(f"still busy after {timeout} s")

    def cli(self, *words):
        """Runs a command; seconds and output."""
        began = NOW()
        done = subprocess.run([self.args.memtui, *words], env=self.env, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Missing(f"`memtui {' '.join(words)}` ended with {done.returncode}: {done.stderr.strip()[:200]}")
        return NOW() - began, done.stdout


def line(what, value, goal, note=""):
    print(f"| {what} | {value} | {goal} | {note} |", flush=True)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


# --------------------------------------------------------------------------------------------------------- measurements

def shell_page(bench, db, runs, before=lambda: None):
    """Each run's seconds until the sqlite3 shell has printed the first page, in the same kind of pseudo-terminal."""
    sql = (f"SELECT id, created_at, type, project, substr(title, 1, 80) FROM observations "
           f"ORDER BY created_at_epoch DESC LIMIT {ROWS}")
    done = subprocess.run(["sqlite3", "-readonly", db, sql], capture_output=True, text=True, check=True)
    last = done.stdout.splitlines()[-1].split("|")[-1][:16].encode()
    times = []
    for _ in range(runs):
        before()
        with Terminal(["sqlite3", "-readonly", db, sql], bench.env) as terminal:
            times.append(terminal.arrives(last) - terminal.started)
    return times


def first_frame(bench, db, runs, before=lambda: None):
    """Each run's seconds until the first frame with the newest memory's title in it is whole."""
    title = bench.first_title(db)
    times = []
    for _ in range(runs):
        before()
        with bench.open(db) as terminal:
            times.append(terminal.frame(title) - terminal.started)
    return times


def turns(*takers, rounds=4):
    """What each of them measures, taken in turns, so that a busy moment of the machine meets all of them."""
    values = [[] for _ in takers]
    for _ in range(rounds):
        for taken, take in zip(values, takers):
            taken += take()
    return [statistics.median(taken) for taken in values] + [min(taken) for taken in values]


def measure_start(bench):
    args = bench.args
    if not shutil.which("sqlite3"):
        raise Missing("the sqlite3 shell is not installed, it is the measure here")
    bench.ready(args.db).close()  # builds the index once
    bench.ready(args.small).close()
    shell, big, small, *least = turns(lambda: shell_page(bench, args.db, 10), lambda: first_frame(bench, args.db, 10),
                                      lambda: first_frame(bench, args.small, 10))
    line("start to first full frame", f"{big * 1000:.1f} ms = {big / shell:.2f}× the shell", "≤ 1.8×",
         f"shell {shell * 1000:.1f} ms; quickest {least[1] * 1000:.1f} and {least[0] * 1000:.1f} ms")
    line("the same against 10k rows", f"{big / small:.2f}×", "≤ 1.1×", f"{small * 1000:.1f} ms")


def measure_start_cold(bench):
    db = bench.args.db
    bench.ready(db).close()
    shell, own, *_ = turns(lambda: shell_page(bench, db, 5, lambda: evict(db)),
                           lambda: first_frame(bench, db, 5, lambda: evict(db)), rounds=2)
    line("start, cold file cache", f"{own / shell:.2f}× the shell", "≤ 2.5×",
         f"{own * 1000:.1f} ms, shell {shell * 1000:.1f} ms")


def evict(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def key_times(terminal, keys, count):
    """Each key: milliseconds to the last byte of its frame. A frame ends with the synchronized-update mark."""
    times = []
    for number in range(count):
        while terminal.read(0.002) is not None:
            pass  # what is left of the frame before
        began = terminal.send(keys[number % len(keys)])
        if terminal.read(1) is None:
            continue
        while b"\x1b[?2026h" in terminal.out and b"\x1b[?2026l" not in terminal.out:
            if terminal.read(1) is None:
                break
        times.append((NOW() - began) * 1000)
    return times


def measure_keys(bench):
    with bench.ready(bench.args.db) as terminal:
        times = key_times(terminal, "jjjjjjjjjk", 1000)
        if not times:
            raise Missing("`j` draws nothing")
        line("key to screen", f"p50 {percentile(times, .5):.2f}, p99 {percentile(times, .99):.2f} ms",
             "p50 ≤ 1, p99 ≤ 4 ms", f"{len(times)} keys, max {max(times):.1f} ms")
        bursts = [terminal.key(("j" if turn % 2 else "k") * 100) for turn in range(20)]
        took = [took for took, _ in bursts if took is not None]
        line("burst of 100 keys", f"{percentile(took, .5):.1f} ms, {max(size for _, size in bursts) / 1024:.1f} KB",
             "≤ 16 ms, ≤ 20 KB", "time until the last byte")


def measure_keys_while_indexing(bench):
    shutil.rmtree(bench.home + "/cache", ignore_errors=True)
    with bench.open(bench.args.db) as terminal:
        terminal.expect(bench.first_title(bench.args.db))
        times = key_times(terminal, "jjjjjk", 400)
        line("key to screen while the index builds", f"p99 {percentile(times, .99):.2f} ms", "≤ 16 ms",
             f"max {max(times):.1f} ms")


def measure_jumps(bench):
    with bench.ready(bench.args.db) as terminal:
        for name, keys in (("End", "G"), ("Home", "g"), ("page down", "\x1b[6~")):
            times = []
            # Where one is already, a key has nothing to answer.
            terminal.key("G" if keys == "g" else "g")
            for _ in range(20):
                took = terminal.first(keys)
                terminal.settle()
                times.append(took)
                if keys != "\x1b[6~":
                    terminal.key("g" if keys == "G" else "G")
            line(f"{name} to screen", f"p50 {percentile(times, .5):.1f}, max {max(times):.1f} ms", "≤ 20 ms")


def measure_sort(bench):
    with bench.ready(bench.args.db) as terminal:
        times = []
        for _ in range(6):
            # The menu of orders; the next one down; choose it.
            terminal.key("o", 0.2)
            terminal.key("j", 0.2)
            took, _ = terminal.key("\r", 0.3)
            if took is None:
                raise Missing("choosing an order draws nothing")
            times.append(took)
        line("new sort, index complete", f"p50 {percentile(times, .5):.1f}, max {max(times):.1f} ms", "≤ 10 ms", "all keys")


def filtered(terminal, text):
    """Types a filter and applies it: milliseconds from the last key to the last change."""
    terminal.key("/")
    for letter in text:
        terminal.key(letter, 0.02)
    took, _ = terminal.key("\r", 0.3)
    terminal.key("\x1b")
    return took


def measure_filter(bench):
    with bench.ready(bench.args.db) as terminal:
        for text in ("kind:bugfix", "scope:billing", "age:<30d", "conf:<0.5"):
            took = filtered(terminal, text)
            if took is None:
                line(f"filter `{text}`", "missing", "≤ 10 ms", "no answer")
            else:
                line(f"filter `{text}`, Enter to rows", f"{took:.1f} ms", "≤ 10 ms")


def measure_search(bench):
    with bench.ready(bench.args.db) as terminal:
        for what, word in (("in every row", "the"), ("1 %", "webhook"), ("10 rows", "quaternion"), ("absent", "zyzzyva")):
            times = []
            terminal.key("/")
            for letter in word:
                took = terminal.key(letter, 0.15)[0]
                if took is not None:
                    times.append(took)
            terminal.key("\r", 0.2)
            terminal.key("\x1b")
            if not times:
                raise Missing("typing a filter draws nothing")
            line(f"search as you type, `{word}` ({what})", f"p50 {percentile(times, .5):.1f}, max {max(times):.1f} ms",
                 "p50 ≤ 20, p99 ≤ 50 ms", "from each letter to the last change it caused")


def measure_cancel(bench):
    """A search that nobody wants any more gives way: what it adds to the answer to the next one."""
    with bench.ready(bench.args.db) as terminal:
        beside, alone = [], []
        for _ in range(10):
            terminal.key("/")
            terminal.send("m")  # any word that begins with m: more than a second of work
            end = NOW() + 0.2
            while NOW() < end:
                terminal.read(end - NOW())
            beside.append(terminal.key("zyzzyva", 0.15)[0] or 0)
            terminal.key("\x1b", 0.2)
            terminal.key("/")
            alone.append(terminal.key("mzyzzyva", 0.15)[0] or 0)
            terminal.key("\x1b", 0.2)
        line("new search while a long one runs", f"p50 {percentile(beside, .5):.1f}, max {max(beside):.1f} ms",
             "≤ 5 ms more", f"alone p50 {percentile(alone, .5):.1f}, max {max(alone):.1f} ms")


def measure_memory(bench):
    for what, db, goal in (("1M", bench.args.db, 64), ("10k", bench.args.small, 16)):
        with bench.ready(db) as terminal:
            terminal.key("G")
            terminal.key("g")
            own = status(terminal.pid, "RssAnon") / 1024
            line(f"resident memory at {what}", f"{terminal.rss_mb():.1f} MB", f"≤ {goal} MB",
                 f"index complete; {own:.1f} MB of it are its own, the rest pages of the program file")


def measure_idle(bench):
    with bench.ready(bench.args.db) as terminal:
        before, seconds = terminal.cpu_seconds(), 10
        end = NOW() + seconds
        while NOW() < end:
            terminal.read(end - NOW())
        used = (terminal.cpu_seconds() - before) / seconds * 100
        line("idle for 10 s", f"{used:.2f} % CPU, {len(terminal.out)} bytes", "≤ 0.1 %, 0 bytes")


def measure_foreign_commit(bench):
    db = bench.copy(bench.args.small)
    try:
        with bench.ready(db) as terminal:
            other = sqlite3.connect(db)
            session = other.execute("SELECT memory_session_id, project FROM sdk_sessions LIMIT 1").fetchone()
            times = []
            for number in range(5):
                terminal.mark()
                at = int(time.time() * 1000)
                other.execute(
                    "INSERT INTO observations(memory_session_id, project, type, title, narrative, facts, concepts, created_at,"
                    " created_at_epoch) VALUES (?, ?, 'change', ?, '', '[]', '[]', ?, ?)",
                    (*session, f"Foreign {number}", time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at / 1000)), at))
                other.commit()
                began = NOW()
                seen = terminal.read(5)
                if seen is None:
                    raise Missing("a foreign commit draws nothing within 5 s")
                times.append((seen - began) * 1000)
                terminal.settle(0.5)
            line("foreign commit to screen", f"p50 {percentile(times, .5):.0f}, max {max(times):.0f} ms", "≤ 300 ms")
    finally:
        bench.drop(db)


# ------------------------------------------------------------------------------------------------------ prune and undo

def doomed(db, rows):
    """A tag that marks `rows` scattered observations, so that one query selects them: their concepts become it."""
    conn = sqlite3.connect(db)
    total = conn.execute("SELECT count(*) FROM observations").fetchone()[0]
    step = max(1, total // rows)
    conn.execute("PRAGMA synchronous=OFF")
    conn.execute("UPDATE observations SET type = 'doomed' WHERE id % ? = 1", (step,))
    conn.commit()
    count = conn.execute("SELECT count(*) FROM observations WHERE type = 'doomed'").fetchone()[0]
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    subprocess.run(["sync", db], check=False)
    return count


def bare(db):
    """Seconds of a bare DELETE of the doomed rows in one transaction, and of inserting them again."""
    conn = sqlite3.connect(db, isolation_level=None)
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.execute("PRAGMA cache_size=-16000")
    conn.execute("CREATE TEMP TABLE kept AS SELECT * FROM observations WHERE type = 'doomed'")
    began = NOW()
    conn.execute("DELETE FROM observations WHERE id IN (SELECT id FROM kept)")
    delete = NOW() - began
    began = NOW()
    conn.execute("INSERT INTO observations SELECT * FROM kept")
    insert = NOW() - began
    conn.close()
    return delete, insert


class Agent(threading.Thread):
    """Writes 100 times a second as an agent's worker does, or after each pause."""

    def __init__(self, db, pause=0.01):
        super().__init__(daemon=True)
        self.pause = pause
        self.db, self.stopped, self.waits, self.errors, self.wal = db, threading.Event(), [], 0, 0

    def run(self):
        conn = sqlite3.connect(self.db, timeout=5, isolation_level=None)
        conn.execute("PRAGMA synchronous=NORMAL")
        session, project = conn.execute("SELECT memory_session_id, project FROM sdk_sessions LIMIT 1").fetchone()
        began, number = NOW(), 0
        while not self.stopped.is_set():
            time.sleep(max(0, began + number * self.pause - NOW()))
            number += 1
            start = NOW()
            try:
                conn.execute(
                    "INSERT INTO observations(memory_session_id, project, type, title, narrative, facts, concepts, created_at,"
                    " created_at_epoch) VALUES (?, ?, 'change', ?, 'beside a prune', '[]', '[]', '2026-11-01T00:00:00.000Z',"
                    " 1793491200000)", (session, project, f"Agent {number} {start}"))
            except sqlite3.OperationalError:
                self.errors += 1
            self.waits.append((NOW() - start) * 1000)
            try:
                self.wal = max(self.wal, os.path.getsize(self.db + "-wal"))
            except FileNotFoundError:
                pass

    def finish(self):
        self.stopped.set()
        self.join()
        return (f"agent: {len(self.waits)} writes, wait p99 {percentile(self.waits, .99):.0f}, max {max(self.waits):.0f} ms, "
                f"{self.errors} errors, WAL {self.wal / 1e6:.0f} MB")


class Baseline:
    """Bare DELETE and INSERT, measured once in a run with the same rows."""

    known = None

    @classmethod
    def of(cls, bench):
        if cls.known is None:
            db = bench.copy(bench.args.db)
            try:
                doomed(db, bench.args.rows)
                cls.known = bare(db)
            finally:
                bench.drop(db)
        return cls.known


def prune_and_undo(bench, writer):
    delete, insert = Baseline.of(bench)
    db = bench.copy(bench.args.db)
    try:
        rows = doomed(db, bench.args.rows)
        bench.cli("--store", db, "count")  # the index is there when a person prunes
        beside = "beside an agent" if writer else "quiet"
        for words, what, base, goal in (
                (["prune", "--where", "kind:=doomed", "--yes"], "prune", delete, "≤ 2.4×" if writer else "≤ 1.6×"),
                (["undo"], "undo", insert, "≤ 1.2× (quiet)")):
            agent = Agent(db) if writer else None
            if agent:
                agent.start()
            try:
                took, _ = bench.cli("--store", db, *words)
            finally:
                note = agent.finish() if agent else ""
            line(f"{what} of {rows} rows, {beside}", f"{took:.1f} s = {took / base:.2f}×", goal, f"bare {base:.1f} s. {note}")
        conn = sqlite3.connect(db)
        left = conn.execute("SELECT count(*) FROM observations WHERE type = 'doomed'").fetchone()[0]
        conn.execute("INSERT INTO observations_fts(observations_fts, rank) VALUES ('integrity-check', 1)")
        conn.close()
        if left != rows:
            line(f"rows after undo, {beside}", f"{left} of {rows}", "all", "WRONG")
    finally:
        bench.drop(db)


def measure_prune_quiet(bench):
    prune_and_undo(bench, writer=False)


def measure_prune_beside_agent(bench):
    prune_and_undo(bench, writer=True)


def measure_preview(bench):
    times = []
    for _ in range(5):
        took, _ = bench.cli("--store", bench.args.db, "prune", "--where", "kind:=bugfix", "--dry-run")
        times.append(took * 1000)
    line("preview of a prune on the command line", f"{percentile(times, .5):.0f} ms", "≤ 100 ms", "with start and exit")


def measure_keys_while_pruning(bench):
    db = bench.copy(bench.args.db)
    try:
        doomed(db, bench.args.rows)
        with bench.ready(db) as terminal:
            before = terminal.rss_mb()
            command = subprocess.Popen([bench.args.memtui, "--store", db, "prune", "--where", "kind:=doomed", "--yes"],
                                       env=bench.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            times = key_times(terminal, "jjjjjk", 300)
            if command.wait() != 0:
                raise Missing(command.stderr.read().decode()[:200])
            line("key to screen while another memtui prunes", f"p99 {percentile(times, .99):.2f} ms", "≤ 16 ms",
                 f"memory {before:.0f} → {terminal.rss_mb():.0f} MB")
    finally:
        bench.drop(db)


UNDER_WAY = r"(prune|undo) [\d,]+ of"


def begin_prune(terminal):
    """Filters for the doomed rows, marks all, and presses the button of the preview; returns when the act has begun."""
    terminal.send("/")
    terminal.settle(0.2)
    terminal.send("kind:=doomed")
    terminal.settle(0.5)
    terminal.key("\r", 0.5)
    terminal.key("M", 0.5)
    terminal.key("d", 0.5)
    terminal.key("\t", 0.2)
    terminal.send("\r")
    terminal.shows(UNDER_WAY, 20)


def measure_own_prune(bench):
    """Keys, memory and stopping while the program itself prunes and takes back."""
    db = bench.copy(bench.args.db)
    try:
        rows = doomed(db, bench.args.rows)
        with bench.ready(db) as terminal:
            terminal.key("G", 0.2)
            terminal.key("g", 0.2)
            before = terminal.rss_mb()
            begin_prune(terminal)
            times, peak, act = [], 0.0, terminal.cpu_seconds()
            while len(times) < 2000:
                times += key_times(terminal, "jjjjjk", 20)
                peak = max(peak, terminal.rss_mb())
                if not terminal.sees(UNDER_WAY):
                    break
            line("key to screen while the program itself prunes", f"p99 {percentile(times, .99):.2f} ms", "≤ 16 ms",
                 f"{len(times)} keys, max {max(times):.1f} ms")
            line("resident memory during its own prune", f"{before:.0f} → {peak:.0f} MB", "+ a few MB",
                 f"{rows} memories, {terminal.cpu_seconds() - act:.1f} s of processor")
            bench.rest(terminal)
            terminal.send("u")
            terminal.shows(UNDER_WAY, 20)
            until = NOW() + 2
            while NOW() < until:
                terminal.read(until - NOW())
            began = terminal.send("\x1b")
            said = terminal.shows(r"stopped after", 20)
            line("Esc to the end of a running undo", f"{(said - began) * 1000:.0f} ms", "≤ 100 ms", "with the report on screen")
    finally:
        bench.drop(db)


def measure_keys_during_backup(bench):
    db = bench.copy(bench.args.db)
    target = db + ".backup"
    try:
        with bench.ready(db) as terminal:
            stop = threading.Event()

            def back_up():
                while not stop.is_set():
                    source, into = sqlite3.connect(db), sqlite3.connect(target)
                    source.backup(into, pages=2000, sleep=0, progress=lambda *_: stop.is_set() and into.interrupt())
                    into.close()
                    source.close()

            worker = threading.Thread(target=back_up, daemon=True)
            worker.start()
            times = key_times(terminal, "jjjjjk", 400)
            stop.set()
            worker.join(30)
            line("key to screen while another process backs the database up", f"p99 {percentile(times, .99):.2f} ms",
                 "≤ 16 ms", f"max {max(times):.1f} ms")
    finally:
        bench.drop(target)
        bench.drop(db)


def measure_old_question(bench):
    """A costly question is replaced by a cheap one: how much later the cheap answer comes than it does alone."""
    with bench.ready(bench.args.db) as terminal:
        def ask(slow):
            terminal.send("/")
            terminal.settle(0.1)
            if slow:
                os.write(terminal.fd, b'"the" -quaternion ')
                time.sleep(0.01)
                os.write(terminal.fd, b"\x15")
            terminal.mark()
            took = terminal.key("kind:bugfix", 0.15)[0]
            terminal.key("\x1b", 0.2)
            terminal.key("\x1b", 0.2)
            return took
        alone, after = [ask(False) for _ in range(7)], [ask(True) for _ in range(7)]
        late = statistics.median(after) - statistics.median(alone)
        line("a new question after one that is still answered", f"{late:+.1f} ms", "≤ 5 ms later",
             f"alone {statistics.median(alone):.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memtui", default="target/release/memtui")
    parser.add_argument("--db", default="bench-1m.db")
    parser.add_argument("--small", default="bench-10k.db")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--scratch", default=None, help="a folder on the disk that is to be measured")
    parser.add_argument("only", nargs="*")
    args = parser.parse_args()
    for path in (args.memtui, args.db, args.small):
        if not os.path.exists(path):
            sys.exit(f"{path}: no such file; see the top of {__file__}")
    args.memtui = os.path.abspath(args.memtui)
    args.scratch = args.scratch or os.path.dirname(os.path.abspath(args.db))
    bench = Bench(args)
    print("| what | measured | goal | note |\n|---|---|---|---|", flush=True)
    try:
        for name, measure in list(globals().items()):
            if not name.startswith("measure_") or not callable(measure):
                continue
            if args.only and not any(word in name for word in args.only):
                continue
            try:
                measure(bench)
            except Missing as reason:
                line(name.removeprefix("measure_").replace("_", " "), "missing", "", str(reason).replace("\n", " "))
    finally:
        shutil.rmtree(bench.home, ignore_errors=True)


if __name__ == "__main__":
    main()
