//! A `stripe` that does as a test says, for what is not the real one's own behaviour: a script of the shell,
//! which starts at once and needs no server.

use super::Devtool;
use super::stripe::{ACCOUNT, KEY};

/// The version that a stub says it has.
pub(crate) const VERSION: &str = "1.52.0";

/// Knows the account that its key is for.
pub(crate) const KNOWS_ITS_ACCOUNT: &str = r#""get /v1/account"*)
    printf '{"id": "%s", "object": "account", "settings": {"dashboard": {"display_name": "Fake Shop"}}}\n' "$ACCOUNT" ;;
"#;

/// Gets ready to listen, leaves the URL that it forwards to in a file `url`, and hears of nothing.
pub(crate) const LISTENS: &str = r#"listen*)
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
