"""The folder that the Docker image is built in, for both kinds of processors."""

import os
import shutil
from pathlib import Path

from archives import files_of, targets_of
from project import TARGETS

DOCKERFILE = Path(__file__).parent / "docker" / "Dockerfile"
ARCHITECTURES = {"x64": "amd64", "arm64": "arm64"}


def build(project, dist):
    out = dist / "docker"
    shutil.rmtree(out, ignore_errors=True)
    for target in targets_of(project, [one for one in TARGETS if one.npm_os == "linux"], dist):
        files, folder = files_of(project, target, dist), out / ARCHITECTURES[target.npm_cpu]
        (folder / "doc").mkdir(parents=True)
        (folder / "devtool").write_bytes(files["devtool"])
        (folder / "devtool").chmod(0o755)
        for name in {"LICENSE", "THIRD-PARTY.md"} & files.keys():
            (folder / "doc" / name).write_bytes(files[name])
    # Folders that git would not keep, since they are empty.
    for name in ["home", "tmp"]:
        (out / name).mkdir(parents=True)
    shutil.copy(DOCKERFILE, out)
    shutil.copy(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"), out / "ca-certificates.crt")
    return out
