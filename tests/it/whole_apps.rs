//! Whole apps on the local API, offline: people sign up, buy, change their minds, and time goes by; what each step
//! comes to is read from the app's own database.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dj_stripe;
use crate::sdk::{App, install, scratch};
use crate::support::asking::{ask, free_port};
use crate::support::running_api::RunningApi;
use crate::support::visitor::Visitor;
use crate::support::{Devtool, SECRET};

/// An app with its database, and the `devtool api` that it asks and that delivers to it.
struct Shop {
    visitor: Visitor,
    database: PathBuf,
    api: RunningApi,
    app: App,
}

impl Shop {
    fn open(app: App, path: &str, api: u16, database: PathBuf) -> Self {
        let url = format!("http://127.0.0.1:{}{path}", app.port);
        let port = api.to_string();
        let devtool =
            Devtool::new(&["api", "--api-port", &port, "--url", &url, "--timeout", "60s"]);
        let devtool = Arc::new(devtool.env("STRIPE_WEBHOOK_SECRET", SECRET));
        let api = RunningApi::of(&devtool, api);
        Self { visitor: Visitor::of(app.port), database, api, app }
    }

    /// Somebody does something in the app; what it answers.
    #[track_caller]
    fn done(&mut self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.visitor.post(path, body);
        assert_eq!(status, 200, "{path} {body}: {answer}");
        answer
    }

    /// The page that the app sends somebody to.
    #[track_caller]
    fn page(&mut self, path: &str, body: &Value) -> String {
        self.done(path, body)["url"].as_str().unwrap().to_owned()
    }

    /// They do there what the page asks for.
    #[track_caller]
    fn complete(&self, page: &str, more: &[&str]) -> String {
        self.api.devtool.rerun(&[&["api", "complete", page], more].concat()).code(0).stdout
    }

    #[track_caller]
    fn advance(&self, by: &str) {
        self.api.devtool.rerun(&["api", "advance", by]).code(0);
    }

    /// What a query of the app's database comes to, a line for each row.
    fn rows(&self, query: &str) -> String {
        let database = rusqlite::Connection::open(&self.database).unwrap();
        let mut query = database.prepare(query).unwrap();
        let count = query.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let cell = |at| row.get::<_, rusqlite::types::Value>(at).map(shown);
            (0..count).map(cell).collect::<Result<Vec<_>, _>>()
        };
        let rows = query.query_map([], row).unwrap();
        rows.map(|row| row.unwrap().join(" ")).collect::<Vec<_>>().join("\n")
    }

    /// Waits until a query comes to that: events come a moment after what they tell of.
    #[track_caller]
    fn wait_for(&self, query: &str, wanted: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.rows(query) != wanted {
            let now = self.rows(query);
            assert!(Instant::now() < end, "{query}:\n{now}\n{:#?}", self.api.process.stdout());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Every event was accepted, and every call served.
    #[track_caller]
    fn check_all(&self) {
        let lines = self.api.process.stdout();
        let events: Vec<_> = lines.iter().filter(|line| line.contains("(caused by ")).collect();
        let refused: Vec<_> = events.iter().filter(|line| !line.contains("  200  ")).collect();
        assert!(!events.is_empty() && refused.is_empty(), "{refused:#?}");
        let unserved: Vec<_> = lines.iter().filter(|line| line.contains("(not served)")).collect();
        assert!(unserved.is_empty(), "{unserved:#?}");
    }
}

fn shown(value: rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Null => "-".to_owned(),
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    }
}

fn better_auth() -> Shop {
    let home = install("better_auth", "tests/better_auth", &["app.js"]);
    let database = scratch("better_auth_data").join("shop.sqlite");
    let _ = std::fs::remove_file(&database);
    let api = free_port();
    let mut command = Command::new("node");
    command.arg("app.js").arg(format!("http://127.0.0.1:{api}")).arg(&database).current_dir(home);
    let shop = Shop::open(App::start(command), "/api/auth/stripe/webhook", api, database);
    for (name, amount) in [("starter", 1_000), ("pro", 3_000), ("team", 5_000)] {
        let price = format!(
            "POST /v1/prices?currency=usd&unit_amount={amount}&recurring[interval]=month&\
             lookup_key={name}&product_data[name]={name}"
        );
        assert_eq!(ask(api, &price).0, 200);
    }
    shop
}

const SUBSCRIPTION: &str = "SELECT plan, status, stripeSubscriptionId IS NOT NULL, cancelAt = periodEnd, \
                            endedAt = periodEnd FROM subscription ORDER BY rowid";

fn wanted(plan: &str) -> Value {
    json!({"plan": plan, "successUrl": "/done", "cancelUrl": "/prices", "returnUrl": "/account"})
}

/// The reason, status and total of each invoice, the oldest first.
fn invoices(api: u16) -> String {
    let list = ask(api, "GET /v1/invoices?limit=100").1;
    let invoices = list["data"].as_array().unwrap().iter().rev();
    let line = |one: &Value| {
        format!("{} {} {}", one["billing_reason"], one["status"], one["total"]).replace('"', "")
    };
    invoices.map(line).collect::<Vec<_>>().join(", ")
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_shop_by_better_auth_sells_upgrades_renews_and_cancels_offline() {
    let mut shop = better_auth();
    let (api, auth) = (shop.api.port, |path: &str| format!("/api/auth/{path}"));
    let new = json!({"email": "mara@example.com", "password": "a long password", "name": "Mara"});
    shop.done(&auth("sign-up/email"), &new);
    let customer = shop.rows("SELECT stripeCustomerId FROM user");
    assert_eq!(ask(api, &format!("GET /v1/customers/{customer}")).1["email"], "mara@example.com");

    let page = shop.page(&auth("subscription/upgrade"), &wanted("starter"));
    assert_eq!(shop.rows(SUBSCRIPTION), "starter incomplete 0 - -");
    let declined = shop.complete(&page, &["--decline", "insufficient_funds"]);
    assert!(declined.ends_with(": open\n"), "{declined}");
    assert!(shop.complete(&page, &[]).ends_with(": complete\n"));
    shop.wait_for(SUBSCRIPTION, "starter active 1 - -");

    // The owner says in the portal's configuration that changes are paid at once.
    shop.page(&auth("subscription/billing-portal"), &json!({"returnUrl": "/account"}));
    let list = ask(api, "GET /v1/billing_portal/configurations?is_default=true").1;
    let path = format!(
        "POST /v1/billing_portal/configurations/{}\
         ?features[subscription_update][proration_behavior]=always_invoice",
        list["data"][0]["id"].as_str().unwrap()
    );
    assert_eq!(ask(api, &path).0, 200);
    let page = shop.page(&auth("subscription/upgrade"), &wanted("pro"));
    assert_eq!(shop.rows(SUBSCRIPTION), "starter active 1 - -");
    assert!(shop.complete(&page, &[]).ends_with(": active\n"));
    shop.wait_for(SUBSCRIPTION, "pro active 1 - -");
    assert_eq!(invoices(api), "subscription_create paid 1000, subscription_update paid 2000");

    let home = json!({"returnUrl": "/account"});
    let page = shop.page(&auth("subscription/cancel"), &home);
    shop.complete(&page, &[]);
    shop.wait_for(SUBSCRIPTION, "pro active 1 1 -");
    let (status, again) = shop.visitor.post(&auth("subscription/cancel"), &home);
    assert_eq!(status, 400);
    assert!(again["message"].as_str().unwrap().contains("already set to be canceled"), "{again}");
    shop.done(&auth("subscription/restore"), &json!({}));
    shop.wait_for(SUBSCRIPTION, "pro active 1 - -");

    let end = shop.rows("SELECT periodEnd FROM subscription");
    shop.advance("1mo");
    shop.wait_for("SELECT periodStart FROM subscription", &end);
    shop.advance("1h");
    assert!(invoices(api).ends_with(", subscription_cycle paid 3000"), "{}", invoices(api));

    let page = shop.page(&auth("subscription/cancel"), &home);
    shop.complete(&page, &[]);
    shop.wait_for(SUBSCRIPTION, "pro active 1 1 -");
    shop.advance("1mo");
    shop.wait_for(SUBSCRIPTION, "pro canceled 1 1 1");
    assert_eq!(shop.visitor.get(&auth("subscription/list")), (200, json!([])));
    shop.check_all();
}

#[test]
#[cfg_attr(not(tests_without_node), ignore = "slow")]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn a_trial_by_better_auth_ends_by_itself_or_with_an_upgrade() {
    let states = "SELECT plan, status, trialEnd = periodEnd, trialEnd = periodStart FROM subscription \
                  ORDER BY rowid DESC LIMIT 1";
    let mut shop = better_auth();
    for (name, is_upgraded) in [("ann", false), ("bo", true)] {
        shop.visitor = Visitor::of(shop.app.port);
        let email = format!("{name}@example.com");
        let new = json!({"email": email, "password": "a long password", "name": name});
        shop.done("/api/auth/sign-up/email", &new);
        let page = shop.page("/api/auth/subscription/upgrade", &wanted("team"));
        shop.complete(&page, &[]);
        shop.wait_for(states, "team trialing 1 0");
        if is_upgraded {
            let page = shop.page("/api/auth/subscription/upgrade", &wanted("pro"));
            shop.complete(&page, &[]);
            shop.wait_for(states, "pro active 0 1");
        } else {
            shop.advance("7d");
            shop.wait_for(states, "team active 0 1");
        }
    }
    shop.check_all();
}

/// The values of an object's JSON, for each object of a table. The rows are sorted by them: events come in any order.
fn stored(table: &str, names: &[&str]) -> String {
    let values = names.iter().map(|name| format!("json_extract(stripe_data, '$.{name}')"));
    let values = values.collect::<Vec<_>>().join(", ");
    let columns: Vec<_> = (1..=names.len()).map(|column| column.to_string()).collect();
    format!("SELECT {values} FROM djstripe_{table} ORDER BY {}", columns.join(", "))
}

fn dj_shop() -> Shop {
    let database = dj_stripe::database("shop");
    let (app, api) = dj_stripe::app("2025-09-30.clover", &database, &["shop"]);
    Shop::open(app, dj_stripe::PATH, api, database)
}

/// Mara does something in the shop.
#[track_caller]
fn deed(shop: &mut Shop, name: &str, more: &str) -> Value {
    let body = format!("email=mara@example.com&{more}");
    let (status, answer) = shop.visitor.submit(&format!("/shop/{name}/"), &body);
    assert_eq!(status, 200, "{name}: {answer}");
    answer
}

#[test]
#[cfg_attr(not(tests_without_python3), ignore = "slow")]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn a_shop_on_dj_stripe_sells_upgrades_renews_refunds_and_cancels_offline() {
    let mut shop = dj_shop();
    let price = |answer: Value| answer["id"].as_str().unwrap().to_owned();
    let starter = price(deed(&mut shop, "price", "name=Starter&amount=10"));
    let pro = price(deed(&mut shop, "price", "name=Pro&amount=30"));
    assert_eq!(deed(&mut shop, "sign-up", "")["new"], true);
    assert_eq!(
        shop.rows("SELECT count(*) FROM djstripe_customer WHERE subscriber_id IS NOT NULL"),
        "1"
    );

    let subscription = &stored("subscription", &["status", "plan.amount", "cancel_at_period_end"]);
    let invoice = &stored("invoice", &["billing_reason", "status", "total"]);
    let page = deed(&mut shop, "checkout", &format!("price={starter}"))["url"].clone();
    assert_eq!(shop.rows(subscription), "");
    shop.complete(page.as_str().unwrap(), &[]);
    shop.wait_for(subscription, "active 1000 0");
    shop.wait_for(invoice, "subscription_create paid 1000");
    shop.wait_for(&stored("session", &["status", "payment_status"]), "complete paid");

    deed(&mut shop, "upgrade", &format!("price={pro}"));
    shop.wait_for(subscription, "active 3000 0");
    let two = "subscription_create paid 1000\nsubscription_update paid 2000";
    shop.wait_for(invoice, two);
    deed(&mut shop, "bill", "amount=5.00");
    // The period that comes, and what was billed besides.
    assert_eq!(deed(&mut shop, "preview", "")["lines"], 2);

    deed(&mut shop, "cancel", "");
    shop.wait_for(subscription, "active 3000 1");
    deed(&mut shop, "go-on", "");
    shop.wait_for(subscription, "active 3000 0");

    shop.advance("1mo");
    shop.advance("1h");
    let three = two.replace('\n', "\nsubscription_cycle paid 3500\n");
    shop.wait_for(invoice, &three);
    let charge = &stored("charge", &["status", "amount_refunded"]);
    shop.wait_for(charge, "succeeded 0\nsucceeded 0\nsucceeded 0");
    deed(&mut shop, "refund", "amount=12.50");
    shop.wait_for(&stored("refund", &["status", "amount"]), "succeeded 1250");
    shop.wait_for(charge, "succeeded 0\nsucceeded 0\nsucceeded 1250");

    deed(&mut shop, "cancel", "now=1");
    shop.wait_for(subscription, "canceled 3000 0");
    deed(&mut shop, "add-card", "card=pm_card_mastercard");
    deed(&mut shop, "subscribe", &format!("price={starter}"));
    shop.wait_for(subscription, "active 1000 0\ncanceled 3000 0");
    deed(&mut shop, "leave", "");
    shop.wait_for(subscription, "canceled 1000 0\ncanceled 3000 0");
    let orphans = "SELECT count(*) FROM djstripe_customer WHERE subscriber_id IS NULL";
    shop.wait_for(orphans, "1");
    shop.check_all();
}
