//! What children get of devtool's environment: whole lists, as stubs see them.
#![cfg(unix)]

use std::path::{Path, PathBuf};

use crate::support::endpoint::Endpoint;
use crate::support::listening::Listening;
use crate::support::stripe::KEY;
use crate::support::stub::{self, KNOWS_ITS_ACCOUNT, LISTENS};
use crate::support::{Devtool, write_program};

/// What a user's shell may have: secrets of devtool's, of the app's and of others, and settings.
const SHELL: [(&str, &str); 18] = [
    ("AWS_SECRET_ACCESS_KEY", "hush"),
    ("CLAUDECODE", "1"),
    ("DEVTOOL_API_KEY", "sk_test_hush"),
    ("DEVTOOL_HEADER", "Authorization: Bearer hush"),
    ("DEVTOOL_SECRET", "whsec_hush"),
    ("GIT_CEILING_DIRECTORIES", "/"),
    ("GITHUB_TOKEN", "hush"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ("LC_ALL", "C"),
    ("MY_HOOK_SECRET", "whsec_other"),
    ("NPM_TOKEN", "for-npm"),
    ("STRIPE_API_KEY", KEY),
    ("STRIPE_DEVICE_NAME", "mine"),
    ("STRIPE_PROJECT_NAME", "shop"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_hush"),
    ("TERM", "dumb"),
    ("no_proxy", "127.0.0.1"),
    ("npm_config_registry", "http://127.0.0.1:9"),
];

/// devtool in such a shell, in a project whose secret has a name of its own, with programs that write down
/// what they get.
fn devtool(arguments: &[&str]) -> Devtool {
    let mut devtool = Devtool::new(arguments)
        .file("devtool.toml", "secret_env = \"MY_HOOK_SECRET\"\n")
        .file(".env", "A=1\n");
    let seen = devtool.home().join("seen");
    std::fs::create_dir(&seen).unwrap();
    let stripe = stub::script(stub::VERSION, &[KNOWS_ITS_ACCOUNT, LISTENS]);
    for (name, script) in [("stripe", stripe.as_str()), ("git", "exit 1"), ("npm", "exit 1")] {
        devtool = devtool.program(name, &noting(&seen, name, script));
    }
    SHELL.iter().fold(devtool, |devtool, (name, value)| devtool.env(name, value))
}

/// A script that first writes its environment to a file of its own name and first argument. The file is there
/// only when it is whole.
fn noting(seen: &Path, name: &str, script: &str) -> String {
    let script = script.strip_prefix("#!/bin/sh\n").unwrap_or(script);
    let file = format!("'{}'/{name}\"$1\"", seen.display());
    format!("#!/bin/sh\nenv > {file}.new; mv {file}.new {file}\n{script}\n")
}

/// What a program got, by name. What is the machine's is left out, and what the shell of the script sets.
fn got(devtool: &Devtool, file: &str) -> String {
    let text = std::fs::read_to_string(devtool.home().join("seen").join(file)).unwrap();
    let text = text.replace(devtool.home().to_str().unwrap(), "~");
    let is_ours = |line: &&str| {
        !["PWD=", "OLDPWD=", "SHLVL=", "_=", "LLVM_PROFILE_FILE="]
            .iter()
            .any(|n| line.starts_with(n))
    };
    let line = |line: &str| {
        if line.starts_with("PATH=") { "PATH=…".to_owned() } else { line.to_owned() }
    };
    let mut lines: Vec<String> = text.lines().filter(is_ours).map(line).collect();
    lines.sort();
    lines.join("\n")
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn the_stripe_cli_gets_its_key_where_it_works_and_the_app_gets_all() {
    let port = Endpoint::accepting().left_alone().port().to_string();
    let app = "env > ../seen/new; mv ../seen/new ../seen/app; exec sleep 300";
    let devtool = devtool(&["listen", "--port", &port, "--no-catch-up", "--", "sh", "-c", app]);
    let mut listening = Listening::start(devtool);
    listening.wait_for_file("seen/stripelisten");
    listening.wait_for_file("seen/app");
    listening.interrupt();
    for file in ["stripe--version", "stripeget", "stripelisten", "app"] {
        insta::assert_snapshot!(file, got(&listening.devtool, file));
    }
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn git_and_npm_get_their_own() {
    let devtool = devtool(&["doctor", "--offline", "--port", "9"]);
    devtool.run();
    insta::assert_snapshot!("git", got(&devtool, "git-C"));
    devtool.rerun(&["setup", "--skip-login", "--from", "npm", "--force"]).code(5);
    insta::assert_snapshot!("npm", got(&devtool, "npminstall"));
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn the_users_own_stripe_gets_all_but_devtools_variables() {
    let devtool = devtool(&["stripe", "--", "customers"]);
    devtool.run();
    insta::assert_snapshot!("the_users_stripe", got(&devtool, "stripecustomers"));
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn no_program_is_run_out_of_the_working_directory() {
    let ran = "#!/bin/sh\necho \"$0\" >> ran\necho stripe version 1.52.0\n";
    for path in
        ["", ".", ":/usr/bin:/bin", "/usr/bin:/bin:", ".:/usr/bin:/bin", "bin:/usr/bin:/bin"]
    {
        let devtool = Devtool::new(&["doctor", "--offline", "--port", "9"])
            .file("bin/none", "")
            .file(".env", "A=1\n")
            .env("PATH", path);
        for program in ["stripe", "git", "npm", "bin/stripe", "bin/git", "bin/npm"] {
            write_program(&devtool.directory().join(program), ran);
        }
        devtool.run();
        devtool.rerun(&["setup", "--check", "--offline"]).code(5);
        devtool.rerun(&["stripe", "--", "--version"]).code(5);
        assert!(!devtool.directory().join("ran").exists(), "PATH={path}");
    }
}

#[test]
fn a_relative_directory_is_ignored_with_a_word() {
    let devtool = Devtool::new(&["secret"]).env("XDG_DATA_HOME", "data").env("XDG_STATE_HOME", ".");
    let run = devtool.run().code(0);
    insta::assert_snapshot!(run.stderr, @r"
    warning: XDG_DATA_HOME is ignored: it is not an absolute path
    warning: XDG_STATE_HOME is ignored: it is not an absolute path
    ");
    assert!(devtool.home().join(".local/share/devtool/webhook_secret").exists());
    let entries = |directory: PathBuf| std::fs::read_dir(directory).unwrap().count();
    assert_eq!(entries(devtool.directory()), 0);
    let homeless = Devtool::new(&["secret"]).env("HOME", "home");
    insta::assert_snapshot!(homeless.run().code(3).stderr, @r"
    error: cannot save a signing secret
      cause: devtool has no data directory (HOME is not an absolute path)
      hint: set the secret with `--secret` or STRIPE_WEBHOOK_SECRET, or set HOME or XDG_DATA_HOME to a directory that you can write to
    ");
    assert_eq!(entries(homeless.directory()), 0);
}
