//! The commands of scenario files: shown before they run, and run only where the user named the file.

use super::context::Context;
use crate::error::{Error, Kind, Result};
use crate::scenario::Scenario;
use crate::text::{escape, shell};

/// Shows the commands that will run.
///
/// # Errors
/// A file that has some only fits a pattern.
pub(super) fn announce(scenarios: &[Scenario], context: &mut Context) -> Result<()> {
    for scenario in scenarios.iter().filter(|one| one.commands().next().is_some()) {
        let file = scenario.file.as_deref().unwrap_or_else(|| scenario.name.as_ref());
        let file = file.display().to_string();
        if !scenario.is_named {
            let message = format!("`{file}` has commands to run, and only fits a pattern");
            return Err(Error::new(Kind::Usage, message)
                .hinted("read them, then name the file:")
                .suggesting(&format!("devtool scenario {}", shell::quote_on_one_line(&file))));
        }
        let line = |(stage, words): (&str, &[String])| {
            let words = words.iter().map(|word| shell::quote_on_one_line(word));
            format!("\n  {stage}: {}", words.collect::<Vec<_>>().join(" "))
        };
        let commands: String = scenario.commands().map(line).collect();
        context.out.note(&escape::block(&format!("`{file}` runs commands:{commands}")));
    }
    Ok(())
}
