// Verifies and parses webhook deliveries with the official Stripe library for Node.
//
// Reads JSON lines from stdin: {"header": "<Stripe-Signature>", "body": "<raw body>", "secret": "whsec_..."}.
// Prints what it cannot read, and how many it read. Exit code 1 if there was any that it could not.

import { createInterface } from 'node:readline';
import Stripe from 'stripe';

let read = 0;
let failed = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { header, body, secret } = JSON.parse(line);
  try {
    const event = Stripe.webhooks.constructEvent(body, header, secret);
    if (event.object !== 'event' || typeof event.data.object.object !== 'string') {
      throw new Error('it is no event with an object');
    }
    read += 1;
  } catch (error) {
    failed += 1;
    console.log(`${JSON.parse(body).type}: ${error.message}`);
  }
}
console.log(`parsed ${read} events`);
process.exitCode = failed ? 1 : 0;
