//! `--baseline`: the findings that are known already, in a file of the project's.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::audit::{AuditOutcome, AuditResult, ProbeResult, ProbeVerdict, Severity};
use crate::config::files;
use crate::config::reading::{self, InputKind};
use crate::error::{Error, Kind, Result};

/// Which findings are known.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Findings")]
pub(super) struct BaselineOptions {
    /// File with findings that are known and do not count
    #[arg(long, env = "DEVTOOL_BASELINE", value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,

    /// Write this audit's findings to the file of --baseline, or of devtool.toml
    #[arg(hide_short_help = true, long)]
    update_baseline: bool,
}

/// The file.
#[derive(Debug, Default, Deserialize)]
struct BaselineFile {
    findings: Vec<KnownFinding>,
}

#[derive(Debug, Deserialize)]
struct KnownFinding {
    id: String,
    severity: Severity,
}

impl BaselineOptions {
    /// The same with the file of devtool.toml, where no other is named.
    ///
    /// # Errors
    /// A file is to be written, and none is named.
    pub(super) fn or_of_file(self, known: Option<&PathBuf>) -> Result<Self> {
        let baseline = self.baseline.or_else(|| known.cloned());
        if self.update_baseline && baseline.is_none() {
            let message = "`--update-baseline` needs a file to write";
            let hint =
                "name it with `--baseline FILE`, or as `baseline` in `[audit]` of devtool.toml";
            return Err(Error::new(Kind::Usage, message).hinted(hint));
        }
        Ok(Self { baseline, ..self })
    }

    /// Marks what the file has; or writes the file.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn apply(&self, result: &mut AuditResult, directory: &Path) -> Result<()> {
        let Some(file) = self.baseline.as_ref().map(|file| directory.join(file)) else {
            return Ok(());
        };
        // Findings that were not looked for are not gone.
        if self.update_baseline && result.outcome() == AuditOutcome::Told {
            let before = if file.exists() { read(&file)? } else { BaselineFile::default() };
            let text = written(result, &before);
            files::publish(&file, &text).map_err(|source| Error::write(&file, source))?;
        }
        // An audit that wrote none has nothing to compare with.
        if self.update_baseline && !file.exists() {
            return Ok(());
        }
        let known = read(&file)?;
        for one in result.probes.iter_mut().filter(|one| one.has_failed()) {
            let is_it =
                |known: &KnownFinding| known.id == one.probe.id && known.severity >= one.severity;
            one.is_known = known.findings.iter().any(is_it);
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<BaselineFile> {
    let text = reading::text(file, InputKind::Text)
        .map_err(|source| Error::read(file, source).hinted("`--update-baseline` writes it"))?;
    serde_json::from_str(&text).map_err(|source| {
        let message = format!("cannot use `{}` as a baseline", file.display());
        Error::new(Kind::Config, message)
            .caused_by(source)
            .hinted("`--update-baseline` writes it anew")
    })
}

/// This audit's findings, and those before of probes that did not say anything this time.
fn written(result: &AuditResult, before: &BaselineFile) -> String {
    let says = |one: &ProbeResult| matches!(one.verdict, ProbeVerdict::Pass | ProbeVerdict::Fail);
    let is_open = |known: &&KnownFinding| {
        !result.probes.iter().any(|one| one.probe.id == known.id && says(one))
    };
    let found = result.probes.iter().filter(|one| one.is_fault());
    let found = found.map(|one| (one.probe.id.as_str(), one.severity));
    let kept = before.findings.iter().filter(is_open);
    let kept = kept.map(|known| (known.id.as_str(), known.severity));
    let mut findings: Vec<(&str, Severity)> = found.chain(kept).collect();
    findings.sort_by_key(|(id, _)| *id);
    let finding = |(id, severity): (&str, Severity)| json!({"id": id, "severity": severity.word()});
    let findings: Vec<_> = findings.into_iter().map(finding).collect();
    format!("{:#}\n", json!({"schema": 1, "findings": findings}))
}
