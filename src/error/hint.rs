//! What each error means for the user: the exit code and the way out.

use super::{Error, Exit};

impl Error {
    /// The exit code of a command that ends with this error.
    #[expect(clippy::too_many_lines, reason = "a line for each error, so that none is forgotten")]
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownEvent { .. }
            | Self::UnknownObject { .. }
            | Self::UnknownScenario { .. }
            | Self::UnknownField { .. }
            | Self::InvalidSetting { .. }
            | Self::InvalidEndpoint { .. }
            | Self::NoEventFits { .. }
            | Self::NoEventType { .. }
            | Self::UnknownRelease { .. }
            | Self::Archive { .. }
            | Self::InvalidApiBase { .. }
            | Self::NoDelivery { .. }
            | Self::NotThroughStripe { .. }
            | Self::RemoteEndpoint { .. } => Exit::Usage,
            Self::InvalidSecret { .. }
            | Self::InvalidKey { .. }
            | Self::LiveMode
            | Self::OtherAccount { .. }
            | Self::OwnSecret { .. }
            | Self::InvalidFile { .. }
            | Self::NoEvent { .. }
            | Self::InvalidScenario { .. }
            | Self::ReadScenario { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::NoHome { .. }
            | Self::History { .. }
            | Self::AlreadyListening { .. }
            | Self::App { .. }
            | Self::PortTaken { .. } => Exit::Config,
            Self::Download { .. }
            | Self::NotThere { .. }
            | Self::RateLimited { .. }
            | Self::StripeSilent { .. }
            | Self::StripeUnreachable { .. } => Exit::Unreachable,
            Self::UnsupportedSystem { .. }
            | Self::StripeMissing
            | Self::StripeTooOld { .. }
            | Self::StripeUnusable { .. }
            | Self::NotLoggedIn
            | Self::LoginRefused { .. }
            | Self::LoginFailed { .. }
            | Self::NoTerminal { .. }
            | Self::StripeRefused { .. }
            | Self::ListenEnded { .. }
            | Self::Npm { .. } => Exit::StripeCli,
            Self::Unverified { .. } => Exit::Verification,
            Self::Output { .. } => Exit::Fail,
            Self::Bug { .. } => Exit::Bug,
        }
    }

    /// The way out, in one line, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownEvent { near, .. }
            | Self::UnknownObject { near, .. }
            | Self::UnknownScenario { near, .. }
            | Self::NoEventFits { near, .. } => did_you_mean(near).or_else(|| self.usual_hint()),
            Self::InvalidScenario { near, .. } => Some(did_you_mean(near).unwrap_or_else(|| {
                "`devtool scenario payment --show` prints a scenario to start from".to_owned()
            })),
            Self::ReadScenario { .. } => {
                Some("`devtool scenario` lists those that are built in".to_owned())
            }
            Self::NotThroughStripe { near, .. } => match (did_you_mean(near), self.usual_hint()) {
                (Some(meant), Some(usual)) => Some(format!("{meant} Otherwise {usual}")),
                (meant, usual) => meant.or(usual),
            },
            Self::UnknownField { near, .. } => match (did_you_mean(near), self.usual_hint()) {
                (Some(meant), Some(usual)) => Some(format!("{meant} ({usual})")),
                (meant, usual) => meant.or(usual),
            },
            Self::PortTaken { port, .. } => {
                Some(format!("end the program that has port {port}, or choose another `--port`"))
            }
            _ => self.usual_hint(),
        }
    }

    /// The way out that is the same for every error of a kind.
    #[expect(clippy::too_many_lines, reason = "a line for each error, so that none is forgotten")]
    fn usual_hint(&self) -> Option<String> {
        let hint = match self {
            Self::UnknownEvent { .. }
            | Self::UnknownObject { .. }
            | Self::UnknownScenario { .. }
            | Self::NoEventFits { .. }
            | Self::UnknownField { .. }
            | Self::NoEvent { .. }
            | Self::NotThroughStripe { .. }
            | Self::NoEventType { .. } => self.event_hint(),
            Self::InvalidEndpoint { .. }
            | Self::RemoteEndpoint { .. }
            | Self::InvalidApiBase { .. } => self.address_hint(),
            Self::InvalidSecret { .. }
            | Self::InvalidKey { .. }
            | Self::NoHome { .. }
            | Self::OwnSecret { .. } => self.secret_hint(),
            Self::NotLoggedIn
            | Self::LoginRefused { .. }
            | Self::LoginFailed { .. }
            | Self::NoTerminal { .. }
            | Self::LiveMode
            | Self::OtherAccount { .. }
            | Self::StripeSilent { .. }
            | Self::StripeUnreachable { .. }
            | Self::StripeRefused { .. }
            | Self::ListenEnded { .. }
            | Self::AlreadyListening { .. }
            | Self::App { .. } => self.login_hint(),
            Self::UnsupportedSystem { .. }
            | Self::StripeMissing
            | Self::StripeTooOld { .. }
            | Self::StripeUnusable { .. }
            | Self::Download { .. }
            | Self::NotThere { .. }
            | Self::RateLimited { .. }
            | Self::UnknownRelease { .. }
            | Self::Unverified { .. }
            | Self::Archive { .. }
            | Self::Npm { .. } => self.install_hint(),
            Self::Read { .. }
            | Self::Write { .. }
            | Self::InvalidFile { .. }
            | Self::History { .. }
            | Self::NoDelivery { .. } => self.file_hint(),
            Self::Output { .. } => "the exit code says nothing of the result then",
            Self::Bug { .. } => "please report it with the command that you typed",
            // The reason says what fits; `hint` has said the rest.
            Self::InvalidSetting { .. }
            | Self::PortTaken { .. }
            | Self::InvalidScenario { .. }
            | Self::ReadScenario { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl Error {
    /// The way out of an address that cannot be used.
    const fn address_hint(&self) -> &'static str {
        match self {
            Self::RemoteEndpoint { .. } => {
                "`--allow-remote` sends there all the same: it has to be a test system of yours"
            }
            Self::InvalidApiBase { .. } => "an API base looks like http://127.0.0.1:12111",
            _ => "an endpoint looks like http://127.0.0.1:5000/webhook",
        }
    }

    /// The way out of what no event can be made of.
    const fn event_hint(&self) -> &'static str {
        match self {
            Self::UnknownObject { .. } => "`devtool events` shows the objects",
            Self::UnknownScenario { .. } => "`devtool scenario` lists them",
            Self::NoEventFits { .. } => "`devtool events` lists them all",
            Self::UnknownField { .. } => "`--force` adds a field that is not there",
            Self::NoEvent { .. } => {
                "`devtool trigger invoice.paid --print` shows the form; an object alone will do, too"
            }
            Self::NoEventType { .. } => "name it: `devtool trigger EVENT --from FILE`",
            Self::NotThroughStripe { .. } => "`--via local` sends it without Stripe",
            _ => "`devtool events` lists them; `--object TYPE` sends any name with that object",
        }
    }

    /// The way out of what is wrong with a secret or a key.
    const fn secret_hint(&self) -> &'static str {
        match self {
            Self::InvalidSecret { .. } => "a secret is text without white space, such as `whsec_…`",
            Self::InvalidKey { .. } => {
                "the Dashboard's test mode has keys that begin with `sk_test_` or `rk_test_`"
            }
            _ => "give the secret with `--secret` or STRIPE_WEBHOOK_SECRET",
        }
    }

    /// The way out of what is wrong with a file.
    const fn file_hint(&self) -> &'static str {
        match self {
            Self::Write { .. } => "it has to be a file of yours in a directory that is there",
            Self::InvalidFile { .. } => "correct that line; README.md shows what can be set",
            Self::History { .. } => {
                "`--history FILE` takes another file, `--no-history` does without one"
            }
            Self::NoDelivery { .. } => "`devtool history` lists them",
            _ => "it has to be a text file in UTF-8 that you may read",
        }
    }

    /// The way out of what stands between devtool and a Stripe CLI.
    const fn install_hint(&self) -> &'static str {
        match self {
            Self::UnsupportedSystem { .. } => "local events need no Stripe CLI",
            Self::StripeMissing => "`devtool setup` installs it",
            Self::Download { .. } | Self::NotThere { .. } => {
                "check the network, or use `--from npm`, or `--from FILE` with a downloaded archive"
            }
            Self::RateLimited { .. } => "set GITHUB_TOKEN to a token of yours, or use `--from npm`",
            Self::UnknownRelease { .. } => "`devtool setup --check` prints the latest version",
            Self::Unverified { .. } => "nothing was changed; try again, or use another source",
            Self::Archive { .. } => "`--from` takes github, npm, or the path of an archive",
            Self::Npm { .. } => "`devtool setup --from github` needs no npm",
            _ => "`devtool setup --force` installs a new one",
        }
    }

    /// The way out of what stands between devtool and the user's account.
    const fn login_hint(&self) -> &'static str {
        match self {
            Self::NoTerminal { .. } => {
                "without a terminal: `devtool login --api-key-stdin < FILE`, or STRIPE_API_KEY"
            }
            Self::LiveMode => "`devtool login` logs in again; choose test mode or a sandbox",
            Self::OtherAccount { .. } => {
                "`devtool login` logs in to another account; `[stripe] account` names the one to use"
            }
            Self::StripeSilent { .. } | Self::StripeUnreachable { .. } => {
                "check the network and HTTPS_PROXY; `devtool doctor` looks at both"
            }
            Self::StripeRefused { .. } => "`devtool login --status` shows the account and the key",
            Self::AlreadyListening { .. } => {
                "`devtool listen --status` shows it; end it with Ctrl-C, or give this one another `--port`"
            }
            Self::App { .. } => "after `--` stands the command that starts your app",
            Self::ListenEnded { .. } => "`devtool doctor` looks at the Stripe CLI and the network",
            _ => "`devtool login` logs in; `devtool login --api-key-stdin` takes a key from stdin",
        }
    }
}

/// "did you mean …" for the names that are near, `None` where none is.
fn did_you_mean(near: &[String]) -> Option<String> {
    let ticked: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = ticked.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_near_are_listed_as_a_sentence() {
        let near = |names: &[&str]| {
            did_you_mean(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(near(&[]), None);
        assert_eq!(near(&["a"]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(near(&["a", "b", "c"]).as_deref(), Some("did you mean `a`, `b` or `c`?"));
    }
}
