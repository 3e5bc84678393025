"""The files of the repository that name the project's home or version, and how to keep them in step."""

import re

from project import ROOT

# File, what stands around the value, and the value.
PLACES = [
    ("packaging/install.sh", r"\$\{DEVTOOL_RELEASES:-(\S+)/releases\}", "home"),
    ("packaging/install.ps1", r'(?m)^\$Releases = "(\S+)/releases"$', "home"),
    ("packaging/docker/compose.yaml", r"ghcr\.io/([^\s:]+):", "slug"),
    ("packaging/docker/compose.yaml", r"ghcr\.io/[^\s:]+:(\S+)", "version"),
    ("packaging/gitlab.yml", r"(https://\S+?)/raw/", "home"),
    ("packaging/gitlab.yml", r"/raw/v(\d[^/]*)/", "version"),
    ("packaging/gitlab.yml", r'DEVTOOL_VERSION: "(\S+)"', "version"),
    ("action.yml", r"default: (\S+) # of this action", "version"),
    ("book.toml", r'"(https://\S+?)(?:/blob\S*)?"\n', "home"),
    ("docs/install.md", r"(https://\S+?)/(?:raw|releases|blob)/", "home"),
    ("docs/install.md", r"--repo (\S+)", "slug"),
    ("docs/install.md", r"(?:brew install|brew trust --formula|scoop bucket add|scoop install) ([^\s/]+)", "owner"),
    ("docs/install.md", r"github\.com/([^/]+)/scoop-bucket", "owner"),
    ("docs/install.md", r"winget install (\S+)\.devtool", "owner"),
    ("docs/install.md", r"github:(\S+)/nix\b", "slug"),
    ("docs/serve.md", r'\{"devtool": "(\S+)"', "version"),
    ("docs/install.md", r"--version (\d\S+)", "version"),
    ("docs/ci.md", r"uses: (?!actions/)([^\s@]+)@", "slug"),
    ("docs/ci.md", r"uses: (?!actions/)[^\s@]+@v(\S+)", "version"),
    ("docs/ci.md", r"repo: (https://\S+)", "home"),
    ("docs/ci.md", r"rev: v(\S+)", "version"),
    ("docs/ci.md", r"(https://\S+?)/raw/", "home"),
    ("docs/ci.md", r"/raw/v([^/]+)/", "version"),
]


def stale(project, write=False):
    """The places that say something else than Cargo.toml; written anew where that is asked for."""
    found = []
    for name, pattern, field in PLACES:
        file, value = ROOT / name, getattr(project, field)
        text = file.read_text(encoding="utf-8")
        matches = list(re.finditer(pattern, text))
        if not matches:
            found.append(f"{name}: nothing like {pattern}")
        wrong = [match for match in matches if match[1] != value]
        found += [f"{name}: {match[1]} instead of {value}" for match in wrong if not write]
        for match in reversed(wrong if write else []):
            text = text[: match.start(1)] + value + text[match.end(1) :]
        if write:
            file.write_text(text, encoding="utf-8", newline="\n")
    return found
