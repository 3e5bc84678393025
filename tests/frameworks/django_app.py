"""Views with the mistakes that people make, in Django and its REST framework.

python django_app.py HOST [debug]; HOST is the one of ALLOWED_HOSTS.
"""

import json
import os
import sys

import django
from django.conf import settings

settings.configure(
    DEBUG="debug" in sys.argv,
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    ALLOWED_HOSTS=[sys.argv[1]],
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

import stripe  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.exceptions import PermissionDenied, SuspiciousOperation  # noqa: E402
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import Http404, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import require_GET, require_POST  # noqa: E402
from rest_framework.parsers import FormParser  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


def ok(request):
    return HttpResponse("")


# A handler as Stripe's documents have it.
@csrf_exempt
@require_POST
def webhook(request):
    header = request.headers.get("Stripe-Signature")
    try:
        event = stripe.Webhook.construct_event(
            request.body, header, os.environ["STRIPE_WEBHOOK_SECRET"]
        )
    except ValueError:
        return HttpResponse("invalid payload", status=400)
    except stripe.SignatureVerificationError:
        return HttpResponse("invalid signature", status=400)
    return HttpResponse(event["type"])


def raising(error):
    @csrf_exempt
    def view(request):
        request.META["HTTP_STRIPE_SIGNATURE"]
        raise error

    return view


@csrf_exempt
def wrong_secret(request):
    header = request.headers["Stripe-Signature"]
    stripe.Webhook.construct_event(request.body, header, "whsec_of_the_app")


@csrf_exempt
def wrong_header(request):
    return HttpResponse(request.META["HTTP_STRIPE-SIGNATURE"])


@csrf_exempt
def nothing_returned(request):
    pass


@csrf_exempt
def stored(request):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS events (kind TEXT PRIMARY KEY)")
        kind = json.loads(request.body)["object"]
        cursor.execute("INSERT INTO events VALUES (%s)", [kind])
        cursor.execute("INSERT INTO events VALUES (%s)", [kind])
    return HttpResponse("")


class Private(APIView):
    permission_classes = [IsAuthenticated]

    def post(self, request):
        return Response({})


class Forms(APIView):
    permission_classes = []
    parser_classes = [FormParser]

    def post(self, request):
        return Response(request.data)


urlpatterns = [
    path("webhook", webhook),
    path("exception", raising(KeyError("customer"))),
    path("does-not-exist", raising(Group.DoesNotExist("Group matching query does not exist."))),
    path("http404", raising(Http404("no order 7"))),
    path("denied", raising(PermissionDenied())),
    path("suspicious", raising(SuspiciousOperation("odd"))),
    path("wrong-secret", wrong_secret),
    path("wrong-header", wrong_header),
    path("nothing-returned", nothing_returned),
    path("stored", stored),
    path("csrf", ok),
    path("slash/", csrf_exempt(ok)),
    path("get", csrf_exempt(require_GET(ok))),
    path("private", Private.as_view()),
    path("forms", Forms.as_view()),
]

# As `manage.py runserver` serves it.
server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
server.set_app(get_wsgi_application())
print(f"listening on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
