//! Broken scenario files: what is said of each. `INSTA_UPDATE=always cargo test scenario_faults`
//! writes the snapshot anew.

use crate::support::Devtool;

/// Each file, and what is wrong with it.
const BROKEN: &[(&str, &str)] = &[
    ("an empty file", ""),
    ("no TOML", "purpose = \"p\n"),
    ("a key twice", "purpose = \"a\"\npurpose = \"b\"\n"),
    ("no steps", "purpose = \"p\"\n"),
    ("steps as a table", "[step]\nevent = \"invoice.paid\"\n"),
    ("an unknown key at the top", "purpos = \"p\"\n[[step]]\nevent = \"invoice.paid\"\n"),
    ("a purpose that is no text", "purpose = 1\n[[step]]\nevent = \"invoice.paid\"\n"),
    ("a step without an event", "[[step]]\nat = \"-1d\"\n"),
    ("a misspelt key", "[[step]]\nevnt = \"invoice.paid\"\n"),
    (
        "a misspelt event",
        "[[step]]\nevent = \"invoice.paid\"\n[[step]]\nevent = \"invoice.payed\"\n",
    ),
    ("an event of another kind", "[[step]]\nevent = [\"invoice.paid\"]\n"),
    ("an unknown object", "[[step]]\nevent = \"a.b\"\nobject = \"invoic\"\n"),
    ("an unknown state", "[[step]]\nevent = \"invoice.paid\"\nstate = \"payd\"\n"),
    (
        "states that say two things",
        "[[step]]\nevent = \"invoice.updated\"\nstate = [\"draft\", \"paid\"]\n",
    ),
    ("about something else", "[[step]]\nevent = \"invoice.paid\"\nabout = \"charge\"\n"),
    ("a moment that is none", "[[step]]\nevent = \"invoice.paid\"\nat = \"yesterday\"\n"),
    ("a delay that is none", "[[step]]\nevent = \"invoice.paid\"\ndelay = 5\n"),
    ("a repeat of nothing", "[[step]]\nevent = \"invoice.paid\"\nrepeat = 0\n"),
    ("a cause that is none", "[[step]]\nevent = \"invoice.paid\"\ncause = \"me\"\n"),
    ("an account that is none", "[[step]]\nevent = \"invoice.paid\"\naccount = \"cus_1\"\n"),
    ("a missing field", "[[step]]\nevent = \"invoice.paid\"\nset = { amount_du = 5 }\n"),
    ("a path that is none", "[[step]]\nevent = \"invoice.paid\"\nset = { \"lines[\" = 5 }\n"),
    ("an unset of a value", "[[step]]\nevent = \"invoice.paid\"\nunset = [\"total=5\"]\n"),
    ("an unknown expectation", "[[step]]\nevent = \"invoice.paid\"\nexpect.stauts = 200\n"),
    (
        "a status that is none",
        "[[step]]\nevent = \"invoice.paid\"\nexpect.status = [200, \"2x\"]\n",
    ),
    (
        "a latency that is none",
        "[[step]]\nevent = \"invoice.paid\"\nexpect.max_latency = \"fast\"\n",
    ),
    (
        "a regular expression that is none",
        "[[step]]\nevent = \"invoice.paid\"\nexpect.body.matches = \"(\"\n",
    ),
    (
        "braces that name nothing",
        "[[step]]\nevent = \"invoice.paid\"\nexpect.body.contains = \"{{order\"\n",
    ),
    (
        "a value that nobody saves",
        "[[step]]\nevent = \"invoice.paid\"\nsave = { order = \"id\" }\n[[check]]\npath = \"/orders/{{ordr}}\"\n",
    ),
    (
        "a value before it is saved",
        "[[step]]\nevent = \"invoice.paid\"\nset = { \"metadata.a\" = \"{{order}}\" }\n[[step]]\nevent = \"invoice.paid\"\nsave = { order = \"id\" }\n",
    ),
    ("a save from nowhere", "[[step]]\nevent = \"invoice.paid\"\nsave = { order = \"header:\" }\n"),
    (
        "a check of another host",
        "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"http://example.com/\"\n",
    ),
    (
        "a check without a path",
        "[[step]]\nevent = \"invoice.paid\"\n[[check]]\nexpect.status = 200\n",
    ),
    ("an amount that is none", "[story]\namount = -5\n[[step]]\nevent = \"invoice.paid\"\n"),
    (
        "an unknown payment method",
        "[story]\npayment_method = \"cash\"\n[[step]]\nevent = \"invoice.paid\"\n",
    ),
    (
        "an unknown object of the story",
        "[story]\ncreated = { invoic = \"-3d\" }\n[[step]]\nevent = \"invoice.paid\"\n",
    ),
    (
        "a second `was` that leads nowhere",
        "[[step]]\nevent = \"invoice.updated\"\nwas = { amount_due = 5 }\n[[step]]\nevent = \"invoice.updated\"\nwas = { \"amount_due.x\" = 5 }\n",
    ),
    (
        "a `was` with braces around nothing that is known",
        "[[step]]\nevent = \"invoice.updated\"\nwas = { description = \"{invoic}\" }\n",
    ),
];

#[test]
fn every_fault_is_named_with_its_place_and_what_was_meant() {
    let mut shown = String::new();
    for (name, text) in BROKEN {
        let devtool =
            Devtool::new(&["scenario", "--check", "broken.toml"]).file("broken.toml", text);
        let run = devtool.run().code(3);
        assert_eq!(run.stdout, "", "{name}");
        shown.push_str(&format!("{name}\n{}\n", run.stderr));
    }
    assert!(BROKEN.len() >= 30);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let run = Devtool::new(&["scenario", "./missing.toml"]).run().code(3);
    assert!(run.stderr.starts_with("error: cannot read scenario `./missing.toml`\n  cause: "));
    assert!(run.stderr.ends_with("hint: list the built-in scenarios:\n        devtool scenario\n"));
    let run = Devtool::new(&["scenario", "flows/*.toml"]).run().code(2);
    assert_eq!(run.stderr, "error: no file matches `flows/*.toml`\n");
}

/// A file with an error of each kind: of the form, of the catalogue, of the event, of a name.
const SIX_ERRORS: &str = r#"[story]
amuont = 5

[[step]]
event = "invoice.payd"

[[step]]
	event = "invoice.paid" # a tab before
set = { amount_du = 5, "metadata.order" = "日本" }
at = "yesterday"
expect.status = "2x"

[[check]]
path = "orders/1"
"#;

#[test]
fn every_error_of_every_file_is_told_at_once() {
    let devtool =
        Devtool::new(&["scenario", "--check", "one.toml", "payment", "two.toml", "fine.toml"])
            .file("one.toml", SIX_ERRORS)
            .file("two.toml", "purpose = \"p\n\n[[step]\n")
            .file("fine.toml", "[[step]]\nevent = \"invoice.paid\"\n");
    let run = devtool.run().code(3);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!(run.stderr);
    let sent = Devtool::new(&["scenario", "one.toml"]).file("one.toml", SIX_ERRORS).run().code(3);
    assert_eq!(sent.stderr.matches("error: one.toml:").count(), 6, "{}", sent.stderr);
}

#[test]
fn a_damaged_file_is_told_once_a_line_and_in_a_hundred_errors() {
    let dots = format!("a{} = 1\n", ".".repeat(5_000));
    let check = |text: String| {
        let run = Devtool::new(&["scenario", "--check", "flow.toml"]).file("flow.toml", &text);
        run.run().code(3).stderr
    };
    insta::assert_snapshot!(check(dots + "[[step]]\nevent = = =\n"));
    let many = check("x\n".repeat(20_000));
    assert_eq!(many.matches("error: flow.toml:").count(), 100);
    insta::assert_snapshot!(&many[many.find("error: flow.toml:100:").unwrap()..]);
    let repeated = Devtool::new(&["scenario", "flow.toml", "--repeat", "3", "--port", "1"]);
    let repeated = repeated.file("flow.toml", &"x\n".repeat(150)).run().code(3).stderr;
    assert!(repeated.ends_with("found 150 errors, the first 100 are told\n"), "{repeated}");
}

#[test]
fn a_line_with_a_credential_is_not_shown() {
    let text = "[[step]]\nevent = \"invoice.paid\"\n[[check]]\npath = \"/\"\nwithin = \"soon\"\n\
                headers = { Authorization = \"Bearer hush\", b = 1 }\n";
    let run =
        Devtool::new(&["scenario", "--check", "flow.toml"]).file("flow.toml", text).run().code(3);
    insta::assert_snapshot!(run.stderr, @r#"
    error: flow.toml:5:10: `within` of check 1: expected a duration such as `500ms`, `30s` or `2m`
      5 | within = "soon"
        |          ^^^^^^

    error: flow.toml:6:48: `headers.b` of check 1: expected text in quotes, not a number
      hint: see what a scenario file can say:
            devtool help scenario-files

    found 2 errors
    "#);
}

#[test]
fn nothing_is_sent_where_one_of_the_files_has_a_fault() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    silent.set_nonblocking(true).unwrap();
    let devtool = Devtool::sending(&["scenario", "payment", "broken.toml"], port);
    devtool.file("broken.toml", BROKEN[8].1).run().code(3);
    assert!(silent.accept().is_err(), "nobody came");
}
