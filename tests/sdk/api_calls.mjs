// Asks the local Stripe API what handlers ask Stripe, by the official library. Takes the port, and a file with the
// events that were sent. Prints a line for each call that fails, then how many did not.
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

const [port, file] = process.argv.slice(2);
const events = JSON.parse(readFileSync(file, 'utf8'));
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http' });
let done = 0;

const newest = (kind, fields = {}) =>
  events
    .map((event) => event.data?.object)
    .filter((object) => object?.object === kind)
    .filter((object) => Object.entries(fields).every(([key, value]) => object[key] === value))
    .at(-1);

async function call(name, wanted, ask) {
  try {
    const got = await ask();
    if (JSON.stringify(got) === JSON.stringify(wanted)) done += 1;
    else console.log('failed', name, 'got', got, 'wanted', wanted);
  } catch (error) {
    console.log('failed', name, error.constructor.name, error.message);
  }
}

async function refused(name, kind, text, ask) {
  try {
    await ask();
    console.log('failed', name, 'no error');
  } catch (error) {
    if (error.constructor.name === kind && error.message.includes(text)) done += 1;
    else console.log('failed', name, error.constructor.name, error.message);
  }
}

const sub = newest('subscription');
const invoice = newest('invoice');
const session = newest('checkout.session', { mode: 'subscription' });
const intent = newest('payment_intent');
const charge = newest('charge');
const refund = newest('refund');
const payout = newest('payout');
const dispute = newest('dispute');
const setup = newest('setup_intent');
const price = sub.items.data[0].price;
const expand = (...paths) => ({ expand: paths });
const ids = (list) => list.data.map((object) => object.id);

await call('subscription', ['paid', 'Studio membership'], async () => {
  const paths = ['latest_invoice.payments', 'default_payment_method', 'items.data.price.product'];
  const found = await stripe.subscriptions.retrieve(sub.id, expand(...paths));
  return [found.latest_invoice.payments.data[0].status, found.items.data[0].price.product.name];
});
await call('metadata', 'b', async () => (await stripe.subscriptions.update(sub.id, { metadata: { a: 'b' } })).metadata.a);
await call('metadata unset', {}, async () => (await stripe.subscriptions.update(sub.id, { metadata: { a: null } })).metadata);
await call('payment', 2783, async () => {
  const paths = ['latest_charge.balance_transaction', 'payment_method'];
  return (await stripe.paymentIntents.retrieve(intent.id, expand(...paths))).latest_charge.balance_transaction.net;
});
await call('invoice', 'succeeded', async () => {
  const found = await stripe.invoices.retrieve(invoice.id, expand('payments.data.payment.payment_intent'));
  return found.payments.data[0].payment.payment_intent.status;
});
await call('subscriptions', [sub.id], async () => ids(await stripe.subscriptions.list({ customer: sub.customer, status: 'all', limit: 1 })));
await call('customer', [sub.id], async () => ids((await stripe.customers.retrieve(sub.customer, expand('subscriptions', 'tax_ids'))).subscriptions));
await call('session', 'Studio membership', async () => {
  const paths = ['line_items.data.price.product', 'subscription', 'customer'];
  return (await stripe.checkout.sessions.retrieve(session.id, expand(...paths))).line_items.data[0].price.product.name;
});
await call('line items', 1, async () => {
  const items = [];
  for await (const item of stripe.checkout.sessions.listLineItems(session.id, { limit: 100, expand: ['data.price.product'] })) items.push(item);
  return items.length;
});
await call('charge', 0, async () => (await stripe.charges.retrieve(charge.id, expand('balance_transaction', 'refunds'))).refunds.data.length);
await call('payment method', '4242', async () => (await stripe.paymentMethods.retrieve(charge.payment_method)).card.last4);
await call('price', 'Studio membership', async () => (await stripe.prices.retrieve(price.id, expand('product'))).product.name);
await call('invoices', [invoice.id], async () => ids(await stripe.invoices.list({ customer: sub.customer })));
await call('refunds', [refund.id], async () => ids(await stripe.refunds.list({ payment_intent: refund.payment_intent })));
await call('setup intent', 'card', async () => (await stripe.setupIntents.retrieve(setup.id, expand('payment_method'))).payment_method.type);
await call('events', events.length, async () => {
  const found = [];
  for await (const event of stripe.events.list({ limit: 9 })) found.push(event);
  // Calls that change something have events, too.
  return found.filter(({ id }) => events.some((event) => event.id === id)).length;
});
await call('event', events[0], async () => JSON.parse(JSON.stringify(await stripe.events.retrieve(events[0].id))));
await call('customers', [sub.customer], async () => ids(await stripe.customers.search({ query: `metadata['a']:null AND email~'example' AND -name:null` })).filter((id) => id === sub.customer));
await call('invoice payments', ['paid'], async () => (await stripe.invoicePayments.list({ invoice: invoice.id, expand: ['data.invoice'] })).data.map((payment) => payment.invoice.status));
await call('payout', -payout.amount, async () => (await stripe.payouts.retrieve(payout.id, expand('balance_transaction'))).balance_transaction.amount);
await call('dispute', dispute.charge, async () => (await stripe.disputes.retrieve(dispute.id, expand('charge'))).charge.id);
await call('account', 'account', async () => (await stripe.accounts.retrieveCurrent()).object);

const invalid = 'StripeInvalidRequestError';
await refused('unknown id', invalid, "No such customer: 'cus_x'", () => stripe.customers.retrieve('cus_x'));
await refused('no id', invalid, 'remove the trailing slash', () => stripe.customers.retrieve(''));
await refused('unknown parameter', invalid, 'Received unknown parameter: emial', () => stripe.customers.list({ emial: 'x' }));
await refused('write', invalid, 'devtool does not serve POST /v1/quotes', () => stripe.quotes.create({ customer: 'cus_1' }));
await refused('not expandable', invalid, 'cannot be expanded (metadata)', () => stripe.prices.retrieve(price.id, expand('metadata')));
await refused('live key', 'StripeAuthenticationError', 'live mode key', () => new Stripe('sk_live_1', { host: '127.0.0.1', port, protocol: 'http' }).balance.retrieve());
await refused('another account', 'StripePermissionError', 'acct_nobody', () => stripe.balance.retrieve({}, { stripeAccount: 'acct_nobody' }));
console.log(`${done} calls as wanted`);
