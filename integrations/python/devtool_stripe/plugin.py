"""The plugin for pytest, which finds it by itself.

    def test_payment(stripe_events, client):
        stripe_events.scenario("payment", app=client)

    @pytest.mark.stripe("payment", orders=20)
    def test_any_order(stripe_events, client):
        stripe_events.run_marked(app=client)
"""

import pytest

from .client import StripeEvents, WebhookError, find_program


def pytest_addoption(parser):
    parser.addini("stripe_secret", "signing secret of the app under test (STRIPE_WEBHOOK_SECRET, else one for tests)")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "stripe(scenario, orders=1, **options): one test for each order in which the events may come"
    )


def pytest_generate_tests(metafunc):
    marker = metafunc.definition.get_closest_marker("stripe")
    if marker and "_stripe_order" in metafunc.fixturenames:
        orders = range(marker.kwargs.get("orders", 1))
        metafunc.parametrize("_stripe_order", orders, ids=["story" if n == 0 else f"order-{n}" for n in orders])


@pytest.fixture(scope="session")
def stripe_secret(request):
    """The secret that events are signed with; override it where the app has another."""
    return request.config.getini("stripe_secret") or None


@pytest.fixture(scope="session")
def _stripe_session(stripe_secret):
    if not find_program():
        pytest.skip("devtool is not installed: pip install devtool-stripe, or set DEVTOOL_BINARY")
    with StripeEvents(secret=stripe_secret) as events:
        yield events


@pytest.fixture
def _stripe_order():
    return 0


@pytest.fixture
def stripe_events(request, _stripe_session, _stripe_order):
    """Sends Stripe's events to an app: a URL, a WSGI or ASGI app, or the test client of Flask, Django or Starlette."""
    return Fixture(_stripe_session, request.node.get_closest_marker("stripe"), _stripe_order)


class Fixture:
    """The session's `StripeEvents`, and what the test's marker asks for."""

    def __init__(self, events, marker, order):
        self._events, self._marker, self._order = events, marker, order

    def __getattr__(self, name):
        return getattr(self._events, name)

    def run_marked(self, app, **options):
        """Runs the scenario of `@pytest.mark.stripe` in this test's order."""
        if not self._marker:
            raise pytest.UsageError('the test has no marker: @pytest.mark.stripe("payment", orders=20)')
        marked = {key: value for key, value in self._marker.kwargs.items() if key != "orders"}
        if self._order:
            marked |= {"order": "shuffle", "seed": self._order}
        return self._events.scenario(self._marker.args[0], app, **{**marked, **options})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, WebhookError):
        # What failed and how to fix it, without the way through this plugin.
        report.longrepr = f"{item.location[0]}:{item.location[1] + 1}: {item.name}\n\n{call.excinfo.value}"
    return report
