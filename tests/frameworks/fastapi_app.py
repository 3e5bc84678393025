"""Handlers with the mistakes that people make, in FastAPI. python fastapi_app.py [debug]"""

import os
import sys
from typing import Annotated

import stripe
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.security import HTTPBearer
from fastapi import Depends
from pydantic import BaseModel

app = FastAPI(debug="debug" in sys.argv)


class Order(BaseModel):
    amount: int


# A handler as Stripe's documents have it.
@app.post("/webhook")
async def webhook(request: Request):
    payload = await request.body()
    header = request.headers.get("stripe-signature")
    try:
        event = stripe.Webhook.construct_event(
            payload, header, os.environ["STRIPE_WEBHOOK_SECRET"]
        )
    except ValueError as error:
        raise HTTPException(400, "invalid payload") from error
    except stripe.SignatureVerificationError as error:
        raise HTTPException(400, "invalid signature") from error
    return {"received": event["type"]}


@app.post("/exception")
async def exception(request: Request):
    return {}["customer"]


@app.post("/model")
async def model(order: Order):
    return ""


@app.post("/other-header")
async def other_header(sig: Annotated[str, Header()]):
    return ""


@app.post("/untyped")
async def untyped(request):
    return ""


@app.post("/wrong-secret")
async def wrong_secret(request: Request):
    body = await request.body()
    stripe.Webhook.construct_event(body, request.headers["stripe-signature"], "whsec_of_the_app")


@app.post("/wrong-secret-told")
async def wrong_secret_told(request: Request):
    try:
        await wrong_secret(request)
    except stripe.SignatureVerificationError as error:
        raise HTTPException(400, str(error)) from error


@app.post("/status/{status}")
async def of_status(status: int):
    raise HTTPException(status)


@app.post("/bearer", dependencies=[Depends(HTTPBearer())])
async def bearer():
    return ""


@app.get("/get")
async def get():
    return ""


@app.post("/slash/")
async def slash():
    return ""


uvicorn.run(app, port=0)
