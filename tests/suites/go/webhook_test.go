// The helper of docs/test-suites.md with a handler that checks signatures, and with one that fails.
package shop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

const secret = "whsec_0123456789abcdef0123456789abcdef"

var checks = http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
	parts := map[string]string{}
	for _, part := range strings.Split(request.Header.Get("Stripe-Signature"), ",") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	body, _ := io.ReadAll(request.Body)
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(parts["t"] + "." + string(body)))
	if hex.EncodeToString(sum.Sum(nil)) != parts["v1"] {
		answer.WriteHeader(http.StatusBadRequest)
	}
})

func TestPayment(t *testing.T) {
	stripeEvents(t, checks, secret, "scenario", "payment", "--orders", "5")
}

// Fails, and is run where that is asked for.
func TestBroken(t *testing.T) {
	if os.Getenv("BROKEN") == "" {
		t.Skip("fails by intent")
	}
	broken := func(answer http.ResponseWriter, _ *http.Request) { answer.WriteHeader(http.StatusInternalServerError) }
	stripeEvents(t, http.HandlerFunc(broken), secret, "trigger", "invoice.paid")
}
