// Asks the local Stripe API to change something, by the official library: as api_writes.py does.
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

const [port, file] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(file, 'utf8'));
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http' });
const known = {};
const seen = new Set();
let asked;
stripe.on('request', ({ method, path }) => {
  asked = `${method} ${path.split('?')[0]}`;
});

const at = (value, path) => path.split('.').reduce((found, name) => found[name], value);
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

// What customers and invoices have of their own, which the library for Python has in services below theirs.
const PARTS = {
  balance_transactions: 'BalanceTransaction',
  cash_balance: 'CashBalance',
  funding_instructions: 'FundingInstructions',
  line_items: 'LineItem',
  payment_sources: 'Source',
  tax_ids: 'TaxId',
};

// The method of this library for one of the library for Python.
function inNode(method) {
  const words = method.split('.');
  const last = words.pop();
  const part = /^(customers|invoices)$/.test(words[0]) && PARTS[words[1]];
  if (part) return `${words[0]}.${last}${part}`;
  return [...words.map(camel), last === 'delete' ? 'del' : camel(last)].join('.');
}

function filled(value) {
  const found = typeof value === 'string' && value.match(/^\$(\w+)((?:\.\w+)*)$/);
  if (found) return found[2] ? at(known[found[1]], found[2].slice(1)) : known[found[1]];
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== 'object') return value;
  const named = ([name, item]) => [name === 'stripe_version' ? 'apiVersion' : name, filled(item)];
  return Object.fromEntries(Object.entries(value).map(named));
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
  const parts = inNode(method).split('.');
  const resource = parts.slice(0, -1).reduce((found, part) => found[part], stripe);
  let told;
  try {
    known[name] = JSON.parse(JSON.stringify(await resource[parts.at(-1)](...filled(args))));
    told = paths.map((path) => `${path}=${JSON.stringify(at(known[name], path))}`).join(' ');
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const kind = error.constructor.name.replace(/^Stripe/, '');
    const text = (value) => value ?? 'None';
    told = `${kind} ${error.statusCode} ${text(error.code)} ${text(error.param)}: ${error.message}`;
  }
  console.log(`${name} (${asked}): ${told}`.trimEnd());
  for (const event of await events()) console.log(`  ${event}`);
}
