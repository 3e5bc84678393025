//! The path of a project's app that takes events.

use super::guess::Guess;
use super::prefixes;
use super::sources::SourceFile;

/// The longest path that is believed to be one.
const LONGEST: usize = 100;

/// What a route may call that which takes events: a webhook, or less than that.
const SURE: &str = "webhook";
const LIKELY: [&str; 4] = ["hook", "events", "callback", "notifications"];

/// A route that names Stripe and a webhook before one that names a webhook alone, and that before one that names Stripe
/// and something like it.
pub(super) fn find(sources: &[SourceFile]) -> Option<Guess<String>> {
    let mounting = prefixes::mounting(sources);
    let all = sources.iter().flat_map(|source| of_source(source, &mounting));
    let ranked = all.filter_map(|guess| Some((rank(&guess.value)?, guess)));
    let mut ranked: Vec<(u8, Guess<String>)> = ranked.collect();
    // Those of one rank stay in the order of the files.
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().next().map(|(_, guess)| guess)
}

fn of_source(source: &SourceFile, mounting: &[&SourceFile]) -> Vec<Guess<String>> {
    let of_file = of_next(&source.name).into_iter();
    // Most files have no route that could be meant, and need none.
    let may_take =
        source.text.contains("stripe") || LIKELY.iter().any(|word| source.text.contains(word));
    let prefix = if may_take { prefixes::of(source, mounting) } else { String::new() };
    let lines = source.text.lines().filter(|line| line.len() < 300);
    let written = lines.flat_map(|line| literals(line, &source.name, &prefix));
    of_file.chain(written).map(|path| Guess::new(path, source.name.clone())).collect()
}

/// The route that a file of Next's is: `app/api/webhook/route.ts`, `pages/api/webhook.ts`.
fn of_next(name: &str) -> Option<String> {
    let name = name.strip_prefix("src/").unwrap_or(name);
    let (stem, _) = name.rsplit_once('.')?;
    let route = match stem.strip_prefix("app/") {
        Some(rest) => rest.strip_suffix("/route")?,
        None => stem.strip_prefix("pages/").filter(|rest| rest.starts_with("api/"))?,
    };
    let parts = route.split('/').filter(|part| !part.starts_with('(') && *part != "index");
    let path = format!("/{}", parts.collect::<Vec<_>>().join("/"));
    rank(&path).is_some().then_some(path)
}

/// The texts in quotes that look like the route of a webhook, behind what the app puts in front of the file's.
fn literals(line: &str, file: &str, prefix: &str) -> Vec<String> {
    // Django and Rails leave out the slash in front.
    let is_route_file = file.ends_with("urls.py") || file.ends_with("routes.rb");
    let is_route = ["post(", "route(", "path("].iter().any(|call| line.contains(call));
    // What is put in front is no route of its own.
    let is_prefix = line.contains("prefix=") || line.contains("include(");
    let parts = line.split(['"', '\'', '`']).skip(1).step_by(2);
    let route = |text: &str| {
        let path = match text.strip_prefix('/') {
            Some(_) => text.to_owned(),
            None if is_route_file => format!("/{text}"),
            None => return None,
        };
        let whole = prefixes::join(prefix, &path);
        let is_likely = rank(&path).is_some() || is_route && rank(&whole).is_some();
        (is_likely && !is_prefix).then_some(whole)
    };
    parts.filter_map(route).collect()
}

/// How likely a path takes events, the likeliest first; `None` where it hardly does.
fn rank(path: &str) -> Option<u8> {
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c));
    if !is_plain || path.len() > LONGEST {
        return None;
    }
    let path = path.to_ascii_lowercase();
    let has_word = |wanted: &str| path.split(['/', '_', '-', '.']).any(|word| word == wanted);
    match (path.contains("stripe"), path.contains(SURE)) {
        (true, true) => Some(0),
        (false, true) => Some(1),
        (true, false) if LIKELY.iter().any(|word| path.contains(word)) => Some(2),
        (false, false) if has_word("hook") || has_word("hooks") => Some(3),
        // What ends with the name alone, as `/payments/stripe` does, mostly shows a page.
        _ => None,
    }
}
