#!/usr/bin/env python3
"""Measures devtool beside its peers, in one run, and prints a table.

    cargo build --release && python3 benches/run.py [--rounds 40]

Each round runs every command once, so that a slow moment of the machine meets all of them; figures are
medians over the rounds. The Stripe CLI comes from npm, into target/bench. Wall time and peak memory are
those of the whole process; memory needs GNU time (`/usr/bin/time`), because a process that Python forks
begins with Python's own.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEVTOOL = ROOT / "target/release/devtool"
STRIPE_VERSION = "1.52.0"
SECRET = "whsec_0123456789abcdef"
EVENT_BYTES = 4_000


def stripe():
    """The platform binary of the Stripe CLI (its shim for npm would be measured as well)."""
    home = ROOT / "target/bench"
    home.mkdir(parents=True, exist_ok=True)
    if not list(home.glob("node_modules/@stripe/cli-*/bin/stripe*")):
        package = f"@stripe/cli@{STRIPE_VERSION}"
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package]
        subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL)
    found = list(home.glob("node_modules/@stripe/cli-*/bin/stripe*"))
    if not found:
        sys.exit("npm installed no binary of the Stripe CLI for this system")
    return found[0]


def run(command, environment):
    """Runs to the end and returns what it wrote to stderr."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr}")
    return done.stderr


def wall(command, environment):
    """Wall time of one run in milliseconds."""
    start = time.perf_counter()
    run(command, environment)
    return (time.perf_counter() - start) * 1_000


def memory(command, environment):
    """Peak memory of one run, for a reader."""
    timer = shutil.which("time")
    if timer is None:
        return "memory unknown"
    kibibytes = run([timer, "-f", "%M", *command], environment).split()[-1]
    return f"{int(kibibytes) / 1_024:.0f} MiB"


class DemoEndpoint:
    """`devtool demo --serve`: an endpoint that answers at once."""

    def __init__(self, environment):
        self.process = subprocess.Popen(
            [DEVTOOL, "demo", "--serve", "--port", "0"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stderr.readline()
        self.port = first.split("127.0.0.1:")[1].split("/")[0]

    def close(self):
        self.process.kill()
        self.process.wait()


def posts(count, port, home):
    """That many deliveries of a body of the usual size with curl, for scale; they are not signed."""
    body = home / "body.json"
    body.write_text('{"x": "' + "x" * EVENT_BYTES + '"}')
    url = f"http://127.0.0.1:{port}/webhook"
    post = ["-s", "-o", os.devnull, "-H", "Content-Type: application/json", "--data-binary", f"@{body}", url]
    # One process, as devtool is one; curl keeps its connection.
    return [shutil.which("curl"), *post] + ["--next", *post] * (count - 1)


def commands(port, home):
    """What is measured, beside which peer."""
    cli = stripe()
    rows = [
        ("`--version`", [DEVTOOL, "--version"], "`stripe --version`", [cli, "--version"]),
        ("`events`", [DEVTOOL, "events"], "`stripe trigger --help`", [cli, "trigger", "--help"]),
    ]
    if shutil.which("curl"):
        scenario = [DEVTOOL, "scenario", "payment", "--port", port]
        rows.append(("`scenario payment`", scenario, "nine posts with curl", posts(9, port, home)))
        listed = json.loads(subprocess.check_output([DEVTOOL, "scenario", "--format", "json"]))["scenarios"]
        whole = [DEVTOOL, "scenario", *[told["name"] for told in listed], "--port", port]
        count = sum(told["steps"] for told in listed)
        name = f"all {len(listed)} scenarios in one call"
        rows.append((name, whole, f"{count} posts with curl", posts(count, port, home)))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    if not DEVTOOL.exists():
        sys.exit("target/release/devtool is missing: run `cargo build --release` first")
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "STRIPE_WEBHOOK_SECRET": SECRET}
        environment["STRIPE_CLI_TELEMETRY_OPTOUT"] = "1"
        endpoint = DemoEndpoint(environment)
        try:
            rows = commands(endpoint.port, home)
            samples = [([], []) for _ in rows]
            for _ in range(rounds):
                # In another order each time: what one command leaves behind (a log to carry over) meets all.
                turns = [(own, ours) for (_, own, _, _), (ours, _) in zip(rows, samples)]
                turns += [(peer, theirs) for (_, _, _, peer), (_, theirs) in zip(rows, samples)]
                for command, figures in random.sample(turns, len(turns)):
                    figures.append(wall(command, environment))
            peaks = [(memory(own, environment), memory(peer, environment)) for _, own, _, peer in rows]
        finally:
            endpoint.close()
    print("| what | devtool | peer | ratio |")
    print("| --- | --- | --- | --- |")
    for (name, _, peer_name, _), samples_of_row, (peak, peer_peak) in zip(rows, samples, peaks):
        own, peer = map(statistics.median, samples_of_row)
        print(
            f"| {name} | {own:.1f} ms, {peak} | {peer_name}: {peer:.1f} ms, {peer_peak} "
            f"| {peer / own:.1f} |"
        )
    size, peer_size = DEVTOOL.stat().st_size / 2**20, stripe().stat().st_size / 2**20
    print(f"| size | {size:.1f} MiB | `stripe`: {peer_size:.1f} MiB | {peer_size / size:.1f} |")


if __name__ == "__main__":
    main()
