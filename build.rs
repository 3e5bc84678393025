//! Embeds the files under `catalog/` and `scenarios/`, so that adding one of them touches no Rust.

#![expect(clippy::disallowed_methods, reason = "cargo hands a build script its input so")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for (name, folder, extension) in [
        ("objects.rs", "catalog/objects", "json"),
        ("events.rs", "catalog/events", "json"),
        ("scenarios.rs", "scenarios", "toml"),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        fs::write(out.join(name), table(&root.join(folder), extension)?)?;
    }
    skip_switches();
    Ok(())
}

/// A list, as Rust, of the name and text of each file of a folder, sorted by name.
fn table(folder: &Path, extension: &str) -> io::Result<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == extension));
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(code, "    ({stem:?}, include_str!({:?})),", path.display().to_string());
    }
    code.push_str("]\n");
    Ok(code)
}

/// Lets the tests that need Python or Node show as ignored where `DEVTOOL_TESTS_WITHOUT` names them.
fn skip_switches() {
    println!("cargo:rerun-if-env-changed=DEVTOOL_TESTS_WITHOUT");
    let without = env::var("DEVTOOL_TESTS_WITHOUT").unwrap_or_default();
    for program in ["python3", "node"] {
        println!("cargo:rustc-check-cfg=cfg(tests_without_{program})");
        if without.split(',').any(|name| name.trim() == program) {
            println!("cargo:rustc-cfg=tests_without_{program}");
        }
    }
}
