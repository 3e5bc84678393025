"""Each kind of app gets the exact bytes, and Stripe's own library takes their signature."""

import asyncio
import json
import threading

import pytest

from devtool_stripe import WebhookError


def test_flask_app(stripe_events, flask_app):
    report = stripe_events.scenario("payment", app=flask_app)
    assert report["verdict"] == "pass"
    assert flask_app.seen == [step["event"] for step in report.steps]


def test_flask_client(stripe_events, flask_app):
    stripe_events.trigger("invoice.paid", app=flask_app.test_client())
    assert flask_app.seen == ["invoice.paid"]


def test_fastapi_app(stripe_events, fastapi_app):
    stripe_events.scenario("refund-full", app=fastapi_app)
    assert len(fastapi_app.seen) > 1


def test_fastapi_client(stripe_events, fastapi_app):
    from fastapi.testclient import TestClient

    stripe_events.trigger("charge.refunded", app=TestClient(fastapi_app))
    assert fastapi_app.seen == ["charge.refunded"]


def test_asgi_within_a_running_loop(stripe_events, fastapi_app):
    async def test():
        stripe_events.trigger("invoice.paid", app=fastapi_app)

    asyncio.run(test())
    assert fastapi_app.seen == ["invoice.paid"]


def test_django_client(stripe_events, django_client):
    stripe_events.scenario("payment", app=django_client)


def test_options(stripe_events, plain):
    stripe_events.trigger("invoice.paid", app=plain, path="/hook?shop=7", set={"amount_paid": 4200}, seed=1)
    event = json.loads(plain.bodies[0])
    assert event["data"]["object"]["amount_paid"] == 4200


def test_url(stripe_events, plain):
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    handler = type("Quiet", (WSGIRequestHandler,), {"log_message": lambda *_: None})
    with make_server("127.0.0.1", 0, plain, handler_class=handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            stripe_events.trigger("invoice.paid", app=f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
    assert len(plain.bodies) == 1


def test_orders_and_duplicates(stripe_events, flask_app):
    report = stripe_events.scenario("payment", app=flask_app, orders=3, duplicate="50%")
    assert len(report["stories"]) > 1


def test_app_runs_in_the_tests_thread(stripe_events):
    threads = []

    def app(environ, start_response):
        threads.append(threading.current_thread())
        start_response("204 No Content", [])
        return []

    stripe_events.trigger("invoice.paid", app=app)
    assert threads == [threading.current_thread()]


def test_failure_says_what_and_how_to_fix_it(stripe_events, flask_app):
    with pytest.raises(WebhookError) as raised:
        stripe_events.trigger("invoice.paid", app=flask_app, path="/missing")
    assert str(raised.value).startswith("invoice.paid: 404\n  hint: ")
    report = stripe_events.trigger("invoice.paid", app=flask_app, path="/missing", check=False)
    assert report.exit_code == 1


def test_exception_is_a_500_with_its_text(stripe_events):
    def app(environ, start_response):
        raise ValueError("no such table: invoices")

    report = stripe_events.trigger("invoice.paid", app=app, check=False)
    assert "no such table: invoices" in json.dumps(report)


def test_unknown_event_is_told_its_like(stripe_events, plain):
    with pytest.raises(WebhookError, match="invoice.paid"):
        stripe_events.trigger("invoice.payd", app=plain)
    assert not plain.bodies


@pytest.mark.stripe("payment", orders=4)
def test_any_order(stripe_events, flask_app):
    report = stripe_events.run_marked(app=flask_app)
    assert sorted(flask_app.seen) == sorted(step["event"] for step in report.steps)


def test_no_app(stripe_events):
    with pytest.raises(TypeError, match="no URL, WSGI or ASGI app"):
        stripe_events.trigger("invoice.paid", app=5)
