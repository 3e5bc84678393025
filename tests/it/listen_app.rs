//! `devtool listen -- APP`: the app starts with the secret, and ends with devtool.

use crate::support::SECRET;
use crate::support::listening::{Listening, is_running, listen, wait_until_gone};
use crate::support::stripe::FakeStripe;
use crate::support::stripe::binary::VERSIONS;
use crate::support::stub;
#[cfg(target_os = "linux")]
use crate::support::terminal::Terminal;

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
#[cfg_attr(any(tests_without_node, tests_without_python3), ignore = "needs node and python3")]
fn events_wait_until_the_app_listens() {
    let (fake, port) = (FakeStripe::start(), free_port());
    let script =
        format!("import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n{APP}");
    let number = port.to_string();
    let devtool = listen(&fake, VERSIONS[0], port, &["--", "python3", "-c", &script, &number]);
    let listening = Listening::ready(&fake, devtool);
    let ids = [fake.happen("customer.created"), fake.happen("customer.deleted")];
    let said = listening.wait_for_output("waiting for the app");
    let expected = "waiting for the app to listen on 127.0.0.1:PORT; events are queued until then";
    assert_eq!(said.replace(&number, "PORT"), expected);
    std::fs::write(listening.devtool.directory().join("go"), "").unwrap();
    for id in &ids {
        let row = listening.wait_for_output(id);
        assert!(row.contains(" 200 "), "{row}");
    }
    listening.wait_for_output("the app is up after ");
    let all = listening.stdout().join("\n");
    assert!(!all.contains("refused") && !all.contains("attempt"), "{all}");
}

/// An app says where it listens; the system does on Linux.
#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(any(tests_without_python3, tests_without_sh), ignore = "needs python3 and sh")]
fn an_app_that_listens_elsewhere_is_found() {
    for (by_shell, options) in [(false, &[][..]), (true, &["--path", "/hooks"])] {
        let (port, other) = (free_port(), free_port().to_string());
        let script = "setsid \"$@\" & wait";
        let shell: &[&str] = if by_shell { &["sh", "-c", script, "sh"] } else { &[] };
        let app = [&["--"], shell, &["python3", "-c", APP, &other]].concat();
        let listening = Listening::start(stub::listen(port, &[options, &app].concat()));
        let said = listening.wait_for_output("the app listens on ");
        let said = said.replace(&other, "OTHER").replace(&port.to_string(), "PORT");
        let use_it = match options {
            [] => "--port OTHER",
            _ => "--url http://127.0.0.1:OTHER/hooks",
        };
        let expected = format!(
            "warning: the app listens on 127.0.0.1:OTHER, not on 127.0.0.1:PORT; to send events there, use `{use_it}`"
        );
        assert_eq!(said, expected);
    }
}

/// What an app may write: colours, and what a terminal must not get.
const COLOURED: &str =
    r"printf '\033[1;31mred\033[0m \033[32mgreen \033[2Jx\033]0;title\007\n'; exec sleep 300";

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn colours_of_the_app_are_left_out_where_there_is_no_terminal() {
    let app = ["--", "sh", "-c", COLOURED];
    let listening = Listening::start(stub::listen(free_port(), &app));
    let line = listening.wait_for_output("app | ");
    assert_eq!(line, r"app | red green \u{1b}[2Jx\u{1b}]0;title\u{7}");
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(any(tests_without_sh, tests_without_util_linux), ignore = "needs sh and util-linux")]
fn colours_of_the_app_pass_through_on_a_terminal_and_end_with_the_line() {
    let devtool = stub::listen(free_port(), &["--", "sh", "app.sh"]).file("app.sh", COLOURED);
    let mut terminal = Terminal::start(&devtool);
    terminal.wait_for(concat!(
        "\u{1b}[2mapp |\u{1b}[0m \u{1b}[1;31mred\u{1b}[0m \u{1b}[32mgreen ",
        r"\u{1b}[2Jx\u{1b}]0;title\u{7}",
        "\u{1b}[0m\r\n"
    ));
    terminal.type_interrupt();
    terminal.finish();
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_app_that_ends_ends_the_listen() {
    let ends = [
        ("exit 7", 1, "the app exited with status 7"),
        ("exit 0", 0, "the app exited with status 0"),
        #[cfg(unix)]
        ("kill -9 $$", 1, "the app was ended by signal 9 (SIGKILL)"),
    ];
    for (script, code, told) in ends {
        let app = ["--", "sh", "-c", script];
        let run = stub::listen(free_port(), &app).run().code(code);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let app = ["--", "/no/such/app"];
    let run = stub::listen(free_port(), &app).run().code(3);
    assert!(run.stderr.contains("`/no/such/app`"), "{}", run.stderr);
}
