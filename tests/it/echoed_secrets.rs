//! An app whose error page shows its environment and the whole request: what devtool knows to be secret is in
//! none of its outputs, and an ordinary header is.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::listening::{Listening, listen};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};
use crate::support::{Devtool, Run, SECRET};

/// A secret that is none of Stripe's form, an API key, and what the user's headers and URL hold.
#[derive(Clone, Debug)]
struct Secrets {
    signing: String,
    key: String,
    token: String,
    bypass: String,
    password: String,
    /// A parameter of the URL.
    parameter: String,
}

impl Secrets {
    fn usual() -> Self {
        Self {
            signing: "plain&s1gn1ng/s3cret=1".to_owned(),
            key: "sk_test_4eC39HqLyjWDarjtT1zdp7dc".to_owned(),
            token: "t0kenw1th\"a<mark>/more".to_owned(),
            bypass: "let-me-in-pl3ase-now".to_owned(),
            password: "pass+w0rd99/x".to_owned(),
            parameter: "url+s3cret/\"1".to_owned(),
        }
    }

    /// What no output may hold, in the form that programs write it in most: the rest is redaction's own test.
    fn values(&self) -> [&str; 6] {
        let others = [&self.token, &self.bypass, &self.password, &self.parameter];
        [&self.signing, &self.key[8..], others[0], others[1], others[2], others[3]]
    }

    fn devtool(&self, port: u16) -> Devtool {
        let (password, parameter) = (percent(&self.password), percent(&self.parameter));
        let url =
            format!("http://user:{password}@127.0.0.1:{port}/webhook?a=1&api_key={parameter}");
        Devtool::new(&["scenario", "flow.toml", "--seed", "42", "--url", &url])
            .file("flow.toml", "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"/\"\n")
            .env("STRIPE_WEBHOOK_SECRET", &self.signing)
            .env("STRIPE_API_KEY", &self.key)
            .args(&["--header", "X-Tenant: blue", "--header"])
            .args(&[&format!("X-Auth: Bearer {}", self.token)])
            .args(&["--header", &format!("X-Vercel-Protection-Bypass: {}", self.bypass)])
    }

    /// An error page as frameworks make it: as text, HTML, JSON, and as bytes that are no text.
    fn echo(&self, form: usize) -> Endpoint {
        let Self { signing, key, password, parameter, .. } = self;
        let environment = format!("SECRET={signing} KEY={key} DB={password} QUERY={parameter}");
        Endpoint::new(move |request| {
            let all = format!("{environment}\n{}", page(request));
            let encoded = format!("{all} {} {}", percent(&all), BASE64_STANDARD.encode(&all));
            match form {
                0 => Reply::new(500, &format!("{encoded} {}", careful_json(&all)))
                    .header("x-echo", &percent(&all)),
                1 => Reply::new(500, &format!("<pre>{}</pre>{}", html(&encoded), careful_html(&all)))
                    .header("content-type", "text/html"),
                2 => Reply::new(
                    500,
                    &json!({"error": encoded, "nested": json!(all).to_string(), "careful": careful_json(&all)})
                        .to_string(),
                ),
                _ => Reply {
                    body: [&b"\xff\xfe"[..], all.as_bytes()].concat(),
                    ..Reply::new(500, "")
                },
            }
        })
    }
}

fn page(request: &Received) -> String {
    let pairs = request.headers.iter();
    let lines = pairs
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    format!("{} {}\n{}", request.method, request.uri, lines.collect::<String>())
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// As libraries write HTML that is to be safe in attributes, too.
fn careful_html(text: &str) -> String {
    html(text).replace('/', "&#x2F;").replace('+', "&#43;").replace('=', "&#61;")
}

/// As libraries write JSON that is to stand in HTML.
fn careful_json(text: &str) -> String {
    let escaped = json!(text).to_string().replace('/', "\\/");
    escaped.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn percent(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Every form that a value may be written in, to be searched for.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let json_of = |text: &str| json!(text).to_string().trim_matches('"').to_owned();
    let texts = [
        value.to_owned(),
        html(value),
        percent(value),
        json_of(value),
        json_of(&json_of(value)),
        json_of(&html(value)),
        html(&json_of(value)),
        html(&html(value)),
    ];
    let encoded = (0..3).map(|skipped| {
        let text = BASE64_STANDARD.encode([&vec![0; skipped], value.as_bytes()].concat());
        text[4..text.len() - 4].to_owned()
    });
    // What no program writes in another way.
    let plain = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| part.len() > 5);
    let plain = plain.map(ToOwned::to_owned);
    texts.into_iter().chain(encoded).chain(plain).map(String::into_bytes).collect()
}

#[track_caller]
fn holds_none(name: &str, bytes: &[u8], secrets: &Secrets) {
    for value in secrets.values() {
        for form in forms(value) {
            let found = bytes.windows(form.len()).position(|part| part == form);
            let shown = found
                .map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(80)..at + form.len()]));
            assert!(shown.is_none(), "{name} has {value} in it: {shown:?}");
        }
    }
}

#[track_caller]
fn run_holds_none(name: &str, run: &Run, secrets: &Secrets) {
    holds_none(&format!("stdout of {name}"), run.stdout.as_bytes(), secrets);
    holds_none(&format!("stderr of {name}"), run.stderr.as_bytes(), secrets);
}

/// Runs in every format with every report, reads the history in every way, and searches all of it.
fn search(secrets: &Secrets, form: usize) -> Devtool {
    let endpoint = secrets.echo(form);
    let reports = ["json=r.json", "junit=r.xml", "html=r.html", "markdown=r.md"];
    let devtool = secrets.devtool(endpoint.port());
    for format in ["text", "compact", "json"] {
        let report = reports.iter().flat_map(|report| ["--report", report]);
        let more: Vec<&str> = ["--format", format].into_iter().chain(report).collect();
        let mut command = devtool.command();
        let run = Run::of(command.args(more).output().unwrap()).code(1);
        run_holds_none(format, &run, secrets);
    }
    for report in reports.iter().map(|report| report.split_once('=').unwrap().1) {
        holds_none(report, &std::fs::read(devtool.directory().join(report)).unwrap(), secrets);
    }
    for arguments in [
        &["history"][..],
        &["history", "show", "1"],
        &["history", "show", "1", "--format", "json"],
        &["history", "show", "1", "--curl"],
        &["history", "export"],
        &["history", "export", "--format", "har"],
    ] {
        run_holds_none(&arguments.join(" "), &devtool.rerun(arguments).code(0), secrets);
    }
    let history = devtool.history();
    for file in [history.clone(), history.with_extension("db-wal")] {
        holds_none("the history", &std::fs::read(file).unwrap_or_default(), secrets);
    }
    devtool
}

#[test]
fn no_output_holds_a_secret_that_the_app_echoes() {
    for form in 0..4 {
        let devtool = search(&Secrets::usual(), form);
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(devtool.directory().join("r.json")).unwrap())
                .unwrap();
        let text = json["steps"][0]["attempts"][0].to_string();
        assert!(form == 3 || text.contains("blue"), "{text}");
    }
}

#[test]
fn no_report_holds_the_beginning_of_a_secret_where_it_cuts_an_answer() {
    const TOKEN: &str = "t0ken-0f-many-characters-that-reports-cut";
    for before in (380..620).step_by(20).chain((1_960..2_010).step_by(10)) {
        for (kind, start) in [("text/plain", ""), ("text/html", "<title>")] {
            let body = format!("{start}{} {TOKEN} and more than that", "x".repeat(before));
            let reply = Reply::new(500, &body).header("content-type", kind);
            let endpoint = Endpoint::new(move |_| reply.clone());
            let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port())
                .args(&["--header", &format!("X-Auth: {TOKEN}")])
                .args(&["--report", "junit=r.xml", "--report", "markdown=r.md"]);
            let run = devtool.run().code(1);
            let read =
                |name: &str| std::fs::read_to_string(devtool.directory().join(name)).unwrap();
            for text in [&run.stdout, &read("r.xml"), &read("r.md")] {
                assert!(!text.contains(&TOKEN[..8]), "{before}: {text}");
            }
        }
    }
}

#[test]
fn no_output_holds_a_random_secret() {
    let text = || "[a-z0-9][!-$&-~]{8,40}[A-Z0-9]";
    let all = (text(), "[a-zA-Z0-9]{16,40}", text(), text(), text(), text());
    let mut runner =
        TestRunner::new(Config { cases: 4, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&all, |(signing, key, token, bypass, password, parameter)| {
        let key = format!("sk_test_{key}");
        let _home = search(&Secrets { signing, key, token, bypass, password, parameter }, 2);
        Ok(())
    });
    tried.unwrap();
}

#[test]
fn replay_sends_ordinary_headers_again_and_names_the_others() {
    let secrets = Secrets::usual();
    let endpoint = secrets.echo(0);
    secrets.devtool(endpoint.port()).run().code(1);
    let devtool = secrets.devtool(endpoint.port());
    devtool.run().code(1);
    let port = endpoint.port().to_string();
    let run = devtool.rerun(&["replay", "1", "--port", &port, "--header", "X-Auth: other"]).code(1);
    let said = "warning: the history does not keep the value of `X-Vercel-Protection-Bypass`: \
                give it with `--header` to send it again\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let received = endpoint.received();
    let last = received.last().unwrap();
    assert_eq!((last.header("x-tenant"), last.header("x-auth")), ("blue", "other"));
    assert!(!last.headers.contains_key("x-vercel-protection-bypass"));
    let show = devtool.rerun(&["history", "show", "1"]).code(0).stdout;
    assert!(show.contains("X-Tenant: blue") && show.contains("X-Auth: (redacted)"), "{show}");
    let curl = devtool.rerun(&["history", "show", "1", "--curl"]).code(0).stdout;
    assert!(curl.contains("--header 'X-Tenant: blue'") && !curl.contains("redacted"), "{curl}");
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_listen_shows_and_keeps_no_secret_that_the_app_echoes() {
    let secrets = Secrets::usual();
    let (fake, endpoint) = (FakeStripe::start(), secrets.echo(0));
    let bypass = format!("X-Vercel-Protection-Bypass: {}", secrets.bypass);
    let (password, parameter) = (percent(&secrets.password), percent(&secrets.parameter));
    let route = format!("x.*=http://u:{password}@127.0.0.1:1/?token={parameter}");
    let more =
        ["--format", "json", "--header", "X-Tenant: blue", "--header", &bypass, "--route", &route];
    let auth = format!("X-Auth: Bearer {}", secrets.token);
    let app = ["--header", &auth, "--", "sh", "-c"];
    let app_says = format!("echo \"{} $STRIPE_WEBHOOK_SECRET\"; exec sleep 1000", secrets.bypass);
    let devtool = listen(&fake, VERSIONS[0], endpoint.port(), &more)
        .env("STRIPE_WEBHOOK_SECRET", &secrets.signing)
        .args(&app)
        .args(&[&app_says]);
    let mut listening = Listening::ready(&fake, devtool);
    listening.wait_for_output("app | ");
    fake.happen("customer.created");
    listening.wait_for_rows("customer.created", 1);
    listening.interrupt();
    let output = [listening.stdout(), listening.stderr()].concat().join("\n");
    assert!(output.contains("app | ********************"), "{output}");
    let unused = Secrets { key: "sk_test_not used".to_owned(), ..secrets };
    holds_none("listen", output.as_bytes(), &unused);
    let file = std::fs::read(listening.devtool.history()).unwrap();
    holds_none("the history", &file, &unused);
    let show = listening.devtool.rerun(&["history", "show", "1"]).code(0).stdout;
    assert!(show.contains("x-tenant: blue") && show.contains("x-auth: (redacted)"), "{show}");
}

/// What a listen says of itself for other commands, it says without the secret; they know it all the same.
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_listen_for_a_url_with_a_secret_is_found_and_named_without_it() {
    let url = "http://127.0.0.1:59127/hook?token=sw0rdfish-9";
    let listen = stub::devtool(&["listen", "--url", url], &[KNOWS_ITS_ACCOUNT, LISTENS]);
    let mut listening = Listening::start(listen.env("STRIPE_WEBHOOK_SECRET", SECRET));
    listening.wait_for_output("secret: ");
    let second = listening.devtool.rerun(&["listen", "--url", url]).code(3).stderr;
    let shown = "already running for http://127.0.0.1:59127/hook?token=***";
    assert!(second.contains(shown), "{second}");
    let places = listening.devtool.history().with_file_name("listen");
    for entry in std::fs::read_dir(places).unwrap().map(Result::unwrap) {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let all = format!("{}: {text}", entry.path().display());
        assert!(!all.contains("sw0rdfish"), "{all}");
    }
    assert_eq!(listening.interrupt(), 0);
}

#[test]
fn a_replay_sends_the_secret_of_the_url_in_force_and_asks_for_another() {
    let endpoint = Endpoint::accepting();
    let url = format!("http://127.0.0.1:{}/hook?a=1&token=sw0rdfish-9", endpoint.port());
    let devtool = Devtool::new(&["trigger", "invoice.paid"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .file("devtool.toml", &format!("url = \"{url}\"\n"));
    devtool.run().code(0);
    let kept = devtool.rerun(&["history", "show", "1", "--format", "json"]).code(0).json();
    let shown = url.replace("sw0rdfish-9", "***");
    assert_eq!(kept["delivery"]["endpoint"], shown);
    devtool.rerun(&["replay", "1"]).code(0);
    devtool.rerun(&["replay", "--last", "1", "--endpoint", &url]).code(0);
    let received = endpoint.received();
    let asked: Vec<String> = received.iter().map(|one| one.uri.to_string()).collect();
    assert_eq!(asked, ["/hook?a=1&token=sw0rdfish-9"; 3]);
    let refused = devtool.file("devtool.toml", "").rerun(&["replay", "1"]).code(2).stderr;
    let error = format!(
        "error: cannot use the endpoint `{shown}`: what is secret of it was not recorded: give the URL with `--url`\n"
    );
    assert!(refused.starts_with(&error), "{refused}");
}

#[test]
fn curl_and_secret_print_what_they_are_asked_for() {
    let secrets = Secrets::usual();
    let devtool = secrets.devtool(1);
    assert_eq!(devtool.rerun(&["secret"]).code(0).stdout, format!("{}\n", secrets.signing));
    let header = format!("Authorization: Bearer {}", secrets.bypass);
    let url = "http://u:pass-word-1@127.0.0.1:1/";
    let arguments = ["trigger", "invoice.paid", "--curl", "--url", url, "--header", &header];
    let curl = devtool.rerun(&arguments).code(0).stdout;
    assert!(
        curl.contains(&header) && curl.contains(url) && !curl.contains(&secrets.signing),
        "{curl}"
    );
}

#[test]
fn what_is_typed_wrong_is_not_printed_back_where_it_may_be_secret() {
    let refused = |arguments: &[&str]| {
        let run = Devtool::new(&["listen"]).args(arguments).run().code(2);
        assert!(!run.stderr.contains("swordfish9"), "{arguments:?}: {}", run.stderr);
        run.stderr.lines().next().unwrap().to_owned() + "\n"
    };
    let errors: String = [
        &["--header", "Authorization Bearer swordfish9"][..],
        &["--header=X y: swordfish9"],
        &["--header", "swordfish9"],
        &["-HAuthorization Bearer swordfish9"],
        &["--port", "whsec_swordfish9"],
        &["--route", "p=http://u:swordfish9@x:0/"],
        &["--connect-url", "http://u:swordfish9@x:0/"],
        &["--url", "http://x:0/?a=1&api_key=swordfish9"],
        &["--timeout", "swordfish9Zk3jQ7wXv2Lm"],
        &["--whsec_swordfish9"],
    ]
    .map(refused)
    .concat();
    insta::assert_snapshot!(errors, @r"
    error: invalid value '*******************************' for '--header <NAME: VALUE>': expected `NAME: VALUE`
    error: invalid value '***************' for '--header <NAME: VALUE>': what stands before the `:` is not a header name
    error: invalid value '**********' for '--header <NAME: VALUE>': expected `NAME: VALUE`
    error: invalid value '*******************************' for '--header <NAME: VALUE>': expected `NAME: VALUE`
    error: invalid value 'whsec_**********' for '--port <PORT>': expected a number from 1 to 65535
    error: invalid value 'p=http://u:**********@x:0/' for '--route <PATTERN=URL>': cannot use the endpoint `http://***@x:0/`: port 0 cannot be used
    error: invalid value 'http://u:**********@x:0/' for '--connect-url <URL>': cannot use the endpoint `http://***@x:0/`: port 0 cannot be used
    error: cannot use the endpoint `http://x:0/?a=1&api_key=***`: port 0 cannot be used
    error: invalid value '**********************' for '--timeout <DURATION>': expected a duration such as `500ms`, `30s` or `2m`
    error: unexpected argument '--whsec_**********' found
    ");
    let secret = Devtool::new(&["sign", "--secret", "swordfish9 x"]).run_with_stdin("{}").code(3);
    assert!(!secret.stderr.contains("swordfish9"), "{}", secret.stderr);
    let variable =
        Devtool::new(&["listen"]).env("DEVTOOL_HEADER", "Bearer swordfish9").run().code(2);
    assert!(!variable.stderr.contains("swordfish9"), "{}", variable.stderr);
    for key in ["whsec_swordfish9", "Zk3jQ7wXv2Lmswordfish9"] {
        let file = format!("\"{key}\" = 1\n");
        let run = Devtool::new(&["secret"]).file("devtool.toml", &file).run().code(3);
        assert!(
            !run.stderr.contains("swordfish9") && run.stderr.contains("devtool.toml:1:1: "),
            "{}",
            run.stderr
        );
    }
}
