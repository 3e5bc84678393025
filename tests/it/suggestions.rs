//! Commands that devtool suggests: each stands on a line of its own, and does what it says when it is pasted.

use std::path::Path;
use std::process::Command;

use crate::support::endpoint::{Endpoint, Received, Reply};
#[cfg(target_os = "linux")]
use crate::support::tmux::Tmux;
use crate::support::{Devtool, Run, SECRET};

/// The commands that stand on lines of their own.
pub(crate) fn suggested(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("devtool "));
    lines.map(ToOwned::to_owned).collect()
}

/// Pastes a command into a shell, with the program and the files where the devtool of a test has them.
fn pasted(devtool: &Devtool, shell: &str, command: &str) -> Run {
    let blank = devtool.command();
    let mut process = Command::new(shell);
    process.args(if shell == "fish" { ["--no-config", "-c"] } else { ["-e", "-c"] });
    process.arg(command).env_clear().current_dir(devtool.directory());
    let variables = blank.get_envs().filter_map(|(name, value)| Some((name, value?)));
    process.envs(variables);
    let own = Path::new(env!("CARGO_BIN_EXE_devtool")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(own).chain(std::env::split_paths(&path));
    process.env("PATH", std::env::join_paths(path).unwrap());
    Run::of(process.output().unwrap())
}

/// An app whose route ends in a slash.
fn with_a_slash(request: &Received) -> Reply {
    if request.uri.path().ends_with('/') {
        return Reply::new(200, "");
    }
    let query = request.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Reply::new(308, "").header("location", &format!("{}/{query}", request.uri.path()))
}

/// What of a description shells might take for something else.
const DESCRIPTION: &str = "it's \"so\" $HOME `x` \\ & \\\\ (a; b) *\n\ttwo\\";

#[track_caller]
fn works_when_pasted(shell: &str) {
    let app = Endpoint::new(with_a_slash);
    let port = app.port().to_string();
    let url = format!("http://127.0.0.1:{port}/it's%20(mine)?a=1&b=$HOME");
    let set = format!("description={DESCRIPTION}");
    for place in [["--port", &port, "--path", "/it's mine"].as_slice(), &["--url", &url]] {
        let devtool = Devtool::new(&["trigger", "charge.succeeded", "--seed", "42"])
            .args(place)
            .args(&["--set", &set, "--set", "metadata.order=-1", "--history", "it's mine.db"])
            .env("STRIPE_WEBHOOK_SECRET", SECRET);
        let run = devtool.run().code(1);
        let [command] = suggested(&run.stdout).try_into().expect(&run.stdout);
        pasted(&devtool, shell, &command).code(0);
        let received = app.received();
        let [refused, accepted] = &received[received.len() - 2..] else { panic!("{command}") };
        let path = format!("{}/", refused.uri.path());
        assert_eq!((accepted.uri.path(), accepted.uri.query()), (&*path, refused.uri.query()));
        let [before, after] = [refused, accepted].map(Received::event);
        assert_eq!(after["id"], before["id"]);
        let object = &after["data"]["object"];
        assert_eq!(
            (&object["description"], &object["metadata"]["order"]),
            (&DESCRIPTION.into(), &"-1".into())
        );
        assert!(devtool.directory().join("it's mine.db").exists());
        // What the history has of it can be sent to where it belongs.
        let shown = devtool.rerun(&["history", "show", "1", "--history", "it's mine.db"]).code(0);
        let [command] = suggested(&shown.stdout).try_into().expect(&shown.stdout);
        pasted(&devtool, shell, &command).code(0);
        assert_eq!(app.received().last().unwrap().uri, accepted.uri);
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_command_with_the_way_out_works_when_it_is_pasted_into_sh() {
    works_when_pasted("sh");
}

#[test]
#[cfg_attr(tests_without_fish, ignore = "needs fish")]
fn a_command_with_the_way_out_works_when_it_is_pasted_into_fish() {
    works_when_pasted("fish");
}

/// What a run sent to its endpoint: where to, which event, and in which order.
fn sent(received: &[Received]) -> Vec<(String, serde_json::Value)> {
    received.iter().map(|one| (one.uri.to_string(), one.event()["id"].clone())).collect()
}

#[track_caller]
fn repeats_the_first_failure(shell: &str) {
    let refusing = |request: &Received| match request.name().as_str() {
        "charge.succeeded" => Reply::new(500, ""),
        _ => Reply::new(200, ""),
    };
    let app = Endpoint::new(refusing);
    let name = "scenarios/it's & mine.toml";
    let devtool = Devtool::new(&["scenario", "scenarios/*.toml", "--repeat", "2"])
        .file(
            name,
            "[[step]]\nevent = \"customer.created\"\n[[step]]\nevent = \"charge.succeeded\"\n",
        )
        .args(&["--url", &format!("http://127.0.0.1:{}/a?b=1&c=2", app.port())])
        .args(&["--duplicate", "100%", "--set", "metadata={\"a\": \"it's\"}", "--force"])
        .args(&["--report", "html=run.html", "--secret", SECRET, "--header", "x-key: 0123456789"]);
    let run = devtool.run().code(1);
    let [command] = suggested(&run.stdout).try_into().expect(&run.stdout);
    assert!(!run.stdout.contains("c0ffee00c0") && !run.stdout.contains("0123456789"));
    let told =
        "reproduce the first failure with (add `--secret` and `--header` as before):\n  devtool ";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let before = app.received().len();
    let first = app.received()[..4].to_vec();
    // What the report has of the run is not written over.
    std::fs::remove_file(devtool.directory().join("run.html")).unwrap();
    pasted(&devtool, shell, &command).code(1);
    let received = app.received();
    // Both runs look for the fewest events after their own.
    let again = &received[before..before + 4];
    assert_eq!(sent(again), sent(&first));
    assert_eq!(again[1].event()["data"]["object"]["metadata"]["a"], "it's");
    assert!(!devtool.directory().join("run.html").exists());
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn the_first_of_several_stories_that_failed_is_sent_again_by_sh() {
    repeats_the_first_failure("sh");
}

#[test]
#[cfg_attr(tests_without_fish, ignore = "needs fish")]
fn the_first_of_several_stories_that_failed_is_sent_again_by_fish() {
    repeats_the_first_failure("fish");
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_password_in_a_url_is_to_be_put_back() {
    let app = Endpoint::new(with_a_slash);
    let url = format!("http://me:hush-hush-1@127.0.0.1:{}/hook", app.port());
    let devtool = Devtool::new(&["trigger", "invoice.paid", "--seed", "42", "--url", &url])
        .env("STRIPE_WEBHOOK_SECRET", SECRET);
    let run = devtool.run().code(1);
    let told = " (put back what `***` hides in `--url`)\n";
    assert!(run.stdout.contains(told) && !run.stdout.contains("hush-hush"), "{}", run.stdout);
    let [command] = suggested(&run.stdout).try_into().expect(&run.stdout);
    pasted(&devtool, "sh", &command.replace("***", "hush-hush-1")).code(0);
    let header = |received: &Received| received.header("authorization").to_owned();
    let sent: Vec<String> = app.received().iter().map(header).collect();
    assert!(sent.len() == 2 && sent[0] == sent[1] && sent[0].starts_with("Basic "), "{sent:?}");
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(tests_without_tmux, ignore = "needs tmux")]
fn what_is_said_of_an_error_breaks_between_words_on_a_terminal() {
    let devtool = Devtool::new(&["trigger", "invoice.payed"]);
    let tmux = Tmux::start(&devtool, (40, 30));
    tmux.type_line("clear; ./run; ./run --timeout 5; echo the end");
    let screen = tmux.wait_until("the end", |screen| screen.trim_end().ends_with("the end\n$"));
    insta::assert_snapshot!(screen.trim_end());
}
