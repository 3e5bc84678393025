//! Random plans by both transports: they agree, or Stripe's refuses before anything is sent.
#![cfg(unix)]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::triggering::TriggeringStub;

/// Types whose events a trigger of their own name causes, with a mark.
const TYPES: [&str; 4] =
    ["invoice.paid", "customer.created", "payment_intent.succeeded", "product.created"];

/// What Stripe's transport cannot carry: options, and what is added to the last step.
const OBSTACLES: [(&[&str], &str); 12] = [
    (&["--seed", "7"], ""),
    (&["--api-version", "2024-06-20"], ""),
    (&["--account", "acct_1Other"], ""),
    (&["--set", "livemode=true"], ""),
    (&["--unset", "pending_webhooks"], ""),
    (&["--order", "shuffle"], ""),
    (&["--duplicate", "100%"], ""),
    (&["--concurrency", "2"], ""),
    (&[], "set = { pending_webhooks = 2 }"),
    (&[], "repeat = 2"),
    (&[], "account = \"acct_1Other\""),
    (&[], "expect = { header = { x-id = \"{{event}}\" } }"),
];

/// A step of a plan, and what the endpoint answers to its type.
#[derive(Clone, Debug)]
struct RandomStep {
    event: usize,
    delay: bool,
    expect: usize,
    saves: bool,
}

#[derive(Clone, Debug)]
struct RandomPlan {
    steps: Vec<RandomStep>,
    /// What the endpoint answers to each type.
    statuses: Vec<u16>,
    checks: Vec<usize>,
    fail_fast: bool,
    retries: bool,
    obstacle: Option<usize>,
}

fn plan(obstacle: impl Strategy<Value = Option<usize>>) -> impl Strategy<Value = RandomPlan> {
    let step = (0..TYPES.len(), any::<bool>(), 0..5_usize, any::<bool>());
    let step =
        step.prop_map(|(event, delay, expect, saves)| RandomStep { event, delay, expect, saves });
    let status = prop::sample::select(vec![200_u16, 200, 200, 302, 400, 500]);
    (
        prop::collection::vec(step, 1..=4),
        prop::collection::vec(status, TYPES.len()),
        prop::collection::vec(0..4_usize, 0..=2),
        any::<bool>(),
        any::<bool>(),
        obstacle,
    )
        .prop_map(|(steps, statuses, checks, fail_fast, retries, obstacle)| RandomPlan {
            steps,
            statuses,
            checks,
            fail_fast,
            retries,
            obstacle,
        })
}

impl RandomPlan {
    /// The scenario's file. Values are named only where a step before saves them.
    fn text(&self) -> String {
        let (_, added) = self.obstacle.map_or((&[][..], ""), |at| OBSTACLES[at]);
        let mut text = String::new();
        let mut is_saved = false;
        for (index, step) in self.steps.iter().enumerate() {
            let is_last = index + 1 == self.steps.len();
            text.push_str(&format!("[[step]]\nevent = \"{}\"\n", TYPES[step.event]));
            text.push_str(if step.delay { "delay = \"5ms\"\n" } else { "" });
            if is_last && !added.is_empty() {
                text.push_str(&format!("{added}\n"));
            }
            if !(is_last && added.starts_with("expect")) {
                text.push_str(match (step.expect, is_saved) {
                    (1, _) => "expect = { status = [400, \"5xx\"] }\n",
                    (2, _) => "expect = { body = { contains = \"invoice\" } }\n",
                    (3, true) => "expect = { body = { json = { order = \"{{order}}\" } } }\n",
                    (4, _) => "expect = { header = { x-kind = \"app\" } }\n",
                    _ => "",
                });
            }
            text.push_str(if step.saves { "save = { order = \"order\" }\n" } else { "" });
            is_saved |= step.saves;
        }
        for check in &self.checks {
            let path = match check {
                0 => "/there",
                1 => "/missing",
                2 if is_saved => "/orders/{{order}}",
                _ => "/there?a=1",
            };
            text.push_str(&format!("[[check]]\npath = \"{path}\"\n"));
            text.push_str(if *check == 3 { "expect = { status = 404 }\n" } else { "" });
        }
        text
    }

    fn arguments(&self) -> Vec<&'static str> {
        let mut arguments = vec!["--format", "json"];
        arguments.extend(self.fail_fast.then_some("--fail-fast"));
        arguments.extend(self.retries.then_some(["--retry-schedule", "0s"]).into_iter().flatten());
        arguments.extend(self.obstacle.map_or(&[][..], |at| OBSTACLES[at].0));
        arguments
    }

    /// The app: what it answers depends on nothing but the request.
    fn endpoint(&self) -> Endpoint {
        let statuses = self.statuses.clone();
        Endpoint::new(move |request| answer(request, &statuses))
    }

    fn run(&self, devtool: Devtool) -> crate::support::Run {
        devtool.args(&self.arguments()).file("random.toml", &self.text()).run()
    }
}

fn answer(request: &Received, statuses: &[u16]) -> Reply {
    if request.method == "GET" {
        let is_there =
            request.uri.path() != "/missing" && request.uri.path() != "/orders/invoice.paid";
        return Reply::new(if is_there { 200 } else { 404 }, "{}");
    }
    let name = request.name();
    let at = TYPES.iter().position(|known| *known == name);
    let body = if name == "product.created" {
        "no json".to_owned()
    } else {
        format!("{{\"order\": \"{name}\"}}")
    };
    let kind = if name == "customer.created" { "other" } else { "app" };
    Reply::new(at.map_or(200, |at| statuses[at]), &body).header("x-kind", kind)
}

/// What both transports have to agree in.
fn found(report: &Value) -> Value {
    let last = |attempts: &Value| attempts.as_array().unwrap().last().map(|a| a["status"].clone());
    let of = |list: &Value, names: &[&str]| {
        let one = |one: &Value| {
            let mut found: Vec<Value> = names.iter().map(|name| one[name].clone()).collect();
            found.push(json!(last(&one["attempts"])));
            Value::from(found)
        };
        Value::from(list.as_array().unwrap().iter().map(one).collect::<Vec<_>>())
    };
    json!({
        "verdict": report["verdict"],
        "totals": report["totals"],
        "steps": of(&report["steps"], &["index", "event", "duplicate", "verdict", "mismatches"]),
        "checks": of(&report["stories"][0]["checks"], &["index", "path", "verdict", "mismatches"]),
    })
}

/// Runs a plan both ways: Stripe's transport carries it as far as nothing is in its way.
fn agree(plan: &RandomPlan) -> Result<(), TestCaseError> {
    let (stub, endpoint, other) = (TriggeringStub::start(), plan.endpoint(), plan.endpoint());
    let arguments = ["scenario", "random.toml", "--via"];
    let by =
        |via: &str, port: u16| plan.run(stub.devtool(&[&arguments[..], &[via]].concat(), port));
    let local = by("local", other.port());
    let stripe = by("stripe", endpoint.port());
    if plan.obstacle.is_some() {
        prop_assert_eq!(stripe.code, 2, "{}", stripe.stderr);
        prop_assert!(stripe.stderr.contains("cannot go through Stripe: "), "{}", stripe.stderr);
        prop_assert_eq!(stub.calls(), [""; 0]);
        prop_assert_eq!(endpoint.received().len(), 0);
        // An endpoint that is never called complains.
        by("local", endpoint.port());
        return Ok(());
    }
    prop_assert_eq!(found(&stripe.json()), found(&local.json()), "{}", plan.text());
    prop_assert_eq!(stripe.code, local.code);
    let totals = &stripe.json()["totals"];
    let sent = totals["steps"].as_u64().unwrap() - totals["skipped"].as_u64().unwrap();
    prop_assert_eq!(stub.triggers().len() as u64, sent);
    Ok(())
}

/// Holds for that many random plans.
fn hold(cases: u32, obstacle: impl Strategy<Value = Option<usize>>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if let Err(failure) = TestRunner::new(config).run(&plan(obstacle), |plan| agree(&plan)) {
        panic!("{failure}");
    }
}

#[test]
fn both_transports_agree_in_what_both_can_carry() {
    hold(12, Just(None));
}

#[test]
fn stripes_transport_refuses_the_rest_before_anything_is_sent() {
    hold(4, (0..OBSTACLES.len()).prop_map(Some));
}

#[test]
#[ignore = "slow"]
fn both_transports_agree_or_stripes_refuses_in_64_plans() {
    hold(48, Just(None));
    hold(16, (0..OBSTACLES.len()).prop_map(Some));
}
