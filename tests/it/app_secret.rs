//! The app's secret is found where apps keep it, and devtool writes no second one beside it.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::filters::filters;
use crate::support::{Devtool, SECRET};

const APPS: &str = "whsec_a99a99a99a99a99a99a99a99";

/// An app that verifies with a secret that devtool does not know by name.
fn refusing() -> Endpoint {
    Endpoint::new(|_| {
        Reply::new(400, "No signatures found matching the expected signature for payload")
    })
}

fn text(devtool: &Devtool, file: &str) -> String {
    std::fs::read_to_string(devtool.directory().join(file)).unwrap()
}

#[test]
fn the_files_of_the_frameworks_are_read_in_their_order() {
    let mut devtool = Devtool::new(&["secret"]);
    for name in [".env", ".env.development", ".env.local", ".env.development.local"] {
        let secret = format!("whsec_of_{}", name.replace('.', "_"));
        devtool = devtool.file(name, &format!("STRIPE_WEBHOOK_SECRET={secret}\n"));
        assert_eq!(devtool.run().code(0).stdout, format!("{secret}\n"), "{name}");
    }
}

#[test]
fn the_nearer_directory_comes_before_the_name() {
    let devtool = Devtool::new(&["secret"])
        .file(".git/HEAD", "")
        .file(".env.local", "STRIPE_WEBHOOK_SECRET=whsec_of_the_root\n")
        .file("app/.env", "STRIPE_WEBHOOK_SECRET=whsec_of_the_app\n");
    let inner = devtool.directory().join("app");
    assert_eq!(devtool.within(&inner).run().code(0).stdout, "whsec_of_the_app\n");
}

#[test]
fn files_that_contradict_each_other_are_told() {
    let devtool = Devtool::new(&["secret"])
        .file(".env", &format!("STRIPE_WEBHOOK_SECRET={SECRET}\n"))
        .file(".env.local", &format!("STRIPE_WEBHOOK_SECRET={APPS}\n"));
    let run = devtool.run().code(0);
    insta::assert_snapshot!(run.stderr, @"warning: .env has another STRIPE_WEBHOOK_SECRET than .env.local, which takes precedence");
    let same = devtool.file(".env", &format!("STRIPE_WEBHOOK_SECRET='{APPS}'\n"));
    assert_eq!(same.run().code(0).stderr, "");
    let empty = Devtool::new(&["secret"]).file(".env", "STRIPE_WEBHOOK_SECRET=\"\"\n");
    assert_eq!(empty.run().code(0).stderr, "warning: STRIPE_WEBHOOK_SECRET is empty in .env\n");
}

#[test]
fn a_secret_under_another_name_is_told_where_the_app_refuses_devtools_own() {
    let endpoint = refusing();
    let devtool = Devtool::new(&["trigger", "invoice.paid", "--seed", "42"])
        .args(&["--port", &endpoint.port().to_string()])
        .file(".env", &format!("STRIPE_WEBHOOK_SIGNING_SECRET={APPS}\n"));
    let run = devtool.run().code(1);
    let hint = run.stdout.lines().find(|line| line.contains("hint:")).unwrap().trim();
    // devtool's own secret is a random one.
    let (_, own) = hint.split_once("signed this event (").unwrap();
    let (own, _) = own.split_once(", devtool's own)").unwrap();
    insta::assert_snapshot!(hint.replace(own, "whsec_OWN…"));
    let line = "secret_env = \"STRIPE_WEBHOOK_SIGNING_SECRET\"";
    assert!(hint.contains(line), "{hint}");
    let used = devtool.file("devtool.toml", &format!("{line}\n")).rerun(&["secret"]).code(0);
    assert_eq!(used.stdout, format!("{APPS}\n"));
}

#[test]
fn a_secret_of_the_environment_under_another_name_is_told_too() {
    let devtool = Devtool::new(&["secret", "--write"]).env("DJSTRIPE_WEBHOOK_SECRET", APPS);
    let run = devtool.run().code(3);
    insta::assert_snapshot!(run.stderr);
    assert!(!devtool.directory().join(".env").exists());
}

#[test]
fn no_second_secret_is_written_beside_one_of_another_name_without_force() {
    let devtool = Devtool::new(&["secret", "--write", ".env"])
        .file(".env", &format!("WEBHOOK_SECRET={APPS}\n"));
    let run = devtool.run().code(3);
    insta::assert_snapshot!(run.stderr);
    assert_eq!(text(&devtool, ".env"), format!("WEBHOOK_SECRET={APPS}\n"));
    let run = devtool.rerun(&["secret", "--write", "--force"]).code(0);
    assert!(run.stderr.starts_with("wrote STRIPE_WEBHOOK_SECRET (whsec_"), "{}", run.stderr);
    assert_eq!(text(&devtool, ".env").lines().count(), 2);
}

#[test]
fn a_secret_is_written_to_the_file_that_has_one_and_the_replaced_one_is_told() {
    let devtool = Devtool::new(&["secret", "--write", "--secret", SECRET])
        .file(".env", "OTHER=1\n")
        .file(".env.local", &format!("STRIPE_WEBHOOK_SECRET={APPS}\n"));
    let run = devtool.run().code(0);
    insta::assert_snapshot!(run.stderr);
    assert_eq!(text(&devtool, ".env.local"), format!("STRIPE_WEBHOOK_SECRET={SECRET}\n"));
    assert_eq!(text(&devtool, ".env"), "OTHER=1\n");
    let again = devtool.run().code(0);
    insta::assert_snapshot!(again.stderr);
}

#[test]
fn an_empty_variable_that_apps_read_first_is_told_and_filled() {
    let template = "STRIPE_WEBHOOK_SECRET=\n";
    let devtool = Devtool::new(&["secret"]).file(".env.local", template).file(".env", "OTHER=1\n");
    devtool.rerun(&["secret", "--write"]).code(0);
    assert!(text(&devtool, ".env.local").starts_with("STRIPE_WEBHOOK_SECRET=whsec_"));
    assert_eq!(text(&devtool, ".env"), "OTHER=1\n");
    assert_eq!(devtool.run().code(0).stderr, "");
    let set = format!("STRIPE_WEBHOOK_SECRET={SECRET}\n");
    let devtool = devtool.file(".env.local", template).file(".env", &set);
    let run = devtool.run().code(0);
    assert_eq!(run.stdout, format!("{SECRET}\n"));
    insta::assert_snapshot!(run.stderr, @"warning: STRIPE_WEBHOOK_SECRET is empty in .env.local, which apps read before .env");
    // What comes after the one in use is read by nobody.
    let other_way = devtool.file(".env.local", &set).file(".env", template);
    assert_eq!(other_way.run().code(0).stderr, "");
}

#[test]
fn a_utf_8_mark_in_json_is_taken_and_utf_16_is_named() {
    let json = r#"{"object":"event","type":"invoice.paid","data":{"object":{"object":"invoice"}}}"#;
    let devtool = Devtool::new(&["trigger", "--from", "event.json", "--print"])
        .file("event.json", &format!("\u{feff}{json}"));
    let run = devtool.run().code(0);
    assert!(run.stdout.contains("invoice.paid"), "{}", run.stdout);
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(json.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let _filters = filters();
    std::fs::write(devtool.directory().join("event.json"), &utf16).unwrap();
    insta::assert_snapshot!("utf_16_event", devtool.run().code(3).stderr);
    std::fs::write(devtool.directory().join("devtool.toml"), &utf16).unwrap();
    insta::assert_snapshot!("utf_16_settings", devtool.rerun(&["secret"]).code(3).stderr);
}

#[test]
fn utf_16_is_named_in_every_file_that_is_read_with_or_without_its_mark() {
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for (bytes_of, mark) in orders.into_iter().flat_map(|order| [(order, ""), (order, "\u{feff}")])
    {
        let utf16 = |text: &str| -> Vec<u8> {
            format!("{mark}{text}").encode_utf16().flat_map(bytes_of).collect()
        };
        for (file, text, arguments, code) in [
            ("event.json", "{}", &["trigger", "--from", "event.json", "--print"][..], 3),
            ("event.json", "{}", &["trigger", "event.json", "--print"], 3),
            ("flow.toml", "[[step]]\n", &["scenario", "./flow.toml", "--check"], 3),
            ("flow.toml", "[[step]]\n", &["scenario", "./flow.toml", "--show"], 3),
            ("devtool.toml", "url = \"http://x/\"\n", &["secret"], 3),
            (".env", "STRIPE_WEBHOOK_SECRET=whsec_1\n", &["secret"], 3),
            (".env", "A=1\n", &["secret", "--write", ".env", "--secret", SECRET], 3),
            ("body", "{}", &["sign", "body"], 0),
            ("body", "{}", &["verify", "body", "--header", "t=1,v1=00"], 1),
        ] {
            let devtool = Devtool::new(arguments);
            std::fs::write(devtool.directory().join(file), utf16(text)).unwrap();
            let run = devtool.run();
            assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
            let named = "it is UTF-16, which PowerShell writes with `>`; save it as UTF-8";
            assert!(run.stderr.contains(named), "{arguments:?} {mark:?}: {}", run.stderr);
        }
    }
}

#[test]
fn a_scenario_that_is_utf_16_is_told_the_way_out_and_no_other() {
    let devtool = Devtool::new(&["scenario", "./flow.toml", "--check"]);
    let text: Vec<u8> = "[[step]]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(devtool.directory().join("flow.toml"), text).unwrap();
    assert_eq!(
        devtool.run().code(3).stderr,
        "error: cannot read scenario `./flow.toml`\n  \
         cause: it is UTF-16, which PowerShell writes with `>`; save it as UTF-8\n"
    );
}

#[test]
fn a_utf_8_mark_is_taken_in_every_file_that_is_read() {
    let devtool = Devtool::new(&[])
        .file("flow.toml", "\u{feff}[[step]]\nevent = \"invoice.paid\"\n")
        .file("devtool.toml", "\u{feff}secret_env = \"HOOK\"\n")
        .file(".env", "\u{feff}HOOK=whsec_of_the_app\n");
    let valid = devtool.rerun(&["scenario", "./flow.toml", "--check"]).code(0).stdout;
    assert_eq!(valid, "flow: valid (1 event)\n");
    assert_eq!(devtool.rerun(&["secret"]).code(0).stdout, "whsec_of_the_app\n");
    let key = Devtool::new(&["login", "--api-key-stdin"]).run_with_stdin("\u{feff}sk_live_123456");
    assert!(key.stderr.contains("live"), "{}", key.stderr);
}

#[test]
fn a_missing_file_is_not_said_to_be_no_text() {
    let run = Devtool::new(&["verify", "missing", "--header", "t=1,v1=a"]).run().code(3);
    assert!(!run.stderr.contains("hint:"), "{}", run.stderr);
}
