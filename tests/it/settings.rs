//! Flags, environment, devtool.toml, and `--set`.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Devtool, SECRET};

#[test]
fn the_storys_parameters_reach_every_event() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "billing"], endpoint.port())
        .args(&["--set", "amount=4200", "--set", "currency=eur", "--set", "customer=cus_123"])
        .args(&["--set", "email=x@y.example"])
        .run()
        .code(0);
    let events: Vec<_> =
        endpoint.received().iter().map(crate::support::endpoint::Received::event).collect();
    let paid =
        &events.iter().find(|event| event["type"] == "invoice.paid").unwrap()["data"]["object"];
    assert_eq!(paid["amount_paid"], 4200);
    assert_eq!(paid["lines"]["data"][0]["pricing"]["unit_amount_decimal"], "4200");
    assert_eq!(paid["currency"], "eur");
    assert_eq!(paid["customer"], "cus_123");
    assert_eq!(paid["customer_email"], "x@y.example");
    assert_eq!(events[0]["data"]["object"]["id"], "cus_123");
}

#[test]
fn a_field_is_set_in_every_event_that_has_it() {
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["scenario", "payment"], endpoint.port())
        .args(&["--set", "data.object.payment_method=pm_mine", "--set", "metadata.order=7"])
        .run()
        .code(0);
    for request in endpoint.received() {
        let object = &request.event()["data"]["object"];
        assert_eq!(object["metadata"]["order"], "7");
        assert!(object.get("payment_method").is_none_or(|method| method == "pm_mine"));
    }
}

#[test]
fn bank_debits_take_dollars_only() {
    let run = Devtool::new(&["scenario", "payment", "--set", "currency=eur"]).run().code(2);
    assert_eq!(
        run.stderr,
        "error: cannot set currency to `eur`: this story pays by us_bank_account, which takes usd \
         only\n"
    );
}

#[test]
fn a_value_of_the_story_is_meant_where_no_field_is() {
    let hint = |arguments: &[&str]| Devtool::new(arguments).run().code(2).stderr;
    insta::assert_snapshot!(hint(&["trigger", "invoice.paid", "--set", "amuont=3"]), @r"
    error: no event of this run has the field `amuont`
      hint: did you mean `amount`? (`--force` adds a missing field)
    ");
    insta::assert_snapshot!(hint(&["scenario", "payment", "--set", "custmer=cus_1"]), @r"
    error: no event of this run has the field `custmer`
      hint: did you mean `customer`, `customer_name` or `customer_email`? (`--force` adds a missing field)
    ");
}

#[test]
fn a_field_that_no_event_has_is_an_error_unless_forced() {
    let run = Devtool::new(&["trigger", "charge.failed", "--set", "data.object.amout=1"]);
    let run = run.run().code(2);
    assert!(run.stderr.contains("no event of this run has the field `data.object.amout`"));
    assert!(run.stderr.contains("did you mean `data.object.amount`"), "{}", run.stderr);
    let endpoint = Endpoint::accepting();
    Devtool::sending(&["trigger", "charge.failed", "--set", "amout=1", "--force"], endpoint.port())
        .run()
        .code(0);
    assert_eq!(endpoint.received()[0].event()["data"]["object"]["amout"], 1);
}

#[test]
fn elements_whole_values_and_gaps_are_set() {
    let endpoint = Endpoint::accepting();
    let arguments = ["trigger", "customer.subscription.updated"];
    Devtool::sending(&arguments, endpoint.port())
        .args(&["--set", "items.data[0].quantity=3", "--set", r#"metadata={"a":"1"}"#])
        .args(&["--set", "data.object.metadata.order_id=42", "--unset", "days_until_due"])
        .run()
        .code(0);
    let object = &endpoint.received()[0].event()["data"]["object"];
    assert_eq!(object["items"]["data"][0]["quantity"], 3);
    assert_eq!(object["metadata"], serde_json::json!({"a": "1", "order_id": "42"}));
    assert!(object.get("days_until_due").is_none() && object.get("customer").is_some());
    let run = Devtool::new(&arguments).args(&["--unset", "items.data[3]"]).run().code(2);
    assert!(run.stderr.contains("did you mean `items.data[0]`?"), "{}", run.stderr);
    let run = Devtool::new(&arguments).args(&["--set", "current_period_end=2"]).run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    error: no event of this run has the field `current_period_end`
      hint: since 2025-03-31 it is `items.data[0].current_period_end`; `--api-version 2025-02-24.acacia` sends events that have `current_period_end`
    ");
}

#[test]
fn a_variable_that_no_longer_counts_changes_nothing_and_is_said_once() {
    let endpoint = Endpoint::accepting();
    let run = Devtool::sending(&["scenario", "payment"], endpoint.port())
        .env("DEVTOOL_CHECK", "1")
        .env("DEVTOOL_SHOW", "1")
        .env("DEVTOOL_LAST", "")
        .run()
        .code(0);
    insta::assert_snapshot!(run.stderr, @r"
    warning: DEVTOOL_CHECK no longer counts: use `--check`
    warning: DEVTOOL_SHOW no longer counts: use `--show`
    ");
    assert_eq!(endpoint.received().len(), 9);
    let run = Devtool::new(&["replay"]).env("DEVTOOL_LAST", "5").run().code(2);
    insta::assert_snapshot!(run.stderr, @r"
    warning: DEVTOOL_LAST no longer counts: use `--last`
    error: no delivery was named
      hint: name deliveries by their numbers in `devtool history`, or choose them, as in:
            devtool replay --failed --dry-run
    ");
}

#[test]
fn flags_beat_the_environment_beats_the_file() {
    let (file, environment, flag) =
        (Endpoint::accepting(), Endpoint::accepting(), Endpoint::accepting());
    let url = |endpoint: &Endpoint| format!("http://127.0.0.1:{}/hook?a=b", endpoint.port());
    let devtool = |arguments: &[&str]| {
        Devtool::new(&["trigger", "invoice.paid"])
            .args(arguments)
            .file("devtool.toml", &format!("url = \"{}\"\nsecret = \"{SECRET}\"\n", url(&file)))
    };
    devtool(&[]).run().code(0);
    devtool(&[]).env("DEVTOOL_URL", &url(&environment)).run().code(0);
    devtool(&["--url", &url(&flag)]).env("DEVTOOL_URL", &url(&environment)).run().code(0);
    let port = flag.port().to_string();
    devtool(&["--port", &port]).env("DEVTOOL_URL", &url(&environment)).run().code(0);
    devtool(&["--port", &port, "--path", "/mine"]).run().code(0);
    devtool(&["--url", &url(&flag)])
        .env("DEVTOOL_PORT", "1")
        .env("DEVTOOL_PATH", "/x")
        .run()
        .code(0);
    devtool(&[]).env("DEVTOOL_PORT", &port).env("DEVTOOL_URL", "").run().code(0);
    for endpoint in [&file, &environment] {
        assert_eq!(endpoint.received().len(), 1);
        assert_eq!(endpoint.received()[0].uri, "/hook?a=b");
    }
    let uris: Vec<String> = flag.received().iter().map(|r| r.uri.to_string()).collect();
    assert_eq!(uris, ["/hook?a=b", "/hook?a=b", "/mine", "/hook?a=b", "/hook?a=b"]);
}

#[test]
fn the_file_is_found_upward_to_the_root_of_the_repository() {
    let endpoint = Endpoint::accepting();
    let url = format!("url = \"http://127.0.0.1:{}/from/file\"\n", endpoint.port());
    let devtool = Devtool::new(&["trigger", "invoice.paid"])
        .file("devtool.toml", &url)
        .file(".git/HEAD", "")
        .file("src/app/main.py", "");
    let inner = devtool.directory().join("src/app");
    devtool.within(&inner).run().code(0);
    assert_eq!(endpoint.received()[0].uri, "/from/file");
}

#[test]
fn timeout_and_version_come_from_the_file() {
    let slow = Endpoint::new(|_| Reply {
        after: std::time::Duration::from_secs(10),
        ..Reply::new(200, "")
    });
    let run = Devtool::sending(&["trigger", "invoice.paid", "--format", "json"], slow.port())
        .file("devtool.toml", "timeout = \"50ms\"\napi_version = \"2025-03-31.basil\"\n")
        .run()
        .code(4);
    assert_eq!(run.json()["steps"][0]["attempts"][0]["outcome"], "timeout");
    assert_eq!(slow.received()[0].event()["api_version"], "2025-03-31.basil");
    assert!(!run.stderr.contains("have the shape"), "{}", run.stderr);
}

#[test]
fn switches_can_be_set_by_their_variables() {
    for (value, is_quiet) in [("1", true), ("yes", true), ("true", true), ("0", false), ("", false)]
    {
        let endpoint = Endpoint::accepting();
        let devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
        let run = devtool.env("DEVTOOL_QUIET", value).run().code(0);
        assert_eq!(run.stdout.is_empty(), is_quiet, "{value}");
    }
}

#[test]
fn deliveries_never_use_a_proxy() {
    let endpoint = Endpoint::accepting();
    let mut devtool = Devtool::sending(&["trigger", "invoice.paid"], endpoint.port());
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        devtool = devtool.env(variable, "http://127.0.0.1:9");
    }
    devtool.run().code(0);
}
