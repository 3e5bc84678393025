"""The files of catalog/ as the maintainer's tool sees them: what they hold, and skeletons for what is new."""

import json
import re
from pathlib import Path

FILL_IN = "FILL IN"


def day(version):
    return version.split(".")[0]


class Catalogue:
    """What catalog/ holds."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.api_version = self.text("api_version.txt").strip()
        self.types = {}
        for file in self.files("events"):
            self.types.update(json.loads(file.read_text(encoding="utf-8")))
        # Names that Stripe never sends have no rank.
        self.types = {name: entry for name, entry in self.types.items() if "rank" in entry}
        self.thin = json.loads(self.text("thin/types.json"))
        # What Stripe delivers, and no library lists.
        self.extra = json.loads(self.text("library_differs.json"))["extra"]
        # The paths of each object's fields, also of those that lie in others: all, and those of its base.
        self.fields, self.bases = {}, {}
        for file in self.files("objects"):
            self.take_object(file.stem, json.loads(file.read_text(encoding="utf-8")))
        for entry in self.types.values():
            for part in (entry, *entry.get("forms", {}).values()):
                for changes in (part.get("set", {}), part.get("was", {})):
                    self.take_changes(changes, self.fields.setdefault(entry["object"], set()))

    def text(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def files(self, folder):
        return sorted((self.folder / folder).glob("*.json"))

    def shapes(self):
        """The shapes of earlier versions, the newest first."""
        return [json.loads(file.read_text(encoding="utf-8")) for file in self.files("shapes")][::-1]

    def family(self, name, objects):
        """The file for a new type and the object that it is about, by the types whose names begin alike."""
        start = name.rpartition(".")[0]
        alike = [known for known in self.types if known.rpartition(".")[0] == start]
        # `issuing_card.created` is about an `issuing.card`.
        forms = [(known, form) for known in objects for form in (known, known.replace(".", "_"))]
        about = [known for known, form in forms if f"{start}.".startswith(f"{form}.")]
        about = self.types[alike[0]]["object"] if alike else max(about, key=len, default=FILL_IN)
        first = alike[0] if alike else name.split(".")[0] + "."
        holding = [f.stem for f in self.files("events") if f'"{first}' in f.read_text(encoding="utf-8")]
        return (holding or [name.split(".")[0]])[0], about

    def take_object(self, name, entry):
        base = self.bases.setdefault(name, set())
        self.walk(entry["base"], "", base, self.bases)
        fields = self.fields.setdefault(name, set())
        fields |= base
        for changes in entry.get("states", {}).values():
            self.take_changes(changes, fields)
        for kind, paths in self.bases.items():
            self.fields.setdefault(kind, set()).update(paths)

    def take_changes(self, changes, fields):
        for path, value in changes.items():
            path = re.sub(r"\[\d+\]", "[]", path)
            if ".data[]" not in path:
                fields.add(path)
                self.walk(value, path, fields, self.fields)

    def walk(self, value, path, found, kinds):
        """Adds the paths below a value; an object of another type has its own."""
        if isinstance(value, list):
            for item in value:
                self.walk(item, f"{path}[]", found, kinds)
        if not isinstance(value, dict):
            return
        kind = value.get("object")
        if path and kind == "list":
            for item in value["data"]:
                self.walk(item, f"{path}.data[]", found, kinds)
            return
        if path and isinstance(kind, str) and "{" not in kind:
            found, path = kinds.setdefault(kind, set()), ""
        for name, item in value.items():
            below = f"{path}.{name}" if path else name
            found.add(below)
            self.walk(item, below, found, kinds)

    def at(self, version):
        """The fields and the bases as the shapes have them at an earlier version."""
        fields, bases = ({kind: set(paths) for kind, paths in of.items()} for of in (self.fields, self.bases))
        missing = set()
        for shape in self.shapes():
            if day(version) >= shape["before"]:
                break
            missing |= set(shape["without"])
            for kind, changes in shape["objects"].items():
                where = [path for entry in changes.get("where", []) for path in entry["add"]]
                added = {*changes.get("add", {}), *changes.get("copy", {})}
                for paths, more in ((fields, [*added, *where]), (bases, added)):
                    known = paths.setdefault(kind, set())
                    known.update(path for path in more if ".data[" not in path)
                    for gone in changes.get("drop", []):
                        known -= {path for path in known if is_within(path, gone)}
        return fields, bases, missing


def is_within(path, outer):
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


# Skeletons


def placeholder(facts, path):
    """A value for a field, marked where it is a guess: only one that can be no other is not."""
    fact = facts[path]
    if fact.nullable:
        return f"{FILL_IN}: null, or left out where it is empty"
    if fact.values:
        values = sorted(fact.values, key=str)
        return values[0] if len(values) == 1 else f"{FILL_IN}: one of {', '.join(map(str, values))}"
    for kind in ("boolean", "integer", "number", "list", "map"):
        if kind in fact.kinds:
            return f"{FILL_IN}: {kind}"
    if "object" in fact.kinds:
        return members(facts, f"{path}.") or f"{FILL_IN}: object"
    if "list object" in fact.kinds:
        return {"object": "list", "data": [], "has_more": False, "url": FILL_IN}
    return FILL_IN


def members(facts, prefix=""):
    own = [path for path in facts if path.startswith(prefix) and not set(path[len(prefix) :]) & set(".[*")]
    own.sort(key=lambda path: (path != f"{prefix}id", path != f"{prefix}object", path))
    return {path[len(prefix) :]: placeholder(facts, path) for path in own if path != "deleted"}


def layout(value, indent=0, width=100):
    """JSON as catalog/ is laid out: on one line what fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= width and indent >= 4 or not value or not isinstance(value, (dict, list)):
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        items = [pad + layout(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    items = [f"{pad}{json.dumps(key)}: {layout(item, indent + 2)}" for key, item in value.items()]
    return "{\n" + ",\n".join(items) + "\n" + " " * indent + "}"


def with_member(text, name, value, indent):
    """A file's text with a member of its innermost map at that indentation, in its place by the alphabet."""
    lines = text.split("\n")
    start = " " * indent + '"'
    at = [number for number, line in enumerate(lines) if line.startswith(start)]
    if indent == 4:
        first = lines.index('  "base": {')
        last = next(number for number in range(first, len(lines)) if re.match(r"  \}", lines[number]))
        at = [number for number in at if first < number < last]
    named = [(number, lines[number].strip().split('"')[1]) for number in at]
    after = [number for number, known in named if known in ("id", "object") or known < name]
    new = f"{' ' * indent}{json.dumps(name)}: {layout(value, indent)},"
    place = next((number for number, _ in named if not after or number > after[-1]), None)
    if place is None:
        # The last one: what stood last gets the comma.
        end = next(n for n in range(after[-1] + 1, len(lines)) if lines[n].startswith(" " * (indent - 2) + "}"))
        lines[end - 1] += ","
        return "\n".join([*lines[:end], new[:-1], *lines[end:]])
    return "\n".join([*lines[:place], new, *lines[place:]])


def event_type(about):
    """A skeleton for an event type about an object."""
    return {
        "description": f"{FILL_IN}: what it tells",
        "object": about,
        "rank": 700,
        "stripe": {"no": f"{FILL_IN}: why, or how the Stripe CLI causes it"},
    }


def object_type(facts):
    return {
        "id": {"prefix": f"{FILL_IN}_", "body": "object"},
        "created": "first-1h",
        "base": members(facts),
    }


def shape(catalogue, new_version, changes, old_objects):
    """A skeleton for the shape that the catalogue had before a new version."""
    objects = {}
    for kind, change in changes.items():
        fields = catalogue.fields[kind]
        parts = {
            "add": {path: None if fact.nullable else FILL_IN for path, fact in change.gone.items()},
            "where": [
                {"when": {path: value}, "add": {path: f"{FILL_IN}: {', '.join(gone)}"}}
                for path, (gone, new) in change.values.items()
                for value in (new if gone else [])
            ],
            "drop": sorted(change.new.keys() & fields),
        }
        objects[kind] = {key: value for key, value in parts.items() if value}
    return {
        "version": catalogue.api_version,
        "before": day(new_version),
        "without": sorted(catalogue.fields.keys() - old_objects),
        "objects": {kind: parts for kind, parts in objects.items() if parts},
    }
