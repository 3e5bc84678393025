//! The user's shell, and where it looks for the completions of commands.

use std::path::{Path, PathBuf};

use super::directories::{absolute, base, home_in};
use super::environment::Environment;

/// A shell that completes devtool's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash, with the package bash-completion.
    Bash,
    /// elvish.
    Elvish,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// zsh.
    Zsh,
}

impl Shell {
    /// The shell of a program's name or path.
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.trim_start_matches('-').to_ascii_lowercase();
        Some(match name.trim_end_matches(".exe") {
            "bash" => Self::Bash,
            "elvish" => Self::Elvish,
            "fish" => Self::Fish,
            "powershell" | "pwsh" => Self::PowerShell,
            "zsh" => Self::Zsh,
            _ => return None,
        })
    }

    /// How it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
            Self::Zsh => "zsh",
        }
    }

    /// The file that it reads when it starts, where devtool knows it.
    pub fn start_file(self, environment: &Environment) -> Option<PathBuf> {
        let home = home_in(environment)?;
        Some(match self {
            Self::Bash => home.join(".bashrc"),
            Self::Elvish => config(environment)?.join("elvish/rc.elv"),
            Self::Fish => config(environment)?.join("fish/config.fish"),
            Self::PowerShell => return None,
            Self::Zsh => absolute(environment, "ZDOTDIR").unwrap_or(home).join(".zshrc"),
        })
    }

    /// The files in which it looks for devtool's completion, the one to write first. None where it reads only
    /// what it starts with, or where the home directory is not known.
    pub fn completion_files(self, environment: &Environment) -> Vec<PathBuf> {
        let Some(home) = home_in(environment) else { return Vec::new() };
        match self {
            Self::Bash => data(environment)
                .map(|data| data.join("bash-completion/completions/devtool"))
                .into_iter()
                .collect(),
            Self::Fish => config(environment)
                .map(|config| config.join("fish/completions/devtool.fish"))
                .into_iter()
                .collect(),
            Self::Zsh => {
                let usual = [home.join(".zfunc"), home.join(".zsh/completions")];
                let all = own_function_directories(&home, environment).into_iter().chain(usual);
                all.map(|directory| directory.join("_devtool")).collect()
            }
            Self::Elvish | Self::PowerShell => Vec::new(),
        }
    }
}

/// The directories of zsh's `fpath` that are the user's own, where the variable is exported.
fn own_function_directories(home: &Path, environment: &Environment) -> Vec<PathBuf> {
    let directories = environment.variable("FPATH").unwrap_or_default().split(':');
    let is_own = |directory: &PathBuf| {
        let found = directory.metadata();
        directory.starts_with(home)
            && found.is_ok_and(|found| found.is_dir() && !found.permissions().readonly())
    };
    directories.map(PathBuf::from).filter(is_own).collect()
}

fn data(environment: &Environment) -> Option<PathBuf> {
    base(environment, "XDG_DATA_HOME", ".local/share")
}

fn config(environment: &Environment) -> Option<PathBuf> {
    base(environment, "XDG_CONFIG_HOME", ".config")
}

/// Where the package bash-completion is, without which bash reads no file of completions.
const BASH_COMPLETION: [&str; 5] = [
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/etc/profile.d/bash_completion.sh",
    "/usr/local/etc/profile.d/bash_completion.sh",
    "/etc/bash_completion",
];

/// Whether bash reads files of completions.
pub fn has_bash_completion() -> bool {
    BASH_COMPLETION.iter().any(|file| Path::new(file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_their_programs() {
        for (program, shell) in [
            ("/bin/bash", Some(Shell::Bash)),
            ("-zsh", Some(Shell::Zsh)),
            ("C:\\Program Files\\PowerShell\\7\\pwsh.exe", Some(Shell::PowerShell)),
            ("/usr/bin/tcsh", None),
            ("", None),
        ] {
            assert_eq!(Shell::of_program(program), shell, "{program}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_users_own_directories_come_first() {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join("functions");
        std::fs::create_dir(&own).unwrap();
        let fpath = format!("/usr/share/zsh:{}/none:{}", home.path().display(), own.display());
        let home = home.path().to_str().unwrap();
        let environment = |more: &[(&str, &str)]| {
            let variables: Vec<_> = [("HOME", home)].into_iter().chain(more.to_vec()).collect();
            Environment::new(&variables, "/")
        };
        let first = |shell: Shell, more: &[(&str, &str)]| {
            shell.completion_files(&environment(more))[0].clone()
        };
        assert_eq!(first(Shell::Zsh, &[("FPATH", &fpath)]), own.join("_devtool"));
        assert_eq!(first(Shell::Zsh, &[]), Path::new(home).join(".zfunc/_devtool"));
        let data = Path::new("/data/bash-completion/completions/devtool");
        assert_eq!(first(Shell::Bash, &[("XDG_DATA_HOME", "/data")]), data);
        let relative = first(Shell::Bash, &[("XDG_DATA_HOME", "data")]);
        assert!(relative.starts_with(home), "{}", relative.display());
        let fish = Path::new("/c/fish/completions/devtool.fish");
        assert_eq!(first(Shell::Fish, &[("XDG_CONFIG_HOME", "/c")]), fish);
        assert!(Shell::PowerShell.completion_files(&environment(&[])).is_empty());
    }
}
