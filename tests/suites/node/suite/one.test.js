// What vitest and jest have in common: `test` and `expect`, which both know as globals.
const { stripeEvents, WebhookError } = require("devtool-stripe");
const { handler, secret } = require("../handler.js");

const stripe = stripeEvents({ app: handler, secret });

afterAll(() => stripe.close());

test("a payment in several orders", async () => {
  const report = await stripe.scenario("payment", { orders: 3, duplicate: "50%" });
  expect(report.verdict).toBe("pass");
  expect(report.stories.length).toBeGreaterThan(1);
});

test("one event with a field of its own", async () => {
  const report = await stripe.trigger("invoice.paid", { set: { amount_paid: 999900 } });
  expect(report.steps[0].attempts[0].status).toBe(200);
});

test("what the handler refuses is thrown, with the way out", async () => {
  const other = stripeEvents({ app: handler, secret: "whsec_of_somebody_else" });
  await expect(other.trigger("invoice.paid")).rejects.toThrow(WebhookError);
  await expect(other.trigger("invoice.paid")).rejects.toThrow(/invoice\.paid: 400[^]*hint: /);
  await other.close();
});
