//! What lies on this machine: the signing secret, `.env`, the shell's completion.

use std::path::{Path, PathBuf};

use super::finding::{Finding, Health};
use super::subject::Subject;
use crate::config::{Environment, SecretSource, env_files};
use crate::process::git;

/// Which signing secret is in force.
pub(super) fn secret(subject: &Subject<'_>) -> Finding {
    let found = &subject.plan.job.secret;
    let directory = &subject.environment.working_directory;
    let seen = format!("{} ({})", found.secret.hint(), found.source.describe(directory));
    match (&found.source, found.other_variable()) {
        (_, Some(other)) => {
            let seen = format!("{seen}; {}", other.describe());
            let fix = format!("to use that one, put `{}` into devtool.toml", other.line());
            Finding::new("secret", Health::Warning, seen).with_fix(fix)
        }
        (SecretSource::Own { .. }, None) => Finding::new("secret", Health::Warning, seen)
            .with_fix("`devtool secret --write` writes it for your app"),
        _ => Finding::new("secret", Health::Good, seen),
    }
}

/// Whether git would commit a file that apps keep secrets in.
pub(super) fn env_files(working_directory: &Path) -> Finding {
    let about = |health, seen: String| Finding::new("git", health, seen);
    let files = env_files::private(working_directory);
    if let Some(file) = files.iter().find(|file| git::would_be_committed(file)) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        return about(Health::Warning, format!("git would commit {}", file.display()))
            .with_fix(format!("add `{name}` to .gitignore"));
    }
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    match names.len() {
        0 => about(Health::Good, "no .env file".to_owned()),
        1 => about(Health::Good, format!("{} is ignored by git", names[0])),
        _ => about(Health::Good, format!("{} are ignored by git", names.join(" and "))),
    }
}

/// Whether the user's shell completes devtool's words.
pub(super) fn completion(environment: &Environment) -> Finding {
    let about = |health, seen: String| Finding::new("completion", health, seen);
    let shell = environment.variable("SHELL").unwrap_or_default();
    let shell = shell.rsplit('/').next().unwrap_or_default();
    let Some(home) = environment.variable("HOME").map(PathBuf::from) else {
        return about(Health::Skipped, "home directory unknown".to_owned());
    };
    let Some((scripts, start, line)) = places(shell) else {
        return about(Health::Skipped, "not checked for this shell".to_owned());
    };
    let script = scripts.iter().map(|file| home.join(file)).find(|file| file.is_file());
    let start = home.join(start);
    let is_in_start = std::fs::read_to_string(&start).is_ok_and(|text| {
        text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("devtool"))
    });
    match script {
        Some(file) => {
            about(Health::Good, format!("{shell} completion is installed ({})", file.display()))
        }
        None if is_in_start => {
            about(Health::Good, format!("{shell} completion is installed ({})", start.display()))
        }
        None => {
            about(Health::Skipped, format!("{shell} completion is not installed")).with_fix(line)
        }
    }
}

/// Where a shell looks for completions below the home directory, which file it starts with, and what
/// sets devtool's completion up.
fn places(shell: &str) -> Option<(&'static [&'static str], &'static str, &'static str)> {
    match shell {
        "bash" => Some((
            &[".local/share/bash-completion/completions/devtool"],
            ".bashrc",
            "devtool completions bash > ~/.local/share/bash-completion/completions/devtool",
        )),
        "zsh" => Some((
            &[".zfunc/_devtool", ".zsh/completions/_devtool"],
            ".zshrc",
            "devtool completions zsh > ~/.zfunc/_devtool, with ~/.zfunc in fpath",
        )),
        "fish" => Some((
            &[".config/fish/completions/devtool.fish"],
            ".config/fish/config.fish",
            "devtool completions fish > ~/.config/fish/completions/devtool.fish",
        )),
        _ => None,
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
        assert_eq!(look("/bin/tcsh").health, Health::Skipped);
        assert!(look("/bin/bash").fix.is_some());
        std::fs::write(home.path().join(".bashrc"), "# devtool\n").unwrap();
        assert_eq!(look("/bin/bash").health, Health::Skipped, "a comment sets nothing up");
        std::fs::write(home.path().join(".bashrc"), "source <(devtool completions bash)\n")
            .unwrap();
        assert_eq!(look("/bin/bash").health, Health::Good);
        std::fs::create_dir(home.path().join(".zfunc")).unwrap();
        std::fs::write(home.path().join(".zfunc/_devtool"), "").unwrap();
        assert_eq!(look("/usr/bin/zsh").health, Health::Good);
    }
}
