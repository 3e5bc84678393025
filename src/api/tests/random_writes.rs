//! Calls that change something, at random: what they leave agrees with what their events say.

use super::writes::{Talk, id};
use super::*;

/// Calls of which some make sense after others; `$kind` is an object of that kind that there is.
const CALLS: [(&str, &str); 16] = [
    ("POST /v1/customers", "email=a%40example.com&metadata[a]=1"),
    ("POST /v1/customers/$customer", "name=Ada&metadata[a]="),
    ("POST /v1/customers/$customer", "shipping[name]=x&shipping[address][city]=Oslo"),
    ("POST /v1/customers/$customer", "shipping=&metadata="),
    ("DELETE /v1/customers/$customer", ""),
    ("POST /v1/products", "name=Mug&images[]=https://example.com/a&images[]=https://example.com/b"),
    ("POST /v1/products/$product", "images=&default_price=$price"),
    ("DELETE /v1/products/$product", ""),
    ("POST /v1/prices", "currency=usd&unit_amount=5&product=$product&lookup_key=a"),
    ("POST /v1/prices", "currency=usd&unit_amount=5&product_data[name]=x"),
    ("POST /v1/prices/$price", "active=false&lookup_key=b"),
    ("POST /v1/coupons", "percent_off=5&id=X"),
    ("POST /v1/coupons", "amount_off=5&currency=usd"),
    ("POST /v1/coupons/$coupon", "name=x"),
    ("DELETE /v1/coupons/$coupon", ""),
    (
        "POST /v1/promotion_codes",
        "promotion[type]=coupon&promotion[coupon]=$coupon&customer=$customer",
    ),
];
const KINDS: [(&str, &str); 5] = [
    ("customer", "customers"),
    ("product", "products"),
    ("price", "prices"),
    ("coupon", "coupons"),
    ("promotion_code", "promotion_codes"),
];

/// All answers to calls, one after the other, each of which takes the objects that `choose` says.
fn played(calls: &[(usize, usize)]) -> (Talk, Vec<(u16, Value)>) {
    let mut talk = Talk::default();
    let mut ids: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    let mut answers = Vec::new();
    for (number, choice) in calls {
        let (mut call, mut body) = (CALLS[*number].0.to_owned(), CALLS[*number].1.to_owned());
        for (kind, _) in KINDS {
            let known = ids.get(kind).map_or(&[][..], Vec::as_slice);
            let id = known.get(choice % known.len().max(1)).map_or("none", String::as_str);
            (call, body) =
                (call.replace(&format!("${kind}"), id), body.replace(&format!("${kind}"), id));
        }
        let (status, answer) = talk.ask(&call, &body);
        if let (200, Some((kind, _))) =
            (status, KINDS.iter().find(|(kind, _)| answer["object"] == *kind))
        {
            ids.entry(kind).or_default().push(id(&answer).to_owned());
        }
        answers.push((status, answer));
    }
    (talk, answers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_calls_leave_objects_that_agree_with_their_events(
        calls in prop::collection::vec((0..CALLS.len(), 0..8_usize), 0..200),
    ) {
        let (mut talk, answers) = played(&calls);
        prop_assert!(answers.iter().all(|(status, _)| [200, 400, 404].contains(status)));
        prop_assert_eq!(&answers, &played(&calls).1);
        // The newest event of each object carries it as it is served.
        let events = talk.api.store().events(&None).map(super::super::sent::SentEvent::payload).collect::<Vec<_>>();
        let mut seen = BTreeSet::new();
        for event in &events {
            let object = &event["data"]["object"];
            let (kind, id) = (object["object"].as_str().unwrap(), object["id"].as_str().unwrap());
            if !seen.insert((kind, id)) {
                continue;
            }
            let folder = KINDS.iter().find(|(known, _)| *known == kind).unwrap().1;
            let (status, served) = talk.ask(&format!("GET /v1/{folder}/{id}"), "");
            let is_gone = event["type"].as_str().unwrap().ends_with(".deleted");
            prop_assert_eq!(status == 200 && served["deleted"] != true, !is_gone);
            prop_assert!(is_gone || served == *object, "{} {}", served, object);
        }
        let made = answers.iter().filter(|(status, answer)| *status == 200 && answer["deleted"] != true);
        prop_assert_eq!(seen.is_empty(), made.count() == 0);
    }
}
