#!/usr/bin/env python3
"""Asks the local Stripe API to change something, by the official library: the calls of a file.

Takes the port, and the file: a line for each call, with its name, the method of the library, and its arguments, in which
`$NAME.member` is what an earlier call answered. Prints what each asked and came to, and the events that followed.
"""

import json
import re
import sys
from urllib.parse import urlsplit

import stripe



class Noting(stripe.RequestsClient):
    """A client that notes what it asked last."""

    def request(self, method, url, headers, post_data=None):
        self.asked = f"{method.upper()} {urlsplit(url).path}"
        return super().request(method, url, headers, post_data)


port, steps = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
http = Noting()
client = stripe.StripeClient(
    "sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"}, http_client=http
)
known, seen = {}, set()


def filled(value):
    """Arguments with what earlier calls answered."""
    if isinstance(value, str) and (found := re.fullmatch(r"\$(\w+)((?:\.\w+)*)", value)):
        out = known[found[1]]
        for name in found[2].split(".")[1:]:
            out = out[int(name)] if name.isdigit() else out[name]
        return out
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, dict):
        return {name: filled(item) for name, item in value.items()}
    return value


def events():
    """The types of the events that came since this was asked last."""
    listed = list(client.v1.events.list({"limit": 100}).auto_paging_iter())
    new = [event for event in reversed(listed) if event.id not in seen]
    seen.update(event.id for event in new)
    for event in new:
        assert event.api_version == stripe.api_version, event.api_version
        assert not event.type.endswith(".updated") or event.data.previous_attributes
    return [event.type for event in new]


def shown(answer, paths):
    values = []
    for path in paths:
        value = answer
        for name in path.split("."):
            value = value[int(name)] if name.isdigit() else value[name]
        written = json.dumps(value, separators=(",", ":"))
        values.append(f"{path}={written}")
    return " ".join(values)


# Those of stories that were told before.
events()
for name, method, arguments, *paths in steps:
    call = client.v1
    for part in method.split("."):
        call = getattr(call, part)
    try:
        known[name] = json.loads(str(call(*filled(arguments))))
        told = shown(known[name], paths)
    except stripe.StripeError as error:
        kind = type(error).__name__
        told = f"{kind} {error.http_status} {error.code} {error.param}: {error.user_message}"
    print(f"{name} ({http.asked}): {told}".rstrip())
    for event in events():
        print(f"  {event}")
