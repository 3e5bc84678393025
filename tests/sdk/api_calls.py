#!/usr/bin/env python3
"""Asks the local Stripe API what handlers ask Stripe, by the official library.

Takes the port, and a file with the events that were sent. Prints a line for each call that fails, then how many
did not.
"""

import json
import sys
import warnings

import stripe

warnings.simplefilter("ignore")
port, events = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
base = f"http://127.0.0.1:{port}"
v = stripe.StripeClient("sk_test_1", base_addresses={"api": base, "files": base}).v1
done = 0


def newest(kind, **fields):
    """The newest state of an object of a type that was sent."""
    for event in reversed(events):
        found = event.get("data", {}).get("object", {})
        if found.get("object") == kind and all(found.get(k) == value for k, value in fields.items()):
            return found
    raise LookupError(kind)


def call(name, wanted, ask):
    """Asks, and holds the answer against what is wanted."""
    global done
    try:
        got = ask()
    except Exception as error:  # any failure is one
        print("failed", name, type(error).__name__, str(error)[:300])
        return
    if got != wanted:
        print("failed", name, "got", repr(got)[:200], "wanted", repr(wanted)[:200])
        return
    done += 1


def refused(name, kind, text, ask):
    """Asks for what cannot be had, and holds the error against what is wanted."""
    global done
    try:
        ask()
    except stripe.StripeError as error:
        if type(error).__name__ == kind and text in str(error) and error.request_id:
            done += 1
        else:
            print("failed", name, type(error).__name__, str(error)[:300], error.request_id)
        return
    print("failed", name, "no error")


def expand(*paths):
    return {"expand": list(paths)}


sub = newest("subscription")
invoice = newest("invoice")
session = newest("checkout.session", mode="subscription")
payment_session = newest("checkout.session", mode="payment")
intent = newest("payment_intent")
charge = newest("charge")
refund = newest("refund")
payout = newest("payout")
dispute = newest("dispute")
setup = newest("setup_intent")
customer = sub["customer"]
price = sub["items"]["data"][0]["price"]
old = {"stripe_version": "2024-06-20"}

# In the order in which handlers call them most.
paths = ("latest_invoice.payments", "default_payment_method", "items.data.price.product")
call("subscription", "paid", lambda: v.subscriptions.retrieve(sub["id"], expand(*paths)).latest_invoice.payments.data[0].status)
call("subscription product", "Studio membership", lambda: v.subscriptions.retrieve(sub["id"], expand(*paths))["items"].data[0].price.product.name)
call("subscription secret", "payment_intent", lambda: v.subscriptions.retrieve(sub["id"], expand("latest_invoice.confirmation_secret")).latest_invoice.confirmation_secret.type)
call("subscription of old", "succeeded", lambda: v.subscriptions.retrieve(sub["id"], expand("latest_invoice.payment_intent"), old).latest_invoice.payment_intent.status)
call("period of old", sub["items"]["data"][0]["current_period_end"], lambda: v.subscriptions.retrieve(sub["id"], options=old).current_period_end)
call("subscription metadata", "b", lambda: v.subscriptions.update(sub["id"], {"metadata": {"a": "b"}}).metadata["a"])
call("subscription metadata kept", "b", lambda: v.subscriptions.retrieve(sub["id"]).metadata["a"])
call("subscription metadata unset", {}, lambda: v.subscriptions.update(sub["id"], {"metadata": ""}).metadata.to_dict())
call("payment", 2783, lambda: v.payment_intents.retrieve(intent["id"], expand("latest_charge.balance_transaction", "payment_method")).latest_charge.balance_transaction.net)
call("invoice", "succeeded", lambda: v.invoices.retrieve(invoice["id"], expand("payments", "payments.data.payment.payment_intent")).payments.data[0].payment.payment_intent.status)
call("invoice lines", invoice["id"], lambda: v.invoices.retrieve(invoice["id"], expand("lines.data.discounts.promotion_code")).id)
call("customer metadata", "1", lambda: v.customers.update(customer, {"metadata": {"x": "1"}}).metadata["x"])
call("subscriptions", [sub["id"]], lambda: [s.id for s in v.subscriptions.list({"customer": customer, "status": "all", "limit": 1, "expand": ["data.default_payment_method"]}).data])
call("customer", [sub["id"]], lambda: [s.id for s in v.customers.retrieve(customer, expand("subscriptions", "tax_ids")).subscriptions.data])
paths = ("line_items.data.price.product", "subscription", "customer")
call("session", "Studio membership", lambda: v.checkout.sessions.retrieve(session["id"], expand(*paths)).line_items.data[0].price.product.name)
call("session's payment", "succeeded", lambda: v.checkout.sessions.retrieve(payment_session["id"], expand("line_items", "payment_intent.latest_charge")).payment_intent.latest_charge.status)
call("line items", "Studio membership", lambda: v.checkout.sessions.line_items.list(session["id"], {"limit": 100, "expand": ["data.price.product"]}).data[0].price.product.name)
call("line items of a payment", "one_time", lambda: v.checkout.sessions.line_items.list(payment_session["id"]).data[0].price.type)
call("charge", f"/v1/charges/{charge['id']}/refunds", lambda: v.charges.retrieve(charge["id"], expand("balance_transaction", "refunds")).refunds.url)
call("charges", [charge["id"]], lambda: [c.id for c in v.charges.list({"payment_intent": charge["payment_intent"]}).data])
call("payment method", "4242", lambda: v.payment_methods.retrieve(charge["payment_method"]).card.last4)
call("price", "Studio membership", lambda: v.prices.retrieve(price["id"], expand("product")).product.name)
call("prices", [], lambda: v.prices.list({"lookup_keys": ["none"], "expand": ["data.product"]}).data)
call("prices of a product", True, lambda: price["id"] in [p.id for p in v.prices.list({"product": price["product"], "active": True}).data])
call("product", price["id"], lambda: v.products.retrieve(price["product"], expand("default_price")).default_price.id)
call("invoices", [invoice["id"]], lambda: [i.id for i in v.invoices.list({"customer": customer, "subscription": sub["id"]}).data])
call("refunds", [refund["id"]], lambda: [r.id for r in v.refunds.list({"charge": refund["charge"]}).data])
call("refund", -refund["amount"], lambda: v.refunds.retrieve(refund["id"], expand("charge", "balance_transaction")).balance_transaction.amount)
call("setup intent", "card", lambda: v.setup_intents.retrieve(setup["id"], expand("payment_method", "latest_attempt")).payment_method.type)
call("events", sum(e["type"] == "invoice.paid" for e in events), lambda: len(list(v.events.list({"type": "invoice.paid"}).auto_paging_iter())))
sent = {e["id"] for e in events}
call("all events", len(events), lambda: sum(e.id in sent for e in v.events.list({"limit": 7}).auto_paging_iter()))
call("event", events[0]["type"], lambda: v.events.retrieve(events[0]["id"]).type)
email = v.customers.retrieve(customer).email
call("customers", customer, lambda: next(c.id for c in v.customers.list({"email": email}).data))
call("customers found", customer, lambda: next(c.id for c in v.customers.search({"query": f"email:'{email}'"}).data))
call("account", "acct_", lambda: v.accounts.retrieve_current().id[:5])
payment = v.invoices.retrieve(invoice["id"], expand("payments")).payments.data[0].payment.payment_intent
call("invoice of a payment", "paid", lambda: v.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": payment}, "expand": ["data.invoice"]}).data[0].invoice.status)
call("payments of an invoice", [payment], lambda: [p.payment.payment_intent for p in v.invoice_payments.list({"invoice": invoice["id"]}).data])
call("transactions of a payout", [-payout["amount"]], lambda: [t.amount for t in v.balance_transactions.list({"payout": payout["id"]}).data])
call("transactions of a charge", [charge["amount"]], lambda: [t.amount for t in v.balance_transactions.list({"source": charge["id"]}).data])
call("payout", -payout["amount"], lambda: v.payouts.retrieve(payout["id"], expand("balance_transaction", "destination")).balance_transaction.amount)
call("dispute", dispute["charge"], lambda: v.disputes.retrieve(dispute["id"], expand("charge", "payment_intent")).charge.id)
call("balance", "balance", lambda: v.balance.retrieve().object)

invalid = "InvalidRequestError"
refused("unknown id", invalid, "No such customer: 'cus_x'", lambda: v.customers.retrieve("cus_x"))
refused("unknown parameter", invalid, "Received unknown parameter: emial. Did you mean email?", lambda: v.customers.list({"emial": "x"}))
refused("write", invalid, "devtool does not serve POST /v1/quotes", lambda: v.quotes.create({"customer": "cus_1"}))
refused("not expandable", invalid, "This property cannot be expanded (metadata).", lambda: v.prices.retrieve(price["id"], expand("metadata")))
refused("without data", invalid, "'data.product' instead", lambda: v.prices.list(expand("product")))
refused("too deep", invalid, "4 levels", lambda: v.prices.list(expand("data.a.b.c.d")))
refused("page cursor", invalid, "No such price: 'price_x'", lambda: v.prices.list({"starting_after": "price_x"}))
live = stripe.StripeClient("sk_live_1", base_addresses={"api": base})
refused("live key", "AuthenticationError", "live mode key", lambda: live.v1.balance.retrieve())
refused("another account", "PermissionError", "acct_nobody", lambda: v.balance.retrieve(options={"stripe_account": "acct_nobody"}))
print(f"{done} calls as wanted")
