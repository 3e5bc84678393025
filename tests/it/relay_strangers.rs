//! The relay and those who are not Stripe: they are refused, within bounds, and keep nobody out.

use std::time::Duration;

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use devtool::relay::{EventSource, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::endpoint::Endpoint;
use crate::support::listening::Listening;
use crate::support::relay::{Rig, event, upstream};
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};

/// The secret of the stub's Ready line.
const STRIPES: &str = "whsec_0123456789abcdef";

/// A listen that is ready, and the URL that only its `stripe listen` knows.
fn listening(endpoint: &Endpoint) -> (Listening, reqwest::Url) {
    let arguments = ["listen", "--port", &endpoint.port().to_string(), "--no-catch-up"];
    let devtool = stub::devtool(&arguments, &[KNOWS_ITS_ACCOUNT, LISTENS]);
    let listening = Listening::start(devtool.env("STRIPE_WEBHOOK_SECRET", STRIPES));
    let url = listening.wait_for_file("url").trim().parse().unwrap();
    listening.wait_for_output("secret: ");
    (listening, url)
}

/// Posts events as Stripe signs them, one after the other, and returns the statuses.
async fn post_events(url: &reqwest::Url, count: usize) -> Vec<u16> {
    let http = crate::support::http_client().pool_max_idle_per_host(0).build().unwrap();
    let mut statuses = Vec::new();
    for number in 0..count {
        let body = event(&format!("evt_{number}"), "invoice.paid", 1);
        let secret = Secret::parse(STRIPES).unwrap();
        let header = signature::header(&secret, Clock::system().now(), &body);
        let request = http.post(url.clone()).header("Stripe-Signature", header).body(body);
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    statuses
}

fn address(url: &reqwest::Url) -> String {
    format!("127.0.0.1:{}", url.port().unwrap())
}

/// Writes to the relay, and returns what comes back until it closes the connection.
async fn answer_to(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("it stays open").unwrap();
    answer
}

#[tokio::test]
async fn who_does_not_know_the_path_is_refused_before_the_body() {
    let endpoint = Endpoint::accepting();
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let other = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let url = |rig: &Rig| rig.handle.url(EventSource::Snapshot).parse::<reqwest::Url>().unwrap();
    let (own, foreign) = (url(&rig), url(&other));
    let secret_part = own.path().rsplit('/').next().unwrap();
    assert!(secret_part.len() >= 32 && own.path() != foreign.path(), "{own}");
    assert!(!rig.handle.shown_url(EventSource::Snapshot).contains(secret_part));
    let long = format!("/{}", "x".repeat(100));
    for path in ["/", "/snapshot", "/snapshot/", foreign.path(), &long] {
        // The body never comes.
        let request = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n");
        let answer = answer_to(&address(&own), request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{path}: {answer}");
    }
    for method in ["GET", "OPTIONS"] {
        let request = format!("{method} {} HTTP/1.1\r\nHost: x\r\n\r\n", own.path());
        let answer = answer_to(&address(&own), request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{method}: {answer}");
    }
    assert_eq!(rig.event("evt_1").await.status, 200);
    assert_eq!(rig.end().await.received, 1);
}

#[tokio::test]
async fn a_request_that_comes_in_pieces_is_one() {
    let endpoint = Endpoint::accepting();
    let rig = Rig::new(&Settings::new(upstream(endpoint.port()))).await;
    let url: reqwest::Url = rig.handle.url(EventSource::Snapshot).parse().unwrap();
    let body = event("evt_1", "invoice.paid", 1);
    let secret = Secret::parse(crate::support::relay::STRIPES).unwrap();
    let header = signature::header(&secret, Clock::system().now(), &body);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nStripe-Signature: {header}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        url.path(),
        body.len()
    );
    let mut stream = TcpStream::connect(address(&url)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in [head.as_bytes(), &body].concat().chunks(7) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    rig.end().await;
}

/// Time passes as soon as nothing else happens.
#[tokio::test(start_paused = true)]
async fn what_does_not_come_to_its_end_is_ended() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let rig = Rig::new(&Settings::new(upstream(port))).await;
    let url: reqwest::Url = rig.handle.url(EventSource::Snapshot).parse().unwrap();
    let line = format!("POST {} HTTP/1.1\r\n", url.path());
    for (start, answer) in [
        (String::new(), ""),
        (line[..20].to_owned(), ""),
        (format!("{line}Host: x\r\n"), ""),
        (format!("{line}Content-Length: 9\r\n\r\nhalf"), "HTTP/1.1 408 "),
        (format!("{line}Content-Length: 9999999\r\n\r\nhalf"), "HTTP/1.1 408 "),
        (format!("{line}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "HTTP/1.1 408 "),
        (format!("{line}Content-Length: 99999999\r\n\r\nhalf"), "HTTP/1.1 413 "),
    ] {
        let came = answer_to(&address(&url), start.as_bytes()).await;
        assert!(came.starts_with(answer), "{start}: {came}");
        assert_eq!(came.is_empty(), answer.is_empty(), "{start}: {came}");
    }
    assert_eq!(rig.end().await.received, 0);
}

#[tokio::test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
async fn unsigned_requests_are_counted_and_said_once_in_a_while() {
    let endpoint = Endpoint::accepting();
    let (mut listening, url) = listening(&endpoint);
    let http = crate::support::http_client().build().unwrap();
    for _ in 0..300 {
        let answer = http.post(url.clone()).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["connection"], "close");
    }
    assert_eq!(post_events(&url, 1).await, [200]);
    assert_eq!(listening.interrupt(), 0);
    listening.wait_for_end();
    let said: Vec<String> =
        listening.stderr().into_iter().filter(|line| line.contains("rejected")).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].contains("rejected a request with an invalid Stripe signature: "));
    assert!(said[1].contains("rejected 299 requests with an invalid Stripe signature (the last"));
}

#[tokio::test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
async fn the_path_is_shown_nowhere() {
    let endpoint = Endpoint::accepting();
    let (listening, url) = listening(&endpoint);
    assert_eq!(post_events(&url, 1).await, [200]);
    listening.wait_for_rows("invoice.paid", 1);
    let secret_part = url.path().rsplit('/').next().unwrap();
    for arguments in [
        &["listen", "--status"][..],
        &["listen", "--status", "--format", "json"],
        &["history", "show", "1", "--format", "json"],
        &["history", "export"],
    ] {
        let run = listening.devtool.rerun(arguments).code(0);
        assert!(!run.stdout.contains(secret_part), "{}", run.stdout);
    }
    for entry in
        std::fs::read_dir(listening.devtool.history().parent().unwrap().join("listen")).unwrap()
    {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(secret_part), "{text}");
    }
    let shown = [listening.stdout(), listening.stderr()].concat().join("\n");
    assert!(!shown.contains(secret_part), "{shown}");
}

/// Sends a part of so many large bodies while real events come; returns the most memory that devtool took.
#[cfg(target_os = "linux")]
async fn memory_of_half_sent_bodies(count: usize) -> u64 {
    const MIB: usize = 1024 * 1024;
    let endpoint = Endpoint::accepting();
    let (listening, url) = listening(&endpoint);
    let head = format!("POST {} HTTP/1.1\r\nContent-Length: {}\r\n\r\n", url.path(), 32 * MIB);
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..count {
        let (address, head) = (address(&url), head.clone());
        senders.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // The relay may close the connection at any time.
            let _ = stream.write_all(head.as_bytes()).await;
            let block = vec![b'x'; MIB];
            for _ in 0..31 {
                if stream.write_all(&block).await.is_err() {
                    return;
                }
            }
            std::future::pending::<()>().await;
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(post_events(&url, 20).await, [200; 20]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    crate::support::listening::memory(listening.child.id(), "VmHWM:")
}

#[tokio::test]
#[cfg(target_os = "linux")]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
async fn half_sent_bodies_take_little_memory_and_keep_nobody_out() {
    let peak = memory_of_half_sent_bodies(8).await;
    assert!(peak < 128, "{peak} MiB");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
#[ignore = "slow"]
async fn forty_half_sent_bodies_take_no_more() {
    let peak = memory_of_half_sent_bodies(40).await;
    assert!(peak < 128, "{peak} MiB");
}

/// Holds so many connections that say nothing, or not all of a head, while real events come.
async fn events_beside(strangers: usize) {
    let endpoint = Endpoint::accepting();
    let (_listening, url) = listening(&endpoint);
    let half = format!("POST {} HTTP/1.1\r\nHost: x\r\n", url.path());
    let mut held = Vec::new();
    for number in 0..strangers {
        let Ok(mut stream) = TcpStream::connect(address(&url)).await else { break };
        if number % 4 == 0 {
            // The relay may have closed it.
            let _ = stream.write_all(half.as_bytes()).await;
        }
        held.push(stream);
    }
    assert_eq!(held.len(), strangers);
    let posted = tokio::time::timeout(Duration::from_secs(30), post_events(&url, 20)).await;
    assert_eq!(posted.expect("events are kept out"), [200; 20]);
}

#[tokio::test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
async fn idle_connections_keep_nobody_out() {
    events_beside(800).await;
}

#[tokio::test]
#[cfg(unix)]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
#[ignore = "slow"]
async fn thousands_of_idle_connections_keep_nobody_out() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let most = limit.current.map_or(7_500, |most| usize::try_from(most).unwrap() - 500);
    events_beside(most.min(7_500)).await;
}
