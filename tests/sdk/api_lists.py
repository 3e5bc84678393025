#!/usr/bin/env python3
"""Pages through every list of the local Stripe API, by the official library.

Takes the port, a file with the events that were sent, and the list of the API's calls. The first objects of each
list are read in pages of one and of three, forwards and backwards, and have to be those of a page of a hundred. Prints
how many lists have several pages, then those that have not, and those that are not served.
"""

import collections
import inspect
import itertools
import json
import sys
import warnings

import stripe

warnings.simplefilter("ignore")
port, events, calls = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), json.load(open(sys.argv[3], encoding="utf-8"))
client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{port}"})


def reads(path, what):
    """The types that a path of the API reads in that way."""
    read = calls.get(path, {}).get("GET")
    kinds = read.get(what, []) if isinstance(read, dict) else []
    return [kinds] if isinstance(kinds, str) else kinds


def methods(service, found):
    """The library's methods that list, by path: each variable of it is a star."""
    for name in [name for name in dir(service) if name == "list" or name.startswith("list_") and not name.endswith("_async")]:
        method = getattr(service, name)
        needed = list(inspect.signature(method).parameters)
        asked = []
        service._request = lambda _, path, **rest: asked.append(path)
        method(*["*"] * needed.index("params"), {})
        del service._request
        found[asked[0].replace("%2A", "*")] = method
    for name in getattr(sys.modules[type(service).__module__], "_subservices", ()):
        methods(getattr(service, name), found)
    return found


def walk(value):
    """All objects in a value."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item)
    elif isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value
        for item in value.values():
            yield from walk(item)


OWN = [event for event in events if not event.get("account")]
THINGS = list(walk(OWN))


def is_there(path):
    """Whether the API still has an object: those of the oldest stories are gone."""
    try:
        client.raw_request("get", path)
        return True
    except stripe.InvalidRequestError as error:
        if error.http_status != 404:
            raise
        return False


def parents(path):
    """The ids that the path's variable may have, of the objects that its beginning reads: those that most things name."""
    if "{" not in path:
        return [[]]
    kinds = reads(path[: path.rindex("}") + 1], "retrieve")
    found = {thing["id"] for thing in THINGS if thing.get("object") in kinds}
    found |= {event["related_object"].get("id") for event in OWN if (event.get("related_object") or {}).get("type") in kinds}
    named = collections.Counter(value for thing in THINGS if thing.get("object") in reads(path, "list") for value in thing.values() if isinstance(value, str))
    known = (one for one in sorted(found - {None}, key=lambda one: (-named[one], one)) if is_there(path[: path.index("{")] + one))
    return [[one] for one in itertools.islice(known, 20)]


def ids(pages, count):
    """The first ids on these pages."""
    pages = itertools.islice(pages.auto_paging_iter(), count)
    return [getattr(thing, "id", None) or json.dumps(thing.to_dict(), default=str) for thing in pages]


def pages(path, method, parent):
    """How many objects a list has, of which the first are read in pages of any size."""
    wanted = ids(method(*parent, {"limit": 100}), 25)
    for limit in (1, 3):
        forwards = ids(method(*parent, {"limit": limit}), 25)
        if forwards != wanted or len(set(forwards)) != len(forwards):
            print("failed", path, limit, forwards, wanted)
        if len(wanted) > 1 and path.startswith("/v1/"):
            backwards = ids(method(*parent, {"limit": limit, "ending_before": wanted[-1]}), 25)
            if backwards != wanted[-2::-1]:
                print("failed backwards", path, limit, backwards, wanted)
    return len(wanted)


found = {**methods(client.v1, {}), **methods(client.v2, {})}
paged, short, unserved, unreached = {}, {}, [], []
for path in sorted(path for path in calls if reads(path, "list")):
    method = found.get("/".join("*" if part.startswith("{") else part for part in path.split("/")))
    if method is None:
        unreached.append(path)
        continue
    try:
        count = max((pages(path, method, parent) for parent in parents(path)), default=0)
        (paged if count > 1 else short)[path] = count
    except stripe.StripeError as error:
        if error.code == "devtool_not_served":
            unserved.append(path)
        else:
            print("failed", path, error)
for title, lists in [
    ("with several pages", [*paged]),
    ("with one object", [path for path, count in short.items() if count]),
    ("that are empty", [path for path, count in short.items() if not count]),
    ("that are not served", unserved),
    ("that the library has no method for", unreached),
]:
    print(f"{len(lists)} lists {title}", *([] if title.startswith("with several") else lists), sep="\n  ")
