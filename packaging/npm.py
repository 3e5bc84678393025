"""The npm packages: one for each system with its program, and `devtool-stripe`, which picks the right one, with the
helper for tests.

No package runs anything when it is installed.
"""

import json
import shutil
from pathlib import Path

from archives import files_of, targets_of
from project import COMMAND, ROOT, TARGETS

SCOPE = "@devtool-stripe"
WRAPPER = Path(__file__).parent / "npm"
HELPER = ROOT / "integrations" / "node"


def common(project):
    return {
        "version": project.version,
        "license": project.license,
        "repository": {"type": "git", "url": f"git+{project.home}.git"},
        "homepage": project.home,
    }


def platform_package(project, target, dist, folder):
    """The package of one system, which npm installs on no other."""
    files = files_of(project, target, dist)
    program = folder / "bin" / target.program
    program.parent.mkdir(parents=True)
    program.write_bytes(files[target.program])
    program.chmod(0o755)
    for name in ["LICENSE", "THIRD-PARTY.md"]:
        if name in files:
            (folder / name).write_bytes(files[name])
    manifest = {
        "name": f"{SCOPE}/{target.npm_name}",
        "description": f"The program of {project.package} for {target.npm_name}",
        **common(project),
        "os": [target.npm_os],
        "cpu": [target.npm_cpu],
        "preferUnplugged": True,
    }
    write(folder, manifest)


def wrapper_package(project, folder):
    shutil.copytree(WRAPPER, folder)
    for name in ["index.js", "index.d.ts", "names.d.ts"]:
        shutil.copy(HELPER / name, folder)
    shutil.copy(ROOT / "LICENSE", folder)
    manifest = {
        "name": project.package,
        "description": project.description,
        "keywords": ["stripe", "webhook", "testing", "cli"],
        **common(project),
        "main": "index.js",
        "types": "index.d.ts",
        "bin": {COMMAND: "devtool.js", project.package: "devtool.js"},
        "engines": {"node": ">=18"},
        "optionalDependencies": {f"{SCOPE}/{one.npm_name}": project.version for one in TARGETS},
    }
    write(folder, manifest)


def write(folder, manifest):
    (folder / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")


def build(project, dist):
    out = dist / "npm"
    shutil.rmtree(out, ignore_errors=True)
    for target in targets_of(project, TARGETS, dist):
        platform_package(project, target, dist, out / target.npm_name)
    wrapper_package(project, out / project.package)
    return out
