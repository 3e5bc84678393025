//! Embeds the files under `catalog/` and `scenarios/`, so that adding one of them touches no Rust.

#![expect(clippy::disallowed_methods, reason = "cargo hands a build script its input so")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "src/event/index.rs"]
mod index;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed=src/event/index.rs");
    for (name, folder, extension) in [
        ("objects.rs", "catalog/objects", "json"),
        ("events.rs", "catalog/events", "json"),
        ("fixtures.rs", "catalog/fixtures", "json"),
        ("shapes.rs", "catalog/shapes", "json"),
        ("scenarios.rs", "scenarios", "toml"),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        fs::write(out.join(name), table(&files(&root.join(folder), extension)?))?;
    }
    fs::write(out.join("types.rs"), types(&files(&root.join("catalog/events"), "json")?)?)?;
    skip_switches();
    Ok(())
}

/// The files of a folder, sorted by name.
fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == extension));
    files.sort_by_key(|file| file.file_stem().map(ToOwned::to_owned));
    Ok(files)
}

/// A list, as Rust, of the name and text of each file.
fn table(files: &[PathBuf]) -> String {
    let mut code = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(code, "    ({stem:?}, include_str!({:?})),", path.display().to_string());
    }
    code.push_str("]\n");
    code
}

/// A list, as Rust, of the place of each event type, sorted by name.
fn types(files: &[PathBuf]) -> io::Result<String> {
    let texts: Vec<String> = files.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    let mut places = Vec::new();
    for (at, (path, text)) in files.iter().zip(&texts).enumerate() {
        let fault = |line| io::Error::other(format!("{}:{line}: not laid out", path.display()));
        places.extend(index::places(at, text).map_err(fault)?);
    }
    places.sort_by_key(|place| place.name);
    Ok(format!("&{places:#?}\n"))
}

/// Lets the tests that need a program of the machine show as ignored where `DEVTOOL_TESTS_WITHOUT`
/// names it.
fn skip_switches() {
    println!("cargo:rerun-if-env-changed=DEVTOOL_TESTS_WITHOUT");
    let without = env::var("DEVTOOL_TESTS_WITHOUT").unwrap_or_default();
    for program in ["python3", "node", "bash", "zsh", "fish", "chromium", "xmllint"] {
        println!("cargo:rustc-check-cfg=cfg(tests_without_{program})");
        if without.split(',').any(|name| name.trim() == program) {
            println!("cargo:rustc-cfg=tests_without_{program}");
        }
    }
}
