#!/usr/bin/env python3
"""Retrieves the object of each event from the local Stripe API, by the official library.

Takes the port, a file with events in their order, and the list of the API's calls. Prints a line for
each object that is not as its event has it, then how many are.
"""

import json
import sys

import stripe

port, events, calls = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), json.load(open(sys.argv[3], encoding="utf-8"))
client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"})
KEPT = ("customer", "terminal.reader")
paths = {}
for path, actions in calls.items():
    read = actions.get("GET")
    kinds = read.get("retrieve", []) if isinstance(read, dict) else []
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        paths.setdefault(kind, []).append(path)


def fill(path, found):
    """The path of an object; None where it does not lie there."""
    parts = path.split("/")
    for at, part in enumerate(parts):
        if not part.startswith("{"):
            continue
        is_last = at == len(parts) - 1
        name = part[1:-1].removesuffix("_id")
        value = found.get("id") if is_last else found.get(name)
        if isinstance(value, dict):
            value = value.get("id")
        if not value:
            return None
        parts[at] = value
    return "/".join(parts)


newest = {(e["data"]["object"]["object"], e["data"]["object"].get("id")): e for e in events}
served = 0
for event in events:
    found = event["data"]["object"]
    places = [fill(path, found) for path in paths.get(found["object"], [])]
    places = [place for place in places if place and place.startswith("/v1/") and place != "/v1/account"]
    options = {"stripe_account": event["account"]} if event.get("account") else {}
    last = newest[(found["object"], found.get("id"))]
    is_gone = last["type"].endswith(".deleted") and found["object"] != "subscription"
    for place in places:
        try:
            got = json.loads(client.raw_request("get", place, **options).body)
        except stripe.InvalidRequestError as error:
            if not (is_gone and found["object"] not in KEPT and error.http_status == 404):
                print("failed", event["type"], place, error)
                continue
        else:
            wanted = last["data"]["object"]
            if is_gone:
                wanted = {"id": found["id"], "object": found["object"], "deleted": True}
            if got != wanted:
                print("failed", event["type"], place, [k for k in wanted if got.get(k) != wanted[k]])
                continue
        served += 1
print(f"{served} objects as their events have them")
