// An endpoint for Stripe's thin events, with Express and the library's notification handler.

import { existsSync } from 'node:fs';

import express from 'express';
import Stripe from 'stripe';

// `devtool secret --write` puts the secret into .env; what the environment has counts first.
if (existsSync('.env')) {
  process.loadEnvFile();
}
const secret = process.env.STRIPE_WEBHOOK_SECRET;
if (!secret) {
  console.error('STRIPE_WEBHOOK_SECRET is not set: `devtool secret --write` writes one to .env');
  process.exit(1);
}

// Thin events carry nothing of their object, so the app needs an API: Stripe's with a key, or
// devtool's local one at STRIPE_API_BASE, where any test key will do.
function connect() {
  if (process.env.STRIPE_API_BASE) {
    const { protocol, hostname, port } = new URL(process.env.STRIPE_API_BASE);
    return new Stripe('sk_test_local', { protocol: protocol.replace(':', ''), host: hostname, port });
  }
  if (!process.env.STRIPE_API_KEY) {
    console.error("set STRIPE_API_BASE to the address of devtool's local API, or STRIPE_API_KEY");
    process.exit(1);
  }
  return new Stripe(process.env.STRIPE_API_KEY);
}

// What has no callback of its own. Accept it: Stripe sends an event again that is not accepted.
async function ofNoCallback(notification) {
  const event = await notification.fetchEvent();
  const about = await presentObject(notification);
  console.error(`${event.type}: ${about?.object ?? '-'}, changes:`, event.changes);
}

// The object that the event is about, as it is now; null if it is gone, or if there is none.
async function presentObject(notification) {
  try {
    return await notification.fetchRelatedObject();
  } catch (error) {
    if (error.code === 'resource_missing') {
      return null;
    }
    throw error;
  }
}

// Stripe may send an event twice, and the object that a callback fetches is as it is now, not as it
// was at the time of the event. Let callbacks bring the app's own state in step with it.

async function customerChanged(notification) {
  const customer = await notification.fetchRelatedObject();
  // Of a deleted customer, Stripe has the id and nothing else.
  console.error(`customer ${customer.id}: ${customer.deleted ? 'deleted' : customer.email}`);
}

async function subscriptionChanged(notification, stripe) {
  const subscription = await notification.fetchRelatedObject();
  const customer = await stripe.customers.retrieve(subscription.customer);
  console.error(`subscription ${subscription.id} of ${customer.id} is ${subscription.status}`);
}

async function invoicePaid(notification) {
  const invoice = await notification.fetchRelatedObject();
  console.error(`invoice ${invoice.id} over ${invoice.total} ${invoice.currency} is paid`);
}

async function invoicePaymentFailed(notification) {
  const invoice = await notification.fetchRelatedObject();
  console.error(`invoice ${invoice.id} is ${invoice.status}: ask for another payment method`);
}

// Logs go to stderr here; stdout has the verified events only.
const handler = connect()
  .notificationHandler(secret, ofNoCallback)
  .preHandle(async ({ type, id, related_object: related }) => {
    console.log(`verified ${type} ${id} ${related?.id ?? '-'}`);
    return true;
  })
  .on('v1.customer.created', customerChanged)
  .on('v1.customer.updated', customerChanged)
  .on('v1.customer.deleted', customerChanged)
  .on('v1.customer.subscription.created', subscriptionChanged)
  .on('v1.customer.subscription.updated', subscriptionChanged)
  .on('v1.customer.subscription.deleted', subscriptionChanged)
  .on('v1.invoice.paid', invoicePaid)
  .on('v1.invoice.payment_failed', invoicePaymentFailed);

const app = express();

// The signature covers the exact bytes of the body, so this route takes it raw and not as parsed JSON.
app.post('/webhook', express.raw({ type: 'application/json' }), async (req, res) => {
  try {
    await handler.handle(req.body, req.get('stripe-signature'));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) {
      res.status(400).json({ error: error.message });
      return;
    }
    // Where the API fails in a callback, Express answers with its error, and Stripe sends the event again.
    throw error;
  }
  res.json({ status: 'success' });
});

const port = Number(process.env.PORT ?? 5000);
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) {
    throw error;
  }
  console.error(`listening on http://127.0.0.1:${server.address().port}/webhook`);
});
