"""How to ask an app without a port: WSGI, ASGI, and the test clients of Flask, Django and Starlette."""

import asyncio
import inspect
import io
import sys
import threading
import traceback
from urllib.parse import unquote


def application(app, loop):
    """A function that answers requests (method, path, headers, body), or the URL of an app that has a port."""
    if isinstance(app, str):
        return app
    if isinstance(getattr(app, "url", None), str) and not callable(app):
        return app.url  # pytest-django's live_server
    if hasattr(app, "generic") and hasattr(app, "handler"):
        return guarded(lambda *request: ask_django(app, *request))
    if hasattr(app, "application") and hasattr(app, "open"):
        return guarded(lambda *request: ask_wsgi(app.application, *request))  # Flask's and Werkzeug's clients
    if hasattr(app, "request") and hasattr(app, "base_url"):
        return guarded(lambda *request: ask_httpx(app, *request))  # Starlette's and FastAPI's clients
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):
        return guarded(lambda *request: loop.run(ask_asgi(app, *request)))
    if callable(app):
        return guarded(lambda *request: ask_wsgi(app, *request))
    raise TypeError(f"no URL, WSGI or ASGI app, and no test client: {app!r}")


def guarded(ask):
    """An exception is what it is on a server: a 500. The report shows its text."""

    def answer(*request):
        try:
            return ask(*request)
        except Exception:  # whatever the app raises
            return 500, [("Content-Type", "text/plain; charset=utf-8")], traceback.format_exc().encode()

    return answer


def ask_wsgi(app, method, path, headers, body):
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key != "CONTENT_LENGTH":
            environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    begun, chunks = [], []

    def start_response(status, headers, exc_info=None):
        begun[:] = [int(status.split(" ", 1)[0]), headers]
        return chunks.append

    answer = app(environ, start_response)
    try:
        chunks.extend(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return begun[0], begun[1], b"".join(chunks)


def ask_django(client, method, path, headers, body):
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    kind = names.pop("HTTP_CONTENT_TYPE", "application/octet-stream")
    names = {key: value for key, value in names.items() if key not in ("HTTP_CONTENT_LENGTH", "HTTP_HOST")}
    answer = client.generic(method, path, body, kind, **names)
    return answer.status_code, list(answer.items()), b"".join(answer) if answer.streaming else answer.content


def ask_httpx(client, method, path, headers, body):
    headers = [(name, value) for name, value in headers if name.lower() not in ("host", "content-length")]
    answer = client.request(method, path, content=body, headers=headers, follow_redirects=False)
    # The body is as it was before it was packed.
    kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() != "content-encoding"]
    return answer.status_code, kept, answer.content


async def ask_asgi(app, method, path, headers, body):
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
    sent, asked = [], []

    async def receive():
        if asked:
            await asyncio.Event().wait()  # the client stays
        asked.append(True)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", [])]
    parts = (message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], headers, b"".join(parts)


class Asgi:
    """The event loop that an app's requests share; in a thread of its own where the test has one."""

    def __init__(self):
        self._loop = None

    def run(self, work):
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._loop.run_until_complete(work)
        results = []
        thread = threading.Thread(target=lambda: results.append(self._loop.run_until_complete(work)))
        thread.start()
        thread.join()
        return results[0]

    def close(self):
        if self._loop:
            self._loop.close()
            self._loop = None
