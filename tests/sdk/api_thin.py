#!/usr/bin/env python3
"""Handles thin events as Stripe recommends, by the official library and the local Stripe API.

Takes the port, and a file with thin events. Prints a line for each call that fails, then how many events and
objects were fetched.
"""

import json
import sys
import time

import stripe

port, events = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"})
SECRET = "whsec_test"
fetched = related = 0
for event in events:
    body, now = json.dumps(event), int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{body}", SECRET)
    notification = client.parse_event_notification(body, f"t={now},v1={signature}", SECRET)
    try:
        whole = notification.fetch_event()
        fetched += whole.id == event["id"] and whole.type == event["type"]
        if event["related_object"]:
            found = notification.fetch_related_object()
            wanted = event["related_object"]
            if getattr(found, "object", None) == wanted["type"] and wanted.get("id") in (None, getattr(found, "id", None)):
                related += 1
            elif wanted["type"] == "capability" and found.id == wanted["id"]:
                related += 1
            else:
                print("failed", event["type"], wanted, str(found)[:200])
    except stripe.StripeError as error:
        is_gone = event["type"].endswith(".deleted") and error.http_status == 404
        if is_gone:
            related += 1
        else:
            print("failed", event["type"], str(error)[:200])
print(f"{fetched} events, {related} objects")
