// A handler as Next, Hono and Workers have it, which verifies Stripe's signature by itself.
const { createHmac } = require("node:crypto");

const secret = "whsec_0123456789abcdef0123456789abcdef";

async function handler(request) {
  const [, time, signature] = request.headers.get("stripe-signature").match(/^t=(\d+),v1=(\w+)/);
  const body = await request.text();
  const expected = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  if (signature !== expected) return Response.json({ error: "wrong signature" }, { status: 400 });
  return Response.json({ type: JSON.parse(body).type });
}

module.exports = { handler, secret };
