//! `--baseline`: the findings that are known already, in a file of the project's.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::audit::{AuditResult, ProbeResult, Severity};
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

    /// Write this audit's findings to the file of --baseline
    #[arg(hide_short_help = true, long, requires = "baseline")]
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
    /// Marks what the file has; or writes the file.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(super) fn apply(&self, result: &mut AuditResult, directory: &Path) -> Result<()> {
        let Some(file) = self.baseline.as_ref().map(|file| directory.join(file)) else {
            return Ok(());
        };
        if self.update_baseline {
            let text = written(result);
            files::publish(&file, &text).map_err(|source| Error::write(&file, source))?;
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

fn written(result: &AuditResult) -> String {
    let finding = |one: &ProbeResult| json!({"id": one.probe.id, "severity": one.severity.word()});
    let findings: Vec<_> = result.probes.iter().filter(|one| one.is_fault()).map(finding).collect();
    format!("{:#}\n", json!({"schema": 1, "findings": findings}))
}
