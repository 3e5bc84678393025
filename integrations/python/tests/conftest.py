"""Apps that verify and answer, as those of users do."""

import json

import pytest
import stripe

SECRET = "whsec_0123456789abcdef0123456789abcdef"
pytest_plugins = ["pytester"]


def taken(body, signature):
    """The event, where Stripe's own library takes it."""
    return stripe.Webhook.construct_event(body, signature, SECRET)


@pytest.fixture
def flask_app():
    import flask

    app = flask.Flask(__name__)
    app.seen = []

    @app.post("/webhook")
    def webhook():
        event = taken(flask.request.get_data(), flask.request.headers.get("Stripe-Signature"))
        app.seen.append(event["type"])
        return {"received": True}

    @app.post("/broken")
    def broken():
        raise ValueError("no such table: invoices")

    return app


@pytest.fixture
def fastapi_app():
    import fastapi

    app = fastapi.FastAPI()
    app.seen = []

    @app.post("/webhook")
    async def webhook(request: fastapi.Request):
        event = taken(await request.body(), request.headers.get("stripe-signature"))
        app.seen.append(event["type"])
        return {"received": True}

    return app


@pytest.fixture(scope="session")
def django_client():
    import django
    from django.conf import settings
    from django.http import JsonResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    @csrf_exempt
    def webhook(request):
        event = taken(request.body, request.headers.get("Stripe-Signature"))
        return JsonResponse({"type": event["type"]})

    settings.configure(
        ALLOWED_HOSTS=["*"], SECRET_KEY="for tests", ROOT_URLCONF=(path("webhook", webhook),), USE_TZ=True
    )
    django.setup()
    from django.test import Client

    return Client(raise_request_exception=False)


class Plain:
    """A WSGI app by hand, which says what came."""

    def __init__(self):
        self.bodies = []

    def __call__(self, environ, start_response):
        self.bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"query": environ["QUERY_STRING"]}).encode()]


@pytest.fixture
def plain():
    return Plain()
