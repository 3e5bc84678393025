//! Damaged input into everything that reads some: no panic, no hang, no memory without a bound.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::Devtool;
use crate::support::draw::Draw;

/// How long all of it goes on.
const WHOLE: Duration = Duration::from_secs(300);
/// How long one run may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// How much memory one run may have, in KiB.
const MEMORY_LIMIT: u64 = 500 * 1024;

/// A place that input goes to, with input that is good.
struct Target {
    name: &'static str,
    /// The command line; `{}` is the input, unless that is in a file.
    arguments: &'static [&'static str],
    /// The file that holds the input.
    file: Option<&'static str>,
    seeds: &'static [&'static str],
}

const SCENARIO: &str = r#"purpose = "p"
[story]
amount = 4200
currency = "eur"
customer = "cus_1"
[[step]]
event = "invoice.paid"
at = "-3d"
delay = "1ms"
repeat = 2
set = { "metadata.order" = "{{order}}", amount_paid = 1 }
was = { status = "open" }
expect = { status = [200, "2xx"], max_latency = "2s", body.json = { a = 1 }, header = { x = "y" } }
save = { order = "body.id" }
[[check]]
path = "/orders/{{invoice}}"
within = "1s"
expect.body.contains = "paid"
expect.body.matches = "^a+b*$"
"#;
const SETTINGS: &str = r#"url = "http://127.0.0.1:1/webhook"
secret = "whsec_1"
secret_env = "NAME"
timeout = "2s"
api_version = "2026-10-28.endive"
[stripe]
project = "p"
account = "acct_1"
[history]
file = "h.db"
keep = "7d"
max_size = "20MB"
[[route]]
events = "invoice.*"
url = "http://localhost:2/x"
secret = "whsec_2"
"#;
const EVENT: &str = r#"{"id": "evt_1", "object": "event", "api_version": "2020-08-27", "created": 5,
 "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 1e3, "n": [null, -0.5]}},
 "livemode": true, "request": {"id": "req_1"}, "type": "payment_intent.succeeded", "é": "\ud83d\ude00"}"#;
const HEADER: &str =
    "t=1700000000,v1=3b9780546a77fca3bdf91a741e947a889bddca61885274ed5d66db31b2c5906d,v0=00";
const DOTENV: &str = "A=1\nexport STRIPE_WEBHOOK_SECRET = \"wh\\\"sec\" # x\nB='2'\r\n#C=3\n";
const LIST: &str =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  stripe.tar.gz\n";

const fn option(
    name: &'static str,
    arguments: &'static [&'static str],
    seeds: &'static [&'static str],
) -> Target {
    Target { name, arguments, file: None, seeds }
}

const fn file(
    name: &'static str,
    arguments: &'static [&'static str],
    file: &'static str,
    seeds: &'static [&'static str],
) -> Target {
    Target { name, arguments, file: Some(file), seeds }
}

const TARGETS: [Target; 20] = [
    file("a scenario", &["scenario", "f.toml", "--check"], "f.toml", &[SCENARIO]),
    file("devtool.toml", &["secret"], "devtool.toml", &[SETTINGS]),
    file("a .env that is read", &["sign", "body"], ".env", &[DOTENV]),
    file("a .env that is written", &["secret", "--write", ".env"], ".env", &[DOTENV]),
    file("an event to send", &["trigger", "--from", "e.json", "--print"], "e.json", &[EVENT]),
    file("an event to sign", &["sign", "e.json"], "e.json", &[EVENT]),
    file("an event to verify", &["verify", "e.json", "--header", HEADER], "e.json", &[EVENT]),
    file(
        "a list of checksums",
        &["setup", "--from", "stripe.tar.gz"],
        "stripe-linux-checksums.txt",
        &[LIST],
    ),
    file("an archive", &["setup", "--from", "x.zip", "--sha256", "00"], "x.zip", &["PK\u{3}\u{4}"]),
    option(
        "--set",
        &["trigger", "invoice.paid", "--print", "--set={}"],
        &["amount=42", "metadata={\"a\":[1,{}]}", "items.data[0].quantity=3", "a.b=1"],
    ),
    option(
        "--unset",
        &["trigger", "invoice.paid", "--print", "--unset={}"],
        &["data.object.metadata", "lines.data[0]", "a[99999999999]"],
    ),
    option("a signature", &["verify", "body", "--header={}"], &[HEADER, "t=1,v1=", "v1=00, t=-1"]),
    option(
        "a header",
        &["trigger", "invoice.paid", "--curl", "--header={}"],
        &["X-A: b", "Cookie: a=1; b=2"],
    ),
    option(
        "a URL",
        &["trigger", "invoice.paid", "--curl", "--url={}"],
        &["http://u:p@127.0.0.1:5000/a?b=c#d", "https://[::1]/", "localhost:1/%2F"],
    ),
    option(
        "a duration",
        &["verify", "body", "--header", "t=1", "--tolerance={}"],
        &["1h30m", "500ms", "1.5s"],
    ),
    option("a size", &["history", "prune", "--max-size={}"], &["1.5 GiB", "200MB", "7b"]),
    option("a pattern", &["history", "--type={}"], &["invoice.*", "*a*b*c*d*", "a?[b]"]),
    option("a status", &["history", "--status={}"], &["5xx", "404"]),
    option("an order", &["scenario", "payment", "--check", "--order={}"], &["3,1,2", "shuffle"]),
    option(
        "waits",
        &["trigger", "invoice.paid", "--curl", "--retry-schedule={}"],
        &["0s,1s,5s", "1ms"],
    ),
];

/// What breaks parsers most often.
const PIECES: [&[u8]; 28] = [
    b"",
    b"\0",
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"=",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[",
    b"#",
    b",",
    b".",
    b"-1",
    b"0",
    b"18446744073709551616",
    b"1e999",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u{202e}é😀".as_bytes(),
    b"{{a}}",
    b"true",
    b"nan",
    b"%00",
    b"..",
];

/// The input with up to eight damages.
fn damaged(seed: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=draw.below(8) {
        let (a, b) = (draw.below(bytes.len() + 1), draw.below(bytes.len() + 1));
        let (from, to) = (a.min(b), a.max(b));
        match draw.below(7) {
            0 => drop(bytes.splice(from..from, draw.of(&PIECES).iter().copied())),
            1 => drop(bytes.splice(from..to.min(from + 8), draw.of(&PIECES).iter().copied())),
            2 => bytes.truncate(to),
            3 => drop(bytes.drain(from..to.min(from + 40))),
            4 if from < bytes.len() => bytes[from] ^= 1 << draw.below(8),
            5 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(from..from, copy);
            }
            _ => {
                let many = draw.of(&PIECES).repeat(draw.below(3_000));
                bytes.splice(from..from, many);
            }
        }
    }
    bytes.truncate(100_000);
    bytes
}

/// What a run came to that is wrong.
fn run(target: &Target, input: &[u8], devtool: &Devtool) -> Option<String> {
    let place = |name: &str| devtool.directory().join(name);
    if let Some(file) = target.file {
        std::fs::write(place(file), input).unwrap();
    }
    // An argument ends with a zero byte, and the system takes no more than so much.
    let text: String =
        String::from_utf8_lossy(input).replace('\0', "0").chars().take(20_000).collect();
    let arguments: Vec<String> = target.arguments.iter().map(|a| a.replace("{}", &text)).collect();
    let mut command = devtool.command_of(&arguments);
    command.stdout(Stdio::null()).stderr(std::fs::File::create(place("stderr")).unwrap());
    let (start, mut child) = (Instant::now(), command.spawn().unwrap());
    let mut most = 0;
    let code = loop {
        most = most.max(memory(&child));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if start.elapsed() > TIME_LIMIT || most > MEMORY_LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            return Some(format!("{:?} and {most} KiB", start.elapsed()));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    (!matches!(code, Some(0..=6))).then(|| {
        let said = std::fs::read(place("stderr")).unwrap();
        format!("exit code {code:?}: {}", String::from_utf8_lossy(&said))
    })
}

/// How much memory a process has had at most, in KiB; 0 where the system does not say.
fn memory(child: &Child) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.unwrap_or(0)
}

#[test]
#[ignore = "slow"]
fn damaged_input_ends_with_an_error_soon() {
    let end = Instant::now() + WHOLE;
    let start = std::env::var("DEVTOOL_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let start: u64 = start.unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
    let runs = AtomicU64::new(0);
    let fuzz = |thread: u64| {
        let mut draw = Draw(start.wrapping_mul(2 * thread + 3) | 1);
        let devtool = Devtool::new(&[]).file("body", EVENT).file("stripe.tar.gz", "no archive");
        while Instant::now() < end {
            let target = &TARGETS[draw.below(TARGETS.len())];
            let input = damaged(draw.of(target.seeds).as_bytes(), &mut draw);
            runs.fetch_add(1, Ordering::Relaxed);
            if let Some(wrong) = run(target, &input, &devtool) {
                let shown = String::from_utf8_lossy(&input).into_owned();
                panic!("{} (seed {start}): {wrong}\n{shown:?}", target.name);
            }
            if let Some(file) = target.file {
                std::fs::remove_file(devtool.directory().join(file)).unwrap();
            }
        }
    };
    let fuzz = &fuzz;
    std::thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || fuzz(thread));
        }
    });
    assert!(runs.into_inner() > 100);
}
