//! What a listen says of events that the app refuses.

use crate::support::endpoint::{Endpoint as App, Received, Reply};
use crate::support::listening::Listening;
use crate::support::stub;

#[test]
fn a_listen_gives_the_hint_once_for_each_endpoint_and_cause() {
    let refusing = |request: &Received| match request.name().as_str() {
        "charge.failed" => Reply::new(404, ""),
        _ => Reply::new(400, "webhook had no valid signature"),
    };
    let (main, invoices) = (App::new(refusing), App::new(refusing));
    let route =
        format!("[[route]]\nevents = \"invoice.*\"\nurl = \"http://{}/x\"\n", invoices.address);
    let mut listen = Listening::start(stub::listen(main.port(), &[]).file("devtool.toml", &route));
    let relay = stub::relay(&listen.devtool);
    // Whether a hint follows on an event: on a new cause, and on a known one at another endpoint.
    let events = [
        ("payout.paid", true),
        ("payout.failed", false),
        ("charge.failed", true),
        ("payout.created", false),
        ("invoice.paid", true),
        ("invoice.sent", false),
    ];
    for (number, (event, _)) in events.into_iter().enumerate() {
        stub::post(&relay, std::iter::once((number, event)));
        listen.wait_for_rows(event, 1);
    }
    listen.signal("INT");
    listen.code();
    listen.wait_for_end();
    let lines = listen.stdout();
    for (event, is_followed) in events {
        let row = lines.iter().position(|line| line.contains(event)).unwrap();
        let next = lines.get(row + 1).is_some_and(|line| line.starts_with("  hint: "));
        assert_eq!(next, is_followed, "{event}: {lines:#?}");
    }
}

/// What a listen says of events that the app refuses with these words, each with a number of its own; last what the
/// history and a replay say of one of them.
fn hints_of_a_listen(refusal: &'static str, more: &[&str]) -> Vec<String> {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let app = App::new(move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::new(400, &refusal.replace('#', &number.to_string()))
    });
    let other = "WEBHOOK_SECRET=whsec_5ec0000000000000\n";
    let devtool = stub::devtool(&["listen"], &[stub::KNOWS_ITS_ACCOUNT, stub::LISTENS])
        .args(&["--port", &app.port().to_string()])
        .args(more);
    let mut listen = Listening::start(devtool.file(".env", other));
    let relay = stub::relay(&listen.devtool);
    stub::post(&relay, [(1, "payout.paid"), (2, "payout.failed")].into_iter());
    listen.wait_for_rows("payout", 2);
    listen.signal("INT");
    listen.code();
    listen.wait_for_end();
    let shown = listen.devtool.rerun(&["history", "show", "1"]).code(0).stdout;
    let replayed = listen.devtool.rerun(&["replay", "1"]).code(1).stdout;
    let lines = listen.stdout().into_iter();
    let lines = lines.chain(shown.lines().chain(replayed.lines()).map(str::to_owned));
    let is_cause = |line: &String| {
        line.trim_start().starts_with("hint: ") && !line.contains("list the failed events")
    };
    lines.filter(is_cause).collect()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_listen_knows_what_signs_and_who_makes_events() {
    let wrong = "No signatures found matching the expected signature for payload";
    let own = hints_of_a_listen(wrong, &["--no-catch-up"]);
    let other = ".env has a signing secret as WEBHOOK_SECRET";
    assert!(own.len() == 3 && own[0].contains(other), "{own:#?}");
    let passed_on = hints_of_a_listen(wrong, &["--no-catch-up", "--no-resign"]);
    let print = "`devtool stripe listen --print-secret` prints";
    assert!(passed_on.len() == 3 && passed_on[0].contains(print), "{passed_on:#?}");
    let missing = hints_of_a_listen("No such payout: 'po_1#'", &["--no-catch-up"]);
    let key = "Give the app a test key of the account that the events are from";
    assert!(missing.len() == 3 && missing.iter().all(|hint| hint.contains(key)), "{missing:#?}");
}
