"""An endpoint for Stripe's thin events, with Flask and the library's notification handler."""

import logging
import os
import sys

import stripe
from dotenv import load_dotenv
from flask import Flask, jsonify, request

# `devtool secret --write` puts the secret into .env; what the environment has counts first.
load_dotenv()
SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET")
if not SECRET:
    sys.exit("STRIPE_WEBHOOK_SECRET is not set: `devtool secret --write` writes one to .env")

# Thin events carry nothing of their object, so the app needs an API: Stripe's with a key, or
# devtool's local one at STRIPE_API_BASE, where any test key will do.
API_BASE = os.environ.get("STRIPE_API_BASE")
API_KEY = "sk_test_local" if API_BASE else os.environ.get("STRIPE_API_KEY")
if not API_KEY:
    sys.exit("set STRIPE_API_BASE to the address of devtool's local API, or STRIPE_API_KEY")
client = stripe.StripeClient(API_KEY, base_addresses={"api": API_BASE} if API_BASE else {})

logging.basicConfig(level=logging.INFO)
app = Flask(__name__)


def of_no_callback(notification, client, details):
    """What has no callback of its own. Accept it: Stripe sends an event again that is not accepted."""
    event = notification.fetch_event()
    changes = getattr(event, "changes", None)
    about = present_object(notification)
    app.logger.info("%s: %s, changes: %s", event.type, getattr(about, "object", "-"), changes)


def present_object(notification):
    """The object that the event is about, as it is now; None if it is gone, or if there is none."""
    if not getattr(notification, "related_object", None):
        return None
    try:
        return notification.fetch_related_object()
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise


handler = client.notification_handler(SECRET, of_no_callback)


@handler.pre_handle
def verified(notification, client):
    related = getattr(notification, "related_object", None)
    print("verified", notification.type, notification.id, getattr(related, "id", "-"), flush=True)
    return True


# Stripe may send an event twice, and the object that a callback fetches is as it is now, not as it
# was at the time of the event. Let callbacks bring the app's own state in step with it.


@handler.on_v1_customer_created
@handler.on_v1_customer_updated
@handler.on_v1_customer_deleted
def customer_changed(notification, client):
    customer = notification.fetch_related_object()
    # Of a deleted customer, Stripe has the id and nothing else.
    email = "deleted" if getattr(customer, "deleted", False) else customer.email
    app.logger.info("customer %s: %s", customer.id, email)


@handler.on_v1_customer_subscription_created
@handler.on_v1_customer_subscription_updated
@handler.on_v1_customer_subscription_deleted
def subscription_changed(notification, client):
    subscription = notification.fetch_related_object()
    customer = client.v1.customers.retrieve(subscription.customer)
    app.logger.info("subscription %s of %s is %s", subscription.id, customer.id, subscription.status)


@handler.on_v1_invoice_paid
def invoice_paid(notification, client):
    invoice = notification.fetch_related_object()
    app.logger.info("invoice %s over %d %s is paid", invoice.id, invoice.total, invoice.currency)


@handler.on_v1_invoice_payment_failed
def invoice_payment_failed(notification, client):
    invoice = notification.fetch_related_object()
    app.logger.info("invoice %s is %s: ask for another payment method", invoice.id, invoice.status)


@app.route("/webhook", methods=["POST"])
def webhook():
    # The signature covers the exact bytes of the body, so verify these and not parsed JSON.
    header = request.headers.get("Stripe-Signature")
    try:
        handler.handle(request.get_data(), header)
    except (ValueError, stripe.SignatureVerificationError) as error:
        return jsonify(error=str(error)), 400
    # Where the API fails in a callback, Flask answers 500, and Stripe sends the event again.
    return jsonify(status="success")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
