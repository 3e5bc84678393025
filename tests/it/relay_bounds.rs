//! How many connections and events the relay has at a time, as others see it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use devtool::relay::Settings;

use crate::support::SECRET;
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::Listening;
use crate::support::relay::{Rig, event, upstream};
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};

/// So many files may be open: a quarter of them are strangers' connections, an eighth are kept.
const FILES: usize = 256;

/// A listen with few files, and the URL of its relay.
fn listening(endpoint: &Endpoint) -> (Listening, reqwest::Url) {
    let arguments = ["listen", "--port", &endpoint.port().to_string(), "--no-catch-up"];
    let devtool = stub::devtool(&arguments, &[KNOWS_ITS_ACCOUNT, LISTENS]);
    let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET);
    let listening = Listening::with_few_files(devtool, FILES);
    let url = listening.wait_for_file("url").trim().parse().unwrap();
    listening.wait_for_output("secret: ");
    (listening, url)
}

fn connect(url: &reqwest::Url) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Posts the event of that number, as Stripe signs it, and returns the head of the answer.
fn post(stream: &mut TcpStream, url: &reqwest::Url, number: usize) -> String {
    let body = event(&format!("evt_{number}"), "invoice.paid", 1);
    let secret = Secret::parse("whsec_0123456789abcdef").unwrap();
    let header = signature::header(&secret, Clock::system().now(), &body);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nStripe-Signature: {header}\r\nContent-Length: {}\r\n\r\n",
        url.path(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// How many sockets a process has.
fn sockets(pid: u32) -> usize {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn no_more_strangers_are_let_in_than_a_quarter_of_the_files() {
    let endpoint = Endpoint::accepting();
    let (listening, url) = listening(&endpoint);
    let pid = listening.child.id();
    let before = sockets(pid);
    let strangers: Vec<TcpStream> = (0..150).map(|_| connect(&url)).collect();
    let (mut most, end) = (0, Instant::now() + Duration::from_secs(30));
    while most < before + FILES / 4 {
        assert!(Instant::now() < end, "{most} of {before} and {}", strangers.len());
        most = most.max(sockets(pid));
    }
    // This one waits for its turn among them.
    let event = std::thread::spawn(move || post(&mut connect(&url), &url, 1));
    while !event.is_finished() {
        most = most.max(sockets(pid));
    }
    assert!(event.join().unwrap().starts_with("HTTP/1.1 200 "));
    // The connections of the event, to the relay and to the endpoint, are no strangers'.
    assert!(most <= before + FILES / 4 + 2, "{most} sockets, {before} before");
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn no_more_connections_are_kept_than_an_eighth_of_the_files() {
    let endpoint = Endpoint::accepting();
    let (_listening, url) = listening(&endpoint);
    let mut kept = Vec::new();
    for number in 0..FILES / 8 + 5 {
        let mut stream = connect(&url);
        let answer = post(&mut stream, &url, number).to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 200 "), "{answer}");
        assert_eq!(answer.contains("connection: close"), number >= FILES / 8, "{number}: {answer}");
        kept.push(stream);
    }
    // One that goes away gives its place to another.
    drop(kept.remove(0));
    let end = Instant::now() + Duration::from_secs(30);
    for number in 1_000.. {
        let answer = post(&mut connect(&url), &url, number).to_ascii_lowercase();
        if !answer.contains("connection: close") {
            break;
        }
        assert!(Instant::now() < end, "no place is given back");
    }
}

/// A burst waits where it costs the least: more than 128 events are not read at once, but two seconds later.
#[tokio::test]
async fn a_burst_waits_for_room_among_the_events_under_way() {
    const ROOM: usize = 128;
    let endpoint =
        Endpoint::new(|_| Reply { after: Duration::from_secs(60), ..Reply::new(200, "") });
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.deadlines.drain = Duration::ZERO;
    let rig = std::rc::Rc::new(Rig::new(&settings).await);
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    for number in 0..ROOM + 20 {
        let rig = std::rc::Rc::clone(&rig);
        local.spawn_local(async move { rig.event(&format!("evt_{number}")).await });
    }
    local.run_until(rig.updates.wait("received", ROOM)).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    local.run_until(rig.updates.wait("received", ROOM + 20)).await;
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
}

/// While the endpoint keeps up, the rest of a burst goes on waiting there.
#[tokio::test]
async fn a_burst_waits_as_long_as_the_events_under_way_move() {
    const BURST: usize = 5 * 128;
    let endpoint =
        Endpoint::new(|_| Reply { after: Duration::from_secs(1), ..Reply::new(200, "") });
    let mut settings = Settings::new(upstream(endpoint.port()));
    settings.concurrency = BURST;
    let rig = std::rc::Rc::new(Rig::new(&settings).await);
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    for number in 0..BURST {
        let rig = std::rc::Rc::clone(&rig);
        local.spawn_local(async move { rig.event(&format!("evt_{number}")).await });
    }
    local.run_until(rig.updates.wait("received", BURST)).await;
    assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
}
