//! All probes, from the files of probes/, in the order of the groups.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::probe::AuditProbe;

/// The groups: the start of their probes' ids, what they are about, and their file.
pub(crate) const GROUPS: [(&str, &str, &str); 18] = [
    ("SIG", "signature", include_str!("probes/sig.toml")),
    ("TIM", "time", include_str!("probes/tim.toml")),
    ("RAW", "raw body", include_str!("probes/raw.toml")),
    ("MET", "method and path", include_str!("probes/met.toml")),
    ("BOD", "body", include_str!("probes/bod.toml")),
    ("TYP", "event types", include_str!("probes/typ.toml")),
    ("VER", "API versions", include_str!("probes/ver.toml")),
    ("CON", "Connect and live mode", include_str!("probes/con.toml")),
    ("THN", "thin events", include_str!("probes/thn.toml")),
    ("INV", "invoices", include_str!("probes/inv.toml")),
    ("ACK", "acceptance", include_str!("probes/ack.toml")),
    ("DUP", "duplicates", include_str!("probes/dup.toml")),
    ("ORD", "order", include_str!("probes/ord.toml")),
    ("API", "calls of Stripe's API", include_str!("probes/api.toml")),
    ("SPD", "speed", include_str!("probes/spd.toml")),
    ("LEK", "leaks", include_str!("probes/lek.toml")),
    ("NET", "transport", include_str!("probes/net.toml")),
    ("CFG", "configuration", include_str!("probes/cfg.toml")),
];

/// What probes refer to, by the names that they use.
const REFERENCES: &str = include_str!("probes/references.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    probe: Vec<AuditProbe>,
}

/// All probes. A file that cannot be read has none; a test reads all of them.
pub(crate) fn probes() -> &'static [AuditProbe] {
    static PROBES: OnceLock<Vec<AuditProbe>> = OnceLock::new();
    PROBES.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Result<Vec<AuditProbe>, toml::de::Error> {
    let urls: BTreeMap<String, String> = toml::from_str(REFERENCES)?;
    let mut probes = Vec::new();
    for (_, _, text) in GROUPS {
        probes.extend(toml::from_str::<GroupFile>(text)?.probe);
    }
    for probe in &mut probes {
        for reference in &mut probe.references {
            if let Some(url) = urls.get(reference) {
                reference.clone_from(url);
            }
        }
        probe.references.dedup();
    }
    Ok(probes)
}

/// What a group is about.
pub(crate) fn group_name(group: &str) -> &'static str {
    GROUPS.iter().find(|(start, ..)| *start == group).map_or("", |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_probe_is_whole() {
        let probes = read().unwrap();
        let mut before: Option<&AuditProbe> = None;
        for probe in &probes {
            let id = &probe.id;
            assert!(!group_name(probe.group()).is_empty(), "{id} is of no group");
            if let Some(before) = before.filter(|before| before.group() == probe.group()) {
                assert!(before.id < probe.id, "{id} stands behind {}", before.id);
            }
            for text in [&probe.title, &probe.sends, &probe.correct, &probe.why, &probe.fix] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text}");
            }
            assert!(!probe.references.is_empty(), "{id}");
            assert!(probe.references.iter().all(|url| url.starts_with("https://")), "{id}");
            for other in &probe.follows {
                assert!(probes.iter().any(|probe| probe.id == *other), "{id} follows {other}");
            }
            before = Some(probe);
        }
    }
}
