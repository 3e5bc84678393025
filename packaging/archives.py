"""The archives of a release, their checksums, and what is taken out of them for the packages.

Two archives of the same files are equal, byte by byte: names in order, and one moment for all.
"""

import gzip
import io
import os
import tarfile
import time
import zipfile

from project import ROOT, sha256

SUMS = "SHA256SUMS"
TEXTS = ["README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md"]
COMPLETIONS = ["_devtool", "_devtool.ps1", "devtool.bash", "devtool.elv", "devtool.fish"]


def moment():
    """When everything in an archive was last changed; 1980 is the first year that zip knows."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315_532_800)


def contents(target, program, notices):
    """What an archive holds: path, bytes, and whether it is run."""
    files = [(target.program, program.read_bytes(), True)]
    files += [(name, (ROOT / name).read_bytes(), False) for name in TEXTS]
    files += [(f"completions/{name}", (ROOT / "completions" / name).read_bytes(), False) for name in COMPLETIONS]
    for page in sorted((ROOT / "docs/man").iterdir()):
        files.append((f"man/{page.name}", page.read_bytes(), False))
    if notices:
        files.append(("THIRD-PARTY.md", notices.read_bytes(), False))
    return sorted(files)


def build(project, target, program, dist, notices=None):
    dist.mkdir(parents=True, exist_ok=True)
    folder = project.archive(target)
    files = [(f"{folder}/{name}", data, runs) for name, data, runs in contents(target, program, notices)]
    archive = dist / project.archive_file(target)
    archive.write_bytes(zipped(files) if target.is_windows else tarred(files))
    return archive


def tarred(files):
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data, runs in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(data), 0o755 if runs else 0o644, moment()
            tar.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def zip_entry(name, runs):
    entry = zipfile.ZipInfo(name, time.gmtime(moment())[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = (0o100755 if runs else 0o100644) << 16
    return entry


def zipped(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data, runs in files:
            archive.writestr(zip_entry(name, runs), data)
    return made.getvalue()


def checksums(project, dist):
    """Writes the list that the installers and the action check their download by."""
    archives = sorted([*dist.glob("devtool-*.tar.gz"), *dist.glob("devtool-*.zip")])
    lines = [f"{sha256(archive)}  {archive.name}\n" for archive in archives]
    (dist / SUMS).write_text("".join(lines), newline="\n")
    return dist / SUMS


def sums(dist):
    lines = (dist / SUMS).read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def files_of(project, target, dist):
    """What a target's archive holds, without the folder in front."""
    archive = dist / project.archive_file(target)
    if sums(dist).get(archive.name) != sha256(archive):
        raise SystemExit(f"error: {archive.name} is not what {SUMS} says")
    short = lambda name: name.split("/", 1)[1]  # noqa: E731
    if target.is_windows:
        with zipfile.ZipFile(archive) as opened:
            return {short(name): opened.read(name) for name in opened.namelist()}
    with tarfile.open(archive) as opened:
        return {short(entry.name): opened.extractfile(entry).read() for entry in opened if entry.isfile()}


def targets_of(project, targets, dist):
    """The targets that there is an archive of."""
    return [one for one in targets if (dist / project.archive_file(one)).is_file()]
