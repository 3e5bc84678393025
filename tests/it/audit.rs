//! `devtool audit`: each probe finds the fault that it is made for, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::audit_reports::assert_valid;
use crate::support::audited;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::ordered_app::{self, Fault};
use crate::support::{Devtool, raw_servers};

/// An audit of a port, as JSON.
pub(crate) fn audited(port: u16, more: &[&str]) -> Value {
    let arguments = ["audit", "--format", "json", "--fail-on", "never"];
    let report = Devtool::sending(&arguments, port).args(more).run().code(0).json();
    assert_valid(&report);
    report
}

/// The probes of a report with that verdict.
fn with<'r>(report: &'r Value, verdict: &str) -> Vec<&'r str> {
    let probes = report["audit"]["probes"].as_array().unwrap().iter();
    let meant = probes.filter(|probe| probe["verdict"] == verdict);
    meant.map(|probe| probe["id"].as_str().unwrap()).collect()
}

/// Audits an endpoint with each fault, without the probes that wait.
#[track_caller]
fn finds(faults: &[(&'static str, &[&str])]) {
    finds_with(faults, &["--skip", "BOD-05,BOD-06,SPD"]);
}

/// The same with the app's state in sight.
#[track_caller]
fn finds_by_state(faults: &[(&'static str, &[&str])]) {
    let seen = ["--app-state", "GET /state", "--only", "TIM,DUP,ACK,LEK"];
    finds_with(faults, &seen);
}

#[track_caller]
fn finds_with(faults: &[(&'static str, &[&str])], more: &[&str]) {
    for (fault, also) in faults {
        let endpoint = audited::endpoint(fault);
        let report = audited(endpoint.port(), more);
        let found: BTreeSet<&str> = with(&report, "fail").into_iter().collect();
        let expected: BTreeSet<&str> = also.iter().chain([fault]).copied().collect();
        assert_eq!(found, expected, "an endpoint with the fault of {fault}");
        assert_eq!(with(&report, "inconclusive"), [""; 0], "{fault}");
    }
}

#[test]
fn a_correct_endpoint_passes() {
    let endpoint = audited::endpoint("");
    // Whether there is a repository is not the endpoint's.
    let report = audited(endpoint.port(), &["--skip", "CFG-01"]);
    assert_eq!(with(&report, "fail"), [""; 0]);
    assert_eq!(with(&report, "inconclusive"), [""; 0]);
    let untested = [
        "TIM-04", "TYP-05", "TYP-06", "CON-01", "CON-03", "THN-01", "ACK-01", "DUP-01", "DUP-02",
        "DUP-03", "DUP-04", "DUP-05", "DUP-06", "ORD-01", "ORD-02", "ORD-03", "ORD-04", "ORD-05",
        "API-01", "API-02", "SPD-03", "SPD-04", "NET-01", "CFG-02",
    ];
    assert_eq!(with(&report, "not_tested"), untested);
}

#[test]
fn a_correct_endpoint_whose_state_is_seen_passes() {
    let endpoint = audited::endpoint("");
    let options = ["--app-state", "GET /state", "--event", "invoice.paid"];
    let only = ["--only", "TIM,TYP-06,CON,ACK,DUP,ORD,SPD-03", "--app-is", "connect,live"];
    let report = audited(endpoint.port(), &[&options[..], &only].concat());
    assert_eq!(with(&report, "fail"), [""; 0]);
    assert_eq!(with(&report, "inconclusive"), [""; 0]);
    assert_eq!(
        with(&report, "not_tested"),
        ["CON-01", "DUP-03", "DUP-04", "DUP-06", "ORD-03", "ORD-05"]
    );
}

#[test]
fn faults_of_duplicates_are_found() {
    finds_by_state(&[
        ("DUP-01", &["DUP-02", "TIM-04"]),
        ("DUP-02", &[]),
        ("DUP-05", &[]),
        ("DUP-06", &[]),
        ("DUP-07", &[]),
    ]);
}

#[test]
fn faults_of_order_are_found() {
    let faults: [(Option<Fault>, &[&str]); 6] = [
        (None, &[]),
        (Some(Fault::CreatedAfterUpdated), &["ORD-01", "ORD-02"]),
        (Some(Fault::LastWriteWins), &["ORD-01", "ORD-02", "ORD-03"]),
        (Some(Fault::UndoesReversed), &["ORD-02"]),
        (Some(Fault::Resurrects), &["ORD-03"]),
        (Some(Fault::Mixes), &["ORD-04"]),
    ];
    for (fault, expected) in faults {
        let endpoint = ordered_app::app(fault);
        let seen = ["--app-state", "GET /state/{{customer}}", "--only", "ORD"];
        let report = audited(endpoint.port(), &seen);
        assert_eq!(with(&report, "fail"), expected, "{fault:?}");
        assert_eq!(with(&report, "not_tested"), ["ORD-05"], "{fault:?}");
    }
}

#[test]
fn an_app_that_works_from_a_queue_is_waited_for() {
    let overwrites = Some(Fault::LastWriteWins);
    let of_customer = "GET /state/{{customer}}";
    for (fault, state, expected) in [
        (None, "GET /state", &[][..]),
        (None, of_customer, &[]),
        // On its way, its state is that of the right order for a moment.
        (overwrites, of_customer, &["ORD-02", "ORD-03"]),
    ] {
        let endpoint = ordered_app::queueing_app(fault, Duration::from_millis(30));
        let seen = ["--app-state", state, "--only", "ORD-02,ORD-03"];
        let report = audited(endpoint.port(), &seen);
        assert_eq!(with(&report, "fail"), expected, "{fault:?} {state}");
        assert_eq!(with(&report, "not_tested"), [""; 0], "{fault:?} {state}: {report}");
    }
}

#[test]
fn how_long_a_queue_takes_is_found_out_once() {
    let took = |only: &str| {
        let endpoint = ordered_app::queueing_app(None, Duration::from_millis(30));
        let seen = ["--app-state", "GET /state/{{customer}}", "--only", only];
        let report = audited(endpoint.port(), &seen);
        let probe = report["audit"]["probes"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&probe["id"], &probe["verdict"]), (&"ORD-02".into(), &"pass".into()));
        probe["elapsed_ms"].as_f64().unwrap()
    };
    let (alone, second) = (took("ORD-02"), took("ORD-01,ORD-02"));
    assert!(second < alone / 1.5, "{second} ms after ORD-01, {alone} ms alone");
}

#[test]
fn a_finding_of_order_says_which_events() {
    let endpoint = ordered_app::app(Some(Fault::CreatedAfterUpdated));
    let seen = ["--app-state", "GET /state/{{customer}}", "--only", "ORD-01"];
    let report = audited(endpoint.port(), &seen);
    let told = "customer.subscription.updated before customer.subscription.created: \
                subscription is \"incomplete\", should be \"active\" (GET /state/{{customer}})";
    assert_eq!(report["audit"]["probes"][0]["seen"][0], told);
}

#[test]
fn faults_of_connected_accounts_are_found() {
    let seen = ["--app-state", "GET /state/{{customer}}", "--only", "CON", "--app-is"];
    finds_with(&[("CON-01", &[])], &[&seen[..], &["connect"]].concat());
    finds_with(
        &[("CON-03", &[])],
        &["--app-state", "GET /state", "--only", "CON", "--app-is", "live"],
    );
    let endpoint = audited::endpoint("");
    let report = audited(endpoint.port(), &[&seen[..], &["connect,live"]].concat());
    assert_eq!((with(&report, "fail"), with(&report, "not_tested")), (vec![], vec![]));
}

#[test]
fn a_thin_event_of_another_account_is_asked_for_there() {
    for (fault, expected) in [("thin", "pass"), ("THN-01", "fail")] {
        let port = free_port();
        let endpoint = audited::asking(fault, Some(port));
        let api = ["--only", "THN", "--api", "--api-port", &port.to_string()];
        let report = audited(endpoint.port(), &api);
        assert_eq!(with(&report, expected), ["THN-01"], "{fault}: {report}");
    }
}

#[test]
fn a_subscription_that_ends_at_a_date_is_ending() {
    finds_with(&[("TYP-06", &[])], &["--app-state", "GET /state", "--only", "TYP-06"]);
}

#[test]
fn work_that_stops_where_the_sender_hangs_up_is_found() {
    for (remembers_first, expected) in [(false, "pass"), (true, "fail")] {
        let port = raw_servers::hung_up(remembers_first);
        let report = audited(port, &["--app-state", "GET /state", "--only", "SPD-03"]);
        assert_eq!(with(&report, expected), ["SPD-03"], "{report}");
    }
}

#[test]
fn a_comparison_that_takes_longer_for_right_digits_is_found() {
    finds_with(&[("SIG-12", &[])], &["--only", "SIG"]);
}

#[test]
fn an_event_that_is_accepted_and_does_nothing_is_found() {
    let endpoint = audited::endpoint("");
    let options = ["--app-state", "GET /state", "--event", "charge.refunded", "--only", "ACK"];
    let report = audited(endpoint.port(), &options);
    assert_eq!(with(&report, "fail"), ["ACK-01"]);
}

/// A port that nobody has.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn faults_of_calls_are_found() {
    let faults: [(&str, &[&str]); 4] =
        [("", &[]), ("API-01", &["API-01"]), ("API-02", &["API-02"]), ("DUP-04", &["DUP-04"])];
    for (fault, expected) in faults {
        let port = free_port();
        let endpoint = audited::asking(fault, Some(port));
        let seen = ["--app-state", "GET /state", "--only", "API,DUP", "--api"];
        let api = ["--api-port", &port.to_string()];
        let report = audited(endpoint.port(), &[&seen[..], &api].concat());
        assert_eq!(with(&report, "fail"), expected, "{fault}");
    }
}

#[test]
fn faults_of_versions_and_modes_are_found() {
    finds(&[("VER-01", &[]), ("VER-02", &[]), ("CON-02", &[]), ("INV-01", &[])]);
}

#[test]
fn leaks_are_found() {
    finds(&[("LEK-01", &[]), ("LEK-02", &[]), ("LEK-03", &[])]);
}

#[test]
fn slow_endpoints_are_found() {
    finds_with(&[("SPD-01", &[])], &["--only", "SPD-01"]);
    finds_with(&[("SPD-02", &[])], &["--only", "SPD-01,SPD-02"]);
}

#[test]
fn faults_of_the_signature_are_found() {
    finds(&[
        ("SIG-01", &["SIG-11"]),
        ("SIG-02", &["SIG-06"]),
        ("SIG-03", &["SIG-04", "SIG-05", "SIG-10"]),
        ("SIG-04", &[]),
        ("SIG-05", &[]),
        ("SIG-06", &[]),
        ("SIG-07", &[]),
        ("SIG-08", &[]),
        ("SIG-09", &[]),
        ("SIG-10", &[]),
        ("SIG-11", &[]),
    ]);
}

#[test]
fn faults_of_time_are_found() {
    finds(&[("TIM-01", &[]), ("TIM-02", &[]), ("TIM-03", &[])]);
}

#[test]
fn faults_of_the_raw_body_are_found() {
    finds(&[
        ("RAW-01", &["RAW-03", "RAW-04", "RAW-05"]),
        ("RAW-02", &[]),
        ("RAW-03", &[]),
        ("RAW-04", &[]),
        ("RAW-05", &[]),
        ("RAW-06", &[]),
        ("RAW-07", &[]),
    ]);
}

#[test]
fn faults_of_method_and_path_are_found() {
    finds(&[("MET-01", &[]), ("MET-02", &[]), ("MET-03", &[]), ("MET-04", &[])]);
}

#[test]
fn faults_of_the_body_are_found() {
    finds(&[
        ("BOD-01", &[]),
        ("BOD-02", &["RAW-06"]),
        ("BOD-03", &[]),
        ("BOD-04", &[]),
        ("BOD-07", &[]),
    ]);
}

#[test]
fn faults_of_event_types_are_found() {
    finds(&[("TYP-01", &[]), ("TYP-02", &[]), ("TYP-03", &[]), ("TYP-04", &[])]);
}

#[test]
fn types_without_an_answer_are_no_pass() {
    let of_type = |reply: Reply| {
        Endpoint::new(move |request| {
            let is_meant = request.name().starts_with("balance.");
            if is_meant { reply.clone() } else { Reply::new(200, "") }
        })
    };
    let only = ["--only", "TYP-03", "--timeout", "300ms"];
    let reason = |endpoint: &Endpoint| {
        let report = audited(endpoint.port(), &only);
        assert_eq!(with(&report, "inconclusive"), ["TYP-03"]);
        report["audit"]["probes"][0]["reason"].as_str().unwrap().to_owned()
    };
    let limited = of_type(Reply::new(429, ""));
    assert_eq!(reason(&limited), "no answer, or 429, to balance.available");
    let silent = of_type(Reply { after: Duration::from_secs(2), ..Reply::new(200, "") });
    assert_eq!(reason(&silent), "no answer, or 429, to balance.available");
    let none = Endpoint::new(|request| {
        let is_plain = request.name() == "payment_intent.succeeded";
        let after = if is_plain { Duration::ZERO } else { Duration::from_secs(2) };
        Reply { after, ..Reply::new(200, "") }
    });
    let reason = reason(&none);
    assert!(reason.starts_with("no answer, or 429, to 5 types: "), "{reason}");
    assert!(reason.ends_with("; 270 others were not sent"), "{reason}");
}

#[test]
fn an_endpoint_that_serves_one_at_a_time_is_found() {
    let endpoint = raw_servers::one_at_a_time(true);
    let report = audited(endpoint.port, &["--only", "BOD-05"]);
    assert_eq!(with(&report, "fail"), ["BOD-05"]);
}

#[test]
fn an_endpoint_that_answers_before_the_body_is_found() {
    let endpoint = raw_servers::one_at_a_time(false);
    let report = audited(endpoint.port, &["--only", "BOD-05,BOD-06"]);
    assert_eq!(with(&report, "fail"), ["BOD-06"]);
}
