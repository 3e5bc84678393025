"""A handler by Stripe's own library that asks back: PORT BASE_ADDRESS SECRET."""

import http.server
import sys

import stripe

PORT, BASE, SECRET = int(sys.argv[1]), sys.argv[2], sys.argv[3]
stripe.api_key = "sk_test_1"
stripe.api_base = BASE
stripe.max_network_retries = 2
CLIENT = stripe.StripeClient("sk_test_1", base_addresses={"api": BASE})


def handle(body, signature):
    """The object that the event is about, fetched anew."""
    if b'"v2.core.event"' in body:
        return CLIENT.parse_event_notification(body, signature, SECRET).fetch_related_object()
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    return stripe.Customer.retrieve(event.data.object["id"])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            status, said = 200, type(handle(body, self.headers["stripe-signature"])).__name__
        except Exception as error:  # the test reads what went wrong
            status, said = 500, f"{type(error).__name__}: {error}"
        self.send_response(status)
        self.send_header("content-length", str(len(said.encode())))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", PORT), Handler)
print("up", flush=True)
server.serve_forever()
