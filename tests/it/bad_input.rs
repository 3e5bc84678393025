//! Wrong input, each with its message and exit code.

use crate::support::Devtool;

#[track_caller]
fn refused(devtool: &Devtool, code: i32, message: &str) {
    let run = devtool.run().code(code);
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn urls() {
    let url = |url: &str| Devtool::new(&["trigger", "invoice.paid", "--url", url]);
    refused(&url("ftp://127.0.0.1/"), 2, "the scheme is `ftp`, not http or https");
    refused(&url("http://[::1"), 2, "cannot use the endpoint `http://[::1`: invalid IPv6 address");
    refused(&url("5000"), 2, "it is a number; `--port 5000` sets the port");
    refused(&url("http://127.0.0.1:0/"), 2, "port 0");
    let both = url("http://127.0.0.1:1/").args(&["--port", "1"]);
    refused(&both, 2, "the argument '--url' cannot be used with '--port'");
    let file =
        Devtool::new(&["trigger", "invoice.paid"]).file("devtool.toml", "\nurl = \"ftp://x/\"\n");
    refused(&file, 3, "devtool.toml:2: `url`: the scheme is `ftp`, not http or https");
}

#[test]
fn ports() {
    let port = |port: &str| Devtool::new(&["trigger", "invoice.paid", "--port", port]);
    refused(&port("0"), 2, "expected a number from 1 to 65535");
    refused(&port("65536"), 2, "expected a number from 1 to 65535");
    refused(&port("http"), 2, "expected a number from 1 to 65535");
}

#[test]
fn secrets() {
    let flag = Devtool::new(&["trigger", "invoice.paid", "--secret", "two words"]);
    refused(&flag, 3, "cannot use the signing secret from --secret: it has white space in it");
    assert!(!flag.run().stderr.contains("two words"));
    let file =
        Devtool::new(&["trigger", "invoice.paid"]).file(".env", "STRIPE_WEBHOOK_SECRET=a b\n");
    refused(&file, 3, "STRIPE_WEBHOOK_SECRET in");
}

#[test]
fn configuration() {
    let file = |text: &str| Devtool::new(&["trigger", "invoice.paid"]).file("devtool.toml", text);
    refused(&file("prot = 1\n"), 3, "devtool.toml:1:1: unknown key `prot`");
    refused(
        &file("\ntimeout = \"soon\"\n"),
        3,
        "devtool.toml:2:11: `timeout`: expected a duration",
    );
    refused(&file("url = \n"), 3, "devtool.toml:1:");
    let unreadable = Devtool::new(&["trigger", "invoice.paid"]);
    std::fs::write(unreadable.directory().join("devtool.toml"), b"url = \"\xff\"").unwrap();
    refused(&unreadable, 3, "cannot read `");
}

#[test]
fn values() {
    let with = |more: &[&str]| Devtool::new(&["trigger", "invoice.paid"]).args(more);
    refused(&with(&["--timeout", "soon"]), 2, "expected a duration such as `500ms`");
    refused(&with(&["--timeout", "30"]), 2, "`30` has no unit: write `30s` or `30m`");
    refused(&with(&["--timeout", "0s"]), 2, "expected a duration above zero");
    refused(&with(&["--set", "amount"]), 2, "expected PATH=VALUE");
    refused(&with(&["--set", "a..b=1"]), 2, "a name is missing between two dots");
    let deep = format!("{}=1", vec!["a"; 20_000].join("."));
    refused(&with(&["--force", "--set", &deep]), 2, "the path has more than 64 steps");
    refused(
        &with(&["--set", "amount=lots"]),
        2,
        "cannot set amount to `lots`: expected a whole number",
    );
    refused(&with(&["--header", "nothing"]), 2, "expected `NAME: VALUE`");
    refused(&with(&["--seed", "x"]), 2, "invalid value 'x' for '--seed <NUMBER>'");
    refused(&with(&["--format", "xml"]), 2, "invalid value 'xml'");
    refused(
        &with(&["--skip-verify", "--allow-remote", "--url", "https://192.0.2.1/"]),
        2,
        "this machine only",
    );
}

#[test]
fn a_secret_in_the_environment_is_not_shown_by_help() {
    let run =
        Devtool::new(&["trigger", "--help"]).env("DEVTOOL_SECRET", "whsec_hidden").run().code(0);
    assert!(run.stdout.contains("DEVTOOL_SECRET"), "{}", run.stdout);
    assert!(!run.stdout.contains("whsec_hidden"));
}
