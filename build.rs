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
    for (name, folder, read) in [
        ("objects.rs", "catalog/objects", unindented as Read),
        ("events.rs", "catalog/events", whole),
        ("fixtures.rs", "catalog/fixtures", unindented),
        ("shapes.rs", "catalog/shapes", unindented),
        ("scenarios.rs", "scenarios", whole),
        ("writes.rs", "catalog/api/writes", unindented),
        ("parameters.rs", "catalog/api/parameters", unindented),
    ] {
        println!("cargo:rerun-if-changed={folder}");
        let extension = if folder == "scenarios" { "toml" } else { "json" };
        fs::write(out.join(name), table(&files(&root.join(folder), extension)?, read)?)?;
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

/// How a file's text is read.
type Read = fn(&Path) -> io::Result<String>;

fn whole(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// JSON without its indentation, which is a sixth of it. Lines stay, since faults are told by them.
fn unindented(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    Ok(text.split_inclusive('\n').map(|line| line.trim_start_matches(' ')).collect())
}

/// A list, as Rust, of the name and text of each file.
fn table(files: &[PathBuf], read: Read) -> io::Result<String> {
    let mut code = String::from("&[\n");
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(code, "    ({stem:?}, {:?}),", read(path)?);
    }
    code.push_str("]\n");
    Ok(code)
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

/// What some tests need of the machine, and the programs that each is known by.
const NEEDS: [(&str, &[&str]); 14] = [
    ("bash", &["bash"]),
    ("chromium", &["chromium", "chromium-browser", "google-chrome"]),
    ("curl", &["curl"]),
    ("fish", &["fish"]),
    ("git", &["git"]),
    ("mandoc", &["mandoc"]),
    ("node", &["npm"]),
    ("openssl", &["openssl"]),
    ("python3", &["python3"]),
    // Windows takes no script for a program.
    ("sh", if cfg!(windows) { &[] } else { &["sh"] }),
    ("tmux", &["tmux"]),
    // `script` is another program elsewhere, so `prlimit` tells that both are util-linux's.
    ("util_linux", &["prlimit"]),
    ("xmllint", &["xmllint"]),
    ("zsh", &["zsh"]),
];

/// Lets tests show as ignored where the machine lacks what they need, or `DEVTOOL_TESTS_WITHOUT` names it.
/// With `DEVTOOL_TESTS_REQUIRE=all` they are run, and fail.
fn skip_switches() {
    for variable in ["DEVTOOL_TESTS_REQUIRE", "DEVTOOL_TESTS_WITHOUT", "PATH"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let requires_all = env::var("DEVTOOL_TESTS_REQUIRE").is_ok_and(|value| value == "all");
    let without = env::var("DEVTOOL_TESTS_WITHOUT").unwrap_or_default();
    let named = |need: &str| without.split(',').any(|name| name.trim() == need);
    let mut missing = Vec::new();
    for (need, programs) in NEEDS {
        println!("cargo:rustc-check-cfg=cfg(tests_without_{need})");
        if named(need) || !requires_all && !programs.iter().any(|program| is_installed(program)) {
            println!("cargo:rustc-cfg=tests_without_{need}");
            missing.push(need);
        }
    }
    println!("cargo:rustc-env=DEVTOOL_TESTS_MISSING={}", missing.join(","));
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["", ".exe", ".cmd"].map(|suffix| format!("{program}{suffix}"));
    env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}
