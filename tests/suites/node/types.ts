// What an editor knows of the helper. `tsc` reads it; nothing runs it.
import { stripeEvents, WebhookError, type EventName, type Report, type StripeEvents } from "devtool-stripe";

const handler = (request: Request): Promise<Response> => Promise.resolve(new Response(request.url));
const stripe: StripeEvents = stripeEvents({ app: handler, path: "/api/webhook" });
stripeEvents({ app: "http://localhost:3000", secret: "whsec_1" });

export async function used(): Promise<string[]> {
  const report: Report = await stripe.scenario("payment", { orders: 3, duplicate: "50%" });
  await stripe.scenario("./checkout.toml");
  await stripe.trigger("invoice.paid", { set: { amount_paid: 4200 }, apiVersion: "2024-06-20" });
  await stripe.audit({ only: ["signature"], check: false });
  await stripe.close();
  return report.steps.map((step) => step.hint ?? step.event);
}

export const known: EventName = "charge.refunded";
export const text = (error: unknown): string => (error instanceof WebhookError ? error.report.verdict : "");

// @ts-expect-error Stripe has no such event
void stripe.trigger("invoice.payed");
// @ts-expect-error an app is a URL or a handler
stripeEvents({ app: 3000 });
// @ts-expect-error a handler answers
stripeEvents({ app: (request: Request) => request.url });
