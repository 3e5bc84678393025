#!/usr/bin/env python3
"""Makes the packages of a release in dist/, all of the same programs. Each step needs those before it.

    build.py program TRIPLE                     the program of a system, in cargo's target folder
    build.py archive TRIPLE PROGRAM [NOTICES]   one archive: program, manual pages, completions, licences
    build.py checksums                          SHA256SUMS of all archives
    build.py npm | pypi | manifests | linux | docker  the packages, of the archives that are there
    build.py notices TRIPLE                     the licences of all that is in the program (THIRD-PARTY.md)
    build.py sbom TRIPLE                        the list of all that is in the program (CycloneDX)
    build.py notes                              this version's part of CHANGELOG.md
    build.py version TAG SLUG                   fails unless the tag is this version's, at the project's home
    build.py matrix                             the targets, for a workflow
    build.py publish PLACE                      the manifests, to homebrew, scoop, aur, nix or winget
    build.py references [--write]               the files that name the project's home or version
"""

import os
import sys
from pathlib import Path

import archives
import dependencies
import docker
import linux
import manifests
import npm
import program as programs
import project as projects
import references
import release
import taps
import wheels


def main(step="", *arguments):
    project = projects.read()
    dist = Path(os.environ.get("DIST", projects.ROOT / "dist"))
    dist.mkdir(parents=True, exist_ok=True)
    target = projects.target(arguments[0]) if step in ("archive", "notices", "sbom") and arguments else None
    match step, arguments:
        case "program", (triple,):
            programs.build(triple)
        case "archive", (_, program, *notices):
            notices = Path(notices[0]) if notices else None
            print(archives.build(project, target, Path(program), dist, notices))
        case "checksums", ():
            print(archives.checksums(project, dist))
        case "npm", ():
            print(npm.build(project, dist))
        case "pypi", ():
            print(wheels.build(project, dist))
        case "manifests", ():
            print(manifests.build(project, dist))
        case "docker", ():
            print(docker.build(project, dist))
        case "linux", ():
            print(linux.build(project, dist))
        case "notices", (_,):
            print(dependencies.notices(project, target, dist))
        case "sbom", (_,):
            print(dependencies.sbom(project, target, dist))
        case "notes", ():
            print(release.notes(project), end="")
        case "version", (tag, slug):
            release.check(project, tag, slug)
        case "matrix", ():
            print(release.matrix())
        case "publish", (place,):
            print(taps.publish(project, dist, place))
        case "references", () | ("--write",):
            stale = references.stale(project, write=arguments == ("--write",))
            if stale:
                raise SystemExit("error: run `packaging/build.py references --write`\n" + "\n".join(stale))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
