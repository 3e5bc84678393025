//! The helpers that docs/test-suites.md shows for other languages, as they stand there, each with an app that checks
//! signatures and with one that fails.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::packages::root;
use crate::sdk::{scratch, succeed};

/// A folder with the first code of that heading as a file, and with the suite that uses it.
fn suite(heading: &str, helper: &str, folder: &str, test: &str) -> PathBuf {
    let page = std::fs::read_to_string(root().join("docs/test-suites.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n### {heading}\n")).unwrap();
    let (_, code) = section.split_once("```").unwrap();
    let (_, code) = code.split_once('\n').unwrap();
    let (code, _) = code.split_once("```\n").unwrap();
    let home = scratch(&format!("suite-{folder}"));
    for (name, text) in [(helper, code.to_owned()), (test, read(folder, test))] {
        let place = home.join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
    home
}

fn read(folder: &str, file: &str) -> String {
    std::fs::read_to_string(root().join("tests/suites").join(folder).join(file)).unwrap()
}

/// A program of the machine in that folder, with the tested devtool on its PATH and a home of its own.
fn program(name: &str, home: &Path) -> Command {
    let devtool = Path::new(env!("CARGO_BIN_EXE_devtool")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::iter::once(devtool).chain(std::env::split_paths(&path));
    let mut command = Command::new(name);
    command.env("PATH", std::env::join_paths(path).unwrap()).env("HOME", home);
    command.env_remove("STRIPE_WEBHOOK_SECRET").current_dir(home);
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "slow"]
fn the_helper_for_rspec_works_as_documented() {
    let home = suite("RSpec", "support/stripe_events.rb", "ruby", "webhook_spec.rb");
    let mut rspec = program("rspec", &home);
    let said = succeed(rspec.args(["--no-color", "webhook_spec.rb"]), "ruby-rspec, ruby-rack");
    assert!(said.contains("2 examples, 0 failures"), "{said}");
}

#[test]
#[ignore = "slow"]
fn the_helper_for_phpunit_works_as_documented() {
    let home = suite("PHPUnit", "StripeEvents.php", "php", "WebhookTest.php");
    let mut phpunit = program("phpunit", &home);
    phpunit.args(["--no-configuration", "--do-not-cache-result", "WebhookTest.php"]);
    let said = succeed(&mut phpunit, "phpunit");
    assert!(said.contains("OK (2 tests, "), "{said}");
}

#[test]
#[ignore = "slow"]
fn the_helper_for_go_works_as_documented() {
    let home = suite("Go", "stripe_events_test.go", "go", "webhook_test.go");
    std::fs::write(home.join("go.mod"), "module shop\n\ngo 1.19\n").unwrap();
    let go = |words: &[&str]| {
        let mut go = program("go", &home);
        go.args(["test", "-count=1"]).args(words).env("GOPROXY", "off").env("GOFLAGS", "");
        go
    };
    let said = succeed(&mut go(&["-v"]), "golang-go");
    assert!(said.contains("--- PASS: TestPayment"), "{said}");
    let broken = go(&["-run", "TestBroken"]).env("BROKEN", "1").output().unwrap();
    let said = text(&broken);
    assert!(said.contains("invoice.paid: fail\n          hint: "), "{said}");
    assert!(!broken.status.success(), "{said}");
}

#[test]
#[ignore = "slow"]
fn the_helper_for_junit_works_as_documented() {
    let home = suite("JUnit", "StripeEvents.java", "java", "WebhookTest.java");
    let jars = ["junit-jupiter-api", "junit-jupiter-engine", "junit-platform-commons"];
    let more = ["junit-platform-console", "junit-platform-engine", "junit-platform-launcher"];
    let others = ["junit-platform-reporting", "opentest4j", "apiguardian-api", "picocli", "gson"];
    let jars = jars.iter().chain(&more).chain(&others);
    let mut path: Vec<String> = jars.map(|jar| format!("/usr/share/java/{jar}.jar")).collect();
    path.push(".".to_owned());
    let path = path.join(":");
    let mut javac = program("javac", &home);
    javac.args(["-cp", &path, "StripeEvents.java", "WebhookTest.java"]);
    succeed(&mut javac, "default-jdk-headless, junit5, libgoogle-gson-java");
    let mut java = program("java", &home);
    java.args(["-cp", &path, "org.junit.platform.console.ConsoleLauncher"]);
    java.args(["--disable-banner", "--disable-ansi-colors", "--select-class", "WebhookTest"]);
    let said = succeed(&mut java, "default-jdk-headless, junit5");
    assert!(said.contains("2 tests successful"), "{said}");
    assert!(said.contains("0 tests failed"), "{said}");
}

#[test]
#[ignore = "slow"]
fn the_hook_for_pre_commit_checks_scenario_files_before_a_commit() {
    let python = crate::sdk::environment("pre-commit", &["tests/suites/pre-commit.txt"]);
    let home = scratch("suite-pre-commit");
    let _ = std::fs::remove_dir_all(&home);
    let (hooks, project) = (home.join("devtool"), home.join("project"));
    std::fs::create_dir_all(&hooks).unwrap();
    std::fs::create_dir_all(project.join("scenarios")).unwrap();
    let git = |folder: &Path, words: &[&str]| {
        let mut git = program("git", &home);
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        git.args(words).current_dir(folder).output().unwrap()
    };
    std::fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.join(".pre-commit-hooks.yaml"))
        .unwrap();
    for folder in [&hooks, &project] {
        git(folder, &["init", "--quiet"]);
    }
    git(&hooks, &["add", "."]);
    assert!(git(&hooks, &["commit", "--quiet", "-m", "Hooks"]).status.success());
    git(&hooks, &["tag", "v1"]);
    let hooks = hooks.display();
    let config = format!(
        "repos:\n  - repo: {hooks}\n    rev: v1\n    hooks:\n      - id: devtool-scenarios\n"
    );
    std::fs::write(project.join(".pre-commit-config.yaml"), config).unwrap();
    let mut install = program(python.to_str().unwrap(), &home);
    install.args(["-m", "pre_commit", "install"]).current_dir(&project);
    succeed(&mut install, "python3");
    let scenario = project.join("scenarios/checkout.toml");
    for (event, is_taken) in [("invoice.payed", false), ("invoice.paid", true)] {
        let text = format!("[[step]]\nevent = \"{event}\"\n");
        std::fs::write(&scenario, text).unwrap();
        git(&project, &["add", "."]);
        let said = git(&project, &["commit", "-m", "A scenario"]);
        let said = format!("{said:?}");
        let commits = git(&project, &["rev-list", "--count", "HEAD"]);
        assert_eq!(text_is(&commits, "1\n"), is_taken, "{said}");
        assert_eq!(said.contains("did you mean `invoice.paid`"), !is_taken, "{said}");
    }
}

fn text_is(output: &Output, wanted: &str) -> bool {
    text(output) == wanted
}
