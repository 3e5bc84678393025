# The helper of docs/test-suites.md with a Rack app that checks signatures, and with one that fails.
require "openssl"
require_relative "support/stripe_events"

CHECKS = lambda do |env|
  moment, signature = env.fetch("HTTP_STRIPE_SIGNATURE").match(/t=(\d+),v1=(\h+)/).captures
  text = "#{moment}.#{env["rack.input"].read}"
  is_good = OpenSSL::HMAC.hexdigest("SHA256", StripeEvents::SECRET, text) == signature
  [is_good ? 200 : 400, { "content-type" => "text/plain" }, ["taken"]]
end

RSpec.describe StripeEvents do
  it "takes a payment in any order" do
    report = StripeEvents.new(CHECKS).run("scenario", "payment", "--orders", "5")
    expect(report["steps"].map { |step| step["verdict"] }.uniq).to eq(["pass"])
  end

  it "tells what failed and how to fix it" do
    fails = ->(_) { [500, {}, ["Traceback (most recent call last)"]] }
    expect { StripeEvents.new(fails).run("trigger", "invoice.paid") }.to raise_error(/invoice.paid: 500\n  hint: \S/)
  end
end
