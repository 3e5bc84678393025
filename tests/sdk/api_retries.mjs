// Asks a local Stripe API that fails, by the official library, which tries again by itself where it is to. Takes the
// port and the ids of a customer, an invoice, a charge, a payment intent and a subscription. Prints what each call
// came to.
import Stripe from 'stripe';

const [port, customer, invoice, charge, payment, subscription] = process.argv.slice(2);
// A request whose connection was closed keeps the program up as long as it may take.
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http', timeout: 5_000 });
stripe.getInitialNetworkRetryDelay = () => 0.01;

async function show(title, ask) {
  try {
    console.log(`${title}: ${await ask()}`);
  } catch (error) {
    const replayed = error.headers?.['idempotent-replayed'] ? ', replayed' : '';
    console.log(`${title}: ${error.constructor.name}, ${error.code ?? null}${replayed}`);
  }
}

const update = async (metadata, idempotencyKey) => (await stripe.subscriptions.update(subscription, { metadata }, { idempotencyKey })).metadata.a;

await show('500 twice', async () => (await stripe.customers.retrieve(customer)).object);
await show('closed twice', async () => (await stripe.invoices.retrieve(invoice)).object);
await show('locked twice', async () => (await stripe.charges.retrieve(charge)).object);
await show('rate limit', async () => (await stripe.paymentIntents.retrieve(payment)).object);
await show('500 without retries', async () => (await stripe.customers.list({}, { maxNetworkRetries: 0 })).object);
await show('500 of an update', async () => (await stripe.customers.update(customer, { metadata: { a: 'b' } })).metadata.a);
await show('kept 500', () => update({ a: 'b' }, 'key-1'));
await show('again with its key', () => update({ a: 'b' }, 'key-1'));
await show('its key with other parameters', () => update({ a: 'c' }, 'key-1'));
await show('its key for another object', () => stripe.invoices.update(invoice, { metadata: { a: 'b' } }, { idempotencyKey: 'key-1' }));
await show('another key', () => update({ a: 'd' }, 'key-2'));
await show('the other key again', () => update({ a: 'd' }, 'key-2'));
