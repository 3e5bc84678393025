//! What is asked of the API that it cannot answer in full: refused, never passed over.

use super::*;

fn post(story: &Told, path: &str, (content_type, body): (&str, &str)) -> (u16, Value) {
    let request = ApiRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: RequestHeaders {
            authorization: Some("Bearer sk_test_1".to_owned()),
            content_type: Some(content_type.to_owned()),
            ..RequestHeaders::default()
        },
        body: body.as_bytes().to_vec(),
        ..ApiRequest::default()
    };
    let answer = story.api.answer(&request);
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

#[test]
fn a_change_whose_body_is_no_form_is_refused() {
    let story = Told::of(&["customer.created"]);
    let path = format!("/v1/customers/{}", story.send(0)["id"].as_str().unwrap());
    let json = ("application/json", r#"{"metadata": {"a": "1"}}"#);
    let (status, answer) = post(&story, &path, json);
    assert!(status == 400 && message(&answer).contains("has to be a form"), "{status} {answer}");
    let form = ("application/x-www-form-urlencoded", "metadata[a]=1");
    let (status, answer) = post(&story, &path, form);
    assert_eq!((status, &answer["metadata"]["a"]), (200, &"1".into()));
}

#[test]
fn parameters_that_are_too_many_are_refused() {
    let story = Told::of(&["customer.created"]);
    let query = |count: usize| vec!["limit=1"; count].join("&");
    assert_eq!(story.get(&format!("/v1/customers?{}", query(1_000))).0, 200);
    let (status, answer) = story.get(&format!("/v1/customers?{}", query(1_001)));
    let text = "more than 1000 parameters";
    assert!(status == 400 && message(&answer).contains(text), "{status} {answer}");
}

#[test]
fn filters_are_applied_or_refused() {
    let api = Api::new();
    let bank = serde_json::json!({"id": "ba_1", "object": "bank_account", "account": "acct_1"});
    let url = "/v1/accounts/acct_1/external_accounts";
    let list = serde_json::json!({"object": "list", "data": [bank], "url": url, "has_more": false});
    let account =
        serde_json::json!({"id": "acct_1", "object": "account", "external_accounts": list});
    api.sent(event("evt_1", 5, &account).as_bytes());
    let asked = |path: &str| get(&api, path, Some("Bearer sk_test_1"));
    let count = |path: &str| asked(path).1["data"].as_array().map(Vec::len);
    assert_eq!(count(url), Some(1));
    assert_eq!(count(&format!("{url}?object=bank_account")), Some(1));
    assert_eq!(count(&format!("{url}?object=card")), Some(0));
    for (path, text) in [
        ("/v1/events?delivery_success=true", "devtool does not serve the filter"),
        ("/v1/events?created[gte]=yesterday", "Invalid integer: yesterday"),
        ("/v1/customers?created[lt]=", "Invalid integer"),
    ] {
        let (status, answer) = asked(path);
        assert!(status == 400 && message(&answer).contains(text), "{path}: {status} {answer}");
    }
    assert_eq!(asked("/v1/events?created[gte]=5").0, 200);
}

#[test]
fn a_filter_with_a_value_that_it_cannot_have_is_refused() {
    let api = Api::new();
    for (query, code, text) in [
        ("customers?created=yesterday", "parameter_invalid_integer", "Invalid integer: yesterday"),
        ("customers?created[gte]=1.5", "parameter_invalid_integer", "Invalid integer: 1.5"),
        ("customers?created[after]=1", "parameter_unknown", "unknown parameter: created[after]"),
        ("customers?email=", "parameter_invalid_empty", "You passed an empty string for 'email'."),
        ("issuing/cards?exp_year=soon", "parameter_invalid_integer", "Invalid integer: soon"),
        ("prices?active=maybe", "", "Invalid boolean: maybe"),
        ("payouts?arrival_date=monday", "parameter_invalid_integer", "Invalid integer: monday"),
        (
            "invoices?status=payed",
            "",
            "Invalid status: must be one of draft, open, paid, uncollectible, or void",
        ),
        ("prices?type=metered", "", "Invalid type: must be one of one_time or recurring"),
        ("customers?include[]=x", "parameter_unknown", "Received unknown parameter: include[]"),
        ("customers?page=page_1", "parameter_unknown", "Received unknown parameter: page"),
    ] {
        let (status, answer) = get(&api, &format!("/v1/{query}"), Some("Bearer sk_test_1"));
        let (error, parameter) = (&answer["error"], query.split(['?', '=']).nth(1).unwrap());
        assert!(status == 400 && message(&answer).contains(text), "{query}: {status} {answer}");
        assert_eq!(error["code"].as_str().unwrap_or_default(), code, "{query}: {answer}");
        assert_eq!(error["param"], parameter, "{query}: {answer}");
    }
    for query in [
        "customers?created=5",
        "subscriptions?status=all",
        "prices?active=true&recurring[interval]=month&lookup_keys[]=x",
        "payment_methods?type=card",
        "topups?amount[gt]=5",
    ] {
        let (status, answer) = get(&api, &format!("/v1/{query}"), Some("Bearer sk_test_1"));
        assert_eq!(status, 200, "{query}: {answer}");
    }
}

#[test]
fn what_is_there_only_when_expanded_is_served_where_it_is_known() {
    let story = Told::of(&["price.created", "issuing_card.created"]);
    let path = |object: &Value, folder: &str, field: &str| {
        format!("/v1/{folder}/{}?expand[]={field}", object["id"].as_str().unwrap())
    };
    let (status, price) = story.get(&path(&story.send(0), "prices", "tiers"));
    assert!(status == 200 && price["tiers"].is_null(), "{status} {price}");
    let card = story.send(1);
    assert_eq!(story.get(&path(&card, "issuing/cards", "cvc")).0, 200);
    let (status, answer) = story.get(&path(&card, "issuing/cards", "number"));
    assert!(status == 400 && message(&answer).contains("does not serve"), "{status} {answer}");
    let api = Api::new();
    let asked = |path: &str| get(&api, path, Some("Bearer sk_test_1"));
    let coupon = |more: Value| {
        let mut coupon = serde_json::json!({"id": "co_1", "object": "coupon"});
        coupon.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        coupon
    };
    api.sent(event("evt_1", 5, &coupon(serde_json::json!({}))).as_bytes());
    assert_eq!(asked("/v1/coupons/co_1?expand[]=applies_to").0, 400);
    let known = serde_json::json!({"products": ["prod_1"]});
    let whole = coupon(serde_json::json!({"applies_to": known}));
    api.sent(event("evt_2", 6, &whole).as_bytes());
    assert_eq!(asked("/v1/coupons/co_1?expand[]=applies_to").1["applies_to"], known);
}

#[test]
fn metadata_has_stripes_limits() {
    let story = Told::of(&["customer.created"]);
    let id = story.send(0)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/customers/{id}");
    let update = |body: &str| post(&story, &path, ("application/x-www-form-urlencoded", body));
    let pairs = |count| {
        let pair = |number: usize| format!("metadata[k{number}]=v");
        (0..count).map(pair).collect::<Vec<_>>().join("&")
    };
    let own = story.get(&path).1["metadata"].as_object().unwrap().len();
    // So many characters are too many, not so many bytes.
    let (longest_key, longest_value) = ("ä".repeat(40), "ä".repeat(500));
    assert_eq!(update(&format!("metadata[{longest_key}]={longest_value}")).0, 200);
    assert_eq!(update(&pairs(49 - own)).0, 200);
    for (body, text) in [
        (
            format!("metadata[{longest_key}b]=1"),
            format!(
                "Metadata keys can have up to 40 characters, but you passed in a key that is 41 \
                 characters. Invalid key: {longest_key}b"
            ),
        ),
        (
            format!("metadata[k1]={longest_value}b"),
            format!(
                "Metadata values can have up to 500 characters, but you passed in a value that is \
                 501 characters. Invalid value: {longest_value}b"
            ),
        ),
        (
            "metadata[one]=more".to_owned(),
            "Metadata can have up to 50 keys, but you've set 51. Email us at \
             support+metadata@stripe.com for more information."
                .to_owned(),
        ),
    ] {
        let (status, answer) = update(&body);
        assert_eq!((status, message(&answer)), (400, text.as_str()));
        assert_eq!(answer["error"]["param"], "metadata");
        assert_eq!(answer["error"]["type"], "invalid_request_error");
    }
    // One takes the place of another.
    assert_eq!(update("metadata[one]=more&metadata[k1]=").0, 200);
    assert_eq!(story.get(&path).1["metadata"].as_object().unwrap().len(), 50);
}

#[test]
fn what_an_object_lacks_is_not_remembered_as_removed() {
    let told = Told::of(&["customer.created"]);
    let id = told.send(0)["id"].as_str().unwrap().to_owned();
    let mut pairs: Vec<String> = (0..900).map(|n| format!("metadata[k{n}]=")).collect();
    pairs.push("metadata[a]=1".to_owned());
    let form = ("application/x-www-form-urlencoded", pairs.join("&"));
    let (status, answer) = post(&told, &format!("/v1/customers/{id}"), (form.0, &form.1));
    assert_eq!((status, &answer["metadata"]["a"]), (200, &"1".into()));
    let mut store = told.api.store();
    let state = store.objects_mut(&None).unwrap().find_mut("customer", &id).unwrap();
    let remembered = format!("{:?}", state.overlay);
    assert!(remembered.contains("\"a\"") && !remembered.contains("k1"), "{remembered}");
}
