#!/usr/bin/env python3
"""Check thin events against the notification classes of the official Stripe SDK.

Reads JSON lines from stdin, as check_types.py does. Each delivery is verified and parsed by
StripeClient.parse_event_notification, and its raw JSON is held against the class that comes of it:
the keys, their types, and the object that the event is about.

Prints a line per finding, and then how much was checked. Exit codes: 0 nothing found, 1 findings.
"""

import ast
import importlib
import inspect
import json
import re
import sys

import stripe
from stripe.v2.core._event import (
    RelatedObject,
    RelatedSingletonObject,
    UnknownEventNotification,
)

KEYS = {"id", "object", "context", "created", "livemode", "reason", "related_object", "type"}
RELATED_KEYS = {
    RelatedObject: {"id", "type", "url"},
    RelatedSingletonObject: {"type", "url"},
}


def annotation(cls, name):
    """The class that a member or the result of a method is annotated with."""
    tree = ast.parse(inspect.getsource(cls))
    for node in tree.body[0].body:
        if isinstance(node, ast.AnnAssign) and node.target.id == name:
            return ast.unparse(node.annotation)
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.unparse(node.returns).strip("'\"")
    return None


def object_name(cls):
    """The type of the object that fetch_related_object returns, from the SDK's own list of imports."""
    name = annotation(cls, "fetch_related_object")
    tree = ast.parse(inspect.getsource(sys.modules[cls.__module__]))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    module = importlib.import_module(node.module)
                    return getattr(module, alias.name).OBJECT_NAME
    return name


def check_related(event, cls):
    related = event.get("related_object")
    wanted = annotation(cls, "related_object")
    if wanted is None:
        return [] if related is None else ["related_object: the event is about no object"]
    if not isinstance(related, dict):
        return ["related_object: missing"]
    findings = []
    keys = RELATED_KEYS[{c.__name__: c for c in RELATED_KEYS}[wanted]]
    if set(related) != keys or not all(isinstance(v, str) and v for v in related.values()):
        findings.append(f"related_object: {related} instead of text in {sorted(keys)}")
    if related.get("type") != object_name(cls):
        findings.append(f"related_object.type: {related.get('type')} instead of {object_name(cls)}")
    url = related.get("url", "")
    if not re.fullmatch(r"/v[12]/[a-z0-9_/A-Z-]+", url) or related.get("id", "") not in url:
        findings.append(f"related_object.url: {url}")
    return findings


def check_event(event, notification):
    findings = []
    if isinstance(notification, UnknownEventNotification):
        return ["type: the SDK does not know it"]
    if set(event) != KEYS:
        findings.append(f"keys: {sorted(set(event) ^ KEYS)}")
    if notification.type != type(notification).LOOKUP_TYPE:
        findings.append("type: another class")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["created"]):
        findings.append(f"created: {event['created']}")
    if event["livemode"] is not False or event["object"] != "v2.core.event":
        findings.append("livemode or object")
    reason = event["reason"]
    if reason is not None:
        request = reason.get("request", {})
        good = reason.get("type") == "request" and set(request) == {"id", "idempotency_key"}
        if not good or not all(isinstance(value, str) for value in request.values()):
            findings.append(f"reason: {reason}")
    return findings + check_related(event, type(notification))


def main():
    client = stripe.StripeClient("sk_test_x")
    count = total = 0
    for text in sys.stdin:
        line = json.loads(text)
        event = json.loads(line["body"])
        notification = client.parse_event_notification(line["body"], line["header"], line["secret"])
        for finding in check_event(event, notification):
            print(f"{event['type']} {finding}")
            total += 1
        count += 1
    print(f"checked {count} thin events, {total} findings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
