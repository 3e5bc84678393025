//! `devtool scenario new`.

use crate::support::Devtool;

#[test]
fn a_new_file_has_a_step_for_each_event_and_passes_its_check() {
    let devtool = Devtool::new(&["scenario", "new", "checkout"])
        .args(&["--events", "payment_intent.created,payment_intent.succeeded,charge.succeeded"]);
    let run = devtool.run().code(0);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!(run.stderr, @r"
    wrote checkout.toml: a scenario of 3 events
    wrote scenario.schema.json: editors complete and check scenario files by it
    next: devtool scenario checkout.toml
    ");
    let text = std::fs::read_to_string(devtool.directory().join("checkout.toml")).unwrap();
    insta::assert_snapshot!(text, @r#"
    #:schema ./scenario.schema.json
    # What a scenario file can say: devtool help scenario-files
    purpose = "What these events test"

    [[step]]
    event = "payment_intent.created"
    at = "-2s"

    [[step]]
    event = "payment_intent.succeeded"
    at = "-1s"

    [[step]]
    event = "charge.succeeded"
    "#);
    let check = devtool.rerun(&["scenario", "checkout.toml", "--check"]).code(0);
    assert_eq!(check.stdout, "checkout: valid (3 events)\n");
}

#[test]
fn a_file_that_is_there_is_left() {
    let devtool = Devtool::new(&["scenario", "new", "mine.toml", "--events", "invoice.paid"]);
    let devtool = devtool.file("mine.toml", "# mine\n");
    insta::assert_snapshot!(devtool.run().code(3).stderr, @r"
    error: `mine.toml` exists already
      hint: choose another name, or delete the file
    ");
    let text = std::fs::read_to_string(devtool.directory().join("mine.toml")).unwrap();
    assert_eq!(text, "# mine\n");
}

#[test]
fn unknown_events_are_all_told_and_nothing_is_written() {
    let devtool =
        Devtool::new(&["scenario", "new", "x", "--events", "invoice.payd,charge.suceeded"]);
    insta::assert_snapshot!(devtool.run().code(2).stderr, @r"
    error: unknown event `invoice.payd`
      hint: did you mean `invoice.paid`, `invoice.overpaid` or `invoice.updated`?

    error: unknown event `charge.suceeded`
      hint: did you mean `charge.succeeded`, `charge.dispute.created` or `charge.dispute.closed`?

    found 2 errors
    ");
    assert!(!devtool.directory().join("x.toml").exists());
    let run =
        Devtool::new(&["scenario", "new", "none/x", "--events", "invoice.paid"]).run().code(3);
    // The cause is in the system's own words.
    let lines: Vec<&str> = run.stderr.lines().filter(|line| !line.contains("(os error ")).collect();
    let hint = "  hint: check that the directory exists";
    assert_eq!(lines, ["error: cannot write `none/x.toml`", hint]);
}
