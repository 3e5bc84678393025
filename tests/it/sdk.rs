//! The official SDKs: the example apps verify and parse every event with them, and the typed classes
//! of the Python one are held against every field.
//!
//! These tests need python3, node and npm, and the registries of their packages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use devtool::event::Catalogue;
use serde_json::{Value, json};

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Runs a program of the machine to its end.
#[track_caller]
pub(crate) fn succeed(command: &mut Command, need: &str) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|e| panic!("this test needs {need} ({e})"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{out}\n{err}");
    out
}

/// The Python of a virtual environment with the packages that the tests name.
pub(crate) fn python() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let needs = [
        "examples/flask/requirements.txt",
        "examples/thin-flask/requirements.txt",
        "tests/sdk/requirements.txt",
        "tests/frameworks/requirements.txt",
    ];
    MADE.get_or_init(|| environment("python", &needs)).clone()
}

/// Several tests need the same packages, and one of them installs them.
static INSTALLING: Mutex<()> = Mutex::new(());

/// The Python of a virtual environment of that name with what the files need.
pub(crate) fn environment(name: &str, needs: &[&str]) -> PathBuf {
    let _one = INSTALLING.lock();
    let wanted: String =
        needs.iter().map(|f| std::fs::read_to_string(root().join(f)).unwrap()).collect();
    let home = scratch(name);
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = home.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home), "python3");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for file in needs {
        pip.arg("-r").arg(root().join(file));
    }
    succeed(&mut pip, "python3");
    std::fs::write(stamp, wanted).unwrap();
    python
}

/// The example app for Node in a folder of its own, with its packages.
pub(crate) fn express() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| install("express", "examples/express", &["app.js"])).clone()
}

/// A folder of the repository in one of its own, with what its `package-lock.json` names.
pub(crate) fn install(name: &str, folder: &str, files: &[&str]) -> PathBuf {
    let _one = INSTALLING.lock();
    let home = scratch(name);
    let mut is_installed = home.join("node_modules/.package-lock.json").is_file();
    for file in [&["package.json", "package-lock.json"], files].concat() {
        let text = std::fs::read(root().join(folder).join(file)).unwrap();
        let place = home.join(file);
        let current = std::fs::read(&place).unwrap_or_default();
        is_installed &= files.contains(&file) || current == text;
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
    if !is_installed {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        succeed(Command::new(npm).args(arguments).current_dir(&home), "node");
    }
    home
}

/// An app, running; what it prints is kept.
pub(crate) struct App {
    child: Child,
    pub(crate) port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl App {
    fn flask() -> Self {
        let mut command = Command::new(python());
        command.arg(root().join("examples/flask/app.py"));
        Self::start(command)
    }

    fn express() -> Self {
        let mut command = Command::new("node");
        command.arg("app.js").current_dir(express());
        Self::start(command)
    }

    /// Starts the app on a free port of its choice, which it names on stderr.
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .env("PORT", "0")
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(child.stdout.take().unwrap());
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line));
        });
        let port = told_port(child.stderr.take().unwrap());
        Self { child, port, lines }
    }

    /// The events that the app has verified, as it printed them: type and id.
    fn verified(&self) -> Vec<(String, String)> {
        let lines = self.lines.lock().unwrap();
        let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        words
            .filter(|words| words[0] == "verified")
            .map(|words| (words[1].to_owned(), words[2].to_owned()))
            .collect()
    }
}

/// The port in the first line that has a URL; the lines after it are read and dropped.
fn told_port(output: ChildStderr) -> u16 {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let url = lines.find_map(|line| Some(line.split_once("http://127.0.0.1:")?.1.to_owned()));
    std::thread::spawn(move || lines.for_each(drop));
    let url = url.expect("the app ended at its start");
    url.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names of all built-in scenarios.
fn library() -> Vec<String> {
    let scenarios = devtool::scenario::library::all().unwrap();
    scenarios.into_iter().map(|scenario| scenario.name).collect()
}

/// All scenarios against the app: all is accepted, and its own log names every event. Thin events go elsewhere, as
/// Stripe sends them to destinations of their own.
fn verifies_and_parses_everything(app: &App) {
    let names = library();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let thin = Endpoint::accepting();
    let url = |port: u16| format!("url = \"http://127.0.0.1:{port}/webhook\"\n");
    let routes = [&url(app.port), "[[route]]\nevents = \"v1.*\"\n", &url(thin.port())].concat();
    let devtool = Devtool::new(&["scenario", "--format", "json"]).args(&words);
    let devtool = devtool.env("STRIPE_WEBHOOK_SECRET", SECRET).file("devtool.toml", &routes);
    let report = devtool.run().code(0).json();
    let text = |step: &Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps = report["steps"].as_array().unwrap().iter();
    let sent = steps.map(|step| (text(step, "event"), text(step, "event_id")));
    let sent: Vec<_> = sent.filter(|(name, _)| !name.starts_with("v1.")).collect();
    assert_eq!(thin.names().len(), 2);
    assert!(names.len() >= 20 && sent.len() >= 130, "{} events", sent.len());
    let start = Instant::now();
    while app.verified().len() < sent.len() && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(app.verified(), sent);
}

/// The app refuses another secret, and devtool says why.
fn refuses_a_wrong_secret(app: &App) {
    let devtool = Devtool::sending(&["scenario", "payment", "--secret", "whsec_other"], app.port);
    let run = devtool.run().code(1);
    assert!(run.stdout.contains("400 Bad Request"), "{}", run.stdout);
    assert!(run.stdout.contains("hint: the app could not verify the signature"), "{}", run.stdout);
    assert!(app.verified().is_empty());
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_flask_example_verifies_and_parses_everything() {
    verifies_and_parses_everything(&App::flask());
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_flask_example_refuses_a_wrong_secret() {
    refuses_a_wrong_secret(&App::flask());
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn the_express_example_verifies_everything_and_refuses_a_wrong_secret() {
    verifies_and_parses_everything(&App::express());
    refuses_a_wrong_secret(&App::express());
}

/// Hands deliveries to a program: whether it found them good, and its output.
pub(crate) fn judge(program: &mut Command, deliveries: &[Value]) -> (bool, String) {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for delivery in deliveries {
        writeln!(input, "{delivery}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Holds deliveries against the Python SDK's classes.
fn check_types(deliveries: &[Value]) -> (bool, String) {
    judge(Command::new(python()).arg(root().join("tests/sdk/check_types.py")), deliveries)
}

/// What arrived at the endpoint, as the checker takes it.
pub(crate) fn deliveries(endpoint: &Endpoint) -> Vec<Value> {
    let delivery = |request: &crate::support::endpoint::Received| {
        json!({
            "header": request.header("stripe-signature"),
            "body": String::from_utf8(request.body.to_vec()).unwrap(),
            "secret": SECRET,
        })
    };
    endpoint.received().iter().map(delivery).collect()
}

/// The same without thin events: `thin_sdk.rs` has those.
pub(crate) fn snapshots(endpoint: &Endpoint) -> Vec<Value> {
    let is_thin = |sent: &Value| sent["body"].as_str().unwrap().contains("\"v2.core.event\"");
    deliveries(endpoint).into_iter().filter(|sent| !is_thin(sent)).collect()
}

/// A delivery of each type with each object that it may carry, each with a random seed.
fn every_type() -> &'static [Value] {
    static SENT: OnceLock<Vec<Value>> = OnceLock::new();
    SENT.get_or_init(|| {
        let endpoint = Endpoint::accepting();
        let port = endpoint.port().to_string();
        for (name, event_type) in Catalogue::embedded().unwrap().event_types().unwrap() {
            let others = event_type.objects.keys();
            for object in std::iter::once(&event_type.object).chain(others) {
                Devtool::new(&["trigger", name, "--object", object, "--port", &port])
                    .env("STRIPE_WEBHOOK_SECRET", SECRET)
                    .run()
                    .code(0);
            }
        }
        deliveries(&endpoint)
    })
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn every_field_of_every_event_fits_the_sdks_types() {
    let endpoint = Endpoint::accepting();
    for name in library() {
        Devtool::sending(&["scenario", &name], endpoint.port()).run().code(0);
    }
    let mut sent = snapshots(&endpoint);
    sent.extend_from_slice(every_type());
    let (passed, output) = check_types(&sent);
    assert!(passed, "{output}");
    let last = output.lines().last().unwrap();
    assert_eq!(last, format!("checked {} events, 0 findings", sent.len()));
}

/// Prints the types that the Python SDK knows.
const KNOWN_TYPES: &str = "import stripe, typing, check_types
print(*typing.get_args(check_types.fields_of(stripe.Event)['type']), sep='\\n')";

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_catalogue_has_the_types_that_the_sdk_knows_and_no_other() {
    let mut program = Command::new(python());
    program.args(["-c", KNOWN_TYPES]).env("PYTHONPATH", root().join("tests/sdk"));
    let (passed, output) = judge(&mut program, &[]);
    assert!(passed, "{output}");
    let mut known: Vec<&str> = output.lines().collect();
    known.sort_unstable();
    assert_eq!(Catalogue::names().collect::<Vec<_>>(), known);
}

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn every_event_is_parsed_by_the_library_for_node() {
    // Node looks for packages from where a module lies.
    let script = express().join("parse_events.mjs");
    std::fs::copy(root().join("tests/sdk/parse_events.mjs"), &script).unwrap();
    let (passed, output) = judge(Command::new("node").arg(script), every_type());
    assert!(passed, "{output}");
    assert_eq!(output, format!("parsed {} events\n", every_type().len()));
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_type_check_finds_planted_faults() {
    for (setting, finding) in [
        ("status=enormous", "data.object.status"),
        ("amount_due=\"many\"", "data.object.amount_due"),
        ("invented=1", "data.object.invented"),
        ("lines.data[0].period=null", "data.object.lines.data[0].period"),
        ("lines.data[0].pricing.invented=1", "data.object.lines.data[0].pricing.invented"),
    ] {
        let endpoint = Endpoint::accepting();
        let arguments = ["trigger", "invoice.paid", "--force", "--set", setting];
        Devtool::sending(&arguments, endpoint.port()).run().code(0);
        let (passed, output) = check_types(&deliveries(&endpoint));
        assert!(!passed && output.contains(finding), "{setting}: {output}");
    }
}
