#!/usr/bin/env python3
"""Check webhook deliveries against the typed classes of the official Stripe SDK.

Reads JSON lines from a file, or from stdin:

    {"header": "<Stripe-Signature>", "body": "<raw body>", "secret": "whsec_..."}

A line may have `"unlisted": true` if its event type is not one that the SDK knows; with `--known` such events
are left out.

Each delivery is verified as a handler would do it, within the SDK's five minutes. Then its raw JSON
is walked next to the annotations of stripe.Event and of the class of `data.object`: each field has
to be known, there unless it is optional, and of the annotated type. Enums count as closed, also
where the SDK leaves room for values to come. In `data.previous_attributes`, fields may be missing
or null at every depth.

Prints a line per finding, `<type> <event id> <path>: <what>`, and then how much was checked.
Exit codes: 0 nothing found, 1 findings, 2 wrong input.
"""

import ast
import inspect
import json
import sys
from decimal import Decimal
from functools import lru_cache
from typing import Any, List, NamedTuple, Optional, Union

import stripe
from stripe import _object_classes, _stripe_object
from stripe._stripe_object import StripeObject
from typing_extensions import ClassVar, Literal, get_args, get_origin, get_type_hints

NoneType = type(None)

# Libraries of earlier API versions have no such class: their maps are plain.
UntypedStripeObject = getattr(_stripe_object, "UntypedStripeObject", dict)

# What Stripe delivers, and no class lists.
EXTRA_FIELDS = {
    stripe.ListObject: {"object": Literal["list"], "total_count": Optional[int]},
    stripe.Charge: {
        "destination": Optional[str],
        "dispute": Optional[str],
        "order": Optional[str],
    },
    stripe.Dispute: {"balance_transaction": Optional[str]},
    stripe.Subscription: {"plan": Optional[stripe.Plan], "quantity": Optional[int]},
}

# The Python types that JSON can hold for an annotated scalar. A Decimal travels as a string.
SCALARS = {str: str, int: int, bool: bool, float: (int, float), Decimal: str}


class InputError(Exception):
    """The input is not what this program reads."""


class Finding(NamedTuple):
    path: str
    what: str


# What a class cannot say: the preview of an invoice has no id.
AS_DOCUMENTED = {("invoice.upcoming", Finding("data.object.id", "missing"))}

# The annotations of the SDK's classes


@lru_cache(maxsize=None)
def type_checking_names(module_name):
    """The names that a module imports for type checkers only."""
    names = {}
    source = inspect.getsource(sys.modules[module_name])
    for node in ast.parse(source).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            block = ast.Module(body=node.body, type_ignores=[])
            exec(compile(block, module_name, "exec"), names)
    return names


@lru_cache(maxsize=None)
def fields_of(cls):
    """The JSON names and types of a class's fields."""
    # Bases first, so that the names of the class's own module win.
    local_names = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("stripe."):
            local_names.update(type_checking_names(base.__module__))
    fields = {
        cls._field_remappings.get(name, name): expected
        for name, expected in get_type_hints(cls, localns=local_names).items()
        if not name.startswith("_") and get_origin(expected) is not ClassVar
    }
    return {**fields, **EXTRA_FIELDS.get(cls, {})}


def object_class(name):
    """The class of an object of that name; StripeObject where the SDK has none."""
    if hasattr(_object_classes, "get_object_class"):
        return _object_classes.get_object_class("V2" if name.startswith("v2.") else "V1", name)
    return _object_classes.OBJECT_CLASSES.get(name, StripeObject)


def is_object_type(expected):
    return inspect.isclass(expected) and issubclass(expected, StripeObject)


# The checks: each returns a list of findings


def check(value, expected, path, partial=False):
    """Check a JSON value against an annotation."""
    origin, args = get_origin(expected), get_args(expected)
    if expected is Any or (partial and value is None):
        return []
    if origin is Union:
        return check_union(value, args, path, partial)
    if origin is Literal:
        return check_literal(value, args, path)
    if origin in (list, dict, stripe.ListObject, UntypedStripeObject) or is_object_type(expected):
        return check_container(value, origin or expected, args, path, partial)
    if expected is NoneType or expected in SCALARS:
        return check_scalar(value, expected, path)
    raise TypeError(f"{path}: do not know how to check {expected!r}")


def check_scalar(value, expected, path):
    allowed = SCALARS.get(expected, NoneType)
    # To Python a bool is an int, to JSON it is not.
    if isinstance(value, allowed) and (expected is bool or not isinstance(value, bool)):
        return []
    return [Finding(path, f"{json_type(value)} instead of {type_name(expected)}")]


def check_literal(value, allowed, path):
    if any(value == item and type(value) is type(item) for item in allowed):
        return []
    return [Finding(path, f"{json.dumps(value)} instead of {type_name(Literal[allowed])}")]


def check_union(value, members, path, partial):
    """Check a value against the member of a union that it fits best."""
    if any(get_origin(member) is Literal for member in members):
        members = [member for member in members if member is not str]
    candidates = [member for member in members if is_candidate(value, member)]
    if not candidates:
        expected = " or ".join(map(type_name, members))
        return [Finding(path, f"{json_type(value)} instead of {expected}")]
    return min((check(value, member, path, partial) for member in candidates), key=len)


def is_candidate(value, member):
    """Whether a value is of the JSON type, and if it names one, of the object type of a member."""
    container = get_origin(member) or member
    if container is list:
        return isinstance(value, list)
    if container is dict or is_object_type(container):
        named = getattr(container, "OBJECT_NAME", None)
        return isinstance(value, dict) and (not named or value.get("object", named) == named)
    if container is Literal:
        return not isinstance(value, (list, dict)) and value is not None
    return not check_scalar(value, member, "")


def check_container(value, cls, args, path, partial):
    wanted = list if cls is list else dict
    if not isinstance(value, wanted):
        return [Finding(path, f"{json_type(value)} instead of {type_name(cls)}")]
    if cls is list:
        items = [(item, args[0], f"{path}[{index}]") for index, item in enumerate(value)]
    elif cls in (dict, UntypedStripeObject):
        items = [(item, args[-1], join(path, key)) for key, item in value.items()]
    else:
        fields = fields_of(cls)
        if cls is stripe.ListObject:
            fields = {**fields, "data": List[args[0]]}
        return check_fields(value, fields, path, partial)
    return [finding for item in items for finding in check(*item, partial)]


def check_fields(value, fields, path, partial):
    """Check the fields of an object: none unknown, none missing, each of its type."""
    findings = []
    for name, item in value.items():
        if name not in fields:
            findings.append(Finding(join(path, name), "unknown field"))
        else:
            findings += check(item, fields[name], join(path, name), partial)
    for name, expected in fields.items():
        if name not in value and not partial and NoneType not in get_args(expected):
            findings.append(Finding(join(path, name), "missing"))
    return findings


def join(path, name):
    return f"{path}.{name}" if path else name


def json_type(value):
    names = {dict: "object", list: "array", str: "string", bool: "boolean", NoneType: "null"}
    return names.get(type(value), type(value).__name__)


def type_name(expected):
    if expected is NoneType:
        return "null"
    if get_origin(expected) is Literal:
        values = get_args(expected)
        return "one of " + (", ".join(map(json.dumps, values[:20])) + ", ..." * (len(values) > 20))
    return getattr(expected, "__qualname__", None) or str(expected)


# Whole events


def check_event(event, unlisted):
    """Check the raw JSON of an event: its envelope, its object and the object's former values."""
    envelope = fields_of(stripe.Event)
    if unlisted:
        envelope = {**envelope, "type": str}
    findings = check_fields(event, envelope, "", partial=False)
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        return findings
    name = data["object"].get("object")
    cls = object_class(name) if isinstance(name, str) else StripeObject
    if cls is StripeObject:
        return findings + [Finding("data.object.object", f"{json.dumps(name)} has no SDK class")]
    findings += check(data["object"], cls, "data.object")
    if isinstance(data.get("previous_attributes"), dict):
        former = data["previous_attributes"]
        findings += check(former, cls, "data.previous_attributes", partial=True)
    return [found for found in findings if (event.get("type"), found) not in AS_DOCUMENTED]


def is_known(line):
    """Whether the event's type is one that the SDK knows."""
    try:
        return not check_literal(json.loads(line["body"])["type"], event_types(), "")
    except (ValueError, TypeError, KeyError):
        return True


def event_types():
    """The types that the SDK knows."""
    expected = fields_of(stripe.Event)["type"]
    members = get_args(expected) if get_origin(expected) is Union else [expected]
    return [name for member in members if get_origin(member) is Literal for name in get_args(member)]


def check_delivery(line):
    """Verify and check a delivery; returns the event's type, its id, and the findings."""
    try:
        event = json.loads(line["body"])
    except ValueError as error:
        return "-", "-", [Finding("body", f"not JSON: {error}")]
    if not isinstance(event, dict):
        return "-", "-", [Finding("body", f"{json_type(event)} instead of Event")]
    findings = []
    try:
        stripe.Webhook.construct_event(line["body"], line["header"], line["secret"])
    except stripe.SignatureVerificationError as error:
        findings.append(Finding("header", str(error)))
    except Exception as error:
        # A malformed payload can make the SDK fail in many ways, each one worth knowing.
        findings.append(Finding("body", f"the SDK fails to read it: {error!r}"))
    findings += check_event(event, line.get("unlisted", False))
    return event.get("type", "-"), event.get("id", "-"), findings


# The program


def read_line(number, text):
    try:
        line = json.loads(text)
    except ValueError as error:
        raise InputError(f"line {number} is not JSON: {error}") from error
    if not isinstance(line, dict):
        raise InputError(f"line {number} is not an object")
    for key in ("header", "body", "secret"):
        if not isinstance(line.get(key), str):
            raise InputError(f"line {number} has no string {key!r}")
    return line


def main(arguments):
    known_only = "--known" in arguments
    arguments = [argument for argument in arguments if argument != "--known"]
    try:
        with open(arguments[0], encoding="utf-8") if arguments else sys.stdin as stream:
            lines = [read_line(n, text) for n, text in enumerate(stream, 1) if text.strip()]
        if known_only:
            lines = [line for line in lines if is_known(line)]
        if not lines:
            raise InputError("no events to check")
    except (InputError, OSError, UnicodeDecodeError) as error:
        print(f"check_types: {error}", file=sys.stderr)
        return 2
    total = 0
    for line in lines:
        event_type, event_id, findings = check_delivery(line)
        total += len(findings)
        for finding in findings:
            print(f"{event_type} {event_id} {finding.path}: {finding.what}")
    print(f"checked {len(lines)} events, {total} findings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
