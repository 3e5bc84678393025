// The helper with handlers and an app on a port; Stripe's own library verifies what comes.
"use strict";

const assert = require("node:assert/strict");
const { createServer } = require("node:http");
const { after, test } = require("node:test");
const express = require("express");
const Stripe = require("stripe");
const { stripeEvents, WebhookError } = require("devtool-stripe");

const secret = "whsec_0123456789abcdef0123456789abcdef";
const library = new Stripe("sk_test_123");
const open = [];
const events = (options) => {
  const made = stripeEvents({ secret, ...options });
  open.push(made);
  return made;
};
after(() => Promise.all(open.map((one) => one.close())));

async function verifying(request) {
  const event = library.webhooks.constructEvent(await request.text(), request.headers.get("stripe-signature"), secret);
  return Response.json({ type: event.type });
}

test("a handler gets whole scenarios, in several orders, without a port", async () => {
  const report = await events({ app: verifying }).scenario("payment", { orders: 3 });
  assert.equal(report.verdict, "pass");
  assert.ok(report.stories.length > 1);
});

test("options reach the event", async () => {
  let seen;
  const app = async (request) => {
    seen = { path: new URL(request.url).pathname, event: await request.json() };
    return new Response(null, { status: 204 });
  };
  await events({ app, path: "/stripe/hook" }).trigger("invoice.paid", { set: { amount_paid: 4200 } });
  assert.equal(seen.path, "/stripe/hook");
  assert.equal(seen.event.data.object.amount_paid, 4200);
});

test("an app on a port", async () => {
  const app = express();
  app.post("/webhook", express.raw({ type: "*/*" }), (request, response) => {
    library.webhooks.constructEvent(request.body, request.headers["stripe-signature"], secret);
    response.json({ received: true });
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await events({ app: `http://127.0.0.1:${server.address().port}` }).scenario("refund-full");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("a failure says what and how to fix it", async () => {
  const stripe = events({ app: () => new Response("nothing here", { status: 404 }) });
  await assert.rejects(stripe.trigger("invoice.paid"), (error) => {
    assert.ok(error instanceof WebhookError);
    assert.match(error.message, /^invoice\.paid: 404\n {2}hint: /);
    return true;
  });
  const report = await stripe.trigger("invoice.paid", { check: false });
  assert.equal(report.exit_code, 1);
});

test("what a handler throws is a 500 with its text", async () => {
  const stripe = events({
    app: () => {
      throw new Error("no such table: invoices");
    },
  });
  const report = await stripe.trigger("invoice.paid", { check: false });
  assert.match(JSON.stringify(report), /no such table: invoices/);
});

test("commands that are asked for at once run one after the other", async () => {
  const stripe = events({ app: verifying });
  const reports = await Promise.all([stripe.scenario("payment"), stripe.scenario("refund-full")]);
  assert.deepEqual(reports.map((report) => report.verdict), ["pass", "pass"]);
});

test("an unknown event is told its like", async () => {
  await assert.rejects(events({ app: verifying }).trigger("invoice.payd"), /invoice\.paid/);
});

test("a program that is not there is named", async () => {
  await assert.rejects(events({ app: verifying, program: "/no/devtool" }).trigger("invoice.paid"), /ENOENT/);
});

test("no app is refused at once", () => {
  assert.throws(() => stripeEvents({}), /`app` has to be a URL or a handler/);
});
