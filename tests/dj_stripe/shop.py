"""A shop on dj-stripe: POST /shop/DEED with a form, by the models' own methods. Each answers with JSON."""

from decimal import Decimal

import stripe
from django.contrib.auth import get_user_model
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from djstripe.models import Charge, Customer, Invoice, Price, Product, Subscription
from djstripe.settings import djstripe_settings


def customer_of(form):
    return Customer.objects.get(subscriber__email=form["email"])


def subscription_of(form):
    return Subscription.objects.filter(customer=customer_of(form)).latest("created")


def price(form):
    stripe.api_key = djstripe_settings.STRIPE_SECRET_KEY
    product = Product.sync_from_stripe_data(stripe.Product.create(name=form["name"]))
    recurring = {"interval": "month"}
    made = Price.create(product=product, unit_amount=int(form["amount"]), currency="usd", recurring=recurring)
    return {"id": made.id}


def sign_up(form):
    user = get_user_model().objects.create_user(form["email"], form["email"])
    customer, is_new = Customer.get_or_create(subscriber=user)
    return {"id": customer.id, "new": is_new}


def checkout(form):
    customer = customer_of(form)
    session = stripe.checkout.Session.create(
        api_key=djstripe_settings.STRIPE_SECRET_KEY,
        customer=customer.id,
        line_items=[{"price": form["price"], "quantity": 1}],
        metadata={djstripe_settings.SUBSCRIBER_CUSTOMER_KEY: customer.subscriber_id},
        mode="subscription",
        success_url="https://shop.example/done?session={CHECKOUT_SESSION_ID}",
    )
    return {"url": session.url}


def add_card(form):
    return {"id": customer_of(form).add_payment_method(form["card"]).id}


def subscribe(form):
    return {"id": customer_of(form).subscribe(price=form["price"]).id}


def upgrade(form):
    subscription = subscription_of(form)
    item = subscription.items.get()
    changed = subscription.update(
        items=[{"id": item.id, "price": form["price"]}], proration_behavior="always_invoice"
    )
    return {"status": changed.status}


def cancel(form):
    return {"status": subscription_of(form).cancel(at_period_end="now" not in form).status}


def go_on(form):
    return {"status": subscription_of(form).update(cancel_at_period_end=False).status}


def bill(form):
    item = customer_of(form).add_invoice_item(Decimal(form["amount"]), "usd", description="Setting up")
    return {"id": item.id}


def preview(form):
    return {"lines": Invoice.upcoming(customer=customer_of(form).id).lineitems.count()}


def refund(form):
    charge = Charge.objects.filter(customer=customer_of(form)).latest("created")
    amount = Decimal(form["amount"]) if "amount" in form else None
    return {"status": charge.refund(amount=amount).status}


def leave(form):
    customer_of(form).purge()
    return {}


DEEDS = {
    deed.__name__.replace("_", "-"): deed
    for deed in (
        price, sign_up, checkout, add_card, subscribe, upgrade, cancel, go_on, bill, preview, refund, leave
    )
}  # fmt: skip


@csrf_exempt
def do(request, deed):
    return JsonResponse(DEEDS[deed](request.POST))


urlpatterns = [path("<deed>/", do)]
