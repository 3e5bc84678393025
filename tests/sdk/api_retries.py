#!/usr/bin/env python3
"""Asks a local Stripe API that fails, by the official library, which tries again by itself where it is to.

Takes the port and the ids of a customer, an invoice, a charge, a payment intent and a subscription. Prints what
each call came to.
"""

import sys

import stripe

port, customer, invoice, charge, payment, subscription = sys.argv[1:]
stripe.HTTPClient.INITIAL_DELAY = 0.01
base = {"api": f"http://127.0.0.1:{port}"}
v1 = stripe.StripeClient("sk_test_1", base_addresses=base, max_network_retries=2).v1

hasty = stripe.StripeClient("sk_test_1", base_addresses=base).v1


def show(title, ask):
    try:
        print(f"{title}: {ask()}")
    except stripe.StripeError as error:
        replayed = (error.headers or {}).get("idempotent-replayed")
        print(f"{title}: {type(error).__name__}, {error.code}{', replayed' if replayed else ''}")


def update(metadata, key):
    return v1.subscriptions.update(subscription, {"metadata": metadata}, {"idempotency_key": key}).metadata["a"]


show("500 twice", lambda: v1.customers.retrieve(customer).object)
show("closed twice", lambda: v1.invoices.retrieve(invoice).object)
show("locked twice", lambda: v1.charges.retrieve(charge).object)
show("rate limit", lambda: v1.payment_intents.retrieve(payment).object)
show("500 without retries", lambda: hasty.customers.list().object)
show("500 of an update", lambda: v1.customers.update(customer, {"metadata": {"a": "b"}}).metadata["a"])
show("kept 500", lambda: update({"a": "b"}, "key-1"))
show("again with its key", lambda: update({"a": "b"}, "key-1"))
show("its key with other parameters", lambda: update({"a": "c"}, "key-1"))
show("its key for another object", lambda: v1.invoices.update(invoice, {"metadata": {"a": "b"}}, {"idempotency_key": "key-1"}).object)
show("another key", lambda: update({"a": "d"}, "key-2"))
show("the other key again", lambda: update({"a": "d"}, "key-2"))
