#!/usr/bin/env python3
"""Measures the local Stripe API where there is much: writes beside localstripe, lists and searches beside SQLite.

    cargo build --release && python3 benches/api_objects.py [--rounds 5] [--writes 240] [--objects 100000]

Writes are `POST /v1/customers` with a name, an address and metadata, over connections that are kept: one, and eight, which
have a request under way each. devtool makes the events that follow, too; it is also measured with `--data`, where each
write is on the disk before its answer. Lists and searches are of so many customers, which `devtool api --objects` has, and
of the same in a table of SQLite in memory: the id, the second, the address and the JSON, without an index but that of the
ids. Each round asks all of them. Figures are medians; those of devtool are of whole requests, those of SQLite of the query
alone, with the JSON of a page read.
"""

import argparse
import json
import os
import pathlib
import random
import socket
import sqlite3
import statistics
import sys
import tempfile
import time

from api import CONNECTIONS, KEY, LOCALSTRIPE, ROOT, Server, free_port, localstripe

PLANS = ("studio", "garden", "harbor", "rare")


class Line:
    """A connection that is kept."""

    def __init__(self, port):
        self.port = port
        self.connection = socket.create_connection(("127.0.0.1", port), 60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method, path, body=""):
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall((head + body).encode())

    def answer(self):
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self.connection.recv(262_144) or sys.exit("the connection was closed")
        head = answer[:end].lower()
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            sys.exit(answer.decode())
        at = head.index(b"content-length:") + 15
        left = end + 4 + int(head[at : (head + b"\r\n").index(b"\r\n", at)]) - len(answer)
        parts = [answer[end + 4 :]]
        while left > 0:
            parts.append(self.connection.recv(262_144) or sys.exit("the connection was closed"))
            left -= len(parts[-1])
        return b"".join(parts)

    def ask(self, path):
        self.send("GET", path)
        return self.answer()


def writes(server, connections, count, turn):
    """Writes a second, of which each connection has one under way."""
    lines = [Line(server.port) for _ in range(connections)]
    start = time.perf_counter()
    for number in range(count // len(lines)):
        for at, line in enumerate(lines):
            name = f"{turn}-{number}-{at}"
            line.send("POST", "/v1/customers", f"name=Ada+{name}&email=ada-{name}%40harborlight.example&metadata[plan]=studio")
        for line in lines:
            line.answer()
    return count / (time.perf_counter() - start)


def customers(count):
    """So many customers as Stripe answers them; one in a thousand has the plan that is looked for."""
    draw = random.Random(7)
    for number in range(count):
        plan = "rare" if number % 1_000 == 0 else draw.choice(PLANS[:3])
        yield {
            "id": f"cus_{number:014}",
            "object": "customer",
            "address": {"city": "Portland", "country": "US", "line1": "1 Main St", "line2": None, "postal_code": "97201", "state": "OR"},
            "balance": 0,
            "created": 1_790_000_000 + number // 3,
            "currency": "usd",
            "default_source": None,
            "delinquent": False,
            "description": f"customer {number} of a bench",
            "discount": None,
            "email": f"ada-{number}@harborlight.example",
            "invoice_prefix": f"{number:08X}",
            "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
            "livemode": False,
            "metadata": {"plan": plan, "number": str(number)},
            "name": f"Ada {number}",
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }


def asked(count):
    """What is asked of both: the name, the path, and the same for SQLite."""
    email = f"ada-{count // 2}%40harborlight.example"
    plan = "json_extract(body, '$.metadata.plan') = 'rare'"
    newest = "ORDER BY created DESC, rowid DESC LIMIT"
    since = 1_790_000_000 + count // 6
    return [
        ("list, the newest 10", "/v1/customers", f"SELECT body FROM customer {newest} 10"),
        ("list, the newest 100", "/v1/customers?limit=100", f"SELECT body FROM customer {newest} 100"),
        ("list by `email`", f"/v1/customers?email={email}", f"SELECT body FROM customer WHERE email = '{email.replace('%40', '@')}' {newest} 10"),
        ("list by `created[gte]`", f"/v1/customers?created[gte]={since}&limit=100", f"SELECT body FROM customer WHERE created >= {since} {newest} 100"),
        ("search by metadata", "/v1/customers/search?query=metadata['plan']:'rare'&limit=100", f"SELECT body FROM customer WHERE {plan} {newest} 100"),
        (
            "search by a part of the name",
            "/v1/customers/search?query=name~'99'&limit=100",
            f"SELECT body FROM customer WHERE json_extract(body, '$.name') LIKE '%99%' {newest} 100",
        ),
    ]


def milliseconds(work):
    start = time.perf_counter()
    found = work()
    return (time.perf_counter() - start) * 1_000, found


def measured_writes(wanted, start, environment, folder):
    """Writes a second of each, by connections."""
    plain = [wanted.devtool, "api", "--quiet", "--no-history", "--api-port"]
    own = start([*plain, port := free_port()], port, environment)
    kept = start([*plain, port := free_port(), "--data", f"{folder}/state.db"], port, environment)
    peer = start([localstripe(), "--from-scratch", "--port", port := free_port()], port, environment)
    servers = [own, kept, peer]
    rates = {1: [[], [], []], CONNECTIONS: [[], [], []]}
    for turn in range(wanted.rounds):
        for connections, measured in rates.items():
            for server, of_one in zip(servers, measured):
                of_one.append(writes(server, connections, wanted.writes, f"{turn}-{connections}"))
    for server in servers:
        server.close()
    return rates


def measured_reads(wanted, start, environment, folder):
    """Milliseconds of each list and search, of both; and those that reading the file takes."""
    all_of_them = list(customers(wanted.objects))
    file = pathlib.Path(folder, "objects.json")
    file.write_text(json.dumps(all_of_them))
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE customer (id TEXT PRIMARY KEY, created INTEGER, email TEXT, body TEXT)")
    rows = ((one["id"], one["created"], one["email"], json.dumps(one)) for one in all_of_them)
    database.executemany("INSERT INTO customer VALUES (?, ?, ?, ?)", rows)
    command = [wanted.devtool, "api", "--quiet", "--no-history", "--objects", file, "--api-port", port := free_port()]
    starting, server = milliseconds(lambda: start(command, port, environment))
    line = Line(server.port)
    times = {}
    for _ in range(wanted.rounds):
        for name, path, query in asked(wanted.objects):
            ours, answer = milliseconds(lambda: line.ask(path))
            theirs, found = milliseconds(lambda: [json.loads(body) for (body,) in database.execute(query)])
            ids = [one["id"] for one in json.loads(answer)["data"]]
            if ids != [one["id"] for one in found]:
                sys.exit(f"{name}: {ids[:3]} is not {[one['id'] for one in found][:3]}")
            times.setdefault(name, ([], []))
            times[name][0].append(ours)
            times[name][1].append(theirs)
    memory = server.memory()
    server.close()
    return times, starting, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--writes", type=int, default=240, help="of each round; localstripe makes some 50 a second")
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--devtool", type=pathlib.Path, default=ROOT / "target/release/devtool")
    parser.add_argument("--only", choices=["writes", "reads"])
    wanted = parser.parse_args()
    if not wanted.devtool.exists():
        sys.exit(f"{wanted.devtool} is missing: run `cargo build --release` first")
    servers = []

    def start(command, port, environment):
        servers.append(Server(command, port, environment))
        return servers[-1]

    print(f"load: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder}
        try:
            if wanted.only != "reads":
                rates = measured_writes(wanted, start, environment, folder)
                print("| `POST /v1/customers`, writes a second | devtool | with `--data` | peer | ratio |")
                print("| --- | --- | --- | --- | --- |")
                for connections, measured in rates.items():
                    own, kept, peer = map(statistics.median, measured)
                    what = f"over {connections} connection{'s' if connections > 1 else ''}"
                    print(f"| {what} | {own:.0f} | {kept:.0f} | localstripe {LOCALSTRIPE}: {peer:.0f} | {own / peer:.1f} |")
            if wanted.only != "writes":
                times, starting, memory = measured_reads(wanted, start, environment, folder)
                print(f"| of {wanted.objects:,} customers, in ms | devtool | SQLite {sqlite3.sqlite_version} | ratio |")
                print("| --- | --- | --- | --- |")
                for name, measured in times.items():
                    ours, theirs = map(statistics.median, measured)
                    print(f"| {name} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")
                print(f"| to begin with them, with {memory:.0f} MiB then | {starting:.0f} | | |")
        finally:
            for server in servers:
                server.close()
    print(f"load: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
