"""An app by dj-stripe, which fetches from Stripe what each event is about: API_BASE API_VERSION DATABASE [plain | shop].

An answer says what was raised, but with `plain`. With `shop`, the app sells, too (shop.py).
DATABASE is a file for SQLite, or the folder of a socket of PostgreSQL. PORT and STRIPE_WEBHOOK_SECRET come from the
environment, as those of the other apps; port 0 takes a free one, which the first line of stderr names.
"""

import os
import socketserver
import sys
import traceback
import wsgiref.simple_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

BASE, VERSION, DATABASE = sys.argv[1:4]
ENDPOINT = "00000000-0000-4000-8000-000000000000"

if os.path.isdir(DATABASE):
    database = {"ENGINE": "django.db.backends.postgresql", "HOST": DATABASE, "NAME": "postgres", "USER": "postgres"}
else:
    options = {"timeout": 60, "transaction_mode": "IMMEDIATE"}
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "OPTIONS": options}
settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": database},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "djstripe"],
    LOGGING_CONFIG=None,
    # The tables as they are in the end: the way there takes a minute.
    MIGRATION_MODULES={"auth": None, "contenttypes": None, "djstripe": None},
    ROOT_URLCONF=__name__,
    SECRET_KEY="test",
    STRIPE_API_HOST=BASE,
    STRIPE_API_VERSION=VERSION,
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY="sk_test_" + "1" * 24,
    USE_TZ=True,
)
django.setup()
urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
if sys.argv[4:] == ["shop"]:
    urlpatterns.append(path("shop/", include("shop")))


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def told(application):
    """The app, whose errors say what was raised in their body."""

    def call(environment, start_response):
        try:
            return application(environment, start_response)
        except Exception:  # the test reads what went wrong
            start_response("500 Internal Server Error", [("content-type", "text/plain")])
            return ["".join(traceback.format_exc()[-2_000:]).encode()]

    return call


call_command("migrate", run_syncdb=True, verbosity=0)
from djstripe.models import WebhookEndpoint  # needs the settings

WebhookEndpoint.objects.get_or_create(
    id="we_1",
    defaults={
        "api_version": VERSION,
        "djstripe_uuid": ENDPOINT,
        "enabled_events": ["*"],
        "livemode": False,
        "secret": os.environ["STRIPE_WEBHOOK_SECRET"],
        "status": "enabled",
        "url": "https://app.example/stripe/webhook/",
    },
)
application = get_wsgi_application()
if sys.argv[4:] != ["plain"]:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    application = told(application)
server = wsgiref.simple_server.make_server(
    "127.0.0.1", int(os.environ["PORT"]), application, Server, Handler
)
print(f"listening on http://127.0.0.1:{server.server_port}/stripe/webhook/{ENDPOINT}/", file=sys.stderr, flush=True)
server.serve_forever()
