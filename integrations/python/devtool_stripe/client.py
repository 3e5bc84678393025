"""One `devtool serve --stdio` for a whole test run, and what it reports."""

import base64
import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from .apps import Asgi, application

PROTOCOL = 1
SECRET = "whsec_0123456789abcdef0123456789abcdef"


class WebhookError(AssertionError):
    """The app did not take an event as it should; the text says which, and how to fix it."""

    def __init__(self, report):
        super().__init__(report.explanation())
        self.report = report


class Report(dict):
    """The JSON report of a run (docs/report.schema.json), and its exit code."""

    def __init__(self, document, exit_code, errors):
        super().__init__(document)
        self.exit_code = exit_code
        self.errors = errors

    @property
    def steps(self):
        """What was sent, in the order of the sending, and what came back."""
        return self.get("steps", [])

    def explanation(self):
        """What failed, with the hints of devtool."""
        lines = [self.errors.strip()] if self.errors.strip() else []
        lines += [explained(step) for step in self.steps if step["verdict"] != "pass"]
        for story in self.get("stories", []):
            lines += [f"check {check['path']}" + differing(check) for check in story["checks"] if check["verdict"] != "pass"]
        for probe in self.get("audit", {}).get("probes", []):
            if probe["verdict"] == "fail":
                lines.append(f"{probe['title']}\n  hint: {probe['fix']}")
        return "\n".join(lines) or f"devtool ended with exit code {self.exit_code}"


def explained(step):
    last = step["attempts"][-1] if step["attempts"] else {}
    text = f"{step['event']}: {last.get('status') or last.get('error') or step['verdict']}" + differing(step)
    if step.get("hint"):
        text += "\n  hint: " + step["hint"].replace("\n", "\n        ")
    return text


def differing(result):
    return "".join(f"\n  {one['what']}: expected {one['expected']}, found {one['found']}" for one in result["mismatches"])


def find_program():
    """The program: `DEVTOOL_BINARY`, that of this environment, or the one on the PATH. None where there is none."""
    named = os.environ.get("DEVTOOL_BINARY")
    own = Path(sysconfig.get_path("scripts"), "devtool.exe" if os.name == "nt" else "devtool")
    return named or (str(own) if own.exists() else shutil.which("devtool"))


class StripeEvents:
    """Sends Stripe's events to an app, and fails with a hint where it does not take them."""

    def __init__(self, secret=None, program=None):
        self.secret = secret or os.environ.get("STRIPE_WEBHOOK_SECRET") or SECRET
        self._program = program or find_program()
        self._process = None
        self._loop = Asgi()
        self._last = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._process:
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
        self._loop.close()

    def scenario(self, name, app, *, check=True, **options):
        """Runs a scenario: a name, or the path of a file. Options are those of `devtool scenario`."""
        return self.run("scenario", name, app=app, check=check, **options)

    def trigger(self, event, app, *, check=True, **options):
        """Sends one event. Options are those of `devtool trigger`."""
        return self.run("trigger", event, app=app, check=check, **options)

    def audit(self, app, *, check=True, **options):
        """Tests whether the endpoint is correct and safe. Options are those of `devtool audit`."""
        return self.run("audit", app=app, check=check, **options)

    def run(self, *words, app, check=True, **options):
        """Runs a command of devtool's against an app: a URL, a WSGI or ASGI app, or a test client."""
        answer = application(app, self._loop)
        words = [*map(str, words), "--secret", self.secret, "--no-history", *arguments(options)]
        if isinstance(answer, str):
            words += [] if "url" in options else ["--url", joined(answer, options)]
        done = self._ask({"run": words, "app": not isinstance(answer, str)}, answer)
        document = done.get("report")
        report = Report(document if isinstance(document, dict) else {}, done["exit_code"], done["errors"])
        if check and report.exit_code:
            raise WebhookError(report)
        return report

    def _ask(self, question, answer):
        self._start()
        self._last += 1
        self._say({"id": self._last, **question})
        while True:
            heard = self._hear()
            if "request" in heard:
                self._say(answered(heard, answer))
            elif heard.get("id") == self._last:
                return heard
            elif "error" in heard:
                raise RuntimeError(f"devtool: {heard['error']}")

    def _start(self):
        if self._process:
            return
        if not self._program:
            raise RuntimeError("devtool was not found: install devtool-stripe, or name the program in DEVTOOL_BINARY")
        command = [self._program, "serve", "--stdio"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")
        greeting = self._hear()
        if greeting.get("protocol") != PROTOCOL:
            raise RuntimeError(f"{self._program} speaks another protocol: {greeting}")

    def _say(self, message):
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"devtool has ended: exit code {self._process.wait()}")
        return json.loads(line)


def answered(request, answer):
    """What the app answers to a request, in the test's own thread: its database is the test's."""
    body = base64.b64decode(request["body_base64"]) if "body_base64" in request else request["body"].encode()
    status, headers, body = answer(request["method"], request["path"], request["headers"], body)
    return {
        "answer": request["request"],
        "status": status,
        "headers": [[str(name), str(value)] for name, value in headers],
        "body_base64": base64.b64encode(body).decode(),
    }


def arguments(options):
    """Options as words: `orders=3` is `--orders 3`, and what has several values is said several times."""
    words = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        values = [f"{key}={one}" for key, one in value.items()] if isinstance(value, dict) else value
        for one in values if isinstance(values, (list, tuple)) else [values]:
            if one is True:
                words.append(option)
            elif one not in (None, False):
                words.append(f"{option}={one}")
    return words


def joined(url, options):
    path = options.get("path", "/webhook")
    return url if url.split("://", 1)[1].rstrip("/").count("/") else url.rstrip("/") + path
