#!/usr/bin/env python3
"""Preprocessor of mdBook: links to what is in the repository, and not in the book, lead to the project's home."""

import json
import posixpath
import re
import sys

import project as projects

LINK = re.compile(r"\]\(([^)\s:#]+)((?:#[^)\s]*)?)\)")


def pointed_home(text, page, home):
    """The text of a page, whose relative links may lead out of docs/ or to one of its folders."""

    def link(match):
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), match[1]))
        file = projects.ROOT / path
        if path == "docs/README.md":
            # The first page, which mdBook calls so.
            return f"]({match[1].removesuffix('README.md')}index.md{match[2]})"
        if path.startswith("docs/") and file.is_file():
            return match[0]
        return f"]({home}/{'tree' if file.is_dir() else 'blob'}/main/{path}{match[2]})"

    return LINK.sub(link, text)


def walk(value, home):
    if isinstance(value, dict):
        if value.get("path") and isinstance(value.get("content"), str):
            value["content"] = pointed_home(value["content"], value["path"], home)
        value = value.values()
    if not isinstance(value, str):
        for one in value if hasattr(value, "__iter__") else ():
            walk(one, home)


def main(*arguments):
    if arguments[:1] == ("supports",):
        return
    _, book = json.load(sys.stdin)
    walk(book, projects.read().home)
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
