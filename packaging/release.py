"""What a release says of itself."""

import json

from project import ROOT, TARGETS


def notes(project):
    """This version's part of CHANGELOG.md."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")
    for part in changes[1:]:
        heading, _, text = part.partition("\n")
        if heading.split(" ")[0] == project.version:
            return text.strip() + "\n"
    raise SystemExit(f"error: CHANGELOG.md has nothing about {project.version}")


def check(project, tag, slug):
    """Whether this is the release of this version, and not that of a copy of the project."""
    if tag != f"v{project.version}":
        raise SystemExit(f"error: the tag {tag} is not v{project.version}, as Cargo.toml has it")
    if slug != project.slug:
        raise SystemExit(f"error: {slug} is not the home that Cargo.toml names, which is {project.slug}")
    notes(project)


def matrix():
    """The targets and the machines that they are built on."""
    rows = [{"target": one.triple, "runner": one.runner, "program": one.program} for one in TARGETS]
    return "matrix=" + json.dumps({"include": rows})
