"""An app that books payments, and keeps what it booked in a file.

python ledger.py PORT FILE memory|file: it knows events again by its memory, or by the file.
"""

import json
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, file, remembers_in = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
booked = json.loads(file.read_text()) if file.exists() else []
known = set(booked) if remembers_in == "file" else set()


class Handler(BaseHTTPRequestHandler):
    def answer(self, body=b""):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(json.dumps({"booked": len(booked)}).encode())

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if event["type"] == "payment_intent.succeeded" and event["id"] not in known:
            known.add(event["id"])
            booked.append(event["id"])
            file.write_text(json.dumps(booked))
        self.answer()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
