//! What a shell may complete: the values of arguments that the definition cannot list.

use std::ffi::OsStr;

use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};

use super::groups;
use crate::event::{Catalogue, thin};
use crate::scenario::library;

/// Completes the types of events, with what they tell.
pub(super) fn event_types() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| matching_types(&typed.to_string_lossy()))
}

/// The types that begin so; thin ones where the version in front is typed.
fn matching_types(typed: &str) -> Vec<CompletionCandidate> {
    let Ok(catalogue) = Catalogue::embedded() else { return Vec::new() };
    let thin = thin::names().into_iter().flatten().filter(|_| typed.starts_with('v'));
    let names = Catalogue::names().chain(thin).filter(|name| name.starts_with(typed));
    let described = |name: &str| {
        let event_type = catalogue.event_type(name, None).ok();
        let help = event_type.map(|event_type| event_type.description.clone().into());
        CompletionCandidate::new(name).help(help)
    };
    names.map(described).collect()
}

/// Completes the names of scenarios, with what they are about, and of files.
pub(super) fn scenarios() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let own = PathCompleter::file()
            .filter(|path| path.is_dir() || path.extension().is_some_and(|e| e == "toml"));
        let mut found = matching_scenarios(&typed.to_string_lossy());
        found.extend(own.complete(typed));
        found
    })
}

fn matching_scenarios(typed: &str) -> Vec<CompletionCandidate> {
    let built_in = library::all().unwrap_or_default().into_iter();
    let fitting = built_in.filter(|scenario| scenario.name.starts_with(typed));
    fitting
        .map(|scenario| CompletionCandidate::new(scenario.name).help(Some(scenario.purpose.into())))
        .collect()
}

/// Completes the object of an `OBJECT=ID`.
pub(super) fn ids() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let names = Catalogue::objects().filter(|name| name.starts_with(&*typed));
        names.map(|name| CompletionCandidate::new(format!("{name}="))).collect::<Vec<_>>()
    })
}

/// Completes the names of commands, and of these pages that belong to none.
pub(super) fn commands(pages: &'static [&'static str]) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let names = groups::COMMANDS.iter().flat_map(|(_, names)| *names).chain(pages);
        let names = names.filter(|name| name.starts_with(&*typed));
        names.map(CompletionCandidate::new).collect::<Vec<_>>()
    })
}

/// Completes the types of objects.
pub(super) fn objects() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let names = Catalogue::objects().filter(|name| name.starts_with(&*typed));
        names.map(CompletionCandidate::new).collect::<Vec<_>>()
    })
}
