//! The environment variable from which a project's app takes the signing secret.

use super::guess::Guess;
use super::sources::SourceFile;
use crate::config::secret_source::DEFAULT_VARIABLE;

/// The variable that the sources name, where it is not the usual one.
pub(super) fn find(sources: &[SourceFile]) -> Option<Guess<String>> {
    let mut found = None;
    for source in sources {
        let lines = source.text.lines().filter(|line| line.len() < 300 && reads(line));
        for name in lines.flat_map(names).filter(|name| is_secret(name)) {
            if name == DEFAULT_VARIABLE {
                return None;
            }
            found = found.or_else(|| Some(Guess::new(name.to_owned(), source.name.clone())));
        }
    }
    found
}

/// Whether a line looks at the environment: `os.environ`, `process.env`, `ENV[…]`, `env("…")`, `os.Getenv`.
fn reads(line: &str) -> bool {
    line.to_ascii_lowercase().contains("env")
}

/// The words that may be variables.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    line.split(move |c: char| !is_part(c)).filter(|word| word.len() > "STRIPE".len())
}

/// Whether a variable is that of the secret of an endpoint, not that of an API key.
fn is_secret(name: &str) -> bool {
    let has = |word: &str| name.contains(word);
    let is_of_endpoint = has("WEBHOOK") || has("ENDPOINT") || has("SIGNING");
    let is_of_stripe = has("STRIPE") || name == "WEBHOOK_SECRET" || name == "ENDPOINT_SECRET";
    is_of_stripe && is_of_endpoint && has("SECRET")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let source = SourceFile { name: "app.py".to_owned(), text: text.to_owned() };
        find(&[source]).map(|guess| guess.value)
    }

    #[test]
    fn the_variable_of_the_secret_is_found() {
        for (line, name) in [
            ("secret = os.environ['STRIPE_ENDPOINT_SECRET']", "STRIPE_ENDPOINT_SECRET"),
            ("const s = process.env.STRIPE_SIGNING_SECRET!;", "STRIPE_SIGNING_SECRET"),
            ("secret := os.Getenv(\"WEBHOOK_SECRET\")", "WEBHOOK_SECRET"),
            ("ENV.fetch('STRIPE_WEBHOOKS_SECRET')", "STRIPE_WEBHOOKS_SECRET"),
        ] {
            assert_eq!(found(line).as_deref(), Some(name), "{line}");
        }
    }

    #[test]
    fn the_usual_variable_and_others_are_no_find() {
        let both = "os.environ['WEBHOOK_SECRET']\nos.environ['STRIPE_WEBHOOK_SECRET']\n";
        for line in [
            both,
            "os.environ['STRIPE_SECRET_KEY']",
            "os.environ['GITHUB_WEBHOOK_SECRET']",
            "STRIPE_ENDPOINT_SECRET = 'whsec_…'",
        ] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
