//! docs/ as a book: what it is made of, and that its pages lead somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::docs::{links, root};
use crate::sdk::environment;

/// All files below a folder, as paths from there.
fn files(folder: &Path, ending: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let path = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(path.replace('\\', "/"));
            }
        }
    }
    found
}

#[test]
fn the_book_has_every_chapter_once() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed: Vec<String> = links(&summary).map(ToOwned::to_owned).collect();
    let chapters: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), chapters.len(), "a chapter is listed twice");
    let mut there = files(&root().join("docs"), "md");
    assert!(there.remove("SUMMARY.md"));
    assert_eq!(chapters, there);
}

/// The program in the version that the release workflow names.
pub(crate) fn mdbook() -> PathBuf {
    environment("book", &["tests/lint/book.txt"]).with_file_name("mdbook")
}

/// The book as the release workflow makes it.
fn built() -> PathBuf {
    let folder = crate::sdk::scratch("book-made").join("book");
    let _ = std::fs::remove_dir_all(&folder);
    let mut mdbook = Command::new(mdbook());
    mdbook.args(["build", "--dest-dir"]).arg(&folder).current_dir(root());
    let output = mdbook.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !said.contains("WARN"), "{said}");
    folder
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn links_of_the_book_lead_to_its_pages_or_to_the_home() {
    let book = built();
    let pages = files(&book, "html");
    assert!(pages.contains("index.html") && pages.contains("guides/flask.html"), "{pages:?}");
    let target = regex_lite::Regex::new(r##"(?:href|src)="([^"#?]+)["#?]"##).unwrap();
    for page in pages.iter().filter(|page| !["404.html", "print.html"].contains(&page.as_str())) {
        let text = std::fs::read_to_string(book.join(page)).unwrap();
        for found in target.captures_iter(&text) {
            let link = &found[1];
            if let Some(path) = link.strip_prefix("https://github.com/owner--unset/devtool/") {
                let path = path.split_once("/main/").map_or("", |(_, path)| path);
                assert!(root().join(path).exists(), "{page}: {link}");
            } else if !link.contains("://")
                && !link.starts_with("data:")
                && !link.starts_with("mailto:")
            {
                let path = book.join(page).parent().unwrap().join(link);
                assert!(path.exists(), "{page}: {link}");
            }
        }
    }
}

#[test]
#[cfg(unix)]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn figures_stand_below_the_command_that_measures_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("performance.md");
    let part = |command: &str| {
        format!("Text.\n\n<!-- measured by: {command} -->\n\n| old |\n| --- |\n| 1 |\n\n")
    };
    let rows = "printf 'note\\n| new |\\n| --- |\\n| 2 |\\n'";
    let times = "echo 'generate and sign/invoice.paid  time:   [18.5 µs 19.0 µs 19.9 µs]'";
    std::fs::write(&file, part(rows) + &part(times) + &part("exit 3")).unwrap();
    let performance = |only: &str| {
        let mut python = Command::new("python3");
        python.arg("-B").arg(root().join("benches/performance.py")).arg("--file").arg(&file);
        python.args(["--only", only]).output().unwrap()
    };
    assert!(performance("printf").status.success());
    assert!(performance("echo").status.success());
    assert!(!performance("exit").status.success());
    insta::assert_snapshot!("performance", std::fs::read_to_string(&file).unwrap());
}

/// Each table of the figures has a command of this project above it.
#[test]
fn every_figure_has_its_command() {
    let text = std::fs::read_to_string(root().join("docs/performance.md")).unwrap();
    let tables = text.split("\n\n").filter(|block| block.starts_with('|')).count();
    let commands: Vec<&str> = text.split("measured by: ").skip(1).collect();
    assert_eq!(commands.len(), tables);
    for command in commands {
        let command = command.split(" -->").next().unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let file = match words[..] {
            ["python3", file, ..] => file.to_owned(),
            ["cargo", "bench", "--bench", bench, ..] => format!("benches/{bench}.rs"),
            _ => panic!("{command}"),
        };
        assert!(root().join(file).is_file(), "{command}");
    }
}
