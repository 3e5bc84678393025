"""The files that package managers keep in repositories of their own: Homebrew, Scoop, winget, AUR, nix.

packaging/templates has them with `@names@` for what only a release knows.
"""

import json
import re
import shutil
from pathlib import Path

from archives import SUMS, sums
from project import TARGETS

TEMPLATES = Path(__file__).parent / "templates"
BY_TRIPLE = {target.triple: target for target in TARGETS}


def values(project, dist):
    """What each `@name@` of a template stands for."""
    known = sums(dist)

    def value(name):
        kind, _, triple = name.partition(":")
        if kind in ("url", "sha256", "SHA256") and triple in BY_TRIPLE:
            target = BY_TRIPLE[triple]
            digest = known.get(project.archive_file(target))
            if digest is None:
                raise SystemExit(f"error: {SUMS} has no {project.archive_file(target)}")
            return {"url": project.download(target), "sha256": digest, "SHA256": digest.upper()}[kind]
        if name == "description.json":
            return json.dumps(project.description)
        return getattr(project, name)

    return value


def build(project, dist):
    out, value = dist / "manifests", values(project, dist)
    shutil.rmtree(out, ignore_errors=True)
    for template in sorted(file for file in TEMPLATES.rglob("*") if file.is_file()):
        text = re.sub(r"@([A-Za-z0-9_.]+(?::[a-z0-9_-]+)?)@", lambda match: value(match[1]), template.read_text(encoding="utf-8"))
        # winget wants its files named by the package.
        file = out / template.relative_to(TEMPLATES).with_name(template.name.replace("OWNER", project.owner))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return out
