//! What lies on this machine: the signing secret, `.env`, the shell's completion.

use std::path::{Path, PathBuf};

use super::finding::{Finding, Health};
use super::settings::of_error;
use super::subject::Subject;
use crate::api::session;
use crate::config::completion::Shell;
use crate::config::{Environment, SecretSource, env_files, secret_source};
use crate::error::Kind;
use crate::process::git;

/// Which signing secret is in force, and what is to be known of it; nothing where there is none.
pub(super) fn secret(subject: &Subject<'_>) -> Vec<Finding> {
    let found = &subject.plan.job.secret;
    let directory = &subject.environment.working_directory;
    let seen = format!("{} ({})", found.secret.hint(), found.source.describe(directory));
    let warning = |seen: String| Finding::new("secret", Health::Warning, seen);
    let first = match (&found.source, found.other_variable()) {
        (SecretSource::Run, _) => return Vec::new(),
        (_, Some(other)) => warning(format!("{seen}; {}", other.describe()))
            .with_fix(format!("to use that one, put `{}` into devtool.toml", other.line())),
        (SecretSource::Own { .. }, None) => {
            warning(seen).with_fix("write it for your app:\ndevtool secret --write")
        }
        _ => Finding::new("secret", Health::Good, seen),
    };
    let remarks = secret_source::remarks(found, subject.environment, subject.config);
    std::iter::once(first).chain(remarks.into_iter().map(warning)).collect()
}

/// Whether git would commit a file that apps keep secrets in.
pub(super) fn env_files(working_directory: &Path) -> Finding {
    let about = |health, seen: String| Finding::new("git", health, seen);
    let files = env_files::private(working_directory);
    let short = |file: &PathBuf| secret_source::short(file, working_directory);
    let ignored: Vec<(&PathBuf, Option<bool>)> =
        files.iter().map(|file| (file, git::is_ignored(file))).collect();
    if let Some((file, _)) = ignored.iter().find(|(_, ignored)| *ignored == Some(false)) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        return about(Health::Warning, format!("git would commit {}", short(file)))
            .with_fix(format!("add `{name}` to .gitignore"));
    }
    let names: Vec<String> = files.iter().map(short).collect();
    let (names, are) = (names.join(" and "), if names.len() == 1 { "is" } else { "are" });
    if ignored.is_empty() {
        about(Health::Good, "no .env file".to_owned())
    } else if ignored.iter().all(|(_, ignored)| *ignored == Some(true)) {
        about(Health::Good, format!("{names} {are} ignored by git"))
    } else {
        about(Health::Skipped, format!("{names} {are} in no git repository, or there is no git"))
    }
}

/// Whether a local Stripe API runs that runs tell of their events. Nothing needs one.
pub(super) fn api() -> Finding {
    match session::place().and_then(|place| session::find(&place)) {
        Ok(Some(running)) => {
            let seen = format!("running at {} (pid {})", running.url(), running.pid);
            Finding::new("api", Health::Good, seen)
        }
        Err(error) if error.kind() != Kind::NoPlace => of_error("api", Health::Warning, &error),
        _ => Finding::new("api", Health::Optional, "no `devtool api` is running"),
    }
}

/// Whether the user's shell completes devtool's words.
pub(super) fn completion(environment: &Environment) -> Finding {
    let about = |health, seen: String| Finding::new("completion", health, seen);
    // Windows has no such variable, and cmd completes nothing.
    let usual = cfg!(windows).then_some(Shell::PowerShell);
    let shell = environment.variable("SHELL").and_then(Shell::of_program).or(usual);
    let Some(shell) = shell else {
        return about(Health::Skipped, "not checked for this shell".to_owned());
    };
    if shell == Shell::PowerShell {
        return about(Health::Skipped, "not checked for PowerShell".to_owned())
            .with_fix("see which line $PROFILE needs:\ndevtool completions --install");
    }
    let (name, Some(start)) = (shell.name(), shell.start_file(environment)) else {
        return about(Health::Skipped, "home directory unknown".to_owned());
    };
    let script = shell.completion_files(environment).into_iter().find(|file| file.is_file());
    let is_in_start = std::fs::read_to_string(&start).is_ok_and(|text| {
        text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("devtool"))
    });
    match script.or_else(|| is_in_start.then_some(start)) {
        Some(file) => {
            about(Health::Good, format!("{name} completion is installed ({})", file.display()))
        }
        None => about(Health::Optional, format!("{name} completion is not installed"))
            .with_fix("install it:\ndevtool completions --install"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completion_is_found_where_the_shell_looks() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap();
        let look = |shell: &str| {
            completion(&Environment::new(&[("HOME", path), ("SHELL", shell)], home.path()))
        };
        assert_eq!(look("/bin/tcsh").fix.is_some(), cfg!(windows));
        assert!(look("/usr/bin/pwsh").fix.unwrap().contains("$PROFILE"));
        assert!(look("/bin/bash").fix.is_some());
        std::fs::write(home.path().join(".bashrc"), "# devtool\n").unwrap();
        assert_eq!(look("/bin/bash").health, Health::Optional, "a comment sets nothing up");
        std::fs::write(home.path().join(".bashrc"), "source <(devtool completions bash)\n")
            .unwrap();
        assert_eq!(look("/bin/bash").health, Health::Good);
        std::fs::create_dir(home.path().join(".zfunc")).unwrap();
        std::fs::write(home.path().join(".zfunc/_devtool"), "").unwrap();
        assert_eq!(look("/usr/bin/zsh").health, Health::Good);
    }
}
