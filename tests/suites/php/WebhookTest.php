<?php

require __DIR__ . '/StripeEvents.php';

/** The helper of docs/test-suites.md with an app that checks signatures, and with one that fails. */
final class WebhookTest extends PHPUnit\Framework\TestCase
{
    private const SECRET = 'whsec_0123456789abcdef0123456789abcdef';

    public function testPaymentInAnyOrder(): void
    {
        $app = function (string $method, string $path, array $headers, string $body): array {
            $header = array_change_key_case($headers)['stripe-signature'];
            preg_match('/t=(\d+),v1=([0-9a-f]+)/', $header, $parts);
            $good = hash_equals(hash_hmac('sha256', "$parts[1].$body", self::SECRET), $parts[2]);
            return [$good ? 200 : 400, 'taken'];
        };
        $report = (new StripeEvents($app))->run('scenario', 'payment', '--orders', '5');
        $this->assertSame(['pass'], array_values(array_unique(array_column($report['steps'], 'verdict'))));
    }

    public function testTellsWhatFailed(): void
    {
        $this->expectException(PHPUnit\Framework\ExpectationFailedException::class);
        $this->expectExceptionMessageMatches('/invoice\.paid: fail\n  hint: \S/');
        (new StripeEvents(fn () => [500, 'Traceback']))->run('trigger', 'invoice.paid');
    }
}
