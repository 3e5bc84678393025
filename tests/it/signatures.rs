//! `devtool sign` and `devtool verify`.

use std::process::Stdio;

use crate::support::{Devtool, Run, SECRET};

const BODY: &str = "{\n  \"id\": \"evt_1\",\n  \"object\": \"event\"\n}";

fn devtool() -> Devtool {
    Devtool::new(&["verify", "body.json"])
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .file("body.json", BODY)
        .file("compact.json", "{\"id\":\"evt_1\",\"object\":\"event\"}")
}

/// The header that `devtool sign` prints.
fn header(devtool: &Devtool, more: &[&str]) -> String {
    let arguments = [&["sign", "body.json"], more].concat();
    devtool.rerun(&arguments).code(0).stdout.trim_end().to_owned()
}

#[test]
fn a_payload_is_signed_as_stripe_signs() {
    let devtool = devtool();
    let signed = header(&devtool, &["--timestamp", "1700000000", "--secret", "whsec_test"]);
    // Computed with Python's hmac.
    assert_eq!(
        signed,
        "t=1700000000,v1=3b9780546a77fca3bdf91a741e947a889bddca61885274ed5d66db31b2c5906d"
    );
    let json = devtool.rerun(&["sign", "body.json", "--format", "json"]).code(0).json();
    assert_eq!(json["schema"], 1);
    let timestamp = json["timestamp"].as_i64().unwrap();
    assert!(json["header"].as_str().unwrap().starts_with(&format!("t={timestamp},v1=")));
    assert!(!json.to_string().contains(SECRET));
}

#[test]
fn a_payload_from_stdin_is_signed_byte_for_byte() {
    let devtool = devtool();
    let signed = header(&devtool, &["--timestamp", "5"]);
    let reading = Devtool::new(&["sign", "--timestamp", "5"]).env("STRIPE_WEBHOOK_SECRET", SECRET);
    let mut command = reading.command();
    let input = std::fs::File::open(devtool.directory().join("body.json")).unwrap();
    let run = Run::of(command.stdin(Stdio::from(input)).output().unwrap()).code(0);
    assert_eq!(run.stdout.trim_end(), signed);
}

#[test]
fn what_was_signed_verifies() {
    let devtool = devtool();
    let signed = header(&devtool, &[]);
    let run = devtool.rerun_with(&["--header", &signed]).code(0);
    assert!(
        run.stdout.starts_with("PASS  Stripe's libraries accept it; signed "),
        "{}",
        run.stdout
    );
    let named = format!("Stripe-Signature: {signed}");
    assert_eq!(devtool.rerun_with(&["--header", &named]).code, 0);
    let compact = devtool.rerun_with(&["--header", &signed, "--format", "compact"]).code(0);
    assert_eq!(compact.stdout, "pass\n");
}

#[test]
fn each_problem_is_named_with_a_way_out() {
    let devtool = devtool().file(".env", "STRIPE_WEBHOOK_SECRET=whsec_of_the_dotenv_file\n");
    let good = header(&devtool, &[]);
    let v1 = good.split_once("v1=").unwrap().1.to_owned();
    let old = header(&devtool, &["--timestamp", "1700000000"]);
    let other = header(&devtool, &["--secret", "whsec_of_the_dotenv_file"]);
    let unknown = header(&devtool, &["--secret", "whsec_of_nobody"]);
    for (header, problem, what) in [
        (format!("v1={v1}"), "no_timestamp", "no timestamp `t=`"),
        (good.replace("v1", "v0"), "no_signature", "no signature `v1=`, only v0"),
        (good.replace(',', ", "), "space", "contains white space"),
        (old, "expired", "it has expired: signed "),
        (other, "other_secret", "another secret: STRIPE_WEBHOOK_SECRET in .env"),
        (unknown, "mismatch", "does not match this body and this secret"),
    ] {
        let run = devtool.rerun_with(&["--header", &header]).code(1);
        assert!(run.stdout.starts_with("FAIL  ") && run.stdout.contains(what), "{}", run.stdout);
        assert!(run.stdout.contains("hint: "), "{}", run.stdout);
        let json = devtool.rerun_with(&["--header", &header, "--format", "json"]).code(1).json();
        assert_eq!(json["verdict"], "fail");
        assert_eq!(json["problems"][0]["problem"], problem, "{json}");
        assert!(json["problems"].as_array().unwrap().len() == 1, "{json}");
    }
}

#[test]
fn a_body_that_was_written_again_is_recognised() {
    let devtool = devtool();
    let signed = header(&devtool, &[]);
    let run = devtool.rerun(&["verify", "compact.json", "--header", &signed]).code(1);
    assert!(run.stdout.contains("the signed text is this JSON indented by two spaces"));
    assert!(run.stdout.contains("verify the raw bytes"), "{}", run.stdout);
}

#[test]
fn a_tolerance_of_nothing_accepts_any_age() {
    let devtool = devtool();
    let signed = header(&devtool, &["--timestamp", "1700000000"]);
    devtool.rerun_with(&["--header", &signed, "--tolerance", "0s"]).code(0);
    devtool.rerun_with(&["--header", &signed, "--tolerance", "3650d"]).code(0);
    devtool.rerun_with(&["--header", &signed, "--tolerance", "1h"]).code(1);
}

#[test]
fn a_timestamp_that_no_calendar_holds_is_refused() {
    let run = devtool().rerun(&["sign", "body.json", "--timestamp", "253402207201"]).code(2);
    assert!(run.stderr.contains("is not in 0..=253402207200"), "{}", run.stderr);
}

#[test]
fn other_forms_of_a_large_body_are_not_tried_and_that_is_said() {
    let devtool = devtool().file("large.json", &format!("[{}1]", "1, ".repeat(400_000)));
    let of_another = header(&devtool, &[]);
    let run = devtool.rerun(&["verify", "large.json", "--header", &of_another]).code(1);
    let said = "this body and this secret; other forms of a body over 1 MB are not tried";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    let signed = devtool.rerun(&["sign", "large.json"]).code(0).stdout;
    devtool.rerun(&["verify", "large.json", "--header", signed.trim_end()]).code(0);
}
