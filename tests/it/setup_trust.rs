//! What a project's devtool.toml and a mirror can make of `devtool setup`: nothing that the user has not
//! said.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::process::{Command, Stdio};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::release::{checksum, files, from_mirror, honest_mirror, packed, url};
use crate::support::stub::script;
use crate::support::terminal::Terminal;
use crate::support::{Devtool, Run};

/// A setup in a project whose file names this mirror.
fn in_project_of(mirror: &Endpoint, arguments: &[&str]) -> Devtool {
    let file = format!("# a project\n[stripe]\nmirror = \"{}\"\n", url(mirror));
    Devtool::new(&["setup", "--skip-login", "--dir", "stripe-cli"])
        .args(arguments)
        .file("devtool.toml", &file)
        // The doctor, who has the last word, asks nobody but this machine.
        .env("DEVTOOL_STRIPE_API_BASE", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
}

/// A release server whose latest release is that version.
fn mirror_of(version: &'static str) -> Endpoint {
    let archive = packed(script(version, &[]).as_bytes());
    let sum = checksum(&archive);
    let name = format!("stripe_{version}_linux_x86_64.tar.gz");
    Endpoint::new(move |request| match request.uri.path() {
        "/releases/latest" => Reply::new(200, &format!(r#"{{"tag_name": "v{version}"}}"#)),
        path if path.ends_with("checksums.txt") => Reply::new(200, &format!("{sum}  {name}\n")),
        path if path.ends_with(&name) => Reply { body: archive.clone(), ..Reply::new(200, "") },
        _ => Reply::new(404, ""),
    })
}

/// The paths that a server was asked for.
fn asked(endpoint: &Endpoint) -> Vec<String> {
    endpoint.received().iter().map(|request| request.uri.path().to_owned()).collect()
}

#[track_caller]
fn assert_unused(mirror: &Endpoint, setup: &Devtool) {
    assert_eq!(asked(mirror), Vec::<String>::new());
    assert!(!setup.directory().join("stripe-cli/stripe").exists());
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_projects_mirror_is_refused_where_nobody_can_be_asked() {
    let mirror = honest_mirror().left_alone();
    for arguments in [&[][..], &["--yes"], &["--force"], &["--from", "github", "--yes"]] {
        let setup = in_project_of(mirror, arguments);
        let run = setup.run().code(3);
        let shown = run.stderr.replace(&url(mirror), "MIRROR");
        let shown = shown.replace(setup.directory().to_str().unwrap(), "PROJECT");
        let error = shown.lines().skip_while(|line| !line.starts_with("error"));
        insta::allow_duplicates! {
            insta::assert_snapshot!(error.collect::<Vec<_>>().join("\n"), @r"
            error: PROJECT/devtool.toml line 3 names the mirror MIRROR/, which is not used unasked
              hint: if you trust it, name it yourself, here or in DEVTOOL_MIRROR:
                    devtool setup --mirror URL --dir stripe-cli
            ");
        }
        setup.run_with_stdin("y\ny\ny\n").code(3);
        let plain = setup.command();
        let mut closed = Command::new("sh");
        closed.args(["-c", "exec \"$@\" <&-", "sh"]).arg(plain.get_program());
        closed.args(plain.get_args()).current_dir(setup.directory()).env_clear();
        closed.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Run::of(closed.output().unwrap()).code(3);
        assert_unused(mirror, &setup);
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn neither_the_check_nor_the_doctor_asks_a_projects_mirror() {
    let mirror = mirror_of("1.99.0");
    let setup = in_project_of(&mirror, &[]);
    let check = setup.rerun(&["setup", "--check"]).code(5);
    assert!(check.stderr.contains("devtool.toml line 3 names the mirror "), "{}", check.stderr);
    assert!(check.stdout.contains("latest    unknown"), "{}", check.stdout);
    let setup = setup.program("stripe", &script("1.52.0", &[]));
    let doctor = setup.rerun(&["doctor"]);
    assert!(doctor.stdout.contains("stripe-cli"), "{}", doctor.stdout);
    assert!(!doctor.stdout.contains("1.99.0"), "{}", doctor.stdout);
    let found = setup.rerun(&["setup", "--skip-login", "--yes"]).code(0);
    assert!(found.stdout.starts_with("Stripe CLI 1.52.0 at "), "a second one is not needed");
    assert_unused(&mirror, &setup);
    let same = setup.env("DEVTOOL_MIRROR", &url(&mirror));
    let doctor = same.rerun(&["doctor"]);
    assert!(doctor.stdout.contains("1.99.0 is available"), "{}", doctor.stdout);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_mirror_that_the_user_names_too_is_used() {
    let mirror = honest_mirror();
    in_project_of(&mirror, &["--mirror", &url(&mirror)]).run().code(0);
    in_project_of(&mirror, &[]).env("DEVTOOL_MIRROR", &url(&mirror)).run().code(0);
    let another = honest_mirror().left_alone();
    in_project_of(another, &["--mirror", &url(&mirror)]).run().code(0);
    assert_eq!(asked(another), Vec::<String>::new());
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_projects_mirror_is_asked_for_at_a_terminal_whatever_yes_says() {
    let mirror = honest_mirror();
    let setup = in_project_of(&mirror, &["--yes"]);
    let question = format!(
        "devtool.toml line 3 names the mirror {}/. Download the Stripe CLI from there and run it? [y/N] ",
        url(&mirror)
    );
    for answer in ["", "n"] {
        let mut terminal = Terminal::start(&setup);
        terminal.wait_for(&question);
        assert_unused(&mirror, &setup);
        terminal.type_line(answer);
        assert_eq!(terminal.finish().1, 3);
        assert_unused(&mirror, &setup);
    }
    let mut terminal = Terminal::start(&setup);
    terminal.wait_for(&question);
    terminal.type_line("y");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    assert!(setup.directory().join("stripe-cli/stripe").exists());
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_version_that_devtool_does_not_support_is_not_installed() {
    let stale = mirror_of("1.42.13");
    let run = from_mirror(&url(&stale)).run().code(5);
    let said =
        "error: Stripe CLI 1.42.13 is not installed: the oldest supported version is 1.42.14\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(asked(&stale), ["/releases/latest"]);
    let setup = Devtool::new(&["setup", "--skip-login", "--dir", "stripe-cli"]);
    let archive = packed(script("1.0.0", &[]).as_bytes());
    std::fs::write(setup.directory().join("old.tar.gz"), &archive).unwrap();
    let run = setup.rerun_with(&["--from", "old.tar.gz", "--sha256", &checksum(&archive)]).code(5);
    assert!(run.stderr.contains("Stripe CLI 1.0.0 is not installed"), "{}", run.stderr);
    assert_eq!(files(&setup.directory().join("stripe-cli")), [".devtool-stripe-lock"]);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_older_version_takes_the_place_of_a_newer_one_only_if_it_is_named_or_agreed_to() {
    let (honest, stale) = (honest_mirror(), mirror_of("1.50.0"));
    let setup = from_mirror(&url(&honest));
    setup.run().code(0);
    let stale_url = url(&stale);
    let run = setup.rerun_with(&["--mirror", &stale_url, "--force"]).code(2);
    let error: Vec<&str> =
        run.stderr.lines().skip_while(|line| !line.starts_with("error")).collect();
    insta::assert_snapshot!(error.join("\n"), @r"
    error: Stripe CLI 1.50.0 is not installed: it is older than 1.52.0, which is installed
      hint: agree with `--yes`, or name the version:
            devtool setup --force --version 1.50.0 --dir stripe-cli
    ");
    assert!(asked(&stale).iter().all(|path| path == "/releases/latest"), "{:?}", asked(&stale));
    let program = setup.directory().join("stripe-cli/stripe");
    let version = || {
        let output = Command::new(&program).arg("--version").stdout(Stdio::piped()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(version(), "stripe version 1.52.0\n");
    for agreed in [&["--version", "1.50.0", "--force"][..], &["--force", "--yes"]] {
        setup.rerun_with(&["--force"]).code(0);
        assert_eq!(version(), "stripe version 1.52.0\n");
        setup.rerun_with(&[&["--mirror", stale_url.as_str()], agreed].concat()).code(0);
        assert_eq!(version(), "stripe version 1.50.0\n");
    }
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn going_back_is_asked_for_at_a_terminal() {
    let (honest, stale) = (honest_mirror(), mirror_of("1.50.0"));
    let setup = from_mirror(&url(&honest));
    setup.run().code(0);
    let back = Devtool::new(&["setup", "--skip-login", "--from", "github", "--force", "--dir"])
        .args(&[setup.directory().join("stripe-cli").to_str().unwrap(), "--mirror", &url(&stale)])
        .env("DEVTOOL_STRIPE_API_BASE", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let question = "the latest version there is 1.50.0, older than the installed 1.52.0. Go back to it? [y/N] ";
    for (answer, expected) in [("n", 2), ("y", 0)] {
        let mut terminal = Terminal::start(&back);
        terminal.wait_for(question);
        terminal.type_line(answer);
        let (screen, code) = terminal.finish();
        assert_eq!(code, expected, "{screen}");
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_list_with_two_checksums_for_one_archive_is_refused() {
    let archive = packed(script("1.52.0", &[]).as_bytes());
    let (sum, name) = (checksum(&archive), "stripe_1.52.0_linux_x86_64.tar.gz");
    let list = format!("{sum}  {name}\n{}  {name}\n", "0".repeat(64));
    let mirror = Endpoint::new(move |request| match request.uri.path() {
        "/releases/latest" => Reply::new(200, r#"{"tag_name": "v1.52.0"}"#),
        path if path.ends_with("checksums.txt") => Reply::new(200, &list),
        _ => Reply { body: archive.clone(), ..Reply::new(200, "") },
    });
    let run = from_mirror(&url(&mirror)).run().code(6);
    assert!(run.stderr.contains("has different checksums for it\n"), "{}", run.stderr);
}
