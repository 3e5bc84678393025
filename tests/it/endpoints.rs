//! Endpoints that misbehave, each with its outcome and hint.

use std::io::Write as _;

use serde_json::Value;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::raw::RawEndpoint;

/// The one step of a trigger at this port.
fn step(port: u16, more: &[&str]) -> Value {
    let devtool = Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], port);
    devtool.args(more).run().json()["steps"][0].clone()
}

#[track_caller]
fn assert_outcome(step: &Value, outcome: &str, hint: &str) {
    assert_eq!(step["attempts"][0]["outcome"], outcome, "{step:#}");
    assert!(step["hint"].as_str().unwrap_or_default().contains(hint), "{step:#}");
}

#[test]
fn a_connection_that_closes_at_once() {
    let endpoint = RawEndpoint::answering(2, b"");
    assert_outcome(&step(endpoint.port, &[]), "closed", "closed the connection");
    endpoint.join();
}

#[test]
fn a_body_that_breaks_off_after_a_2xx_is_accepted_with_a_remark() {
    const CUT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    const BAD_CHUNK: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n";
    for answer in [CUT, BAD_CHUNK] {
        let endpoint = RawEndpoint::answering(2, answer);
        let step = step(endpoint.port, &["--retry", "3"]);
        assert_eq!((&step["verdict"], &step["hint"]), (&"pass".into(), &Value::Null));
        assert_eq!(step["attempts"].as_array().unwrap().len(), 1, "{step:#}");
        assert_eq!(step["attempts"][0]["status"], 200);
        let remark = &step["remarks"][0];
        assert_eq!(remark["code"], "body_broke_off", "{step:#}");
        let message = remark["message"].as_str().unwrap();
        assert!(message.starts_with("the answer's body broke off: "), "{message}");
        let text = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port).run().code(0);
        assert!(text.stdout.contains(message), "{}", text.stdout);
        endpoint.join();
    }
}

#[test]
fn what_does_not_speak_http() {
    let endpoint = RawEndpoint::answering(2, b"SSH-2.0-OpenSSH_9.2\r\n");
    assert_outcome(&step(endpoint.port, &[]), "invalid", "did not answer with valid HTTP");
    endpoint.join();
}

#[test]
fn a_body_without_end_is_cut() {
    let endpoint = RawEndpoint::new(1, |_, stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 30);
        let _ = stream.write_all(head.as_bytes());
        let block = vec![b'x'; 1 << 16];
        // Ends when the client has had enough.
        for _ in 0..(1 << 14) {
            if stream.write_all(&block).is_err() {
                return;
            }
        }
        panic!("all of it was read");
    });
    let step = step(endpoint.port, &[]);
    assert_eq!(step["verdict"], "pass");
    let attempt = &step["attempts"][0];
    assert_eq!(attempt["body_truncated"], true);
    assert_eq!(attempt["body"].as_str().unwrap().len(), 1024 * 1024);
    endpoint.join();
}

#[test]
fn bytes_that_are_no_text_reach_no_terminal() {
    let endpoint =
        Endpoint::new(|_| Reply { body: b"\xff\x1b]0;x\x07".to_vec(), ..Reply::new(500, "") });
    let run = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port()).run().code(1);
    assert!(run.stdout.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", run.stdout);
    assert!(run.stdout.contains("\\u{1b}]0;x\\u{7}"), "{}", run.stdout);
}

#[test]
fn an_endpoint_that_never_answers() {
    let endpoint = Endpoint::new(|_| Reply {
        after: std::time::Duration::from_secs(20),
        ..Reply::new(200, "")
    });
    let step = step(endpoint.port(), &["--timeout", "50ms"]);
    assert_outcome(&step, "timeout", "the handler takes too long");
}

#[test]
fn https_at_a_port_that_speaks_http() {
    let endpoint = Endpoint::accepting();
    let url = format!("https://127.0.0.1:{}/webhook", endpoint.port());
    let run = Devtool::new(&["trigger", "invoice.paid", "--format", "json", "--url", &url]).run();
    let hint = format!("this port serves plain http: use `--url http://127.0.0.1:{}/webhook`", {
        endpoint.port()
    });
    assert_outcome(&run.code(4).json()["steps"][0], "tls", &hint);
}

#[test]
fn an_app_that_took_ipv6_only_is_found() {
    let endpoint = Endpoint::at("[::1]:0", Box::new(|_| Reply::new(200, "")));
    let port = endpoint.port();
    let hint = format!("use `--url 'http://[::1]:{port}/webhook'`");
    let step = step(port, &[]);
    assert_eq!(step["verdict"], "skipped");
    assert!(step["hint"].as_str().unwrap().contains(&hint), "{step:#}");
    let url = format!("http://[::1]:{port}/webhook");
    Devtool::new(&["trigger", "invoice.paid", "--url", &url]).run().code(0);
    let url = format!("http://localhost:{port}/webhook");
    Devtool::new(&["trigger", "invoice.paid", "--url", &url]).run().code(0);
}

#[test]
fn a_host_that_is_not_known() {
    let url = "http://no-such-host.invalid/webhook";
    let run = Devtool::new(&["trigger", "invoice.paid", "--format", "json", "--url", url]).run();
    let run = run.code(4);
    assert_eq!(run.json()["steps"][0]["diagnosis"]["id"], "connection.dns");
    assert_eq!(
        run.stderr.lines().next(),
        Some("error: the host `no-such-host.invalid` was not found")
    );
}

#[test]
fn another_machine_is_refused_before_anything_is_sent() {
    for url in ["http://192.0.2.1/webhook", "http://[2001:db8::1]:5000/webhook"] {
        let run = Devtool::new(&["trigger", "invoice.paid", "--url", url]).run().code(2);
        assert!(run.stderr.contains("is not this machine\n"), "{}", run.stderr);
        assert!(run.stderr.contains("--allow-remote"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_user_in_the_url_becomes_a_header_and_is_not_shown() {
    let endpoint = Endpoint::accepting();
    let url = format!("http://me:hush@127.0.0.1:{}/webhook", endpoint.port());
    let run = Devtool::new(&["trigger", "invoice.paid", "--url", &url]).run().code(0);
    assert_eq!(endpoint.received()[0].header("authorization"), "Basic bWU6aHVzaA==");
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"), "{}", run.stdout);
}

#[test]
fn a_compressed_answer_is_read() {
    // gzip of `{"ok":true}`, made with Python's gzip.compress(…, mtime=0).
    let endpoint = Endpoint::new(|_| Reply {
        body: GZIPPED.to_vec(),
        ..Reply::new(200, "").header("content-encoding", "gzip")
    });
    assert_eq!(step(endpoint.port(), &[])["attempts"][0]["body"], "{\"ok\":true}");
}

#[test]
fn an_empty_answer_that_speaks_of_a_compression_is_an_answer() {
    let endpoint = Endpoint::new(|_| Reply::new(200, "").header("content-encoding", "gzip"));
    let attempt = &step(endpoint.port(), &[])["attempts"][0];
    assert_eq!((&attempt["outcome"], &attempt["status"]), (&"response".into(), &200.into()));
}

const GZIPPED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 207, 86, 178, 42, 41, 42, 77, 173, 5, 0, 144,
    95, 212, 167, 11, 0, 0, 0,
];

#[test]
fn a_certificate_of_ones_own_making() {
    let port = crate::support::tls::accepting();
    let url = format!("https://localhost:{port}/webhook");
    let devtool = Devtool::new(&["trigger", "invoice.paid", "--format", "json", "--url", &url]);
    let step = devtool.run().code(4).json()["steps"][0].clone();
    assert_outcome(&step, "tls", "`--skip-verify` accepts it");
    let error = &step["attempts"][0]["error"];
    assert_eq!(error, "the certificate is not one that this system trusts");
    devtool.args(&["--skip-verify"]).run().code(0);
}

/// Only there the system's certificates are what a variable says.
#[test]
#[cfg(target_os = "linux")]
fn a_certificate_that_the_system_trusts() {
    let port = crate::support::tls::accepting();
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/tls/certificate.pem");
    let url = |host| format!("https://{host}:{port}/webhook");
    let trigger = |host| {
        let options = ["trigger", "invoice.paid", "--format", "json", "--url", &url(host)];
        Devtool::new(&options).env("SSL_CERT_FILE", certificate).run()
    };
    trigger("localhost").code(0);
    let step = trigger("app.localhost").code(4).json()["steps"][0].clone();
    assert_outcome(&step, "tls", "`--skip-verify` accepts it");
    assert_eq!(step["attempts"][0]["error"], "the certificate is for another name");
}

#[test]
#[cfg(target_os = "linux")]
fn https_where_the_system_has_no_certificates() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let run = Devtool::new(&["trigger", "invoice.paid", "--url", "https://localhost:1/webhook"])
        .env("SSL_CERT_FILE", empty.path().to_str().unwrap())
        .run()
        .code(4);
    assert_eq!(
        run.stderr,
        "error: cannot check certificates of https\n  \
         cause: unexpected error: No CA certificates were loaded from the system\n  \
         hint: install the system's CA certificates (`ca-certificates` on Linux)\n"
    );
}

#[test]
fn over_https_a_user_in_the_url_is_a_header_and_a_compressed_answer_is_read_too() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    let answer: &'static [u8] = [HEAD, GZIPPED].concat().leak();
    let (port, requests) = crate::support::tls::answering(answer);
    let url = format!("https://m%65:hush@localhost:{port}/webhook");
    let options = ["trigger", "invoice.paid", "--format", "json", "--skip-verify", "--url", &url];
    let run = Devtool::new(&options).run().code(0);
    assert_eq!(run.json()["steps"][0]["attempts"][0]["body"], "{\"ok\":true}");
    let request = String::from_utf8(requests.recv().unwrap()).unwrap();
    assert!(request.starts_with("POST /webhook HTTP/1.1\r\n"), "{request}");
    let host = format!("\r\nHost: localhost:{port}\r\n");
    for line in
        ["\r\nAuthorization: Basic bWU6aHVzaA==\r\n", "\r\nAccept-Encoding: gzip\r\n", &host]
    {
        assert!(request.contains(line), "{request}");
    }
}

#[test]
fn http_at_a_port_that_speaks_https() {
    let port = crate::support::tls::accepting();
    let step = step(port, &[]);
    let hint = format!("this port serves https: use `--url https://127.0.0.1:{port}/webhook`");
    assert!(step["hint"].as_str().unwrap().contains(&hint), "{step:#}");
}
