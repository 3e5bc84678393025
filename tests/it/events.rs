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

#[test]
fn all_that_is_known_of_a_type_is_told() {
    let told = |arguments: &[&str]| Devtool::new(&["events"]).args(arguments).run().code(0);
    let run = told(&["coupon.updated", "--verbose"]);
    insta::assert_snapshot!("verbose", run.stdout);
    let run = told(&["invoice.updated", "--verbose"]);
    let (head, fields) = run.stdout.split_once("\n\n  Fields of `invoice`").unwrap();
    let (before, scenarios) = head.split_once("  scenarios ").unwrap();
    let (scenarios, after) = scenarios.split_once('\n').unwrap();
    assert!(scenarios.contains(" renewal, "), "{scenarios}");
    insta::assert_snapshot!("verbose_forms", format!("{before}{after}"));
    for row in ["lines.data[].pricing.price_details.price", "status_transitions.paid_at"] {
        assert!(fields.contains(&format!("\n  {row} ")), "{row}");
    }
    let several = told(&["v1.charge.s*", "--verbose"]).stdout;
    insta::assert_snapshot!("verbose_thin", several);
    let json = told(&["coupon.updated", "--verbose", "--format", "json"]);
    insta::assert_snapshot!("verbose_json", json.stdout);
    let names = told(&["coupon.updated", "--verbose", "--format", "compact"]);
    assert_eq!(names.stdout, "coupon.updated\n");
}

#[test]
fn a_whole_name_means_its_type_alone_and_nothing_means_no_type() {
    let run = Devtool::new(&["events", "plan.created", "--verbose", "--format", "json"]).run();
    let types = run.code(0).json();
    assert_eq!(types["events"].as_array().unwrap().len(), 1, "and not that of reserve.plan");
    let run = Devtool::new(&["events", "invoice.payd", "--verbose"]).run().code(2);
    assert!(run.stderr.contains("did you mean `invoice.paid`"), "{}", run.stderr);
    Devtool::new(&["events", "--verbose"]).run().code(2);
}

/// What is said of each type can be done: its states make an event, and its scenarios have it.
#[test]
fn what_is_told_of_types_is_true() {
    let run = Devtool::new(&["events", "customer.subscription.*", "--verbose", "--format", "json"]);
    for told in run.run().code(0).json()["events"].as_array().unwrap() {
        let name = told["type"].as_str().unwrap();
        for state in told["states"].as_array().unwrap() {
            let state = state.as_str().unwrap();
            Devtool::new(&["trigger", name, "--state", state, "--print"]).run().code(0);
        }
        let event = Devtool::new(&["trigger", name, "--print"]).run().code(0).json();
        let fields = told["fields"].as_array().unwrap();
        for (member, value) in event["data"]["object"].as_object().unwrap() {
            let field = fields.iter().find(|field| field["path"] == member.as_str());
            let field = field.unwrap_or_else(|| panic!("{name}: {member}"));
            assert!(!value.is_null() || field["null_seen"] == true, "{name}: {member}");
        }
    }
}
