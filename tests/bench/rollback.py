#!/usr/bin/env python3
"""Measures the past: the versions of a memory with 1,000 of them, the list as it stood before 10,000 memories were pruned, and
a roll-back of that in preview and applied.

    cargo build --release
    cargo bench --bench generate -- 10000 bench-10k.db
    tests/bench/rollback.py bench-10k.db

The database is copied; nothing of the person who runs this is touched. Times are those of whole processes; what a process
takes to start and open the same store and ledger (`log --limit 1`) stands beside them.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(os.environ.get("MEMTUI", "target/release/memtui")).resolve()
VERSIONS = int(os.environ.get("VERSIONS", "1000"))


def main() -> None:
    source = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        store = home / "store.db"
        shutil.copyfile(source, store)
        environment = {"HOME": name, "PATH": os.environ["PATH"]}

        def run(*arguments: str) -> tuple[float, str]:
            began = time.monotonic()
            done = subprocess.run(
                [PROGRAM, "--store", store, *arguments], env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode not in (0, 1):
                sys.exit(f"{arguments}: {done.stderr}")
            return time.monotonic() - began, done.stdout

        def best(*arguments: str) -> float:
            return min(run(*arguments)[0] for _ in range(5))

        ids = [json.loads(line)["id"] for line in run("list", "--limit", "2", "--json")[1].splitlines()]
        for number in range(VERSIONS):
            run("edit", ids[0], "--title", f"Title number {number}")
        start = best("log", "--limit", "1")
        versions = best("versions", ids[0], "--json")
        tell(f"versions of a memory with {VERSIONS + 1}", versions, start)
        tell("what differs between two of them", best("versions", ids[0], "--diff", "5"), start)

        pruned = run("prune", "--where", "id:*", "--yes")
        operation = json.loads(run("log", "--limit", "1", "--json")[1])
        print(f"prune of {operation['applied']:,} memories: {pruned[0]:.2f} s")
        number = str(operation["operation"])
        now = best("count", "id:*")
        tell("the list as it stood before that", best("count", f"as-of:#{operation['operation'] - 1}"), now)
        tell("a word in it", best("count", f"as-of:#{operation['operation'] - 1} cache"), best("count", "cache"))
        tell("preview of rolling it back", best("rollback", "--operation", number, "--dry-run", "--json"), start)
        before = size(home)
        seconds, _ = run("rollback", "--operation", number, "--yes")
        print(f"rolling it back: {seconds:.2f} s; the ledger grew by {(size(home) - before) / 1e6:.1f} MB")
        seconds, _ = run("undo")
        print(f"undoing the roll-back: {seconds:.2f} s")


def size(home: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in home.rglob("ledger.db*"))


def tell(what: str, seconds: float, start: float) -> None:
    print(f"{what}: {seconds * 1000:.0f} ms, of which {start * 1000:.0f} ms to start")


if __name__ == "__main__":
    main()
