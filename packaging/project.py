"""What every package has to know: the project, as Cargo.toml tells it, and the systems it is built for."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "devtool"


@dataclass(frozen=True)
class Target:
    """A system that a release has a program for."""

    triple: str
    npm_os: str
    npm_cpu: str
    wheel: str
    runner: str

    @property
    def is_windows(self):
        return self.npm_os == "win32"

    @property
    def program(self):
        return COMMAND + (".exe" if self.is_windows else "")

    @property
    def npm_name(self):
        return f"{self.npm_os}-{self.npm_cpu}"


# The programs for Linux are static (musl), so that they run with any C library.
TARGETS = [
    Target("x86_64-unknown-linux-musl", "linux", "x64",
           "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64", "ubuntu-24.04"),
    Target("aarch64-unknown-linux-musl", "linux", "arm64",
           "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64", "ubuntu-24.04-arm"),
    Target("x86_64-apple-darwin", "darwin", "x64", "macosx_10_12_x86_64", "macos-15-intel"),
    Target("aarch64-apple-darwin", "darwin", "arm64", "macosx_11_0_arm64", "macos-15"),
    Target("x86_64-pc-windows-msvc", "win32", "x64", "win_amd64", "windows-2025"),
    Target("aarch64-pc-windows-msvc", "win32", "arm64", "win_arm64", "windows-11-arm"),
]


@dataclass(frozen=True)
class Project:
    """What Cargo.toml says."""

    package: str
    version: str
    license: str
    description: str
    home: str
    rust_version: str

    @property
    def summary(self):
        """The description up to its colon: Homebrew takes 80 characters."""
        return self.description.split(":")[0]

    @property
    def slug(self):
        """Owner and name, as in `owner/name`."""
        return self.home.removeprefix("https://github.com/")

    @property
    def owner(self):
        return self.slug.split("/")[0]

    def archive(self, target):
        """The name of a target's archive, without its ending."""
        return f"{COMMAND}-{self.version}-{target.triple}"

    def archive_file(self, target):
        return self.archive(target) + (".zip" if target.is_windows else ".tar.gz")

    def download(self, target):
        return f"{self.home}/releases/download/v{self.version}/{self.archive_file(target)}"


def read():
    with (ROOT / "Cargo.toml").open("rb") as file:
        package = tomllib.load(file)["package"]
    home = package["repository"]
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", home):
        raise SystemExit(f"error: `repository` of Cargo.toml is no home on GitHub: {home}")
    return Project(
        package["name"],
        package["version"],
        package["license"],
        package["description"],
        home,
        package["rust-version"],
    )


def target(triple):
    for one in TARGETS:
        if one.triple == triple:
            return one
    known = ", ".join(one.triple for one in TARGETS)
    raise SystemExit(f"error: no target `{triple}`; there are {known}")


def sha256(file):
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
