#!/usr/bin/env python3
"""Measures a dream: time, peak memory, and how soon it stops. Python 3 standard library only.

  tests/bench/dream.py --db DB [--memtui target/release/memtui]

DB comes from `cargo bench --bench generate -- 100_000 DB`; it is only read. memtui's own files go into a directory that
is thrown away. The goals are 60 s and 500 MB for 100,000 memories.
"""
import argparse
import os
import signal
import sqlite3
import subprocess
import tempfile
import time


def measured(command, environment, stop_after=None):
    """Runs a command; its seconds, its peak of memory in MB, its exit code, what it printed, and after a signal the
    seconds until it ended."""
    with tempfile.TemporaryFile() as printed:
        began = time.perf_counter()
        child = subprocess.Popen(command, env=environment, stdout=printed, stderr=subprocess.STDOUT)
        signalled = None
        if stop_after is not None:
            time.sleep(stop_after)
            signalled = time.perf_counter()
            child.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(child.pid, 0)
        ended = time.perf_counter()
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    return ended - began, usage.ru_maxrss / 1024, child.returncode, text, signalled and ended - signalled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memtui", default="target/release/memtui")
    parser.add_argument("--db", required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC"}
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            environment[f"XDG_{name}_HOME"] = os.path.join(home, name)
        memtui = [os.path.abspath(given.memtui), "--store", os.path.abspath(given.db)]
        ledger = os.path.join(home, "DATA", "memtui", "ledger.db")

        def proposals():
            if not os.path.exists(ledger):
                return 0
            with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
                return connection.execute("SELECT count(*) FROM proposal").fetchone()[0]

        print(f"{'':<34}{'seconds':>9}{'MB':>8}{'proposals':>11}")
        for name, words, stop_after in [
            ("first look (reads and judges)", ["count"], None),
            ("stopped after a second", ["dream"], 1.0),
            ("dream", ["dream"], None),
            ("the same again", ["dream"], None),
        ]:
            seconds, memory, code, text, until_end = measured(memtui + words, environment, stop_after)
            print(f"{name:<34}{seconds:>9.1f}{memory:>8.0f}{proposals():>11}")
            if until_end is not None:
                print(f"  ended {until_end:.2f} s after the signal with exit code {code}")
            elif words == ["dream"]:
                print("\n".join("  " + line for line in text.splitlines()))


if __name__ == "__main__":
    main()
