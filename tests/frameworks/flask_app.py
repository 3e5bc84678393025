"""Handlers with the mistakes that people make, in Flask and with Stripe's library.

python flask_app.py [debug] [csrf]; STRIPE_API names the server that stands for Stripe's API.
"""

import os
import sqlite3
import sys

import stripe
from flask import Flask, abort, request
from flask_wtf.csrf import CSRFProtect

app = Flask(__name__)
app.config["SECRET_KEY"] = "of a test"
database = sqlite3.connect(":memory:", check_same_thread=False)
database.execute("CREATE TABLE events (id TEXT PRIMARY KEY)")
stripe.api_base = os.environ.get("STRIPE_API", "http://127.0.0.1:9")
stripe.max_network_retries = 0
paid = []


def verify(secret, header="Stripe-Signature", body=None, **more):
    body = request.get_data() if body is None else body
    stripe.Webhook.construct_event(body, request.headers.get(header), secret, **more)
    return ""


# A handler as Stripe's documents have it.
@app.post("/webhook")
def webhook():
    payload = request.get_data()
    header = request.headers.get("Stripe-Signature")
    try:
        event = stripe.Webhook.construct_event(
            payload, header, os.environ["STRIPE_WEBHOOK_SECRET"]
        )
    except ValueError:
        return "invalid payload", 400
    except stripe.SignatureVerificationError:
        return "invalid signature", 400
    if event["type"] == "payment_intent.succeeded":
        paid.append(event["data"]["object"]["id"])
    return {"received": True}


@app.post("/exception")
def exception():
    request.headers["Stripe-Signature"]
    return {}["customer"]


@app.post("/wrong-secret")
def wrong_secret():
    return verify("whsec_of_the_app")


@app.post("/wrong-secret-told")
def wrong_secret_told():
    try:
        return verify("whsec_of_the_app")
    except stripe.SignatureVerificationError as error:
        return str(error), 400


@app.post("/no-secret")
def no_secret():
    return verify(None)


@app.post("/wrong-header")
def wrong_header():
    return request.headers["X-Stripe-Signature"]


@app.post("/no-header")
def no_header():
    return verify("whsec_of_the_app", header="X-Signature")


@app.post("/parsed")
def parsed():
    return verify(os.environ["STRIPE_WEBHOOK_SECRET"], body=str(request.get_json()))


@app.post("/old")
def old():
    payload = request.get_data(as_text=True)
    signature = stripe.WebhookSignature._compute_signature(f"1.{payload}", "whsec_of_the_app")
    stripe.Webhook.construct_event(payload, f"t=1,v1={signature}", "whsec_of_the_app")
    return ""


@app.post("/form")
def form():
    return request.form["id"]


@app.post("/store")
def store():
    verify(os.environ["STRIPE_WEBHOOK_SECRET"])
    database.execute("INSERT INTO events VALUES (?)", (request.get_json()["id"],))
    return ""


@app.post("/api-without-key")
def api_without_key():
    stripe.api_key = None
    return str(stripe.Customer.retrieve("cus_1"))


@app.post("/api")
def api():
    stripe.api_key = "sk_test_of_a_test"
    return str(stripe.Customer.retrieve("cus_1"))


@app.post("/abort/<int:status>")
def aborted(status):
    abort(status)


@app.get("/get")
def get():
    return ""


@app.post("/slash/")
def slash():
    return ""


if "csrf" in sys.argv:
    CSRFProtect(app)
app.run(port=0, debug="debug" in sys.argv, use_reloader=False)
