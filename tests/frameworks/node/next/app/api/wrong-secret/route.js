import Stripe from 'stripe';

export async function POST(request) {
  const stripe = new Stripe('sk_test_of_a_test');
  try {
    const signature = request.headers.get('stripe-signature');
    stripe.webhooks.constructEvent(await request.text(), signature, 'whsec_of_the_app');
    return new Response('');
  } catch (error) {
    return new Response(`Webhook Error: ${error.message}`, { status: 400 });
  }
}
