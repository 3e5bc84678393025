#!/usr/bin/env python3
"""Holds catalog/ against an official Stripe library for Python.

    python3 tools/catalogue.py             the newest library
    python3 tools/catalogue.py --preview   the newest public preview
    python3 tools/catalogue.py 15.6.2      a version; one of an earlier API version is held against its shape
    python3 tools/catalogue.py --write     also writes skeletons into catalog/, marked FILL IN, and the digest

pip brings the library, from wherever it is set up to. What is compared is new (+), gone (-) or changed (~)
since the library that catalog/library.txt names; then what the files of catalog/ have and that library does
not, and the other way round. Exit codes: 0 nothing differs, 1 something does, 2 it cannot be told.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import catalogue_files as files
from catalogue_files import Catalogue, day
from stripe_library import Library

ROOT = Path(__file__).resolve().parent.parent
DIGEST = "library.txt"


PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def newest_preview():
    """The version of the newest public preview."""
    index = [*PIP, "index", "versions", "stripe", "--pre"]
    listed = subprocess.run(index, check=True, capture_output=True, text=True).stdout
    return re.search(r"[ (](\d[\d.]*b\d+)", listed).group(1)


def download(version, place):
    """The library of a version, or the newest one: its version, and what it holds."""
    folder = Path(place, version or "newest")
    wanted = f"stripe=={version}" if version else "stripe"
    subprocess.run([*PIP, "download", "--quiet", "--no-deps", "--dest", folder, wanted], check=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return wheel.name.split("-")[1], Library(folder)


class Report:
    """Lines by heading; a heading is printed with its first line."""

    def __init__(self):
        self.count, self.heading = 0, None

    def lines(self, heading, lines):
        for line in lines:
            if heading != self.heading:
                print(f"{heading}:")
                self.heading = heading
            print(f"  {line}")
            self.count += 1


def signed(sign, names):
    return [f"{sign} {name}" for name in sorted(names)]


def added_and_gone(report, heading, old, new):
    report.lines(heading, signed("+", set(new) - set(old)) + signed("-", set(old) - set(new)))


class Change:
    """What differs between two libraries' facts of an object."""

    def __init__(self, old, new):
        self.gone = outermost({path: fact for path, fact in old.items() if path not in new})
        self.new = outermost({path: fact for path, fact in new.items() if path not in old})
        self.other, self.values = {}, {}
        for path in sorted(old.keys() & new.keys()):
            if str(old[path]) != str(new[path]):
                self.other[path] = f"{old[path]} -> {new[path]}"
            before, after = old[path].values, new[path].values
            if before and after and before != after:
                self.values[path] = (sorted(map(str, before - after)), sorted(map(str, after - before)))

    def fields(self, kind):
        yield from (f"- {kind}.{path}: {fact}" for path, fact in sorted(self.gone.items()))
        yield from (f"+ {kind}.{path}: {fact}" for path, fact in sorted(self.new.items()))
        yield from (f"~ {kind}.{path}: {told}" for path, told in self.other.items())

    def told_values(self, kind):
        for path, (gone, new) in self.values.items():
            yield f"~ {kind}.{path}: {', '.join(signed('-', gone) + signed('+', new))}"


def outermost(facts):
    """The fields that lie in no other one of them."""

    def is_inner(path):
        return any(path != outer and files.is_within(path, outer) for outer in facts)

    return {path: fact for path, fact in facts.items() if not is_inner(path)}


def compare(report, catalogue, old, new):
    """Prints what differs between two libraries, of the objects in the catalogue; returns it by object."""
    added_and_gone(report, "event types", old.event_types(), new.event_types())
    added_and_gone(report, "thin event types", old.thin_types(), new.thin_types())
    added_and_gone(report, "objects", old.objects(), new.objects())
    kinds = sorted(catalogue.fields.keys() & old.objects().keys() & new.objects().keys())
    changes = {kind: Change(old.facts(kind), new.facts(kind)) for kind in kinds}
    for kind, change in changes.items():
        report.lines("fields", change.fields(kind))
    for kind, change in changes.items():
        report.lines("values", change.told_values(kind))
    return changes


def hold(report, catalogue, library):
    """Prints where the catalogue, in the shape of a library's API version, and the library differ."""
    fields, bases, missing = catalogue.at(library.api_version())
    known = library.objects().keys()
    if day(library.api_version()) < day(catalogue.api_version):
        # What thin events are about has no version.
        missing |= {kind for kind in fields if kind.startswith("v2.")} - known
    not_known = "in catalog/, not in the library"
    report.lines(not_known, signed("object", fields.keys() - known - missing))
    for kind in sorted(fields.keys() & known):
        facts, own = library.facts(kind), fields[kind] - set(catalogue.extra.get(kind, []))
        report.lines(not_known, (f"{kind}.{path}" for path in unknown(own, facts)))
    for kind in sorted(bases.keys() & known):
        facts = library.facts(kind)
        lacking = (path for path in lacks(bases[kind], facts) if path not in fields[kind])
        report.lines("in the library, not in catalog/", (f"{kind}.{p}: {facts[p]}" for p in lacking))


def unknown(paths, facts):
    """Fields that the library does not know, where it knows what they lie in."""
    for path in sorted(paths - facts.keys()):
        outer = path.rpartition(".")[0]
        if not outer or outer in facts and "object" in facts[outer].kinds:
            yield path


def lacks(paths, facts):
    """Fields that the library needs and an object does not have, where it has what they lie in."""
    for path, fact in sorted(facts.items()):
        outer, _, name = path.rpartition(".")
        is_there = not outer or any(below.startswith(f"{outer}.") for below in paths)
        if is_there and not fact.nullable and path not in paths and not set(name) & set("[*"):
            yield path


def digest(version, library, catalogue):
    """The library's names, a line each; `?` is behind a field that may be null or left out."""
    yield f"stripe {version}"
    yield f"api_version {library.api_version()}"
    yield from (f"type {name}" for name in library.event_types())
    for name, about in sorted(library.thin_types().items()):
        yield f"thin {name} {about}" if about else f"thin {name}"
    for kind in sorted({file.stem for file in catalogue.files("objects")} & library.objects().keys()):
        facts = library.facts(kind)
        own = sorted(path for path in facts if not set(path) & set(".[*"))
        yield f"object {kind} " + " ".join(f"{path}?" if facts[path].nullable else path for path in own)


class Writer:
    """Writes skeletons into the catalogue's files."""

    def __init__(self, catalogue):
        self.catalogue = catalogue

    def write(self, name, text):
        (self.catalogue.folder / name).write_text(text, encoding="utf-8")
        print(f"wrote {self.catalogue.folder.name}/{name}")

    def member(self, name, key, value, indent):
        file = self.catalogue.folder / name
        text = file.read_text(encoding="utf-8") if file.exists() else "{\n}\n"
        if text == "{\n}\n":
            self.write(name, files.layout({key: value}) + "\n")
        else:
            self.write(name, files.with_member(text, key, value, indent))

    def types(self, new):
        for name in sorted(set(new.event_types()) - self.catalogue.types.keys()):
            place, about = self.catalogue.family(name, new.objects())
            self.member(f"events/{place}.json", name, files.event_type(about), 2)
            file = f"objects/{about}.json"
            if about in new.objects() and not (self.catalogue.folder / file).exists():
                self.write(file, files.layout(files.object_type(new.facts(about))) + "\n")
        for name, about in sorted(new.thin_types().items()):
            if name not in self.catalogue.thin:
                self.member("thin/types.json", name, {"about": about} if about else {}, 2)

    def preview(self, new):
        """The types that a preview knows besides; what was said of them, and their objects, stays."""
        preview = json.loads(self.catalogue.text("preview.json"))
        about = {name: self.catalogue.family(name, new.objects())[1] for name in new.event_types()}
        known = self.catalogue.types.keys() | self.catalogue.thin.keys()
        types = {}
        for name, kind in sorted({**about, **new.thin_types()}.items()):
            if name not in known:
                entry = {"description": f"{files.FILL_IN}: what it tells", **({"object": kind} if kind else {})}
                types[name] = preview["types"].get(name, entry)
        for kind in sorted({entry.get("object") for entry in types.values()} & new.objects().keys()):
            if kind not in self.catalogue.bases and kind not in preview["objects"]:
                preview["objects"][kind] = files.object_type(new.facts(kind))
        preview = {**preview, "api_version": new.api_version(), "types": types}
        self.write("preview.json", files.layout(preview, width=110) + "\n")

    def fields(self, changes, new):
        for kind, change in changes.items():
            name = f"objects/{kind}.json"
            for path in sorted(change.new.keys() - self.catalogue.fields[kind]):
                if not set(path) & set(".[*") and (self.catalogue.folder / name).exists():
                    self.member(name, path, files.placeholder(new.facts(kind), path), 4)

    def shape(self, changes, old, new):
        """The shape that the catalogue has had, where the new version has another name."""
        catalogue = Catalogue(self.catalogue.folder)
        old_name, new_name = (v.partition(".")[2] for v in (catalogue.api_version, new.api_version()))
        if old_name != new_name:
            entry = files.shape(catalogue, new.api_version(), changes, old.objects().keys())
            self.write(f"shapes/{old_name}.json", files.layout(entry) + "\n")


def update(report, catalogue, chosen, place, write):
    """Compares with a library that is not older than the catalogue."""
    version, library = chosen
    base = catalogue.text(DIGEST).split("\n")[0].removeprefix("stripe ")
    is_preview = library.api_version().endswith(".preview")
    old = library if base == version else download(base, place)[1]
    changes = compare(report, catalogue, old, library)
    if not write:
        return catalogue
    writer = Writer(catalogue)
    if is_preview:
        writer.preview(library)
        return catalogue
    writer.types(library)
    writer.fields(changes, library)
    writer.shape(changes, old, library)
    writer.write("api_version.txt", library.api_version() + "\n")
    catalogue = Catalogue(catalogue.folder)
    writer.write(DIGEST, "\n".join(digest(version, library, catalogue)) + "\n")
    return catalogue


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("version", nargs="?", default="", help="of the library; the newest if left out")
    parser.add_argument("--preview", action="store_true", help="the newest public preview")
    parser.add_argument("--write", action="store_true", help="write skeletons and the digest")
    parser.add_argument("--catalog", default=ROOT / "catalog", help=argparse.SUPPRESS)
    options = parser.parse_args()
    report, catalogue = Report(), Catalogue(options.catalog)
    with tempfile.TemporaryDirectory() as place:
        try:
            wanted = newest_preview() if options.preview else options.version
            version, library = download(wanted, place)
        except (subprocess.CalledProcessError, ValueError) as error:
            print(f"catalogue.py: {error}", file=sys.stderr)
            return 2
        print(f"stripe {version}, API version {library.api_version()}")
        if day(library.api_version()) >= day(catalogue.api_version) or options.preview:
            catalogue = update(report, catalogue, (version, library), place, options.write)
        if not library.api_version().endswith(".preview"):
            hold(report, catalogue, library)
    print(f"{report.count} differences")
    return 1 if report.count else 0


if __name__ == "__main__":
    sys.exit(main())
