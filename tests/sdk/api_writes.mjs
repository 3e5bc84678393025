// Asks the local Stripe API to change something, by the official library: as api_writes.py does.
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

const [port, file] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(file, 'utf8'));
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http' });
const known = {};
const seen = new Set();

const at = (value, path) => path.split('.').reduce((found, name) => found[name], value);
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function filled(value) {
  const found = typeof value === 'string' && value.match(/^\$(\w+)((?:\.\w+)*)$/);
  if (found) return found[2] ? at(known[found[1]], found[2].slice(1)) : known[found[1]];
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item)]));
}

async function events() {
  const listed = [];
  for await (const event of stripe.events.list({ limit: 100 })) listed.push(event);
  const added = listed.reverse().filter((event) => !seen.has(event.id));
  added.forEach((event) => seen.add(event.id));
  return added.map((event) => event.type);
}

// Those of stories that were told before.
await events();
for (const [name, method, args, ...paths] of steps) {
  const parts = method.split('.').map(camel);
  // The library for Python has other words for two of them.
  const last = { delete: 'del' }[parts.at(-1)] ?? parts.at(-1);
  const resource = parts.slice(0, -1).reduce((found, part) => found[part], stripe);
  let told;
  try {
    known[name] = JSON.parse(JSON.stringify(await resource[last](...filled(args))));
    told = paths.map((path) => `${path}=${JSON.stringify(at(known[name], path))}`).join(' ');
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const kind = error.constructor.name.replace(/^Stripe/, '');
    const text = (value) => value ?? 'None';
    told = `${kind} ${error.statusCode} ${text(error.code)} ${text(error.param)}: ${error.message}`;
  }
  console.log(`${name}: ${told}`.trimEnd());
  for (const event of await events()) console.log(`  ${event}`);
}
