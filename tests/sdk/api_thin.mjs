// Handles thin events as Stripe recommends, by the official library and the local Stripe API. Takes the port, and a
// file with thin events. Prints a line for each call that fails, then how many events and objects were fetched.
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

const [port, file] = process.argv.slice(2);
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http' });
const secret = 'whsec_test';
let [fetched, related] = [0, 0];
for (const event of JSON.parse(readFileSync(file, 'utf8'))) {
  const payload = JSON.stringify(event);
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret });
  const notification = stripe.parseEventNotification(payload, header, secret);
  try {
    const whole = await notification.fetchEvent();
    if (whole.id === event.id && whole.type === event.type && 'changes' in whole) fetched += 1;
    else console.log('failed', event.type, 'another event:', whole);
    const wanted = event.related_object;
    if (!wanted) continue;
    const found = await notification.fetchRelatedObject();
    if (found.object === wanted.type && [undefined, found.id].includes(wanted.id)) related += 1;
    else console.log('failed', event.type, wanted, found);
  } catch (error) {
    if (event.type.endsWith('.deleted') && error.statusCode === 404) related += 1;
    else console.log('failed', event.type, error.message);
  }
}
console.log(`${fetched} events, ${related} objects`);
