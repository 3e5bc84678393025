//! `/v2`: its errors, its lists and the fields that it has only where they are asked for.

use serde_json::json;

use super::*;

fn thin(id: &str, created: &str) -> String {
    let event = json!({
        "id": id, "object": "v2.core.event", "type": "v1.customer.created", "created": created,
        "livemode": false, "related_object": null, "reason": null, "context": null,
    });
    event.to_string()
}

/// The error of a refused request.
fn error(api: &Api, path: &str) -> (u16, Value) {
    let (status, answer) = get(api, path, Some("Bearer sk_test_1"));
    (status, answer["error"].clone())
}

#[test]
fn its_errors_have_a_form_of_their_own() {
    let api = Api::new();
    let message = "No such v2.core.event: 'evt_1'";
    let missing = json!({"code": "not_found", "message": message, "type": "invalid_request_error"});
    assert_eq!(error(&api, "/v2/core/events/evt_1"), (404, missing));
    let wrong = json!({"code": "invalid_fields", "message": "Invalid integer: x"});
    assert_eq!(error(&api, "/v2/core/events?limit=x"), (400, wrong));
    let message = "Received unknown parameter: expand[]";
    let unknown = json!({"code": "invalid_fields", "message": message});
    assert_eq!(error(&api, "/v2/core/events?expand[]=data"), (400, unknown));
    let message = "Invalid timestamp in created: yesterday";
    let moment = json!({"code": "invalid_fields", "message": message});
    assert_eq!(error(&api, "/v2/core/events?created=yesterday"), (400, moment));
    assert_eq!(error(&api, "/v2/nothing").1["type"], "invalid_request_error");
    assert_eq!(error(&api, "/v2/core/accounts?applied_configurations[0]=x").0, 400);
}

#[test]
fn its_lists_are_filtered_by_ranges_of_moments() {
    let api = Api::new();
    let moments =
        ["2026-10-01T10:00:00.000Z", "2026-10-01T10:00:00.500Z", "2026-10-02T10:00:00.000Z"];
    // The newest is not the one that was sent last.
    for (id, created) in
        ["evt_2", "evt_3", "evt_1"].iter().zip([moments[1], moments[2], moments[0]])
    {
        api.sent(thin(id, created).as_bytes());
    }
    let listed = |query: &str| {
        let path = format!("/v2/core/events?{query}");
        let (status, answer) = get(&api, &path, Some("Bearer sk_test_1"));
        assert_eq!(status, 200, "{query}: {answer}");
        let events = answer["data"].as_array().unwrap().iter();
        events.map(|event| event["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(""), ["evt_3", "evt_2", "evt_1"]);
    assert_eq!(listed("created[gt]=2026-10-01T10:00:00Z"), ["evt_3", "evt_2"]);
    assert_eq!(
        listed("created[gte]=2026-10-01T12:00:00%2B02:00&created[lt]=2026-10-02T00:00:00Z"),
        ["evt_2", "evt_1"]
    );
    assert_eq!(listed("created[lte]=2026-10-01T10:00:00Z"), ["evt_1"]);
    let import = |id: &str, created: &str| json!({"id": id, "object": "v2.commerce.product_catalog_import", "created": created});
    for (number, created) in moments.iter().enumerate() {
        let id = format!("pcimprt_{number}");
        api.sent(event(&format!("evt_import_{number}"), 5, &import(&id, created)).as_bytes());
    }
    let path = "/v2/commerce/product_catalog/imports?created_gte=2026-10-02T10:00:00Z";
    let (_, found) = get(&api, path, Some("Bearer sk_test_1"));
    assert_eq!(found["data"], json!([import("pcimprt_2", moments[2])]));
}

#[test]
fn some_fields_are_there_only_when_they_are_included() {
    let api = Api::new();
    let endpoint = json!({"signing_secret": null, "url": "https://a.example/webhook"});
    let destination =
        json!({"id": "ed_1", "object": "v2.core.event_destination", "webhook_endpoint": endpoint});
    api.sent(event("evt_1", 5, &destination).as_bytes());
    let asked = |query: &str| {
        let path = format!("/v2/core/event_destinations{query}");
        get(&api, &path, Some("Bearer sk_test_1"))
    };
    assert_eq!(asked("/ed_1").1["webhook_endpoint"]["url"], Value::Null);
    assert_eq!(asked("").1["data"][0]["webhook_endpoint"]["url"], Value::Null);
    assert_eq!(asked("/ed_1?include[0]=webhook_endpoint.url").1, destination);
    assert_eq!(asked("?include[0]=webhook_endpoint.url").1["data"][0], destination);
    let (status, answer) = asked("/ed_1?include[0]=webhook_endpoint");
    let message = "Invalid value in include: webhook_endpoint";
    let wanted = json!({"code": "invalid_fields", "message": message});
    assert_eq!((status, &answer["error"]), (400, &wanted));
    assert_eq!(error(&api, "/v2/core/accounts?include[0]=x").0, 400);
    let account = json!({"id": "acct_1", "object": "v2.core.account", "identity": null});
    api.sent(event("evt_2", 5, &account).as_bytes());
    let path = "/v2/core/accounts/acct_1?include[0]=identity";
    assert_eq!(error(&api, path).1["code"], "devtool_not_served");
}
