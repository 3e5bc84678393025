"""Stripe's webhook events for the tests of a Python app.

pytest finds the fixture `stripe_events` by itself. Elsewhere:

    with devtool_stripe.StripeEvents(secret=…) as stripe_events:
        stripe_events.scenario("payment", app=app)
"""

from .client import Report, StripeEvents, WebhookError

__all__ = ["Report", "StripeEvents", "WebhookError"]
