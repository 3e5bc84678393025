"""The program of a system, which is the same wherever it is built."""

import os
import subprocess
from pathlib import Path

import project as projects

# What stands between flags in cargo's variable: a path may have spaces.
SEPARATOR = "\x1f"


def build(triple):
    """Builds the program of a system, without a path of this machine in it."""
    command = ["cargo", "build", "--release", "--locked", "--target", triple]
    subprocess.run(command, check=True, cwd=projects.ROOT, env={**os.environ, **flags()})


def flags():
    """What has compilers write names in place of the folders of the sources."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    folders = {projects.ROOT: "devtool", home / "registry" / "src": "crates"}
    if target := os.environ.get("CARGO_TARGET_DIR"):
        folders[Path(target)] = "devtool/target"
    rust = [f"--remap-path-prefix={folder}={name}" for folder, name in folders.items()]
    flags = {"CARGO_ENCODED_RUSTFLAGS": SEPARATOR.join(rust)}
    # Microsoft's compiler writes none of them.
    if os.name != "nt":
        c = [f"-ffile-prefix-map={folder}={name}" for folder, name in folders.items()]
        flags["CFLAGS"] = " ".join([*os.environ.get("CFLAGS", "").split(), *c])
    return flags
