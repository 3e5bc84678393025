// A webhook endpoint for Stripe, with Express.

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

// With STRIPE_API_BASE, the address of devtool's local API, handlers ask that for the present state of
// what an event is about. Any test key will do there.
let stripe;
if (process.env.STRIPE_API_BASE) {
  const { protocol, hostname, port } = new URL(process.env.STRIPE_API_BASE);
  stripe = new Stripe('sk_test_local', { protocol: protocol.replace(':', ''), host: hostname, port });
}

// Stripe may send an event twice, and events may arrive in another order than they happened. Keep
// handlers safe to run again: let them set a state rather than add to one. Logs go to stderr here;
// stdout has the verified events only.

function paymentPending(charge) {
  console.error(`charge ${charge.id} is on its way, which can take days`);
}

function paymentSucceeded(intent) {
  console.error(`payment ${intent.id} received: ${intent.amount} ${intent.currency}`);
}

function paymentFailed(intent) {
  console.error(`payment ${intent.id} failed: ask for another payment method`);
}

function invoicePaid(invoice) {
  console.error(`invoice ${invoice.id} is paid: keep the service on`);
}

async function subscriptionUpdated(subscription) {
  console.error(`${await presentState(subscription)}: keep the service in step`);
}

async function subscriptionEnded(subscription) {
  console.error(`${await presentState(subscription)}: turn the service off`);
}

// What the API says of a subscription and its customer; what the event said, where there is none.
async function presentState({ id, status }) {
  if (!stripe) {
    return `subscription ${id} was ${status}`;
  }
  // Where the API fails, Express answers with its error, and Stripe sends the event again.
  const subscription = await stripe.subscriptions.retrieve(id);
  const customer = await stripe.customers.retrieve(subscription.customer);
  const owner = customer.deleted ? 'a deleted customer' : customer.email;
  return `subscription ${id} of ${owner} is ${subscription.status}`;
}

const handlers = new Map([
  ['charge.pending', paymentPending],
  ['payment_intent.succeeded', paymentSucceeded],
  ['payment_intent.payment_failed', paymentFailed],
  ['invoice.paid', invoicePaid],
  ['customer.subscription.updated', subscriptionUpdated],
  ['customer.subscription.deleted', subscriptionEnded],
]);

const app = express();

// The signature covers the exact bytes of the body, so this route takes it raw and not as parsed
// JSON. Events with many invoice lines are larger than the 100 kB that Express takes by default.
const rawBody = express.raw({ type: 'application/json', limit: '1mb' });

app.post('/webhook', rawBody, async (req, res) => {
  const header = req.get('stripe-signature');
  let event;
  try {
    event = Stripe.webhooks.constructEvent(req.body, header, secret);
  } catch (error) {
    res.status(400).json({ error: error.message });
    return;
  }

  const object = event.data.object;
  console.log(`verified ${event.type} ${event.id} ${object.id ?? '-'}`);

  // Types without a handler are fine: Stripe sends an event again that is not accepted.
  await handlers.get(event.type)?.(object);
  res.json({ status: 'success' });
});

const port = Number(process.env.PORT ?? 5000);
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) {
    throw error;
  }
  console.error(`listening on http://127.0.0.1:${server.address().port}/webhook`);
});
