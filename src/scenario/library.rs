//! Where scenarios come from: the files under scenarios/, which are built in, and the user's own.

use std::io;
use std::path::{Path, PathBuf};

use super::file::Scenario;
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Kind, Result};
use crate::text::{pattern, suggestion};

const SCENARIO_FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// All that are built in, by name.
///
/// # Errors
/// One of them has an error (a bug; a test reads all of them).
pub fn all() -> Result<Vec<Scenario>> {
    let all = SCENARIO_FILES.iter().map(|(name, text)| parse(name, text));
    all.map(|scenario| scenario.check().map(|()| scenario)).collect()
}

/// The built-in scenario of that name.
///
/// # Errors
/// There is none; the error names those with a similar name.
pub fn find(name: &str) -> Result<Scenario> {
    Ok(parse(name, text(name)?))
}

/// The scenarios that the words of the command line mean; one at least for each word. What is wrong with a file is
/// noted in its scenario.
///
/// # Errors
/// There are no such scenarios, or their files cannot be read.
pub fn find_all(words: &[String], directory: &Path) -> Result<Vec<Scenario>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for word in words {
        match find_word(word, directory) {
            Ok(scenarios) => found.extend(scenarios),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors).map(|()| found)
}

fn find_word(word: &str, directory: &Path) -> Result<Vec<Scenario>> {
    if !is_file(word) {
        return names(word)?.into_iter().map(find).collect();
    }
    let is_named = !is_pattern(word) || directory.join(word).is_file();
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for file in files(word, directory)? {
        match read(&file) {
            Ok(scenario) => found.push(Scenario { is_named, ..scenario }),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors).map(|()| found)
}

/// The built-in scenarios that a word means: one, or all that fit a pattern such as `invoice-*`.
///
/// # Errors
/// There are none; the error names those with a similar name.
pub fn names(word: &str) -> Result<Vec<&str>> {
    if !is_pattern(word) {
        return text(word).map(|_| vec![word]);
    }
    let names = SCENARIO_FILES.iter().map(|(name, _)| *name);
    let found: Vec<&str> = names.filter(|name| pattern::fits(word, name)).collect();
    if found.is_empty() {
        let hint = format!("name files by `{word}.toml`; to list the scenarios:\ndevtool scenario");
        let message = format!("no built-in scenario matches `{word}`");
        return Err(Error::new(Kind::Usage, message).hinted(hint));
    }
    Ok(found)
}

/// The text of the built-in scenario of that name.
///
/// # Errors
/// There is none; the error names those with a similar name.
pub fn text(name: &str) -> Result<&'static str> {
    if let Some((_, text)) = SCENARIO_FILES.iter().find(|(known, _)| *known == name) {
        return Ok(text);
    }
    let names = SCENARIO_FILES.iter().map(|(name, _)| *name);
    Err(unknown(name, &suggestion::near(name, names)))
}

fn parse(name: &str, text: &str) -> Scenario {
    Scenario::draft(name, &PathBuf::from(format!("scenarios/{name}.toml")), text)
}

/// Reads a scenario of the user's; what is wrong with it is noted in it.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> Result<Scenario> {
    let text = read_text(file)?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let scenario = Scenario::draft(&name, file, &text);
    Ok(Scenario { file: Some(file.to_owned()), ..scenario })
}

/// The text of a scenario of the user's.
///
/// # Errors
/// It cannot be read.
pub fn read_text(file: &Path) -> Result<String> {
    reading::text(file, InputKind::Text).map_err(|source| {
        let hint = match source.kind() {
            io::ErrorKind::NotFound => Some("list the built-in scenarios:\ndevtool scenario"),
            io::ErrorKind::FileTooLarge => Some("check that it is the file that you mean"),
            _ => None,
        };
        let error =
            Error::new(Kind::Scenario, format!("cannot read scenario `{}`", file.display()));
        let error = error.caused_by(source);
        match hint {
            Some(hint) => error.hinted(hint),
            None => error,
        }
    })
}

fn unknown(name: &str, near: &[String]) -> Error {
    let hint = suggestion::did_you_mean(near);
    Error::new(Kind::Usage, format!("unknown scenario `{name}`"))
        .hinted(hint.unwrap_or_else(|| "list the scenarios:\ndevtool scenario".to_owned()))
}

/// Whether a word of the command line means a file, not one of the built-in scenarios.
pub fn is_file(word: &str) -> bool {
    let has_extension = Path::new(word).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    has_extension || word.contains(['/', '\\'])
}

fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?'])
}

/// The files that a word means: one, or all that fit a pattern such as `scenarios/*.toml`, by name.
///
/// # Errors
/// No file fits the pattern.
pub fn files(word: &str, directory: &Path) -> Result<Vec<PathBuf>> {
    let path = Path::new(word);
    if !is_pattern(word) || directory.join(path).is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let name = part.as_os_str().to_string_lossy();
        found = found.iter().flat_map(|start| below(directory, start, &name)).collect();
    }
    found.retain(|file| directory.join(file).is_file());
    found.sort();
    if found.is_empty() {
        let message = format!("no file matches `{word}`");
        return Err(Error::new(Kind::Usage, message));
    }
    Ok(found)
}

/// The paths one part further that fit it.
fn below(directory: &Path, start: &Path, part: &str) -> Vec<PathBuf> {
    if !is_pattern(part) {
        return vec![start.join(part)];
    }
    let Ok(entries) = std::fs::read_dir(directory.join(start)) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| !name.starts_with('.') && pattern::fits(part, name))
        .map(|n| start.join(n))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_all_files_that_fit() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("flows")).unwrap();
        for name in ["flows/b.toml", "flows/a.toml", "flows/.c.toml", "flows/d.txt"] {
            std::fs::write(home.path().join(name), "").unwrap();
        }
        let found = |word| files(word, home.path()).map_err(|error| error.to_string());
        let expected = vec![PathBuf::from("flows/a.toml"), PathBuf::from("flows/b.toml")];
        assert_eq!(found("flows/*.toml"), Ok(expected.clone()));
        assert_eq!(found("fl*/?.toml"), Ok(expected));
        assert_eq!(found("other.toml"), Ok(vec![PathBuf::from("other.toml")]));
        assert_eq!(found("*.toml"), Err("no file matches `*.toml`".to_owned()));
    }

    #[test]
    fn words_mean_names_or_files() {
        assert!(["./a.toml", "a.toml", "flows/a", "*.toml"].iter().all(|word| is_file(word)));
        assert!(!is_file("payment") && !is_file("pay*"));
    }

    #[test]
    fn a_pattern_without_an_extension_means_built_in_scenarios() {
        let refunds = ["refund-failed", "refund-full", "refund-partial"];
        assert_eq!(names("refund-*").unwrap(), refunds);
        assert_eq!(names("*").unwrap().len(), SCENARIO_FILES.len());
        assert_eq!(names("x*").unwrap_err().to_string(), "no built-in scenario matches `x*`");
    }
}
