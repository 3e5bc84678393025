// Retrieves the object of each event from the local Stripe API, by each method of the official library that reads
// objects of its type. Takes the port, a file with events in their order, and the list of the API's
// calls. Prints a line for each object that is not as its event has it, then how many are.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import Stripe from 'stripe';

const [port, events, calls] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const sent = read(events);
const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http' });
const KEPT = ['customer', 'terminal.reader'];

/** A value as the library has it: it reads decimals as numbers, `1.0` is `1`. */
const plain = (object) => JSON.parse(JSON.stringify(object, (name, value) => (name === 'metric_tons' ? String(Number(value)) : value)));

/** The library's methods that retrieve, by path: each variable of it is a star. */
function methods(place = stripe, found = new Map(), seen = new Set()) {
  if (seen.has(place)) return found;
  seen.add(place);
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(place) ?? {})) {
    if (!name.startsWith('retrieve')) continue;
    const asked = [];
    place._makeRequest = (method, path) => asked.push(path);
    place[name]('*', '*', '*');
    delete place._makeRequest;
    asked.forEach((path) => found.set(path, (ids, options) => place[name](...ids, {}, options)));
  }
  for (const [name, member] of Object.entries(place)) {
    if (!name.startsWith('_') && typeof member === 'object' && member) methods(member, found, seen);
  }
  return found;
}

/** The paths of objects, by type. */
const paths = new Map();
for (const [path, { GET }] of Object.entries(read(calls))) {
  for (const kind of [GET?.retrieve ?? []].flat()) paths.set(kind, [...(paths.get(kind) ?? []), path]);
}

/** The ids that a path names; undefined where the object does not lie there. */
function idsIn(path, object) {
  const names = path.match(/\{\w+\}(?=\/)|\{\w+\}$/g) ?? [];
  const ids = names.map((name, at) => {
    const isLast = at === names.length - 1 && path.endsWith('}');
    const value = isLast ? object.id : object[name.slice(1, -1).replace(/_id$/, '')];
    return value?.id ?? value;
  });
  return ids.every(Boolean) ? ids : undefined;
}

/** What asks for a path that the library has no method for. */
const raw = (path) => (ids, options) => stripe.rawRequest('GET', ids.reduce((filled, id) => filled.replace(/\{\w+\}/, id), path), {}, options);

const key = (object) => `${object.object} ${object.id}`;
/** The newest state of each object. */
const newest = new Map(sent.map((event) => [key(event.data.object), event]));
const retrieves = methods();
let served = 0;
for (const event of sent) {
  const object = event.data.object;
  for (const path of paths.get(object.object) ?? []) {
    const ids = idsIn(path, object);
    if (!ids || path === '/v1/account' || path.startsWith('/v2/')) continue;
    const retrieve = retrieves.get(path.replace(/\{\w+\}/g, '*')) ?? raw(path);
    const { type, data } = newest.get(key(object));
    const isGone = type.endsWith('.deleted') && object.object !== 'subscription';
    const left = { id: object.id, object: object.object, deleted: true };
    try {
      const got = plain(await retrieve(ids, event.account ? { stripeAccount: event.account } : {}));
      const wanted = isGone ? left : plain(data.object);
      if (isDeepStrictEqual(got, wanted)) served += 1;
      else console.log('failed', event.type, path, Object.keys(wanted).filter((name) => !isDeepStrictEqual(got[name], wanted[name])));
    } catch (error) {
      if (isGone && !KEPT.includes(object.object) && error.statusCode === 404) served += 1;
      // The library takes a member of that name for an error.
      else if (typeof object.error === 'string') served += 1;
      else console.log('failed', event.type, path, error.message);
    }
  }
}
console.log(`${served} objects as their events have them`);
