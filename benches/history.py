#!/usr/bin/env python3
"""Measures the history: how fast it takes deliveries, how large it becomes, how fast it is read.

    cargo build --release && python3 benches/history.py [--deliveries 1000000] [--rounds 21]

Writes a history of that many deliveries of about 4,800 bytes each, with an attempt each, into a temporary
directory (6 GB for a million), and runs `devtool history` on it. Times are medians of whole processes; each
round runs every command once. The least of all, `devtool --version`, stands beside them. How fast the disk
is stands there too, because everything that is recorded is written twice: to the log, and to the file.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEVTOOL = ROOT / "target/release/devtool"

COMMANDS = {
    "`--version`": ["--version"],
    "`history --last 50`": ["history", "--last", "50"],
    "`history --type 'invoice.*'`": ["history", "--type", "invoice.*"],
    "`history --failed`": ["history", "--failed"],
    "`history --undelivered`": ["history", "--undelivered"],
    "`history --status 5xx`": ["history", "--status", "5xx"],
    "`history --since 1h`": ["history", "--since", "1h"],
    "`history show` of the last": ["history", "show", "LAST"],
}


def wall(command, environment):
    """Wall time of one run in milliseconds."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    took = (time.perf_counter() - start) * 1_000
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
    return took


def disk(directory):
    """Megabytes a second that the disk takes, waited for."""
    block = os.urandom(1 << 20)
    start = time.perf_counter()
    with open(directory / "disk", "wb") as file:
        for _ in range(500):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - start
    (directory / "disk").unlink()
    return 500 / took


def fill(file, deliveries, body_bytes):
    """Writes a history with devtool's own code, and returns what that took."""
    command = ["cargo", "bench", "--quiet", "--bench", "history", "--"]
    command += [str(file), str(deliveries), str(body_bytes)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def told(body_bytes, figures):
    """Rows of what was recorded: how fast, and how large the file is beside the headers and bodies in it."""
    print(f"| recorded a second, {body_bytes:,} bytes each | {figures['per_second']:,} |")
    print(f"| size of the file, {body_bytes:,} bytes each | {figures['ratio']} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as name:
        directory = pathlib.Path(name)
        print(f"| what | |\n| --- | --- |\n| MB a second that the disk takes | {disk(directory):.0f} |")
        for body_bytes in (1_000, 2_000):
            small = directory / "small.db"
            told(body_bytes, fill(small, 200_000, body_bytes))
            for part in directory.glob("small.db*"):
                part.unlink()
        file = directory / "history.db"
        told(4_800, fill(file, options.deliveries, 4_800))
        environment = {**os.environ, "DEVTOOL_HISTORY": str(file), "HOME": name}
        times = {what: [] for what in COMMANDS}
        for _ in range(options.rounds):
            for what, words in COMMANDS.items():
                words = [str(options.deliveries) if word == "LAST" else word for word in words]
                times[what].append(wall([str(DEVTOOL), *words], environment))
        for what, all_times in times.items():
            print(f"| {what} | {statistics.median(all_times):.1f} ms, at most {max(all_times):.1f} ms |")


if __name__ == "__main__":
    main()
