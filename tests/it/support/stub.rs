//! A `stripe` that does as a test says, for what is not the real one's own behaviour: a script of the shell,
//! which starts at once and needs no server.

use std::time::{Duration, Instant};

use devtool::config::Secret;
use devtool::protocol::{Clock, signature};
use serde_json::json;

use super::Devtool;
use super::stripe::{ACCOUNT, KEY};

/// The version that a stub says it has.
pub(crate) const VERSION: &str = "1.52.0";

/// The secret of the Ready line.
const STRIPES: &str = "whsec_0123456789abcdef";

/// Knows the account that its key is for.
pub(crate) const KNOWS_ITS_ACCOUNT: &str = r#""get /v1/account"*)
    printf '{"id": "%s", "object": "account", "settings": {"dashboard": {"display_name": "Fake Shop"}}}\n' "$ACCOUNT" ;;
"#;

/// Gets ready to listen, leaves its arguments in a file `arguments` and the URL that it
/// forwards to in `url`, and hears of nothing.
pub(crate) const LISTENS: &str = r#"listen*)
    echo "$*" > "$HOME/arguments"
    while [ $# -gt 1 ]; do [ "$1" != --forward-to ] || url="$2"; shift; done
    echo "$url" > "$HOME/new"; mv "$HOME/new" "$HOME/url"
    echo "Ready! You are using Stripe API Version [2025-09-30.clover]." \
        "Your webhook signing secret is whsec_0123456789abcdef (^C to quit)" >&2
    exec sleep 300 ;;
"#;

/// The script of a stub: what its version is, and `case` branches for the other arguments.
pub(crate) fn script(version: &str, cases: &[&str]) -> String {
    format!(
        "#!/bin/sh\nACCOUNT={ACCOUNT}\ncase \"$*\" in\n--version) echo stripe version {version} ;;\n{}\
         *) echo \"the stub knows no $*\" >&2; exit 1 ;;\nesac\n",
        cases.concat()
    )
}

/// devtool with such a stub on its PATH, and a key.
pub(crate) fn devtool(arguments: &[&str], cases: &[&str]) -> Devtool {
    let devtool = Devtool::new(arguments).program("stripe", &script(VERSION, cases));
    devtool.env("STRIPE_API_KEY", KEY)
}

/// A listen for a port with a stub that gets ready.
pub(crate) fn listen(port: u16, more: &[&str]) -> Devtool {
    let devtool = devtool(&["listen", "--port", &port.to_string()], &[KNOWS_ITS_ACCOUNT, LISTENS]);
    devtool.env("STRIPE_WEBHOOK_SECRET", super::SECRET).args(more)
}

/// Where the relay of a listen takes events: what its stub alone knows.
pub(crate) fn relay(devtool: &Devtool) -> String {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Ok(url) = std::fs::read_to_string(devtool.home().join("url")) {
            return url.trim().to_owned();
        }
        assert!(Instant::now() < end, "it does not listen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The id of an event of that number.
pub(crate) fn id(number: usize) -> String {
    format!("evt_{number:024}")
}

/// An event as Stripe signs it, not yet posted.
pub(crate) fn request(
    http: &reqwest::Client,
    relay: &str,
    number: usize,
    event_type: &str,
) -> reqwest::RequestBuilder {
    let now = Clock::system().now();
    let event = json!({
        "id": id(number), "object": "event", "type": event_type,
        "created": now.seconds(), "data": {"object": {"object": "invoice"}},
    });
    let body = format!("{event:#}");
    let signed = signature::header(&Secret::parse(STRIPES).unwrap(), now, body.as_bytes());
    http.post(relay).header("Stripe-Signature", signed).body(body)
}

/// Posts events, each a number and a type, as `stripe listen` does, sixteen at a time.
pub(crate) fn post(relay: &str, events: impl Iterator<Item = (usize, &'static str)>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = super::http_client().build().unwrap();
    runtime.block_on(async {
        let mut under_way = tokio::task::JoinSet::new();
        for (number, event_type) in events {
            let request = request(&http, relay, number, event_type);
            under_way.spawn(async move { request.send().await.unwrap().status() });
            if under_way.len() == 16 {
                assert_eq!(under_way.join_next().await.unwrap().unwrap(), 200);
            }
        }
        while under_way.join_next().await.is_some() {}
    });
}
