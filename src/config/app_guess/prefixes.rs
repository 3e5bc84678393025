//! What an app puts in front of the routes of a file: prefixes of `FastAPI` and Flask, includes of Django, routers of
//! Express.

use super::sources::SourceFile;

/// The most files that are believed to put something in front of others' routes.
const MOST_MOUNTING: usize = 50;

/// The files that may put something in front of others' routes.
pub(super) fn mounting(sources: &[SourceFile]) -> Vec<&SourceFile> {
    let calls = ["include_router(", "register_blueprint(", "include(", ".use("];
    let mounts = |source: &&SourceFile| calls.iter().any(|call| source.text.contains(call));
    sources.iter().filter(mounts).take(MOST_MOUNTING).collect()
}

/// What stands in front of the paths of a file; empty where nothing is known.
pub(super) fn of(source: &SourceFile, mounting: &[&SourceFile]) -> String {
    let own = ["APIRouter", "Blueprint"].iter().find_map(|name| {
        let mut calls = calls(&source.text, name);
        calls.find_map(|(_, arguments)| keyword(arguments))
    });
    let mount = mounting.iter().find_map(|by| mounted(source, by));
    match (mount, own) {
        // Flask takes the one of the app in place of the blueprint's.
        (Some((prefix, true)), _) => prefix,
        (mount, own) => {
            join(&mount.map(|(prefix, _)| prefix).unwrap_or_default(), own.unwrap_or_default())
        }
    }
}

/// A path behind a prefix: one slash is between them.
pub(super) fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let slash = if prefix.is_empty() || prefix.starts_with('/') { "" } else { "/" };
    format!("{slash}{prefix}{path}")
}

/// Where a file puts the routes of another one, and whether that counts alone.
fn mounted(source: &SourceFile, by: &SourceFile) -> Option<(String, bool)> {
    let routers = [("include_router", false), ("register_blueprint", true)];
    let python = routers.iter().find_map(|(name, counts_alone)| {
        calls(&by.text, name).find_map(|(_, arguments)| {
            let router = arguments.split(',').next()?.trim();
            let prefix = keyword(arguments)?;
            is_router_of(router, source, by).then(|| (prefix.to_owned(), *counts_alone))
        })
    });
    let django = || {
        calls(&by.text, "include").find_map(|(before, arguments)| {
            let module = texts(arguments).next()?.replace('.', "/");
            let prefix = texts(before.lines().last()?).last()?;
            let is_its = source.name == format!("{module}.py")
                || source.name.ends_with(&format!("/{module}.py"));
            is_its.then(|| (prefix.to_owned(), false))
        })
    };
    let express = || {
        calls(&by.text, ".use").find_map(|(_, arguments)| {
            let (path, router) = arguments.split_once(',')?;
            let path = texts(path).next()?;
            let name = router.trim_end_matches(')').trim();
            let is_its = is_router_of(name, source, by) || imports(router, source);
            is_its.then(|| (path.to_owned(), false))
        })
    };
    python.or_else(django).or_else(express)
}

/// Whether a name in a file is the router of another one: `payments.router`, or a name that a line imports from there.
fn is_router_of(router: &str, source: &SourceFile, by: &SourceFile) -> bool {
    let (module, stem) = (router.split_once('.').map(|(module, _)| module), stem(source));
    let is_word = |word: &str| word == router;
    let has_name =
        |line: &str| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(is_word);
    module == Some(stem) || by.text.lines().any(|line| has_name(line) && imports(line, source))
}

/// Whether a line brings something in from a file.
fn imports(line: &str, source: &SourceFile) -> bool {
    let stem = stem(source);
    if let Some(rest) = line.trim_start().strip_prefix("from ")
        && let Some((module, _)) = rest.split_once(" import ")
    {
        return module.trim().rsplit('.').next() == Some(stem);
    }
    let is_import = line.contains("require(") || line.contains("import ");
    let file =
        |text: &str| text.rsplit('/').next().and_then(|file| file.split('.').next()) == Some(stem);
    is_import && texts(line).filter(|text| text.starts_with('.')).any(file)
}

/// The name of a file without its ending.
fn stem(source: &SourceFile) -> &str {
    let file = source.name.rsplit('/').next().unwrap_or_default();
    file.split('.').next().unwrap_or_default()
}

/// What stands before each call of that name, and between its parentheses.
fn calls<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(name).filter_map(move |(at, _)| {
        let arguments = text[at + name.len()..].strip_prefix('(')?;
        let end = arguments.find(')').map_or(arguments.len(), |end| end + 1);
        Some((&text[..at], &arguments[..end]))
    })
}

/// The value of `prefix=` or `url_prefix=`.
fn keyword(arguments: &str) -> Option<&str> {
    let (_, rest) = arguments.split_once("prefix=")?;
    rest.starts_with(['"', '\'']).then(|| texts(rest).next()).flatten()
}

/// What stands in quotes.
fn texts(line: &str) -> impl Iterator<Item = &str> {
    line.split(['"', '\'', '`']).skip(1).step_by(2)
}
