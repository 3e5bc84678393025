"""The wheels for PyPI: one for each system, with its program among the scripts, and the plugin for pytest.

A wheel is a zip file with three texts about itself, so no build tool stands between the released program and what
pip installs.
"""

import base64
import hashlib
import io
import zipfile
from pathlib import Path

from archives import files_of, targets_of, zip_entry
from project import ROOT, TARGETS

PLUGIN = ROOT / "integrations" / "python"
README = Path(__file__).parent / "pypi" / "README.md"


def metadata(project):
    return f"""Metadata-Version: 2.4
Name: {project.package}
Version: {project.version}
Summary: {project.description}
Project-URL: Homepage, {project.home}
Project-URL: Changelog, {project.home}/blob/main/CHANGELOG.md
License-Expression: {project.license}
License-File: LICENSE
Keywords: stripe,webhook,testing,cli
Classifier: Environment :: Console
Classifier: Framework :: Pytest
Classifier: Intended Audience :: Developers
Classifier: Topic :: Software Development :: Testing
Requires-Python: >=3.9
Description-Content-Type: text/markdown

{README.read_text(encoding="utf-8")}"""


def wheel_file(target):
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in target.wheel.split("."))
    return f"Wheel-Version: 1.0\nGenerator: packaging/wheels.py\nRoot-Is-Purelib: false\n{tags}"


def files(project, target, dist):
    taken = files_of(project, target, dist)
    stem = f"{project.package.replace('-', '_')}-{project.version}"
    yield f"{stem}.data/scripts/{target.program}", taken[target.program], True
    for module in sorted(PLUGIN.glob("devtool_stripe/*.py")):
        yield f"devtool_stripe/{module.name}", module.read_bytes(), False
    yield f"{stem}.dist-info/entry_points.txt", b"[pytest11]\ndevtool_stripe = devtool_stripe.plugin\n", False
    yield f"{stem}.dist-info/METADATA", metadata(project).encode(), False
    yield f"{stem}.dist-info/WHEEL", wheel_file(target).encode(), False
    for name in ["LICENSE", "THIRD-PARTY.md"]:
        if name in taken:
            yield f"{stem}.dist-info/licenses/{name}", taken[name], False


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def build(project, dist):
    out = dist / "pypi"
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{project.package.replace('-', '_')}-{project.version}"
    for target in targets_of(project, TARGETS, dist):
        record, made = "", io.BytesIO()
        with zipfile.ZipFile(made, "w") as wheel:
            for name, data, runs in files(project, target, dist):
                wheel.writestr(zip_entry(name, runs), data)
                record += record_line(name, data)
            record += f"{stem}.dist-info/RECORD,,\n"
            wheel.writestr(zip_entry(f"{stem}.dist-info/RECORD", False), record)
        (out / f"{stem}-py3-none-{target.wheel}.whl").write_bytes(made.getvalue())
    return out
