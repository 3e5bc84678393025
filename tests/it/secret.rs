//! The signing secret: where it is found, and that it is never shown.

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

#[test]
fn devtools_own_secret_is_made_once_and_printed_for_the_app() {
    let devtool = Devtool::new(&["secret"]);
    let first = devtool.run().code(0).stdout;
    assert!(first.starts_with("whsec_") && first.len() == 6 + 64 + 1, "{first}");
    assert_eq!(devtool.run().code(0).stdout, first);
}

#[test]
fn the_report_shows_the_source_and_four_characters_at_most() {
    let endpoint = Endpoint::accepting();
    let devtool = Devtool::sending(&["scenario", "payment"], endpoint.port());
    let run = devtool.run().code(0);
    let line = "secret: whsec_c0ff… (STRIPE_WEBHOOK_SECRET in the environment)\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    assert!(!run.stdout.contains(&SECRET[..11]) && !run.stderr.contains(&SECRET[..11]));
}

#[test]
fn a_dotenv_file_gives_the_secret() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let run = Devtool::new(&["scenario", "payment", "--port", &port])
        .file(".env", &format!("STRIPE_WEBHOOK_SECRET='{SECRET}'\n"))
        .run()
        .code(0);
    let line = "secret: whsec_c0ff… (STRIPE_WEBHOOK_SECRET in .env)\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn write_puts_the_secret_into_the_file_and_warns_where_git_would_take_it() {
    let devtool =
        Devtool::new(&["secret", "--write", ".env", "--secret", SECRET]).file(".env", "OTHER=1\n");
    let mut git = std::process::Command::new("git");
    git.args(["init", "--quiet"]).arg(devtool.directory());
    assert!(git.status().unwrap().success());
    let run = devtool.run().code(0);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        "wrote STRIPE_WEBHOOK_SECRET (whsec_c0ff…) to .env\n\
         restart your app: it reads the secret when it starts\n\
         warning: git would commit .env: add `.env` to .gitignore\n"
    );
    let file = devtool.directory().join(".env");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, format!("OTHER=1\nSTRIPE_WEBHOOK_SECRET={SECRET}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let run = devtool.file(".gitignore", ".env\n").run().code(0);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn the_nearest_dotenv_file_that_sets_the_variable_decides() {
    let devtool = Devtool::new(&["secret"])
        .file(".env", "STRIPE_WEBHOOK_SECRET=whsec_of_the_root\n")
        .file("app/.env", "OTHER=1\n")
        .file(".git/HEAD", "");
    let inner = devtool.directory().join("app");
    assert_eq!(devtool.within(&inner).run().code(0).stdout, "whsec_of_the_root\n");
}

#[test]
fn an_unusable_home_has_a_way_out() {
    let run = Devtool::new(&["secret"]).env("XDG_DATA_HOME", "/dev/null/x").run();
    if cfg!(unix) {
        let run = run.code(3);
        assert!(run.stderr.contains("hint: set the secret with `--secret`"), "{}", run.stderr);
    }
    let devtool = Devtool::new(&["secret"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    devtool.env("XDG_DATA_HOME", "/dev/null/x").run().code(0);
}

#[test]
fn another_variable_can_hold_it() {
    let run = Devtool::new(&["secret"])
        .file("devtool.toml", "secret_env = \"HOOK_SECRET\"\n")
        .env("HOOK_SECRET", "plain")
        .run()
        .code(0);
    assert_eq!(run.stdout, "plain\n");
    assert_eq!(
        run.stderr,
        "warning: the signing secret does not start with `whsec_`, as Stripe's do\n"
    );
}

#[test]
fn json_says_where_it_comes_from() {
    let run = Devtool::new(&["secret", "--format", "json", "--secret", SECRET]).run().code(0);
    let json = run.json();
    assert_eq!((&json["secret"], &json["source"]), (&SECRET.into(), &"--secret".into()));
}
