#!/usr/bin/env python3
"""Measures devtool, and writes the figures into docs/performance.md.

    python3 benches/performance.py [--only WORD] [--file FILE]

Each table there stands below the command that measures it, as a comment. Every command is run from the project's
folder, and what it prints as a table takes the place of the old one; `--only` runs those with a word in them. All of
them take about an hour on two cores, and 6 GB of disk.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PART = re.compile(r"(<!-- measured by: (.+) -->\n\n)((?:\|.*\n)+)")
# What criterion prints: a name, and the least, the likeliest and the greatest time.
TIME = re.compile(r"^(?:generate and sign/)?(\S+)\s+time:\s+\[\S+ \S+ (\S+ \S+) ", re.MULTILINE)


def table(printed):
    """The table that a command printed; criterion's times as one."""
    rows = [line + "\n" for line in printed.splitlines() if line.startswith("|")]
    times = TIME.findall(printed)
    if times:
        rows = ["| event | time |\n", "| --- | --- |\n", *(f"| `{name}` | {time} |\n" for name, time in times)]
    return "".join(rows)


def measured(part, only):
    heading, command, old = part.groups()
    if only not in command:
        return part[0]
    print(command, file=sys.stderr)
    done = subprocess.run(command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    new = table(done.stdout)
    if done.returncode or not new:
        sys.exit(f"error: `{command}` ended with {done.returncode}, and printed this:\n{done.stdout}")
    return heading + new


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--file", type=pathlib.Path, default=ROOT / "docs/performance.md")
    options = parser.parse_args()
    text = options.file.read_text(encoding="utf-8")
    parts = [part for part in PART.finditer(text) if options.only in part[2]]
    if not parts:
        sys.exit(f"error: {options.file} has no table below a command with `{options.only}`")
    for part in parts:
        # Each is written as soon as it is there.
        text = text.replace(part[0], measured(part, options.only))
        options.file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
