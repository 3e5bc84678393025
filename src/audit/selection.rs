//! Which probes run: by their ids, or by their groups.

use super::catalogue::{GROUPS, probes};
use super::probe::AuditProbe;
use crate::text::suggestion;

/// The probes that were asked for, without those that are to be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Ids and groups; all where there are none.
    pub only: Vec<String>,
    /// Ids and groups.
    pub skip: Vec<String>,
}

impl Selection {
    /// Whether a probe runs.
    pub(crate) fn takes(&self, probe: &AuditProbe) -> bool {
        let names = |name: &String| *name == probe.id || name == probe.group();
        (self.only.is_empty() || self.only.iter().any(names)) && !self.skip.iter().any(names)
    }

    /// The probes that run, in the order of the catalogue.
    pub(crate) fn probes(&self) -> impl Iterator<Item = &'static AuditProbe> {
        probes().iter().filter(|probe| self.takes(probe))
    }
}

/// Reads an id or a group, in any case.
///
/// # Errors
/// There is none of that name.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let wanted = text.trim().to_ascii_uppercase();
    let is_group = GROUPS.iter().any(|(group, ..)| *group == wanted);
    if is_group || probes().iter().any(|probe| probe.id == wanted) {
        return Ok(wanted);
    }
    let groups = GROUPS.iter().map(|(group, ..)| *group);
    let near =
        suggestion::near(&wanted, probes().iter().map(|probe| probe.id.as_str()).chain(groups));
    let hint = suggestion::did_you_mean(&near);
    Err(hint
        .unwrap_or_else(|| "expected a probe such as SIG-01, or a group such as SIG".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_groups_select() {
        let ids = |only: &[&str], skip: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|text| name(text).unwrap()).collect();
            let selection = Selection { only: names(only), skip: names(skip) };
            selection.probes().map(|probe| probe.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&["tim", "sig-01"], &["TIM-02"]), ["SIG-01", "TIM-01", "TIM-03", "TIM-04"]);
        assert_eq!(ids(&[], &[]).len(), probes().len());
        assert!(name("SIG-1").unwrap_err().starts_with("did you mean"));
    }
}
