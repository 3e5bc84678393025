//! `devtool events`.

use crate::support::Devtool;

#[test]
fn types_are_listed_with_object_and_description() {
    let run = Devtool::new(&["events", "customer.subscription.deleted"]).run().code(0);
    assert_eq!(run.stdout, "customer.subscription.deleted  subscription  A subscription ended\n");
}

#[test]
fn a_pattern_narrows_the_list() {
    let names = |pattern: &str| -> Vec<String> {
        let json = Devtool::new(&["events", pattern, "--format", "json"]).run().code(0).json();
        let events = json["events"].as_array().unwrap().iter();
        events.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("invoice.*ed_uncollectible"), ["invoice.marked_uncollectible"]);
    assert_eq!(names("transfer.*"), ["transfer.created", "transfer.reversed", "transfer.updated"]);
}

#[test]
fn json_has_the_documented_fields() {
    let run = Devtool::new(&["events", "charge.pending", "--format", "json"]).run().code(0);
    let json = run.json();
    assert_eq!(json["schema"], 1);
    let event = json["events"][0].as_object().unwrap();
    let fields: Vec<&str> = event.keys().map(String::as_str).collect();
    let expected = ["type", "object", "payload", "description", "stripe_trigger", "stripe"];
    assert_eq!(fields, expected);
    assert_eq!(event["stripe_trigger"], false);
    assert_eq!(event["stripe"]["side_effect_of"], "payment_intent.processing");
}

#[test]
fn compact_is_a_name_on_each_line() {
    let run = Devtool::new(&["events", "promotion_code", "--format", "compact"]).run().code(0);
    assert_eq!(run.stdout, "promotion_code.created\npromotion_code.updated\n");
    let run = Devtool::new(&["scenario"]).env("DEVTOOL_FORMAT", "compact").run().code(0);
    assert!(
        run.stdout.starts_with("bank-debit\nbilling\ncancel-at-period-end\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn names_that_stripe_does_not_have_are_not_listed() {
    let run = Devtool::new(&["events"]).run().code(0);
    assert!(!run.stdout.contains("subscription.triggered"));
    assert!(!run.stdout.contains("invoice.draft.paid"));
}

#[test]
fn a_pattern_that_fits_nothing_says_what_is_near() {
    let run = Devtool::new(&["events", "invoice.payd"]).run().code(2);
    assert!(run.stderr.contains("did you mean `invoice.paid`"), "{}", run.stderr);
}
