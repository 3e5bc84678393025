"""An app that gives each charge back, and keeps what it knows of its refunds.

python refunds.py PORT right|retried|lost|one_at_a_time|silent
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from urllib.request import Request, urlopen

port, way = int(sys.argv[1]), sys.argv[2]
rows = {}
lock = threading.Lock()


def refund(charge):
    """Asks Stripe for it."""
    call = Request(f"{os.environ['STRIPE_API_BASE']}/v1/refunds", f"charge={charge}".encode())
    call.add_header("Authorization", f"Bearer {os.environ['STRIPE_API_KEY']}")
    call.add_header("Idempotency-Key", charge)
    return json.load(urlopen(call))["id"]


def handle(event):
    """The status of the answer."""
    id = event["data"]["object"]["id"]
    if event["type"] == "charge.succeeded" and way != "silent":
        made = refund(id)
        with lock:
            if way == "lost":
                rows[made] = "asked for"
            else:
                rows.setdefault(made, "asked for")
    if event["type"] == "payment_intent.succeeded":
        rows[id] = "paid"
    if event["type"] == "refund.created":
        with lock:
            is_known = id in rows
            if is_known or way not in ("lost", "retried"):
                rows[id] = "confirmed"
        return 500 if way == "retried" and not is_known else 200
    return 200


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, json.dumps({"rows": sorted(rows.values())}).encode())

    def do_POST(self):
        self.answer(handle(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

    def log_message(self, *_):
        pass


server = HTTPServer if way == "one_at_a_time" else ThreadingHTTPServer
server(("127.0.0.1", port), Handler).serve_forever()
