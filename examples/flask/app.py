"""A webhook endpoint for Stripe, with Flask."""

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

# With STRIPE_API_BASE, the address of devtool's local API, handlers ask that for the present state of
# what an event is about. Any test key will do there.
client = None
if API_BASE := os.environ.get("STRIPE_API_BASE"):
    client = stripe.StripeClient("sk_test_local", base_addresses={"api": API_BASE})

logging.basicConfig(level=logging.INFO)
app = Flask(__name__)


# Stripe may send an event twice, and events may arrive in another order than they happened. Keep
# handlers safe to run again: let them set a state rather than add to one.


def payment_pending(charge):
    app.logger.info("charge %s is on its way, which can take days", charge.id)


def payment_succeeded(intent):
    app.logger.info("payment %s received: %d %s", intent.id, intent.amount, intent.currency)


def payment_failed(intent):
    app.logger.info("payment %s failed: ask for another payment method", intent.id)


def invoice_paid(invoice):
    app.logger.info("invoice %s is paid: keep the service on", invoice.id)


def subscription_updated(subscription):
    app.logger.info("%s: keep the service in step", present_state(subscription))


def subscription_ended(subscription):
    app.logger.info("%s: turn the service off", present_state(subscription))


def present_state(subscription):
    """What the API says of a subscription and its customer; what the event said, where there is none."""
    if not client:
        return f"subscription {subscription.id} was {subscription.status}"
    # Where the API fails, Flask answers 500, and Stripe sends the event again.
    subscription = client.v1.subscriptions.retrieve(subscription.id)
    customer = client.v1.customers.retrieve(subscription.customer)
    owner = "a deleted customer" if getattr(customer, "deleted", False) else customer.email
    return f"subscription {subscription.id} of {owner} is {subscription.status}"


HANDLERS = {
    "charge.pending": payment_pending,
    "payment_intent.succeeded": payment_succeeded,
    "payment_intent.payment_failed": payment_failed,
    "invoice.paid": invoice_paid,
    "customer.subscription.updated": subscription_updated,
    "customer.subscription.deleted": subscription_ended,
}


@app.route("/webhook", methods=["POST"])
def webhook():
    # The signature covers the exact bytes of the body, so verify these and not parsed JSON.
    header = request.headers.get("Stripe-Signature")
    try:
        event = stripe.Webhook.construct_event(request.get_data(), header, SECRET)
    except (ValueError, stripe.SignatureVerificationError) as error:
        return jsonify(error=str(error)), 400

    obj = event.data.object
    print("verified", event.type, event.id, getattr(obj, "id", "-"), flush=True)

    # Types without a handler are fine: Stripe sends an event again that is not accepted.
    handler = HANDLERS.get(event.type)
    if handler:
        handler(obj)
    return jsonify(status="success")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "5000")))
