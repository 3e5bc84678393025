//! `replay --failed`: which deliveries it means, and who is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

/// An endpoint that accepts everything once that is switched on.
struct Switched {
    endpoint: Endpoint,
    accepts: Arc<AtomicBool>,
}

impl Switched {
    fn start() -> Self {
        let accepts = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&accepts);
        let endpoint = Endpoint::new(move |_| {
            Reply::new(if switch.load(Ordering::SeqCst) { 200 } else { 500 }, "no")
        });
        Self { endpoint, accepts }
    }

    fn port(&self) -> String {
        self.endpoint.port().to_string()
    }

    fn accept(&self) {
        self.accepts.store(true, Ordering::SeqCst);
    }
}

/// A project whose devtool.toml names the endpoint.
fn project(app: &Switched) -> Devtool {
    let toml = format!("url = \"http://127.0.0.1:{}/webhook\"\n", app.port());
    Devtool::new(&["replay", "--failed"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .file("devtool.toml", &toml)
}

#[test]
fn the_last_session_of_the_endpoint_in_force_is_meant() {
    let (app, other) = (Switched::start(), Switched::start());
    let devtool = project(&app);
    devtool.rerun(&["trigger", "charge.failed"]).code(1);
    devtool.rerun(&["scenario", "payment"]).code(1);
    devtool.rerun(&["trigger", "invoice.paid", "--port", &other.port()]).code(1);
    app.accept();
    other.accept();
    let run = devtool.rerun(&["replay", "--failed", "--yes"]).code(0);
    assert_eq!(run.stderr, "session 2; `--all` means every session and endpoint\n");
    assert_eq!(app.endpoint.received().len(), 10 + 9);
    let names = app.endpoint.names();
    assert_eq!(names[10..], names[1..10]);
    // The first session is not dug up once the second has been made good.
    let again = devtool.rerun(&["replay", "--failed", "--yes"]).code(0);
    assert_eq!(again.stderr, "no matching deliveries\n");
    assert_eq!(other.endpoint.received().len(), 1);
    let all = devtool.rerun(&["replay", "--failed", "--all", "--yes"]).code(0);
    assert!(all.stdout.starts_with("replay: 2 events to 2 endpoints"), "{}", all.stdout);
}

#[test]
fn the_endpoint_and_the_session_can_be_named() {
    let (app, other) = (Switched::start(), Switched::start());
    let devtool = project(&app);
    devtool.rerun(&["trigger", "charge.failed"]).code(1);
    devtool.rerun(&["trigger", "invoice.paid", "--port", &other.port()]).code(1);
    devtool.rerun(&["trigger", "invoice.voided"]).code(1);
    devtool.rerun(&["replay", "--failed", "--session", "1"]).code(1);
    devtool.rerun(&["replay", "--failed", "--endpoint", &other.port()]).code(1);
    assert_eq!(app.endpoint.names(), ["charge.failed", "invoice.voided", "charge.failed"]);
    assert_eq!(other.endpoint.names(), ["invoice.paid", "invoice.paid"]);
    // The destination is one of the endpoints in force.
    devtool.rerun(&["replay", "--failed", "--port", &other.port()]).code(1);
    assert_eq!(other.endpoint.names()[2..], ["invoice.paid"]);
    let nothing = Devtool::new(&["replay", "--failed"]);
    assert_eq!(
        nothing.run().code(0).stderr,
        "nothing to http://127.0.0.1:5000/webhook; `--all` means every session and endpoint\nno \
         matching deliveries\n"
    );
}

#[test]
fn the_endpoints_of_routes_are_in_force_each_once() {
    let (app, first, second) = (Switched::start(), Switched::start(), Switched::start());
    let devtool = project(&app);
    let mut toml = format!("url = \"http://127.0.0.1:{}/webhook\"\n", app.port());
    for (types, route) in [("invoice.*", &first), ("charge.*", &second), ("payout.*", &first)] {
        let url = format!("http://127.0.0.1:{}/webhook", route.port());
        toml.push_str(&format!("[[route]]\nevents = \"{types}\"\nurl = \"{url}\"\n"));
    }
    let devtool = devtool.file("devtool.toml", &toml);
    let nothing = devtool.run().code(0).stderr;
    let urls = [&app, &first, &second];
    let urls = urls.map(|one| format!("http://127.0.0.1:{}/webhook", one.port())).join(", ");
    assert!(nothing.starts_with(&format!("nothing to {urls};")), "{nothing}");
    for (event, endpoint) in
        [("customer.created", &app), ("charge.failed", &second), ("invoice.paid", &first)]
    {
        devtool.rerun(&["trigger", event]).code(1);
        devtool.run().code(1);
        assert_eq!(endpoint.endpoint.names(), [event; 2]);
    }
}

#[test]
fn what_fails_when_it_is_sent_again_belongs_to_its_session() {
    let app = Switched::start();
    let devtool = project(&app);
    app.accept();
    devtool.rerun(&["scenario", "payment"]).code(0);
    app.accepts.store(false, Ordering::SeqCst);
    devtool.rerun(&["replay", "8", "9"]).code(1);
    app.accept();
    let run = devtool.rerun(&["replay", "--failed", "--yes"]).code(0);
    assert_eq!(run.stderr, "session 1; `--all` means every session and endpoint\n");
    let names = app.endpoint.names();
    assert_eq!(names[11..], names[9..11]);
}

#[test]
fn several_deliveries_are_not_sent_where_nobody_can_be_asked() {
    let _filters = filters();
    let app = Switched::start();
    let devtool = project(&app);
    devtool.rerun(&["scenario", "payment"]).code(1);
    insta::assert_snapshot!("replay_unasked", devtool.run().code(2).whole());
    let listed = devtool.rerun_with(&["--dry-run"]).code(0);
    insta::assert_snapshot!("replay_dry_run", listed.whole());
    let json = devtool.rerun(&["replay", "--failed", "--dry-run", "--format", "json"]).json();
    assert_eq!(json["deliveries"].as_array().unwrap().len(), 9);
    assert_eq!(app.endpoint.received().len(), 9);
    // One is sent, and so are those that are named.
    devtool.rerun(&["replay", "--last", "1"]).code(1);
    devtool.rerun(&["replay", "1", "2"]).code(1);
    assert_eq!(app.endpoint.received().len(), 12);
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn several_deliveries_are_listed_and_asked_for_on_a_terminal() {
    use crate::support::terminal::Terminal;

    let app = Switched::start();
    let devtool = project(&app);
    devtool.rerun(&["scenario", "payment"]).code(1);
    for (answer, sent) in [("", 0), ("n", 0), ("y", 9)] {
        let mut terminal = Terminal::start(&devtool);
        terminal.wait_for("send 9 deliveries again to 1 endpoint? [y/N] ");
        terminal.type_line(answer);
        let (screen, code) = terminal.finish();
        assert!(screen.contains("charge.succeeded"), "{screen}");
        assert_eq!(app.endpoint.received().len(), 9 + sent, "{screen}");
        assert_eq!(code, i32::from(sent > 0), "{screen}");
        assert_eq!(screen.contains("nothing was sent"), sent == 0, "{screen}");
    }
}

#[test]
fn a_failed_replay_to_several_endpoints_names_one_that_repeats_it() {
    let (app, other) = (Switched::start(), Switched::start());
    let devtool = project(&app);
    devtool.rerun(&["trigger", "charge.failed"]).code(1);
    devtool.rerun(&["trigger", "invoice.paid", "--port", &other.port()]).code(1);
    let run = devtool.rerun(&["replay", "1", "2"]).code(1);
    let command = format!("replay --failed --endpoint http://127.0.0.1:{}/webhook", app.port());
    assert!(run.stdout.contains(&format!("\n  devtool {command}\n")), "{}", run.stdout);
    devtool.rerun(&command.split(' ').collect::<Vec<_>>()).code(1);
    assert_eq!(app.endpoint.names(), ["charge.failed"; 3]);
    assert_eq!(other.endpoint.names(), ["invoice.paid"; 2]);
}

#[test]
fn what_failed_at_its_second_delivery_is_sent_again_whatever_was_accepted_before() {
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    let app = Endpoint::new(move |request| {
        let is_new = seen.lock().unwrap().insert(request.event()["id"].to_string());
        Reply::new(if is_new { 200 } else { 500 }, "")
    });
    let devtool = Devtool::sending(&["scenario", "payment", "--duplicate", "100%"], app.port());
    devtool.run().code(1);
    let replay = ["replay", "--failed", "--dry-run", "--format", "compact"];
    let listed = devtool.rerun(&[&replay[..], &["--all"]].concat()).code(0).stdout;
    assert_eq!(listed.lines().count(), 9, "{listed}");
}
