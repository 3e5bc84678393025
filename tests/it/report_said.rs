//! What a run says of its reports, to people and to GitHub Actions.

use crate::support::Devtool;
use crate::support::asking::free_port;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;

/// A handler that fails with what a workflow command must not take as its own.
fn failing() -> Endpoint {
    Endpoint::new(|request| match request.method.as_str() {
        "GET" => Reply::new(200, "open"),
        _ if request.name() == "charge.pending" => Reply::new(500, "50% done\r\n::error::not ours"),
        _ => Reply::new(200, "ok"),
    })
}

#[test]
fn what_was_written_is_said_and_a_stream_is_not() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    let reports = ["-o", "out/r.html", "-o", "junit=r.xml", "-o", "json=/dev/stderr"];
    let run = devtool.rerun_with(&reports).code(0);
    assert!(run.stderr.starts_with("report: out/r.html\nreport: r.xml\n{"), "{}", run.stderr);
    let quiet = devtool.rerun_with(&["-q", "-o", "r.md"]).code(0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
}

#[test]
fn the_number_of_a_delivery_that_failed_stands_in_every_report() {
    let endpoint = failing();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    for more in [&[][..], &["--history", "my.db"]] {
        let reports = ["-o", "r.html", "-o", "r.xml", "-o", "r.md", "-o", "r.json"];
        let run = devtool.rerun_with(&[&reports[..], more].concat()).code(1);
        let show = run.stdout.lines().find_map(|line| line.trim().strip_prefix("history: "));
        let show = show.unwrap();
        assert!(show.ends_with(&more.join(" ")), "{show}");
        let number = show.split(' ').nth(3).unwrap();
        for (file, text) in [
            ("r.html", format!("<p class=\"id\" data-copy=\"command\">{show}<")),
            ("r.xml", format!("history: {show}<")),
            ("r.md", format!("`charge.pending` (delivery {number})")),
            ("r.json", format!("\"delivery\": {number},")),
        ] {
            let report = std::fs::read_to_string(devtool.directory().join(file)).unwrap();
            assert!(report.contains(&text), "{text} is not in {file}: {report}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_is_opened_in_the_browser_where_that_is_asked_for() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    let without = devtool.rerun_with(&["--open", "-o", "r.xml"]).code(2);
    assert_eq!(
        without.stderr,
        "error: `--open` opens an HTML report, and none is written\n  hint: add `--report report.html`\n"
    );
    assert!(endpoint.received().is_empty());
    let opened = devtool.home().join("opened");
    let script = format!(
        "#!/bin/sh\nprintf '%s' \"$1\" > '{0}.new'; mv '{0}.new' '{0}'\n",
        opened.display()
    );
    let devtool = devtool.program("xdg-open", &script);
    devtool.rerun_with(&["--open", "-o", "r.html"]).code(0);
    while !opened.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let page = std::fs::read_to_string(&opened).unwrap();
    assert_eq!(page, devtool.directory().join("r.html").to_str().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_program_that_opens_pages_that_is_said() {
    let endpoint = Endpoint::accepting();
    let devtool =
        Devtool::sending(&["trigger", "invoice.paid", "--open", "-o", "r.html"], endpoint.port());
    let run = devtool.env("PATH", "").run().code(0);
    assert_eq!(
        run.stderr,
        "report: r.html\nwarning: cannot open `r.html`: there is no `xdg-open`\n"
    );
}

#[test]
fn failures_are_annotations_under_github_actions() {
    let _filters = filters();
    let endpoint = failing();
    let port = endpoint.port();
    let annotations = |arguments: &[&str], port: u16| {
        let flow = "[[step]]\nevent = \"charge.pending\"\n[[check]]\npath = \"/orders\"\nexpect.body.contains = \"a, b: 100%\"\n";
        let devtool = Devtool::sending(arguments, port).file("flow.toml", flow);
        devtool.env("GITHUB_ACTIONS", "true").run().stderr
    };
    insta::assert_snapshot!(annotations(&["scenario", "payment", "-q"], port), @r"::error title=payment%3A 6 charge.pending::500 Internal Server Error%0Athe handler failed: `50%25 done`. See the app's log for the cause");
    insta::assert_snapshot!(annotations(&["scenario", "flow.toml", "payment"], port), @r#"
    ::error file=flow.toml,title=flow 1; payment 6::500 Internal Server Error%0Athe handler failed: `50%25 done`. See the app's log for the cause
    ::error file=flow.toml,title=flow%3A GET /orders::200 OK%0Abody: expected "a, b: 100%25" in it, found "open"
    "#);
    insta::assert_snapshot!(annotations(&["trigger", "invoice.paid"], free_port()), @r"
    ::error title=nothing was sent::nothing listens on 127.0.0.1:PORT: start your app, or set its port with `--port`
    error: nothing listens on 127.0.0.1:PORT
      hint: start your app, or set its port with `--port`
    ");
    assert_eq!(annotations(&["trigger", "invoice.paid"], port), "");
    let outside = Devtool::sending(&["trigger", "charge.pending"], port);
    assert_eq!(outside.run().code(1).stderr, "");
}

#[test]
fn what_an_app_answers_is_no_command_of_github_actions() {
    let body = "::add-mask::on\n  ::stop-commands::x\n##[error]no";
    let endpoint = Endpoint::new(move |_| Reply::new(500, body));
    let is_command = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    let sending = |format: &str| {
        let arguments = ["trigger", "charge.pending", "--format", format];
        let devtool = Devtool::sending(&arguments, endpoint.port()).env("GITHUB_ACTIONS", "true");
        let run = devtool.run().code(1);
        let shown = devtool.rerun(&["history", "show", "--full"]).code(0).stdout;
        let output = format!("{}{}{shown}", run.stdout, run.stderr);
        let commands: Vec<&str> = output.lines().filter(is_command).collect();
        assert_eq!(commands.len(), 1, "{commands:?}");
        assert!(commands[0].starts_with("::error title="), "{commands:?}");
        run
    };
    sending("text");
    sending("compact");
    let report = sending("json").json();
    assert_eq!(report["steps"][0]["attempts"][0]["body"], body, "{report:#}");
}

#[test]
fn no_more_annotations_are_made_than_github_shows() {
    let endpoint = Endpoint::new(|request| Reply::new(500, &request.name()));
    let devtool = Devtool::sending(&["scenario", "payment", "billing"], endpoint.port());
    let run = devtool.env("GITHUB_ACTIONS", "true").run().code(1);
    assert_eq!(run.stderr.lines().count(), 10, "{}", run.stderr);
    assert!(run.stderr.lines().last().unwrap().ends_with(" more"), "{}", run.stderr);
}

#[test]
fn the_page_has_an_index_with_failures_first_and_lets_one_script_run() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let endpoint = Endpoint::new(|request| {
        Reply::new(if request.name() == "charge.refunded" { 500 } else { 200 }, "ok")
    });
    let devtool =
        Devtool::sending(&["scenario", "payment", "refund-full", "billing"], endpoint.port());
    let devtool = devtool.args(&["--report", "r.html"]);
    let run = devtool.run().code(1);
    assert!(run.stdout.contains("2 of 3 stories"), "{}", run.stdout);
    let page = std::fs::read_to_string(devtool.directory().join("r.html")).unwrap();
    let linked: Vec<&str> = page
        .split("<a href=\"#story-")
        .skip(1)
        .filter_map(|rest| rest.split('>').nth(1)?.split('<').next())
        .collect();
    assert_eq!(linked[..3], ["refund-full", "payment", "billing"]);
    assert_eq!(page.matches("<details class=\"story\" open>").count(), 1);
    assert_eq!(page.matches("<details class=\"story\">").count(), 2);
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let hash = base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(script));
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "the hash is {hash}");
}
