// Handlers with the mistakes that people make, in Express and with Stripe's library.
import express from 'express';
import Stripe from 'stripe';

const options = { maxNetworkRetries: 0, host: '127.0.0.1', port: 9, protocol: 'http' };
const stripe = new Stripe('sk_test_of_a_test', options);
const secret = 'whsec_of_the_app';
const app = express();
const paid = [];
const raw = express.raw({ type: 'application/json' });

// A handler as Stripe's documents have it, with one thing changed.
const verifying = ({ body = (request) => request.body, header = 'stripe-signature', key = secret }) =>
  (request, response) => {
    try {
      stripe.webhooks.constructEvent(body(request), request.headers[header], key);
      response.send('');
    } catch (error) {
      response.status(400).send(`Webhook Error: ${error.message}`);
    }
  };
const signed = (payload, timestamp) =>
  stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });

// One as Stripe's documents have it.
app.post('/webhook', raw, (request, response) => {
  let event;
  try {
    const key = process.env.STRIPE_WEBHOOK_SECRET;
    event = stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], key);
  } catch (error) {
    return response.status(400).send(`Webhook Error: ${error.message}`);
  }
  if (event.type === 'payment_intent.succeeded') paid.push(event.data.object.id);
  response.json({ received: true });
});
app.post('/exception', (request, response) => response.send(undefined.id));
app.post('/wrong-secret', raw, verifying({}));
app.post('/wrong-secret-thrown', raw, (request) => {
  stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], secret);
});
app.post('/no-secret', raw, verifying({ key: null }));
app.post('/secret-with-line-break', raw, verifying({ key: `${secret}\n` }));
app.post('/no-header', raw, verifying({ header: 'x-signature' }));
app.post('/other-header', raw, verifying({ header: 'user-agent' }));
app.post('/parsed', express.json(), verifying({}));
app.post('/written-anew', express.json(), verifying({ body: (request) => JSON.stringify(request.body) }));
app.post('/no-body', verifying({}));
app.post('/other-type', express.raw({ type: 'text/plain' }), verifying({}));
app.post('/old', raw, (request, response) => {
  request.headers['stripe-signature'] = signed(request.body.toString(), 1);
  verifying({})(request, response);
});
app.post('/thin-handler', raw, (request, response) => {
  const payload = request.body.toString();
  try {
    stripe.parseEventNotification(payload, signed(payload), secret);
  } catch (error) {
    response.status(400).send(error.message);
  }
});
app.post('/snapshot-handler', raw, (request, response) => {
  const body = JSON.stringify({ id: 'evt_1', object: 'v2.core.event', type: 'v1.invoice.paid' });
  request.headers['stripe-signature'] = signed(body);
  verifying({ body: () => body })(request, response);
});
app.post('/api', raw, async () => stripe.customers.retrieve('cus_1'));
app.post('/api-without-key', raw, async () => new Stripe());
app.post('/own-404', () => {
  throw Object.assign(new Error('no order 7'), { status: 404 });
});
app.post('/limit', express.raw({ type: () => true, limit: 10 }), (request, response) => response.send(''));
app.get('/get', (request, response) => response.send(''));

const server = app.listen(0, '127.0.0.1', () => {
  console.error(`listening on http://127.0.0.1:${server.address().port}`);
});
