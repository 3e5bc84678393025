//! The real Stripe CLI from npm, and a release server on loopback that serves a stub packed as a release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Devtool;
use super::endpoint::{Endpoint, Reply};

pub(crate) const VERSION: &str = "1.52.0";
pub(crate) const ARCHIVE: &str = "/releases/download/v1.52.0/stripe_1.52.0_linux_x86_64.tar.gz";

/// A run that keeps the environment's settings for npm and its registry, in a home of its own, and
/// finds no other Stripe CLI.
pub(crate) fn devtool(arguments: &[&str]) -> Devtool {
    let mut devtool = Devtool::new(arguments);
    let own = ["APPDATA", "CI", "HOME", "LOCALAPPDATA", "PATH", "USERPROFILE"];
    for (name, value) in std::env::vars() {
        if !name.starts_with("XDG_") && !own.contains(&name.as_str()) {
            devtool = devtool.env(&name, &value);
        }
    }
    devtool
}

/// The real program of a version, installed once by `setup --from npm`, which takes a file lock.
pub(crate) fn real_stripe_of(version: &str) -> PathBuf {
    static PROGRAMS: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    // The canary asks for one that is newer than all that the tests know.
    let newest = std::env::var("DEVTOOL_TESTS_STRIPE_CLI").ok().filter(|_| version == VERSION);
    let version = newest.as_deref().unwrap_or(version);
    let mut programs = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let install = || {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stripe-{version}"));
        let text = directory.to_str().unwrap();
        let setup = ["setup", "--skip-login", "--from", "npm", "--version", version, "--dir", text];
        devtool(&setup).run().code(0);
        directory.join("stripe")
    };
    programs.entry(version.to_owned()).or_insert_with(install).clone()
}

/// A program of two megabytes, packed as a release.
pub(crate) fn archive() -> &'static [u8] {
    static PACKED: OnceLock<Vec<u8>> = OnceLock::new();
    PACKED.get_or_init(|| {
        let script = super::stub::script(VERSION, &[]);
        packed(format!("{script}exit\n# {}\n", "x".repeat(2_000_000)).as_bytes())
    })
}

/// Not compressed, to save time.
pub(crate) fn packed(program: &[u8]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let mut builder = tar::Builder::new(encoder);
    let mut header = tar::Header::new_gnu();
    header.set_size(program.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, "stripe", program).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

pub(crate) fn checksum(bytes: &[u8]) -> String {
    devtool::text::hexadecimal::digits(&Sha256::digest(bytes))
}

/// A release server that has one release with this archive, whose checksum is as given.
pub(crate) fn mirror(archive: &'static [u8], sum: String) -> Endpoint {
    Endpoint::new(move |request| match request.uri.path() {
        "/releases/latest" => Reply::new(200, r#"{"tag_name": "v1.52.0"}"#),
        path if path.ends_with("checksums.txt") => {
            Reply::new(200, &format!("{sum}  stripe_1.52.0_linux_x86_64.tar.gz\n"))
        }
        ARCHIVE => Reply { body: archive.to_vec(), ..Reply::new(200, "") },
        _ => Reply::new(404, ""),
    })
}

pub(crate) fn honest_mirror() -> Endpoint {
    mirror(archive(), checksum(archive()))
}

pub(crate) fn url(endpoint: &Endpoint) -> String {
    format!("http://127.0.0.1:{}", endpoint.port())
}

/// Setup from a mirror into `stripe-cli` in the working directory.
pub(crate) fn from_mirror(url: &str) -> Devtool {
    let source =
        ["setup", "--skip-login", "--from", "github", "--dir", "stripe-cli", "--mirror", url];
    // The doctor, who has the last word, asks nobody but this machine.
    Devtool::new(&source)
        .env("DEVTOOL_STRIPE_API_BASE", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
}

pub(crate) fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An honest mirror that stays up until the test's process ends.
pub(crate) fn honest_mirror_for_one() -> &'static Endpoint {
    honest_mirror().left_alone()
}
