//! `--state`: what events of a type tell of their object.

use crate::real_life::triggered;
use crate::support::Devtool;

#[test]
fn a_state_that_there_is_not_is_refused_with_those_that_there_are() {
    let run =
        Devtool::new(&["trigger", "invoice.updated", "--state", "finalised", "--print"]).run();
    let stderr = run.code(2).stderr;
    assert!(stderr.contains("`invoice` has no state `finalised`"), "{stderr}");
    assert!(stderr.contains("did you mean `finalized`?"), "{stderr}");
}

#[test]
fn states_that_say_two_things_are_refused() {
    let said = |words: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let run = Devtool::new(&["trigger", "--print"]).args(&words).run().code(2);
        assert_eq!(run.stdout, "", "{words:?}");
        run.stderr.lines().next().unwrap().to_owned()
    };
    let invoice = "error: `invoice.updated` tells of draft, finalized, paid, unpaid: ";
    for state in ["void", "open", "uncollectible"] {
        let said = said(&format!("invoice.updated --state {state}"));
        assert_eq!(said, format!("{invoice}not of `{state}`"));
    }
    assert_eq!(
        said("invoice.updated --state draft --state finalized"),
        format!("{invoice}one of them, not both `draft` and `finalized`")
    );
    assert_eq!(
        said("invoice.paid --state void"),
        "error: `invoice.paid` tells of `paid`: not of `void`"
    );
    let deleted = said("customer.subscription.deleted --state incomplete");
    assert!(deleted.ends_with("tells of `canceled`: not of `incomplete`"), "{deleted}");
    let thin = "error: a thin event carries no object: `v1.invoice.paid` has no state `void`";
    assert_eq!(said("v1.invoice.paid --state void"), thin);
    assert!(said("v2.core.event_destination.ping --state x").ends_with("has no state `x`"));
    let said = said("customer.subscription.updated --state ending --state past_due");
    assert!(said.ends_with(": one of them, not both `ending` and `past_due`"), "{said}");
    let open = triggered("invoice.updated --state finalized --state open");
    assert_eq!(open["data"]["object"]["status"], "open");
}

#[test]
fn a_state_that_the_type_does_not_tell_of_is_answered_with_those_that_it_does() {
    let run = Devtool::new(&["trigger", "payout.paid", "--state", "failed"]).run();
    insta::assert_snapshot!(run.code(2).stderr, @r"
    error: `payout.paid` tells of `paid`: not of `failed`
      hint: its states are automatic, paid, reconciled, untraced, us_bank_account
    ");
    let file = "[[step]]\nevent = \"invoice.paid\"\nstate = \"void\"\n";
    let run = Devtool::new(&["scenario", "own.toml", "--check"]).file("own.toml", file).run();
    let told = run.code(3).stderr;
    let first = "error: own.toml:3:9: `state` of step 1: `invoice.paid` tells of `paid`: not of `void`; its states are empty, first, ";
    assert!(told.starts_with(first), "{told}");
    let before = triggered("customer.subscription.deleted --state past_due");
    let object = &before["data"]["object"];
    assert_eq!(
        (&object["status"], &object["cancellation_details"]["reason"]),
        (&"canceled".into(), &"payment_failed".into())
    );
}
