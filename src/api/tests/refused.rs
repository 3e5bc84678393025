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
