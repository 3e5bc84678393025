#!/usr/bin/env python3
"""What a newer Stripe CLI says in its help that an older one did not, as Markdown.

    tools/stripe_help.py OLD NEW    two programs
    tools/stripe_help.py --npm      the version that the tests take, and the newest that npm has
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The commands that devtool runs, or that its own words answer to.
COMMANDS = ["", "events resend", "get", "listen", "login", "logout", "post", "status", "trigger", "version", "whoami"]


def help_of(program):
    lines = []
    for command in COMMANDS:
        # A home of its own each time, since a first run says more.
        with tempfile.TemporaryDirectory() as home:
            environment = {"HOME": home, "PATH": os.environ["PATH"], "NO_COLOR": "1"}
            arguments = [program, *command.split(), "--help"]
            ran = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60)
        told = (ran.stdout + ran.stderr).replace(home, "~").splitlines()
        lines += [f"== {f'stripe {command}'.strip()} (exit code {ran.returncode})", *told]
    return lines


def from_npm(version, folder):
    folder.mkdir()
    command = ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", f"@stripe/cli@{version}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    programs = [file for file in folder.glob("node_modules/@stripe/*/bin/stripe") if file.stat().st_size > 1_000_000]
    if not programs:
        raise SystemExit(f"error: npm's @stripe/cli {version} has no program for this system")
    return programs[0]


def report(old, new):
    difference = list(difflib.unified_diff(help_of(old), help_of(new), "old", "new", lineterm=""))
    if not difference:
        return "The Stripe CLI's help is what it was."
    return "\n".join(["What changed in the Stripe CLI's help:", "", "```diff", *difference, "```"])


def main(*arguments):
    if arguments == ("--npm",):
        known = (ROOT / "tests/it/support/release.rs").read_text(encoding="utf-8")
        version = re.search(r'VERSION: &str = "(.*?)"', known)[1]
        with tempfile.TemporaryDirectory() as folder:
            print(report(from_npm(version, Path(folder, "old")), from_npm("latest", Path(folder, "new"))))
    elif len(arguments) == 2:
        print(report(*arguments))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
