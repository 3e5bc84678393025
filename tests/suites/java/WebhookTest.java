import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The helper of docs/test-suites.md with an app that checks signatures, and with one that fails. */
class WebhookTest {
  private static final String SECRET = "whsec_0123456789abcdef0123456789abcdef";

  private static JsonObject answer(int status) {
    var answer = new JsonObject();
    answer.addProperty("status", status);
    answer.addProperty("body", "taken");
    return answer;
  }

  private static JsonObject checks(String method, String path, JsonArray headers, String body) throws Exception {
    for (var header : headers) {
      var pair = header.getAsJsonArray();
      if (pair.get(0).getAsString().equalsIgnoreCase("stripe-signature")) {
        var parts = pair.get(1).getAsString().split(",v1=|,v0=|t=");
        var sum = Mac.getInstance("HmacSHA256");
        sum.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        var bytes = sum.doFinal((parts[1] + "." + body).getBytes(StandardCharsets.UTF_8));
        return answer(HexFormat.of().formatHex(bytes).equals(parts[2]) ? 200 : 400);
      }
    }
    return answer(400);
  }

  @Test
  void aPaymentInAnyOrder() throws Exception {
    try (var stripe = new StripeEvents(WebhookTest::checks)) {
      var report = stripe.run(SECRET, "scenario", "payment", "--orders", "5");
      report.getAsJsonArray("steps").forEach(
          step -> assertEquals("pass", step.getAsJsonObject().get("verdict").getAsString()));
    }
  }

  @Test
  void whatFailedIsTold() throws Exception {
    try (var stripe = new StripeEvents((method, path, headers, body) -> answer(500))) {
      var error = assertThrows(AssertionError.class, () -> stripe.run(SECRET, "trigger", "invoice.paid"));
      assertTrue(error.getMessage().contains("\"hint\":\""), error.getMessage());
    }
  }
}
