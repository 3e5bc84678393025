//! Whether an endpoint is correct and safe: probes, each of which sends it something and judges the answer, and
//! what they found. Nothing here knows how that looks.
//!
//! A verdict is only what was earned: what cannot be told is not tested, and there is no score.

mod baseline;
mod catalogue;
mod effect;
mod finding;
mod forms;
mod framework;
mod groups;
mod job;
mod own_app;
mod probe;
mod prober;
mod run;
mod selection;
mod subscriptions;
mod trial;
mod under_way;

pub(crate) use catalogue::{GROUPS, group_name, probes};
pub(crate) use finding::{
    AuditOutcome, AuditResult, Evidence, NotTested, ProbeResult, ProbeVerdict, TypeAnswer,
};
pub(crate) use job::{AppKind, AuditJob};
pub(crate) use probe::{AuditProbe, Severity};
pub(crate) use run::run;
pub(crate) use selection::{Selection, name as probe_name};
pub(crate) use subscriptions::Subscriptions;
