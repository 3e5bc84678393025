"""What pytest shows, and what the plugin does where something is missing."""

APP = """
def app(environ, start_response):
    start_response("500 Internal Server Error", [])
    return [b"no such table: invoices"]
"""


def test_a_failure_is_the_hint_alone(pytester):
    pytester.makepyfile(APP + "def test(stripe_events): stripe_events.trigger('invoice.paid', app=app)")
    result = pytester.runpytest_subprocess("-p", "devtool_stripe.plugin")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["invoice.paid: 500", "  hint: *"])
    assert "client.py" not in result.stdout.str()


def test_one_test_for_each_order(pytester):
    pytester.makepyfile(
        APP.replace("500 Internal Server Error", "200 OK")
        + "import pytest\n@pytest.mark.stripe('payment', orders=3)\n"
        "def test(stripe_events): stripe_events.run_marked(app=app)"
    )
    result = pytester.runpytest_subprocess("-p", "devtool_stripe.plugin", "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test[[]story[]] PASSED*", "*test[[]order-1[]] PASSED*", "*test[[]order-2[]] PASSED*"])


def test_parallel_workers_have_a_devtool_each(pytester):
    pytester.makepyfile(
        APP.replace("500 Internal Server Error", "200 OK")
        + "import pytest\n@pytest.mark.stripe('payment', orders=8)\n"
        "def test(stripe_events): stripe_events.run_marked(app=app)"
    )
    result = pytester.runpytest_subprocess("-p", "devtool_stripe.plugin", "-n", "3")
    result.assert_outcomes(passed=8)


def test_without_devtool_tests_are_skipped(pytester, monkeypatch):
    monkeypatch.delenv("DEVTOOL_BINARY", raising=False)
    monkeypatch.setenv("PATH", "")
    pytester.makepyfile(APP + "def test(stripe_events): stripe_events.trigger('invoice.paid', app=app)")
    result = pytester.runpytest_subprocess("-p", "devtool_stripe.plugin", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*devtool is not installed: pip install devtool-stripe*"])
