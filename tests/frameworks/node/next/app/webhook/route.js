// A handler as it should be.
import Stripe from 'stripe';

const stripe = new Stripe('sk_test_of_a_test');

export async function POST(request) {
  try {
    const signature = request.headers.get('stripe-signature');
    stripe.webhooks.constructEvent(await request.text(), signature, process.env.STRIPE_WEBHOOK_SECRET);
  } catch (error) {
    return new Response(`Webhook Error: ${error.message}`, { status: 400 });
  }
  return Response.json({ received: true });
}
