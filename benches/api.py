#!/usr/bin/env python3
"""Measures the local Stripe API beside localstripe, in one run, and prints a table.

    cargo build --release && python3 benches/api.py [--rounds 9] [--requests 5000] [--memory 100000]

Both answer `GET /v1/customers/{id}` over connections that are kept: one, where each request waits for the answer to the
last one, and eight, which have a request under way each. Each round asks each of them, so that a slow moment of the
machine meets both. `scenario payment` runs with `--api` and without, in turns. Figures are medians.
localstripe comes from PyPI, into target/bench. Memory is what the process of `devtool api` holds (VmRSS) after that
many requests; it has the newest events of a history of all scenarios, told again until there are 1,000.
"""

import argparse
import base64
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCALSTRIPE = "1.15.10"
SECRET = "whsec_0123456789abcdef"
KEY = "sk_test_" + "1" * 24
EVENTS = 1_000
CONNECTIONS = 8


def localstripe():
    """The program of localstripe."""
    home = ROOT / "target/bench/localstripe"
    program = home / "bin/localstripe"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        command = [home / "bin/pip", "install", "--quiet", f"localstripe=={LOCALSTRIPE}"]
        subprocess.run(command, check=True)
    return program


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """A program that answers on a port of its own, as soon as it does."""

    def __init__(self, command, port, environment):
        self.port = port
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    sys.exit(f"{command} does not answer")
                time.sleep(0.05)

    def memory(self):
        """What the process holds, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1_024

    def close(self):
        self.process.kill()
        self.process.wait()


class Asking:
    """One connection, on which the same request is made again and again."""

    def __init__(self, port, path):
        self.connection = socket.create_connection(("127.0.0.1", port), 10)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(f"{KEY}:".encode()).decode()
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {key}\r\n\r\n"
        self.request = head.encode()
        self.body_length, self.length = self.first()

    def first(self):
        """The length of the answer's body, and of the whole answer."""
        self.connection.sendall(self.request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.connection.recv(65_536)
        head, body = answer.split(b"\r\n\r\n", 1)
        lines = head.lower().split(b"\r\n")
        if b" 200 " not in lines[0]:
            sys.exit(answer.decode())
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self.connection.recv(65_536)
        return length, len(head) + 4 + length

    def answer(self):
        """Reads an answer. All have the length of the first, so that this costs next to nothing."""
        left = self.length
        while left > 0:
            left -= len(self.connection.recv(65_536)) or sys.exit("the connection was closed")


def rate(askings, count):
    """Requests per second, of which each connection has one under way."""
    start = time.perf_counter()
    for _ in range(count // len(askings)):
        for asking in askings:
            asking.connection.sendall(asking.request)
        for asking in askings:
            asking.answer()
    return count / (time.perf_counter() - start)


def a_customer(port):
    """The path of a customer that devtool's API has."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/customers?limit=1", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as answer:
        return f"/v1/customers/{json.load(answer)['data'][0]['id']}"


def made_customer(port):
    """The path of a customer that localstripe is told of."""
    form = b"email=jenny%40harborlight.example&name=Jenny&metadata[plan]=studio"
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/customers", form, {"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as answer:
        return f"/v1/customers/{json.load(answer)['id']}"


def recorded(devtool, port, environment):
    """Fills the history with at least that many events; how many."""
    scenarios = json.loads(subprocess.check_output([devtool, "scenario", "--format", "json"], env=environment))["scenarios"]
    names, steps = [told["name"] for told in scenarios], sum(told["steps"] for told in scenarios)
    times = -(-EVENTS // steps)
    command = [devtool, "scenario", *names, "--repeat", str(times), "--port", str(port)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return times * steps


def wall(command, environment):
    """Wall time of one run in milliseconds."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=5_000, help="of each round")
    parser.add_argument("--memory", type=int, default=100_000, help="requests before the memory is read")
    parser.add_argument("--devtool", type=pathlib.Path, default=ROOT / "target/release/devtool")
    wanted = parser.parse_args()
    devtool = wanted.devtool
    if not devtool.exists():
        sys.exit(f"{devtool} is missing: run `cargo build --release` first")
    servers = []

    def start(command, port, environment):
        servers.append(Server(command, port, environment))
        return servers[-1]

    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "STRIPE_WEBHOOK_SECRET": SECRET}
        try:
            demo = start([devtool, "demo", "--serve", "--port", port := free_port()], port, environment)
            count = recorded(devtool, demo.port, environment)
            own = start([devtool, "api", "--quiet", "--api-port", port := free_port()], port, environment)
            peer = start([localstripe(), "--from-scratch", "--port", port := free_port()], port, environment)
            paths = [(own.port, a_customer(own.port)), (peer.port, made_customer(peer.port))]
            asking = [[Asking(*path) for _ in range(CONNECTIONS)] for path in paths]
            rates = {1: [[], []], CONNECTIONS: [[], []]}
            for _ in range(wanted.rounds):
                for connections, measured in rates.items():
                    for one, of_one in zip(asking, measured):
                        of_one.append(rate(one[:connections], wanted.requests))
            before, asked = own.memory(), len(rates) * wanted.rounds * wanted.requests
            left = max(wanted.memory - asked, CONNECTIONS)
            rate(asking[0], left)
            after = own.memory()
            # A run tells a `devtool api` that is there of its events: that would be another measurement.
            own.close()
            plain = [devtool, "scenario", "payment", "--port", str(demo.port)]
            commands = [[*plain, "--api", "--api-port", "0"], plain]
            times = [[], []]
            for turn in range(3 * wanted.rounds):
                # In turns: what one leaves behind meets the other as well.
                for at in (0, 1) if turn % 2 else (1, 0):
                    times[at].append(wall(commands[at], environment))
        finally:
            for server in servers:
                server.close()
    with_api, without = map(statistics.median, times)
    print("| what | devtool | peer | ratio |")
    print("| --- | --- | --- | --- |")
    bodies = [one[0].body_length for one in asking]
    for connections, measured in rates.items():
        ours, theirs = map(statistics.median, measured)
        what = f"`GET /v1/customers/{{id}}`, requests a second over {connections} connection{'s' if connections > 1 else ''}"
        peer = f"localstripe {LOCALSTRIPE}: {theirs:.0f} ({bodies[1]} bytes)"
        print(f"| {what} | {ours:.0f} ({bodies[0]} bytes) | {peer} | {ours / theirs:.1f} |")
    print(f"| `scenario payment --api` | {with_api:.1f} ms | without `--api`: {without:.1f} ms | {with_api / without:.2f} |")
    print(f"| memory after {asked + left:,} requests, {count:,} events in the history | {after:.0f} MiB ({before:.0f} MiB after {asked:,}) | | |")


if __name__ == "__main__":
    main()
