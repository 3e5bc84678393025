// A shop by better-auth with its Stripe plugin, on SQLite: API_BASE DATABASE.
//
// PORT and STRIPE_WEBHOOK_SECRET come from the environment, as those of the other apps; port 0 takes a free one, which
// the first line of stderr names. The prices of its plans are found by their lookup keys.
import { createServer } from "node:http";
import { stripe as stripePlugin } from "@better-auth/stripe";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { Kysely, SqliteDialect } from "kysely";
import Database from "libsql";
import Stripe from "stripe";

const [base, file] = process.argv.slice(2);
const api = new URL(base);
const server = createServer();
await new Promise((listening) => server.listen(Number(process.env.PORT), "127.0.0.1", listening));
const url = `http://127.0.0.1:${server.address().port}`;
const auth = betterAuth({
  baseURL: url,
  database: { db: new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }) }), type: "sqlite" },
  secret: "a secret of the tests, and of nothing else",
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  plugins: [
    stripePlugin({
      stripeClient: new Stripe("sk_test_" + "1".repeat(24), {
        protocol: "http",
        host: api.hostname,
        port: api.port,
      }),
      stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET,
      createCustomerOnSignUp: true,
      subscription: {
        enabled: true,
        plans: [
          { name: "starter", lookupKey: "starter" },
          { name: "pro", lookupKey: "pro" },
          { name: "team", lookupKey: "team", freeTrial: { days: 7 } },
        ],
      },
    }),
  ],
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
server.on("request", toNodeHandler(auth));
console.error(`listening on ${url}/api/auth/stripe/webhook`);
