"""What is in the program: the crates that it is built of, their licences and a list for scanners."""

import json
import subprocess
from pathlib import Path

from project import ROOT


def crates(target):
    """The crates that are built into the program for a target, without those of tests and of the build."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target.triple]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    packages = {package["id"]: package for package in told["packages"]}
    root = told["resolve"]["root"]
    found, waiting = set(), [root]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        for dependency in nodes[one]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    found.remove(root)
    return sorted((packages[one] for one in found), key=lambda crate: (crate["name"], crate["version"]))


def licence_texts(crate):
    folder = Path(crate["manifest_path"]).parent
    names = ("LICENSE", "LICENCE", "COPYING", "NOTICE")
    return [file for file in sorted(folder.iterdir()) if file.is_file() and file.name.upper().startswith(names)]


def notices(project, target, dist):
    parts = [f"# What is in devtool {project.version} for {target.triple}\n"]
    for crate in crates(target):
        parts.append(f"\n## {crate['name']} {crate['version']}\n\n{crate['license'] or 'see below'}\n")
        for file in licence_texts(crate):
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            parts.append(f"\n{file.name}:\n\n" + "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines()))
    file = dist / "THIRD-PARTY.md"
    file.write_text("".join(parts), encoding="utf-8", newline="\n")
    return file


def component(crate):
    made = {
        "type": "library",
        "name": crate["name"],
        "version": crate["version"],
        "bom-ref": f"pkg:cargo/{crate['name']}@{crate['version']}",
        "purl": f"pkg:cargo/{crate['name']}@{crate['version']}",
    }
    if crate["license"]:
        made["licenses"] = [{"expression": crate["license"].replace("/", " OR ")}]
    return made


def sbom(project, target, dist):
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": project.package,
                "version": project.version,
                "bom-ref": f"pkg:cargo/{project.package}@{project.version}",
                "purl": f"pkg:cargo/{project.package}@{project.version}",
                "licenses": [{"license": {"id": project.license}}],
            }
        },
        "components": [component(crate) for crate in crates(target)],
    }
    file = dist / f"{project.archive(target)}.cdx.json"
    file.write_text(json.dumps(document, indent=1) + "\n")
    return file
