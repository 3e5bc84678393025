#!/usr/bin/env python3
"""Measures what devtool costs a test suite, and prints a table.

    cargo build --release && python3 benches/suites.py [--rounds 20]

200 deliveries to a Flask app in the test's own process, by the plugin for pytest, beside posts of the same bodies
with Flask's own test client; and the command of the package of npm beside node's own start. Needs node, and
Flask, pytest and stripe, which pip installs into target/bench.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEVTOOL = pathlib.Path(os.environ.get("DEVTOOL_BINARY", ROOT / "target/release/devtool"))
SECRET = "whsec_0123456789abcdef0123456789abcdef"

TESTS = f'''
import json, os, time
import flask, pytest, stripe

SECRET = "{SECRET}"
app = flask.Flask(__name__)
seen = []


@app.post("/webhook")
def webhook():
    body = flask.request.get_data()
    stripe.Webhook.construct_event(body, flask.request.headers["Stripe-Signature"], SECRET)
    seen.append((body, dict(flask.request.headers)))
    return {{"received": True}}


def told(what, start):
    with open(os.environ["FIGURES"], "a") as file:
        json.dump({{"what": what, "ms": (time.perf_counter() - start) * 1000}}, file)
        file.write("\\n")


def test_all(stripe_events):
    for event in ["invoice.paid", "charge.succeeded"]:
        stripe_events.trigger(event, app=app)  # the process is there, and the app is warm
    client = app.test_client()

    def posts_of(what):
        kept = seen[:200]
        start = time.perf_counter()
        for body, headers in kept:
            assert client.post("/webhook", data=body, headers=headers).status_code == 200
        told(f"{{what}} posted", start)
        seen.clear()

    seen.clear()
    start = time.perf_counter()
    stripe_events.scenario("payment", app=app, repeat=25)
    told("scenarios", start)
    posts_of("scenarios")
    start = time.perf_counter()
    for _ in range(200):
        stripe_events.trigger("invoice.paid", app=app)
    told("triggers", start)
    posts_of("triggers")
'''


def python():
    """The Python of an environment with what the tests need."""
    home = ROOT / "target/bench/python"
    program = home / "bin/python"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        needs = ROOT / "integrations/python/tests/requirements.txt"
        subprocess.run([program, "-m", "pip", "install", "--quiet", "-r", needs], check=True)
    return program


def suite(folder, interpreter):
    """Milliseconds of each part, in a pytest of its own."""
    figures = folder / "figures"
    figures.unlink(missing_ok=True)
    environment = {**os.environ, "FIGURES": str(figures), "DEVTOOL_BINARY": str(DEVTOOL), "HOME": str(folder)}
    environment |= {"PYTHONPATH": str(ROOT / "integrations/python"), "STRIPE_WEBHOOK_SECRET": SECRET}
    command = [interpreter, "-m", "pytest", "-q", "-p", "devtool_stripe.plugin", "test_speed.py"]
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return {one["what"]: one["ms"] for one in map(json.loads, figures.read_text().splitlines())}


def package(folder):
    """The command as npm installs it, for this machine's program."""
    home = folder / "node_modules/devtool-stripe"
    home.mkdir(parents=True)
    for name in ("devtool.js", "program.js"):
        (home / name).write_bytes((ROOT / "packaging/npm" / name).read_bytes())
    (home / "package.json").write_text('{"optionalDependencies": {}}')
    return home / "devtool.js"


def wall(command, environment):
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def row(what, own, peer):
    print(f"| {what} | {own:.0f} ms | {peer:.0f} ms | {own / peer:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print("| what | with devtool | without | ratio |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "test_speed.py").write_text(TESTS)
        interpreter = python()
        samples = [suite(folder, interpreter) for _ in range(max(rounds // 4, 3))]
        median = {what: statistics.median(one[what] for one in samples) for what in samples[0]}
        row("200 deliveries of scenarios, in pytest", median["scenarios"] * 200 / 225, median["scenarios posted"])
        row("200 deliveries of one event each, in pytest", median["triggers"], median["triggers posted"])
        environment = {**os.environ, "DEVTOOL_BINARY": str(DEVTOOL), "HOME": name}
        ways = {"wrapper": ["node", package(folder), "--version"], "node": ["node", "-e", "0"]}
        times = {way: [] for way in ways}
        for _ in range(rounds):
            for way in random.sample(list(ways), len(ways)):
                times[way].append(wall(ways[way], environment))
        row("`devtool --version` by npm's wrapper, beside node's own start", *map(statistics.median, times.values()))


if __name__ == "__main__":
    main()
