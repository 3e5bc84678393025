//! CFG-01: secrets that everybody gets who gets the code. Nothing is sent.

use std::path::{Path, PathBuf};

use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use crate::process::git;

/// What Stripe's secrets begin with, and how many characters follow at least: examples in documents have fewer.
const SECRETS: [&str; 5] = ["whsec_", "sk_live_", "rk_live_", "sk_test_", "rk_test_"];
const SHORTEST: usize = 24;
/// The key of Stripe's documents.
const OF_DOCUMENTS: &str = "4eC39HqLyjWDarjtT1zdp7dc";
/// What the names of variables begin with that bundlers put into the code for browsers.
const PUBLIC: [&str; 8] = [
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "EXPO_PUBLIC_",
    "NUXT_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
    "PUBLIC_",
];
/// The largest file that is read, in bytes, and how many places are told.
const LARGEST: u64 = 1024 * 1024;
const MOST_TOLD: usize = 10;

pub(super) fn run(probe: &'static AuditProbe, audit: &Audit) -> ProbeResult {
    let Some(files) = git::tracked(&audit.directory) else {
        let way = "run the audit in the directory of the app's code";
        let reason = "the working directory is not in a git repository";
        return ProbeResult::not_tested(probe, reason, Some(way));
    };
    let found: Vec<String> =
        files.iter().flat_map(|file| places(&audit.directory, file)).take(MOST_TOLD).collect();
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    match found.as_slice() {
        [] => pass,
        _ => ProbeResult { verdict: ProbeVerdict::Fail, seen: found, ..pass },
    }
}

/// Where a file has a secret.
fn places(directory: &Path, file: &PathBuf) -> Vec<String> {
    let path = directory.join(file);
    let is_small = path.metadata().is_ok_and(|is| is.is_file() && is.len() <= LARGEST);
    let text =
        if is_small { std::fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
    let place = |(index, line): (usize, &str)| {
        let what = told(line)?;
        Some(format!("{}:{}: {what}", file.display(), index + 1))
    };
    text.lines().enumerate().filter_map(place).collect()
}

/// What is secret in a line.
fn told(line: &str) -> Option<String> {
    let is_secret = |start: &&&str| {
        line.match_indices(**start).any(|(at, _)| {
            let rest = &line[at + start.len()..];
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let drawn = &rest[..length];
            length >= SHORTEST
                && drawn != OF_DOCUMENTS
                && drawn.contains(|c: char| c.is_ascii_digit())
        })
    };
    if let Some(start) = SECRETS.iter().find(is_secret) {
        return Some(format!("a secret that begins with {start}"));
    }
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_bundled = |word: &&str| {
        PUBLIC.iter().any(|start| word.starts_with(start))
            && word.contains("STRIPE")
            && word.contains("SECRET")
    };
    let name = words.into_iter().find(is_bundled)?;
    Some(format!("{name}, which bundlers put into the code for browsers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_form() {
        let drawn = "0123456789abcdefABCDEF0123456789";
        for start in SECRETS {
            assert!(told(&format!("STRIPE={start}{drawn}")).is_some(), "{start}");
            assert!(told(&format!("STRIPE={start}your_secret_here")).is_none(), "{start}");
        }
        assert!(told("pk_test_0123456789abcdefABCDEF0123456789").is_none(), "it is public");
        assert!(told("process.env.NEXT_PUBLIC_STRIPE_WEBHOOK_SECRET").is_some());
        assert!(told("process.env.NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY").is_none());
        assert!(told("process.env.STRIPE_WEBHOOK_SECRET").is_none());
    }
}
