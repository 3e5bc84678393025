"""The packages for Debian and Red Hat and what comes of them: the program, manual pages, completions."""

import gzip
import hashlib
import shutil
import subprocess

from archives import files_of, moment, targets_of
from project import TARGETS

ARCHITECTURES = {"x64": ("amd64", "x86_64"), "arm64": ("arm64", "aarch64")}
COMPLETIONS = {
    "devtool.bash": "bash-completion/completions/devtool",
    "_devtool": "zsh/vendor-completions/_devtool",
    "devtool.fish": "fish/vendor_completions.d/devtool.fish",
}
# What lintian would have otherwise: the program is static, so that it runs with any C library, and no bug of
# Debian's asks for the package.
OVERRIDES = """devtool: initial-upload-closes-no-bugs
devtool: shared-library-lacks-prerequisites [usr/bin/devtool]
"""
LONGER = """devtool sends a webhook handler the events that Stripe would send: signed,
in the order of a real payment, with payloads exact to Stripe's own types.
It needs no account and no network, and says what the handler answered."""


def lay_out(files, root, doc):
    """What is installed, below a root."""
    place(root / "usr/bin/devtool", files["devtool"], 0o755)
    for name, data in files.items():
        if name.startswith("man/"):
            section = name.rsplit(".", 1)[1]
            place(root / f"usr/share/man/man{section}/{name[4:]}.gz", gzip.compress(data, mtime=0))
    for name, target in COMPLETIONS.items():
        place(root / "usr/share" / target, files[f"completions/{name}"])
    for name in {"README.md", "THIRD-PARTY.md"} & files.keys():
        place(root / doc / name, files[name])


def place(file, data, mode=0o644):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)


def maintainer(project):
    return f"{project.owner} <{project.owner}@users.noreply.github.com>"


def checksums(root):
    """What `dpkg --verify` holds the installed files against."""
    files = [file for file in sorted(root.rglob("*")) if file.is_file()]
    md5 = [hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() for file in files]
    return "".join(f"{sum}  {file.relative_to(root)}\n" for sum, file in zip(md5, files))


def utc(form):
    """The moment of the release, as `date` writes it."""
    command = ["date", "-u", "-d", f"@{moment()}", *form]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    return said.stdout.strip()


def deb(project, target, dist, out):
    files, architecture = files_of(project, target, dist), ARCHITECTURES[target.npm_cpu][0]
    root = out / f"deb-{architecture}"
    shutil.rmtree(root, ignore_errors=True)
    doc = "usr/share/doc/devtool"
    lay_out(files, root, doc)
    copyright = f"Upstream-Name: devtool\nSource: {project.home}\n\n" + files["LICENSE"].decode()
    place(root / doc / "copyright", copyright.encode())
    changes = f"devtool ({project.version}-1) unstable; urgency=medium\n\n  * {project.home}/blob/main/CHANGELOG.md\n\n"
    changes += f" -- {maintainer(project)}  {utc(['-R'])}\n"
    place(root / doc / "changelog.Debian.gz", gzip.compress(changes.encode(), mtime=0))
    place(root / "usr/share/lintian/overrides/devtool", OVERRIDES.encode())
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file()) // 1024
    description = "\n".join(f" {line}" for line in LONGER.splitlines())
    control = f"""Package: devtool
Version: {project.version}-1
Section: devel
Priority: optional
Architecture: {architecture}
Installed-Size: {size}
Recommends: ca-certificates
Homepage: {project.home}
Maintainer: {maintainer(project)}
Description: {project.summary[0].lower()}{project.summary[1:]}
{description}
"""
    sums = checksums(root)
    place(root / "DEBIAN/control", control.encode())
    place(root / "DEBIAN/md5sums", sums.encode())
    file = out / f"devtool_{project.version}-1_{architecture}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, file]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": str(moment())})
    shutil.rmtree(root)


def rpm(project, target, dist, out):
    files, architecture = files_of(project, target, dist), ARCHITECTURES[target.npm_cpu][1]
    root = out / f"rpm-{architecture}"
    shutil.rmtree(root, ignore_errors=True)
    lay_out(files, root / "files", "usr/share/doc/devtool")
    (root / "files/usr/share/zsh/vendor-completions").rename(root / "files/usr/share/zsh/site-functions")
    place(root / "files/usr/share/licenses/devtool/LICENSE", files["LICENSE"])
    listed = [file for file in sorted((root / "files").rglob("*")) if file.is_file()]
    marks = {"licenses": "%license ", "doc": "%doc "}
    names = [file.relative_to(root / "files") for file in listed]
    lines = [marks.get(name.parts[2], "") + f"/{name}" for name in names]
    spec = f"""Name: devtool
Version: {project.version}
Release: 1
Group: Development/Tools
Packager: {maintainer(project)}
Summary: {project.summary}
License: {project.license}
URL: {project.home}
Recommends: ca-certificates
AutoReqProv: no
%define __os_install_post %{{nil}}
%define debug_package %{{nil}}

%description
{LONGER}

%install
cp -a {root / "files"}/. %{{buildroot}}

%changelog
* {utc(['+%a %b %d %Y'])} {maintainer(project)} - {project.version}-1
- {project.home}/blob/main/CHANGELOG.md

%files
""" + "\n".join(lines) + "\n"
    place(root / "devtool.spec", spec.encode())
    command = ["rpmbuild", "-bb", "--target", architecture, "--define", f"_topdir {root / 'rpmbuild'}",
               "--define", "source_date_epoch_from_changelog 0", "--define", "use_source_date_epoch_as_buildtime 1", "--define", "_buildhost localhost",
               "--define", f"_rpmdir {out}", "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
               root / "devtool.spec"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(root)


def build(project, dist):
    out = (dist / "linux").resolve()
    out.mkdir(parents=True, exist_ok=True)
    for target in targets_of(project, [one for one in TARGETS if one.npm_os == "linux"], dist):
        deb(project, target, dist, out)
        if shutil.which("rpmbuild"):
            rpm(project, target, dist, out)
    return out
