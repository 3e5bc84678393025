#!/usr/bin/env python3
"""Holds every object that the local Stripe API serves against the typed classes of the official library.

Takes the port, a file with the events that were sent, and the list of the API's calls; with `--known`, objects that
the library has no class for are left out. Reads all lists, and each object of a type that no list has, in the shape
of the library's own API version. Prints what check_types.py prints.
"""

import json
import sys

import stripe
from check_types import StripeObject, check, object_class

known_only = "--known" in sys.argv
port, events, calls = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), json.load(open(sys.argv[3], encoding="utf-8"))
client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"})
served = {}


def keep(value):
    served[value["object"], value.get("id") or json.dumps(value)] = value


def ask(path, account=None):
    """What the API has at a path; None where it has nothing."""
    options = {"stripe_account": account} if account else {}
    try:
        return json.loads(client.raw_request("get", path, **options).body)
    except stripe.InvalidRequestError as error:
        if error.http_status == 404 or error.code == "devtool_not_served":
            return None
        raise


def read_list(path):
    """Keeps all objects of a list."""
    place = f"{path}?limit=100"
    while place:
        page = ask(place)
        if page is None:
            return
        for value in page["data"]:
            keep(value)
        place = page.get("next_page_url")
        if page.get("has_more"):
            place = f"{path}?limit=100&starting_after={page['data'][-1]['id']}"


def walk(value):
    if isinstance(value, list):
        for item in value:
            yield from walk(item)
    elif isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        for item in value.values():
            yield from walk(item)


def kinds(read, what):
    names = read.get(what, []) if isinstance(read, dict) else []
    return [names] if isinstance(names, str) else names


reads = {path: actions["GET"] for path, actions in calls.items() if "GET" in actions}
for path, read in reads.items():
    if kinds(read, "list") and "{" not in path and not path.endswith("/events"):
        read_list(path)
# What lies below another object, and what there is one of.
singular = {path: kinds(read, "retrieve") for path, read in reads.items() if kinds(read, "retrieve")}
listed = {kind for kind, _ in served}
for event in events:
    for thing in walk(event.get("data", {}).get("object")):
        for path, names in singular.items():
            is_one = path.count("{") == 1 and path.endswith("}")
            if thing["object"] in names and thing["object"] not in listed and is_one and thing.get("id"):
                found = ask(path[: path.index("{")] + thing["id"], event.get("account"))
                if found:
                    keep(found)
    related = event.get("related_object")
    found = related and ask(related["url"], event.get("context"))
    if found:
        keep(found)
for path in singular:
    if "{" not in path and (found := ask(path)):
        keep(found)
checked = total = 0
for (kind, name), value in sorted(served.items()):
    cls = object_class(kind)
    if value.get("deleted") or (known_only and cls is StripeObject):
        continue
    findings = [("object", "no class")] if cls is StripeObject else check(value, cls, "")
    for path, what in findings:
        print(kind, value.get("id"), f"{path}: {what}")
    checked += 1
    total += len(findings)
print(f"checked {checked} objects of {len({kind for kind, _ in served})} types, {total} findings")
