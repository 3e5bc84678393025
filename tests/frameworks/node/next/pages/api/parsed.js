import Stripe from 'stripe';

export default function handler(request, response) {
  const stripe = new Stripe('sk_test_of_a_test');
  try {
    const signature = request.headers['stripe-signature'];
    stripe.webhooks.constructEvent(request.body, signature, 'whsec_of_the_app');
    response.send('');
  } catch (error) {
    response.status(400).send(`Webhook Error: ${error.message}`);
  }
}
