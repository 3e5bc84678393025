//! `devtool listen -- APP`: the app starts with the secret, and ends with devtool.

use crate::support::SECRET;
use crate::support::listening::{Listening, is_running, listen, wait_until_gone};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::stub;

/// An endpoint in Python that says its secret's length and its process, and takes every event.
const APP: &str = r#"
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        print("got an event", flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
print("pid", os.getpid(), "secret", os.environ["STRIPE_WEBHOOK_SECRET"][-4:], flush=True)
print("to stderr", file=sys.stderr, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn pid_of(line: &str) -> u32 {
    line.split(' ').nth(3).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node and python3")]
fn the_app_gets_the_secret_is_waited_for_shown_and_ended() {
    let fake = FakeStripe::start();
    let port = free_port();
    let number = port.to_string();
    let app = ["--write-env", ".env", "--", "python3", "-c", APP, &number];
    for signal in ["INT", "KILL"] {
        let devtool = listen(&fake, VERSIONS[0], port, &app);
        let mut listening = Listening::ready(&fake, devtool);
        let line = listening.wait_for_output("app | pid ");
        assert!(line.ends_with(&format!("secret {}", &SECRET[SECRET.len() - 4..])), "{line}");
        listening.wait_for_output("app | to stderr");
        listening.wait_for_output("the app is up after ");
        fake.happen("customer.created");
        listening.wait_for_output("app | got an event");
        let written = std::fs::read_to_string(listening.devtool.directory().join(".env")).unwrap();
        assert_eq!(written, format!("STRIPE_WEBHOOK_SECRET={SECRET}\n"));
        assert!(is_running(pid_of(&line)));
        listening.signal(signal);
        listening.wait();
        wait_until_gone(pid_of(&line));
    }
}

#[test]
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node and python3")]
fn the_app_is_not_ended_before_it_has_answered() {
    let (fake, port) = (FakeStripe::start(), free_port());
    let slow = "print('begun', flush=True); import time; time.sleep(1); self.send_response(200)";
    let script = APP.replace("self.send_response(200)", slow);
    let number = port.to_string();
    let devtool = listen(&fake, VERSIONS[0], port, &["--", "python3", "-c", &script, &number]);
    let mut listening = Listening::ready(&fake, devtool);
    listening.wait_for_output("the app is up after ");
    fake.happen("customer.created");
    listening.wait_for_output("app | begun");
    assert_eq!(listening.interrupt(), 0);
    listening.wait_for_output(" 200 ");
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_app_that_ends_ends_the_listen() {
    for (script, code) in [("exit 7", 1), ("exit 0", 0)] {
        let app = ["--", "sh", "-c", script];
        let run = stub::listen(free_port(), &app).run().code(code);
        assert!(run.stderr.contains("the app exited: exit status: "), "{}", run.stderr);
    }
    let app = ["--", "/no/such/app"];
    let run = stub::listen(free_port(), &app).run().code(3);
    assert!(run.stderr.contains("`/no/such/app`"), "{}", run.stderr);
}
