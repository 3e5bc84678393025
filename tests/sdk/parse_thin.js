// Verifies and parses thin events with the official package: a JSON line each on stdin, as for
// check_types.py. Prints how many there were; an event that is refused ends it with an error.
'use strict'

const Stripe = require('stripe')
const lines = require('node:fs').readFileSync(0, 'utf8').split('\n').filter(Boolean)

const stripe = new Stripe('sk_test_x')
for (const text of lines) {
  const {body, header, secret} = JSON.parse(text)
  const event = JSON.parse(body)
  const parsed = stripe.parseEventNotification(body, header, secret)
  const related = event.related_object
  if (parsed.type !== event.type || (related && parsed.related_object.url !== related.url)) {
    throw new Error(`${event.type} came back as ${JSON.stringify(parsed)}`)
  }
}
console.log(`parsed ${lines.length} thin events`)
