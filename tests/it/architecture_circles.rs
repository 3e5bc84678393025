//! The rules of the house inside a room: no circles between files, and one type of each name.
//!
//! An arrow goes from a file to each file of its room that its code names by path: `super::x::Y`,
//! `crate::room::x::Y`, `x::Y` in the file that declares `x`. A path ends at the file that defines the
//! item: where a `mod.rs` hands it on by `pub use`, at the file behind it. `mod` and `pub use` are no
//! arrows; so a `mod.rs` that does more than declare and hand on may use its files, or be used by
//! them, but not both.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{code, files, root};

/// The path of a module, from the crate: `relay/mod.rs` is `relay`.
type Module = Vec<String>;

/// A file of the crate: its name, its code, and what it hands on, by name.
struct Source {
    file: String,
    code: String,
    hands_on: BTreeMap<String, Vec<String>>,
}

fn sources(files: &BTreeMap<String, String>) -> BTreeMap<Module, Source> {
    let modules = files.iter().filter(|(file, _)| {
        !["lib.rs", "main.rs"].contains(&file.as_str()) && !file.ends_with("/tests.rs")
    });
    modules
        .map(|(file, text)| {
            let mut module: Module = file[..file.len() - 3].split('/').map(str::to_owned).collect();
            module.pop_if(|last| last == "mod");
            let all = code(text).collect::<Vec<_>>().join("\n");
            let (mut code, mut hands_on) = (String::new(), BTreeMap::new());
            for statement in all.split_inclusive(';') {
                match statement.split_once("pub use ").or(statement.split_once("pub(crate) use ")) {
                    None => code.push_str(statement),
                    Some((before, tree)) => {
                        code.push_str(before);
                        for path in paths(tree) {
                            hands_on.insert(path.last().unwrap().clone(), path);
                        }
                    }
                }
            }
            (module, Source { file: file.clone(), code, hands_on })
        })
        .collect()
}

/// The paths of a use tree: `a::{b, c::D}` is `a::b` and `a::c::D`. What comes after is not read.
fn paths(tree: &str) -> Vec<Vec<String>> {
    fn read(rest: &mut &str, before: &[String], found: &mut Vec<Vec<String>>) {
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c));
        let (head, tail) = rest.split_at(end.unwrap_or(rest.len()));
        *rest = tail;
        let mut path = before.to_vec();
        path.extend(head.split("::").filter(|name| !name.is_empty()).map(str::to_owned));
        if !rest.starts_with('{') {
            found.push(path);
            return;
        }
        while !rest.starts_with('}') && !rest.is_empty() {
            *rest = rest[1..].trim_start();
            if !rest.starts_with('}') {
                read(rest, &path, found);
                *rest = &rest[rest.find([',', '}']).unwrap_or(rest.len())..];
            }
        }
        *rest = rest.get(1..).unwrap_or_default();
    }
    let mut found = Vec::new();
    read(&mut tree.trim_start(), &[], &mut found);
    found
}

/// The module in which a path of a module ends.
fn end(sources: &BTreeMap<Module, Source>, module: &Module, path: &[String]) -> Option<Module> {
    let mut at = if path[0] == "crate" { Module::new() } else { module.clone() };
    for name in path {
        at.push(name.clone());
        match name.as_str() {
            "crate" | "self" => drop(at.pop()),
            "super" => at.truncate(at.len() - 2),
            _ if sources.contains_key(&at) => {}
            _ => {
                at.pop();
                let behind = sources.get(&at)?.hands_on.get(name);
                let behind = behind.filter(|path| path.len() > 1);
                return behind.map_or(Some(at.clone()), |path| end(sources, &at, path));
            }
        }
    }
    sources.contains_key(&at).then_some(at)
}

/// The files of its room that each file names.
fn arrows(sources: &BTreeMap<Module, Source>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, source) in sources {
        let below = sources.keys().filter(|key| key.split_last().unwrap().1 == module);
        let below = below.map(|key| key.last().unwrap().as_str());
        for start in ["crate", "super", "self"].into_iter().chain(below) {
            for (at, _) in source.code.match_indices(&format!("{start}::")) {
                let before = source.code[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || "_:.".contains(c)) {
                    continue;
                }
                let ends = paths(&source.code[at..]).into_iter();
                let ends = ends.filter_map(|path| end(sources, module, &path));
                let used = ends.filter(|used| used[0] == module[0] && used != module);
                let used = used.map(|used| sources[&used].file.as_str());
                arrows.entry(&source.file).or_default().extend(used);
            }
        }
    }
    arrows
}

/// The files in circles: each set holds those that lead to one another.
fn circles<'f>(arrows: &BTreeMap<&'f str, BTreeSet<&'f str>>) -> BTreeSet<Vec<&'f str>> {
    let reached = |start: &'f str| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(file) = next.pop() {
            let used = arrows.get(file).into_iter().flatten();
            next.extend(used.filter(|used| reached.insert(**used)));
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (*file, reached(file))).collect();
    let in_circles = reached.iter().filter(|(file, ends)| ends.contains(*file));
    let leads_back = |file: &str, end: &str| reached.get(end).is_some_and(|e| e.contains(file));
    in_circles
        .map(|(file, ends)| ends.iter().copied().filter(|end| leads_back(file, end)).collect())
        .collect()
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let files = files(&root().join("src"));
    let sources = sources(&files);
    let arrows = arrows(&sources);
    let found = circles(&arrows);
    let mut told = String::new();
    for file in found.iter().flatten() {
        let used = arrows[file].iter().filter(|used| found.iter().any(|c| c.contains(used)));
        told.push_str(&format!("{file} names {:?}\n", used.collect::<Vec<_>>()));
    }
    assert!(found.is_empty(), "files that lead to one another:\n{told}");
}

#[test]
fn a_public_type_has_a_name_of_its_own() {
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in files(&root().join("src")) {
        // One module, written for each system.
        let file = file.replace("/windows.rs", "/unix.rs");
        for line in code(&text) {
            let Some(rest) = line.trim_start().strip_prefix("pub") else { continue };
            let rest = rest.strip_prefix('(').map_or(rest, |r| r.split_once(')').unwrap().1);
            let mut words = rest.split(|c: char| !c.is_alphanumeric() && c != '_');
            let words: Vec<&str> = words.by_ref().filter(|word| !word.is_empty()).take(2).collect();
            // A room's alias of the error that it gives is called as everybody's is.
            if let ["struct" | "enum" | "trait" | "type", name] = words[..]
                && name != "Result"
            {
                homes.entry(name.to_owned()).or_default().insert(file.clone());
            }
        }
    }
    assert!(homes.len() > 200, "{homes:?}");
    homes.retain(|_, files| files.len() > 1);
    assert!(homes.is_empty(), "one name, two types: {homes:#?}");
}

/// The circles of files that are given as text.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let sources = sources(&files);
    let found = circles(&arrows(&sources));
    found.iter().map(|circle| circle.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn circles_are_found_in_every_form() {
    let room = "pub mod a;\nmod b;\npub use a::A;\n";
    for (a, b) in [
        ("use super::b::B;", "use super::a::A;"),
        ("use super::b::B;", "use super::A;"),
        ("use super::{b::{self, B}, x};", "fn f() -> crate::room::A {}"),
        ("fn f() { super::b::g() }", "use crate::room::{a::{X, Y}};"),
    ] {
        let found = circles_of(&[("room/mod.rs", room), ("room/a.rs", a), ("room/b.rs", b)]);
        assert_eq!(found, [["room/a.rs", "room/b.rs"]], "{a} {b}");
    }
    let own = format!("{room}pub struct Own;\nfn f() {{ b::g() }}\n");
    let files =
        [("room/mod.rs", own.as_str()), ("room/a.rs", ""), ("room/b.rs", "use super::Own;")];
    assert_eq!(circles_of(&files), [["room/b.rs", "room/mod.rs"]]);
}

#[test]
fn what_leads_one_way_is_no_circle() {
    let room = "mod a;\nmod b;\npub use a::A;\npub use b::B;\nfn f() { a::g() }\n";
    let files = [
        ("room/mod.rs", room),
        ("room/a.rs", "use super::B;\n// use super::f;\nuse other::super_::room;"),
        ("room/b.rs", "use crate::text::a::A;\n#[cfg(test)]\nmod tests { use super::super::a; }"),
        ("text/mod.rs", "pub mod a;"),
        ("text/a.rs", "use crate::room::B;"),
    ];
    assert!(circles_of(&files).is_empty());
}
