//! A probe, as the catalogue has it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What is sent to find a fault of one kind, why that matters, and how to fix it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the catalogue's files")]
pub(crate) struct AuditProbe {
    /// `SIG-01`
    pub id: String,
    /// How bad the fault is.
    pub severity: Severity,
    /// The fault, as a finding's first line has it.
    pub title: String,
    /// What is sent.
    pub sends: String,
    /// What a correct endpoint does.
    pub correct: String,
    /// Why it matters, in one sentence.
    pub why: String,
    /// How to fix it, whatever the framework.
    pub fix: String,
    /// How to fix it in a framework, where the code differs.
    #[serde(default)]
    pub fixes: BTreeMap<String, String>,
    /// Where to read on; URLs once the catalogue is read.
    pub references: Vec<String>,
    /// Whether it sends what a correct endpoint acts on: it says nothing where that rejects a plain event.
    #[serde(default)]
    pub signed: bool,
    /// Whether it loads the endpoint: nothing else is sent meanwhile, and it needs consent on other machines.
    #[serde(default)]
    pub heavy: bool,
    /// Whether it needs to see the app's state.
    #[serde(default)]
    pub state: bool,
    /// Whether it needs a handler that asks the local API.
    #[serde(default)]
    pub api: bool,
    /// Whether it sends nothing and reads the answers of all others.
    #[serde(default)]
    pub reads: bool,
    /// How long it waits by its nature.
    pub waits: Option<String>,
    /// The probes whose failure makes this one fail.
    #[serde(default)]
    pub follows: Vec<String>,
    /// What every library of Stripe's does with it by itself: `refuse` or `accept`.
    pub libraries: Option<String>,
}

impl AuditProbe {
    /// `SIG`
    pub(crate) fn group(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

/// How bad a fault is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Worth knowing, and no fault.
    Info,
    /// A fault that does little harm.
    Low,
    /// A fault that does harm in some cases.
    Medium,
    /// Events are lost, or done twice.
    High,
    /// Anybody can do harm.
    Critical,
}

impl Severity {
    /// The word of reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
