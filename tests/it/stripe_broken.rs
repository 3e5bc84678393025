//! A `stripe` that is there and does not run: every command that needs it names it, why, and what mends it.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::stub::{KNOWS_ITS_ACCOUNT, script};
use crate::support::{Devtool, Run, write_program};

/// What a Stripe CLI says whose configuration belongs to another user.
const CONFIGURATION: &str = "time=\"Thu, 26 Nov 2026 13:55:24 UTC\" level=fatal \
    msg=\"chmod /home/me/.config/stripe/config.toml: operation not permitted\"";

/// What puts a `stripe` at a path.
type Make = Box<dyn Fn(&Path)>;

/// devtool with a `stripe` of that kind on its PATH.
fn devtool(arguments: &[&str], make: impl Fn(&Path)) -> Devtool {
    let devtool = Devtool::new(arguments).program("other", "#!/bin/sh\n");
    make(&devtool.home().join("bin/stripe"));
    devtool
}

fn prints(script: &str) -> impl Fn(&Path) {
    move |file| write_program(file, &format!("#!/bin/sh\n{script}\n"))
}

fn holds(bytes: impl AsRef<[u8]>, mode: u32) -> impl Fn(&Path) {
    move |file| {
        std::fs::write(file, &bytes).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn fails_for_its_configuration(file: &Path) {
    prints(&format!("echo '{CONFIGURATION}' >&2; exit 1"))(file);
}

/// A program of Linux for a processor that this machine does not have.
fn foreign() -> Vec<u8> {
    let mut program = vec![0; 64];
    program[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    program[16..20].copy_from_slice(&[2, 0, 0xF3, 0]);
    program
}

/// What was shown, with the home as `~`.
fn shown(devtool: &Devtool, run: &Run) -> String {
    let text = run.whole().replace(devtool.home().to_str().unwrap(), "~");
    text.replace(std::env::consts::ARCH, "ARCH")
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn each_kind_is_named_with_what_mends_it() {
    let kinds: [(&str, Make); 8] = [
        ("dangling", Box::new(|file: &Path| symlink("/nowhere/stripe", file).unwrap())),
        ("not_executable", Box::new(holds(script("1.52.0", &[]), 0o644))),
        ("not_a_program", Box::new(holds(b"stripe 1.52.0\n", 0o755))),
        ("no_interpreter", Box::new(holds(b"#!/nowhere/node\n", 0o755))),
        ("another", Box::new(prints("echo striped 0.3"))),
        ("silent_end", Box::new(prints("exit 0"))),
        ("fails", Box::new(prints("echo before >&2; echo 'panic: no such thing' >&2; exit 2"))),
        ("configuration", Box::new(fails_for_its_configuration)),
    ];
    for (name, make) in kinds {
        let devtool = devtool(&["login", "--status"], make);
        insta::assert_snapshot!(name, shown(&devtool, &devtool.run().code(5)));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_for_another_processor_is_named() {
    let devtool = devtool(&["login", "--status"], holds(foreign(), 0o755));
    insta::assert_snapshot!(shown(&devtool, &devtool.run().code(5)));
}

/// It takes the time that a `stripe` has for its version.
#[test]
#[ignore = "slow"]
fn one_that_hangs_is_given_up_and_named() {
    let devtool = devtool(&["login", "--status"], prints("exec sleep 300"));
    insta::assert_snapshot!(shown(&devtool, &devtool.run().code(5)));
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn every_command_that_needs_it_says_the_same() {
    let devtool = devtool(&[], |file| symlink("/nowhere/stripe", file).unwrap());
    for arguments in [
        &["login", "--status"][..],
        &["login", "--non-interactive"],
        &["logout"],
        &["listen", "--port", "9"],
        &["trigger", "invoice.paid", "--via", "stripe", "--port", "9"],
        &["scenario", "payment", "--via", "stripe", "--port", "9"],
        &["stripe", "--", "--version"],
        &["setup", "--check", "--offline"],
    ] {
        let run = devtool.rerun(arguments).code(5);
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&devtool, &Run { stdout: String::new(), ..run }), @r"
            exit code: 5
            ----- stdout -----

            ----- stderr -----
            error: the Stripe CLI at `~/bin/stripe` does not run
              cause: it is a link to `/nowhere/stripe`, which does not exist
              hint: install another:
                    devtool setup
            ");
        }
    }
    let check = devtool.rerun(&["setup", "--check", "--offline", "--format", "json"]).code(5);
    assert_eq!(
        check.json()["broken"]["cause"],
        "it is a link to `/nowhere/stripe`, which does not exist"
    );
    let doctor = devtool.rerun(&["doctor", "--offline", "--no-send", "--port", "9"]);
    let row = doctor.stdout.lines().skip_while(|line| !line.contains(" stripe-cli "));
    let rows: Vec<&str> = row.take(4).collect();
    let home = devtool.home().to_str().unwrap();
    insta::assert_snapshot!(rows.join("\n").replace(home, "~"), @r"
      warning   stripe-cli  the Stripe CLI at `~/bin/stripe` does not run (it is a link to `/nowhere/stripe`, which does not exist)
                            fix: install another:
                                 devtool setup
      skipped   login       the Stripe CLI does not run
    ");
}

/// A new copy would read the same configuration, so that none is downloaded.
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_setup_names_a_configuration_that_is_in_the_way_before_it_downloads() {
    let setup = devtool(&["setup", "--skip-login"], fails_for_its_configuration);
    insta::assert_snapshot!(shown(&setup, &setup.run().code(5)));
}

/// A setup goes on where another copy helps.
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_setup_says_what_is_broken_and_installs_another() {
    let setup = devtool(&["setup", "--skip-login", "--offline"], prints("echo striped 0.3"));
    let run = setup.run().code(5);
    insta::assert_snapshot!(shown(&setup, &run));
}

/// Who belongs to root can give things away.
#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_configuration_of_another_user_is_given_back() {
    for given_away in [".config", ".config/stripe", ".config/stripe/config.toml"] {
        let devtool = devtool(&["login", "--status"], fails_for_its_configuration);
        let file = devtool.home().join(".config/stripe/config.toml");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "").unwrap();
        let foreign = devtool.home().join(given_away);
        if std::os::unix::fs::chown(foreign, Some(12_345), None).is_err() {
            return eprintln!("only root gives directories away");
        }
        let run = devtool.run().code(5);
        let fix = format!("hint: `sudo chown -R \"$(id -u)\" ~/{given_away}` makes it yours\n");
        assert!(shown(&devtool, &run).contains(&fix), "{}", run.stderr);
    }
}

/// One that answers its version, and then finds that it may not use its configuration.
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_configuration_that_fails_later_is_not_called_a_network() {
    let case = format!("whoami*) echo '{CONFIGURATION}' >&2; exit 1 ;;\n");
    let devtool = Devtool::new(&["login", "--status"])
        .program("stripe", &script("1.52.0", &[KNOWS_ITS_ACCOUNT, &case]));
    insta::assert_snapshot!(shown(&devtool, &devtool.run().code(5)));
}
