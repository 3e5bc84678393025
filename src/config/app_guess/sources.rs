//! The source files of a project that may name its port and its path.

use std::path::Path;

use crate::config::reading::{self, InputKind};

/// The most files that are read: a guess has to be quick.
const MOST_FILES: usize = 400;
/// How far below the project's directory they lie at most.
const DEEPEST: usize = 6;
/// The most bytes of one: what is larger was made by a program.
const LARGEST: usize = 200_000;

const EXTENSIONS: [&str; 10] = ["py", "js", "mjs", "cjs", "ts", "tsx", "rb", "php", "go", "java"];

/// Directories that hold no code of the app's own.
const SKIPPED: [&str; 13] = [
    "node_modules",
    "vendor",
    "venv",
    "env",
    "target",
    "dist",
    "build",
    "test",
    "tests",
    "spec",
    "__pycache__",
    "__tests__",
    "site-packages",
];

/// A file, by its path from the project's directory with `/`, and its text.
pub(super) struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
}

/// The source files, those that lie highest first.
pub(super) fn all(directory: &Path) -> Vec<SourceFile> {
    let mut found = Vec::new();
    let mut level = vec![String::new()];
    for _ in 0..DEEPEST {
        let mut below = Vec::new();
        for folder in &level {
            look(directory, folder, &mut found, &mut below);
        }
        level = below;
    }
    found
}

fn look(directory: &Path, folder: &str, found: &mut Vec<SourceFile>, below: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(directory.join(folder)) else { return };
    let mut names: Vec<(String, bool)> = entries
        .flatten()
        .filter_map(|entry| {
            let is_directory = entry.file_type().ok()?.is_dir();
            Some((entry.file_name().into_string().ok()?, is_directory))
        })
        .collect();
    names.sort();
    for (name, is_directory) in names {
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if is_directory {
            let is_skipped = name.starts_with('.') || SKIPPED.contains(&name.as_str());
            if !is_skipped {
                below.push(path);
            }
        } else if found.len() < MOST_FILES && is_source(&name) {
            let text = reading::text(&directory.join(&path), InputKind::Text).unwrap_or_default();
            let text = if text.len() > LARGEST { String::new() } else { text };
            found.push(SourceFile { name: path, text });
        }
    }
}

fn is_source(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}
