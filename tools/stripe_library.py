"""Reads facts from an official Stripe library for Python: its event types, its objects and their fields.

The library's source is read and never run, so that any version can be looked at beside any other.
"""

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

SCALARS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "Decimal": "decimal",
    "Any": "any",
    "object": "any",
}


@dataclass(frozen=True)
class Fact:
    """What a library says of one field."""

    # What it holds: a scalar's name, `object`, `list`, `map`, or the names of objects.
    kinds: frozenset
    nullable: bool
    values: frozenset = frozenset()

    def __str__(self):
        kinds = " or ".join(sorted(self.kinds)) or "null"
        return kinds + (" or null" if self.nullable and self.kinds else "")


@dataclass
class Shape:
    """An annotation: what it says of the field itself, and the fields below it."""

    kinds: set = field(default_factory=set)
    nullable: bool = False
    values: set = field(default_factory=set)
    # The nested class whose fields lie below, and the shape of a list's or a map's members.
    inner: object = None
    members: object = None

    def joined(self, other):
        return Shape(
            self.kinds | other.kinds,
            self.nullable or other.nullable,
            self.values | other.values,
            self.inner or other.inner,
            self.members or other.members,
        )

    def fact(self):
        # Text beside a list of values leaves room for values to come.
        kinds = self.kinds - {"string"} if self.values else self.kinds
        return Fact(frozenset(kinds), self.nullable, frozenset(self.values))


class Module:
    """A file of the library."""

    def __init__(self, path):
        self.classes, self.imports, self.assigned = {}, {}, {}
        self.take(ast.parse(path.read_text(encoding="utf-8")).body)

    def take(self, body):
        for node in body:
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (node.module, alias.name)
            elif isinstance(node, ast.If):
                self.take(node.body)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.assigned[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self.assigned[node.target.id] = node.value


def literal(node):
    """The value of a plain expression; None for any other."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def object_name(node):
    """The `OBJECT_NAME` of a class."""
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and item.target.id == "OBJECT_NAME":
            return literal(item.value)
    return None


class Library:
    """A library's package, unpacked into a folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        if not (self.folder / "stripe" / "_event.py").is_file():
            raise ValueError(f"{folder} holds no typed Stripe library for Python")

    @lru_cache(maxsize=None)
    def module(self, name):
        place = self.folder.joinpath(*name.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        return Module(file)

    def api_version(self):
        body = self.module("stripe._api_version").classes["_ApiVersion"].body
        values = [literal(node.value) for node in body if isinstance(node, ast.Assign)]
        return max(values, key=len)

    def event_types(self):
        """The snapshot types, sorted."""
        event = ("stripe._event", self.module("stripe._event").classes["Event"])
        return sorted(self.fields(event)["type"].values)

    def thin_types(self):
        """The thin types, each with the type of the object that it is about, or None."""
        types = {}
        for file in sorted((self.folder / "stripe" / "events").glob("_*_event.py")):
            module = f"stripe.events.{file.stem}"
            for name, node in self.module(module).classes.items():
                if name.endswith("EventNotification"):
                    looked_up = [
                        literal(item.value)
                        for item in node.body
                        if isinstance(item, ast.Assign) and item.targets[0].id == "LOOKUP_TYPE"
                    ]
                    types.update({name: self.related(module, node) for name in looked_up})
        return types

    def related(self, module, node):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "fetch_related_object":
                shape = self.shape(item.returns, module, [node])
                return next(iter(shape.kinds - {"object"}), None)
        return None

    @lru_cache(maxsize=None)
    def objects(self):
        """The classes of objects by the object's name, each with its module."""
        found = {}
        for file in sorted((self.folder / "stripe").rglob("_*.py")):
            parts = file.relative_to(self.folder).with_suffix("").parts
            text = file.read_text(encoding="utf-8")
            if "OBJECT_NAME: ClassVar" not in text:
                continue
            module = ".".join(parts)
            for node in self.module(module).classes.values():
                if name := object_name(node):
                    found[name] = (module, node)
        return found

    @lru_cache(maxsize=None)
    def facts(self, name):
        """The fields of an object by their path: `[]` is a list's member, `*` one of a map."""
        found = {}
        self.flatten(self.fields(self.objects()[name]), "", found)
        return found

    def flatten(self, shapes, prefix, found):
        for name, shape in shapes.items():
            path = f"{prefix}{name}"
            found[path] = shape.fact()
            while shape.members and not shape.inner:
                path += "[]" if "list" in shape.kinds else ".*"
                shape = shape.members
                found[path] = shape.fact()
            if shape.inner:
                self.flatten(self.fields(shape.inner), f"{path}.", found)

    def fields(self, place):
        """The shapes of a class's fields by their name on the wire."""
        module, node, *outer = place
        renamed, shapes = {}, {}
        for item in node.body:
            if isinstance(item, ast.Assign) and item.targets[0].id == "_field_remappings":
                renamed = literal(item.value)
            if isinstance(item, ast.AnnAssign) and not item.target.id.startswith("_"):
                if "ClassVar" not in ast.unparse(item.annotation):
                    chain = [*outer, node]
                    shapes[item.target.id] = self.shape(item.annotation, module, chain)
        return {renamed.get(name, name): shape for name, shape in shapes.items()}

    def shape(self, node, module, chain):
        """What an annotation says, seen from within the classes of a chain."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Constant) and node.value is None:
            return Shape(nullable=True)
        if isinstance(node, ast.BinOp):
            return self.shape(node.left, module, chain).joined(self.shape(node.right, module, chain))
        if isinstance(node, ast.Subscript):
            return self.generic(node, module, chain)
        names = ast.unparse(node).split(".")
        return self.named(names, module, chain)

    def generic(self, node, module, chain):
        head = ast.unparse(node.value).split(".")[-1]
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head == "Literal":
            values = {argument.value for argument in arguments}
            return Shape({"enum"}, values=values)
        shapes = [self.shape(argument, module, chain) for argument in arguments]
        if head in ("Union", "Optional"):
            whole = Shape(nullable=head == "Optional")
            for shape in shapes:
                whole = whole.joined(shape)
            return whole
        if head == "ExpandableField":
            return Shape({"string"}).joined(shapes[0])
        if head == "List":
            return Shape({"list"}, members=shapes[0])
        if head in ("ListObject", "SearchResultObject"):
            return Shape({"list object"}, inner=None, members=None)
        if head in ("Dict", "Mapping", "UntypedStripeObject"):
            return Shape({"map"}, members=shapes[-1])
        raise ValueError(f"{module}: unknown annotation {ast.unparse(node)}")

    def named(self, names, module, chain):
        """A class of an enclosing class, of the module, or of another one."""
        name, *below = names
        for depth in range(len(chain), 0, -1):
            for item in chain[depth - 1].body:
                if isinstance(item, ast.ClassDef) and item.name == name:
                    return self.nested(item, below, module, chain[:depth])
        if name in SCALARS and name not in self.module(module).classes:
            return Shape({SCALARS[name]})
        known = self.module(module)
        if name in known.classes:
            return self.nested(known.classes[name], below, module, [])
        if name in known.imports and known.imports[name][0].startswith("stripe"):
            source, original = known.imports[name]
            if original in ("StripeObject", "UntypedStripeObject"):
                return Shape({"any"})
            return self.named([original, *below], source, [])
        if name in known.assigned:
            return self.shape(known.assigned[name], module, [])
        return Shape({SCALARS.get(name, name)})

    def nested(self, node, below, module, outer):
        for name in below:
            outer = [*outer, node]
            node = next(i for i in node.body if isinstance(i, ast.ClassDef) and i.name == name)
        if name := object_name(node):
            return Shape({name})
        return Shape({"object"}, inner=(module, node, *outer))
