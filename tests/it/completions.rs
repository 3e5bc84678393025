//! Completion, in the shells themselves.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Devtool;

fn script(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name).display().to_string()
}

/// A shell in devtool's clean environment, with devtool on its PATH.
fn shell(devtool: &Devtool, program: &str) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_devtool")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(own).chain(std::env::split_paths(&path));
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", devtool.directory())
        .env("TERM", "dumb")
        .env("PATH", std::env::join_paths(path).unwrap())
        .current_dir(devtool.directory())
        .stdin(Stdio::null());
    command
}

/// What the shell prints; it has a minute for it.
#[track_caller]
fn said(mut command: Command, program: &str) -> String {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn();
    let mut child = child.unwrap_or_else(|e| panic!("this test needs {program} ({e})"));
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// What bash would offer for the last word.
fn in_bash(devtool: &Devtool, words: &[&str]) -> Vec<String> {
    let mut command = shell(devtool, "bash");
    let program = format!(
        "source {}\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n\
         _clap_complete_devtool devtool \"${{COMP_WORDS[COMP_CWORD]}}\" x\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script("devtool.bash")
    );
    command.args(["--norc", "-c", &program, "bash", "devtool"]).args(words);
    said(command, "bash").lines().map(str::to_owned).collect()
}

/// What fish would offer for a line, with its explanation.
fn in_fish(devtool: &Devtool, line: &str) -> Vec<String> {
    let mut command = shell(devtool, "fish");
    let program = format!("source {}; complete -C '{line}'", script("devtool.fish"));
    command.args(["--no-config", "-c", &program]);
    said(command, "fish").lines().map(str::to_owned).collect()
}

/// What an interactive zsh shows for a line and a TAB, up to what is expected.
fn in_zsh(devtool: &Devtool, line: &str, expected: &str) -> String {
    let folder = Path::new(&script("_devtool")).parent().unwrap().display().to_string();
    let program = format!(
        "zmodload zsh/zpty\n\
         zpty z zsh -f -i\n\
         zpty -w z 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; fpath=({folder} $fpath)'\n\
         zpty -w z 'autoload -Uz compinit; compinit -u -D; echo re\"\"ady'\n\
         zpty -r z out '*ready*'\n\
         zpty -w -n z $'{line}\\t'\n\
         zpty -r z out '*{expected}*'\n\
         print -r -- $out\n\
         zpty -d z"
    );
    let mut command = shell(devtool, "zsh");
    command.args(["-f", "-c", &program]);
    said(command, "zsh")
}

#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn bash_completes_types_scenarios_and_files() {
    let devtool = Devtool::new(&[]).file("flow.toml", "").file("flow.txt", "");
    let types = in_bash(&devtool, &["trigger", "invoice.pa"]);
    let expected = ["invoice.paid", "invoice.payment_action_required"];
    assert_eq!(types[..2], expected, "{types:?}");
    assert!(types.iter().all(|name| name.starts_with("invoice.pa")), "{types:?}");
    assert_eq!(in_bash(&devtool, &["trigger", "v2.core.account.cl"]), ["v2.core.account.closed"]);
    assert_eq!(in_bash(&devtool, &["scenario", "bil"]), ["billing"]);
    assert_eq!(in_bash(&devtool, &["scenario", "fl"]), ["flow.toml"]);
    assert_eq!(in_bash(&devtool, &["trigger", "x", "--object", "paym"]).len(), 3);
    let options = in_bash(&devtool, &["trigger", "--keep"]);
    assert_eq!(options, ["--keep-id"], "{options:?}");
}

#[test]
#[cfg_attr(tests_without_fish, ignore = "needs fish")]
fn fish_completes_types_and_scenarios_with_what_they_tell() {
    let devtool = Devtool::new(&[]);
    let types = in_fish(&devtool, "devtool trigger invoice.voi");
    assert_eq!(types, ["invoice.voided\tAn open invoice was voided"]);
    let scenarios = in_fish(&devtool, "devtool scenario pay");
    assert!(scenarios[0].starts_with("payment\t"), "{scenarios:?}");
    assert_eq!(in_fish(&devtool, "devtool tri")[0].split('\t').next(), Some("trigger"));
}

#[test]
#[cfg_attr(tests_without_zsh, ignore = "needs zsh")]
fn zsh_completes_types_and_scenarios_at_the_first_tab() {
    let devtool = Devtool::new(&[]);
    for (line, expected) in [
        ("devtool trigger invoice.voi", "invoice.voided"),
        ("devtool scenario bil", "scenario billing"),
    ] {
        let shown = in_zsh(&devtool, line, expected);
        assert!(shown.contains(expected), "{shown}");
    }
}

#[test]
fn an_unknown_shell_and_words_that_mean_nothing_do_no_harm() {
    let devtool = Devtool::new(&[]);
    let run = Devtool::new(&["--", "devtool", "trigger", "zzz"]).env("DEVTOOL_COMPLETE", "fish");
    assert_eq!(run.run().code(0).stdout, "");
    let run = Devtool::new(&["--", "devtool"]).env("DEVTOOL_COMPLETE", "csh").run();
    assert!(run.code != 0 && run.stderr.contains("no completion for `csh`"), "{}", run.stderr);
    devtool.rerun(&["completions", "csh"]).code(2);
}

#[test]
fn an_installed_script_is_the_printed_one_and_another_file_stays() {
    let devtool = Devtool::new(&["completions", "--install"]).env("SHELL", "/bin/bash");
    let file = devtool.home().join(".local/share/bash-completion/completions/devtool");
    let run = devtool.run().code(0);
    let wrote = format!("wrote {}\n", file.display());
    assert!(run.stdout.starts_with(&wrote), "{}", run.stdout);
    assert!(run.stdout.contains("a new shell") || run.stdout.contains("bash-completion"));
    let printed = devtool.rerun(&["completions", "bash"]).code(0).stdout;
    assert_eq!(devtool.rerun(&["completions"]).code(0).stdout, printed);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed);
    let again = devtool.run().code(0).stdout;
    assert!(again.starts_with(&format!("already installed: {}\n", file.display())), "{again}");
    std::fs::write(&file, "# mine\n").unwrap();
    let refused = devtool.run().code(3).stderr.replace(&file.display().to_string(), "FILE");
    insta::assert_snapshot!(refused, @r"
    error: `FILE` is there already, with other content
      hint: to replace the file:
            devtool completions bash --install --force
    ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
    assert!(devtool.rerun_with(&["--force"]).code(0).stdout.starts_with(&wrote));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed);
    let elsewhere = devtool.home().join("data");
    let devtool = devtool.env("XDG_DATA_HOME", elsewhere.to_str().unwrap());
    devtool.run().code(0);
    assert!(elsewhere.join("bash-completion/completions/devtool").is_file());
}

#[test]
fn shells_without_a_directory_for_scripts_are_told_the_line_to_add() {
    let devtool = Devtool::new(&[]);
    let told = |shell: &str| devtool.rerun(&["completions", shell, "--install"]).code(0).stdout;
    insta::assert_snapshot!(told("powershell"), @r"
    add this line to $PROFILE, and start a new shell:
      devtool completions powershell | Out-String | Invoke-Expression
    ");
    let told = told("elvish");
    assert!(told.contains("rc.elv, and start a new shell:\n  eval (devtool completions elvish"));
    assert!(!devtool.home().join(".config").exists());
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_bash, ignore = "needs bash")]
fn without_a_variable_the_shell_is_the_one_that_devtool_was_started_from() {
    let devtool = Devtool::new(&[]);
    let error = devtool.rerun(&["completions", "--install"]).code(2).stderr;
    insta::assert_snapshot!(error, @r"
    error: cannot tell which shell you use
      hint: name bash, zsh, fish, powershell or elvish, as here:
            devtool completions zsh
    ");
    let mut bash = shell(&devtool, "bash");
    bash.env_remove("SHELL").args(["--norc", "-c", "devtool completions --install; true"]);
    let said = said(bash, "bash");
    assert!(said.contains("/.local/share/bash-completion/completions/devtool\n"), "{said}");
}

#[test]
#[cfg_attr(tests_without_fish, ignore = "needs fish")]
fn fish_completes_at_once_what_was_installed() {
    let devtool = Devtool::new(&["completions", "--install"]).env("SHELL", "/usr/bin/fish");
    let file = devtool.directory().join(".config/fish/completions/devtool.fish");
    // The home of the shells in these tests is the working directory.
    let devtool = devtool.env("HOME", file.ancestors().nth(4).unwrap().to_str().unwrap());
    assert_eq!(devtool.run().code(0).stdout, format!("wrote {}\n", file.display()));
    let mut fish = shell(&devtool, "fish");
    fish.args(["-c", "complete -C 'devtool trigger invoice.voi'"]);
    assert_eq!(said(fish, "fish"), "invoice.voided\tAn open invoice was voided\n");
}

/// What an interactive zsh with the user's own `.zshrc` shows for a line and a TAB.
fn in_own_zsh(devtool: &Devtool, line: &str, expected: &str) -> String {
    let program = format!(
        "zmodload zsh/zpty\n\
         zpty z zsh -i\n\
         zpty -w z 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; echo re\"\"ady'\n\
         zpty -r z out '*ready*'\n\
         zpty -w -n z $'{line}\\t'\n\
         zpty -r z out '*{expected}*'\n\
         print -r -- $out\n\
         zpty -d z"
    );
    let mut command = shell(devtool, "zsh");
    command.args(["-f", "-c", &program]);
    said(command, "zsh")
}

#[test]
#[cfg_attr(tests_without_zsh, ignore = "needs zsh")]
fn zsh_completes_what_was_installed_once_the_lines_are_in_its_file() {
    let devtool = Devtool::new(&["completions", "--install"]).env("SHELL", "/bin/zsh");
    let home = devtool.directory();
    let devtool = devtool.env("HOME", home.to_str().unwrap());
    let told = devtool.run().code(0).stdout;
    insta::assert_snapshot!(told.replace(home.to_str().unwrap(), "HOME"), @r"
    wrote HOME/.zfunc/_devtool
    next: add these lines to HOME/.zshrc (the first one before `compinit`, if that is there already), and start a new shell:
      fpath=(HOME/.zfunc $fpath)
      autoload -Uz compinit && compinit
    ");
    assert!(!home.join(".zshrc").exists());
    let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    std::fs::write(home.join(".zshrc"), lines.join("\n") + "\n").unwrap();
    let shown = in_own_zsh(&devtool, "devtool trigger invoice.voi", "invoice.voided");
    assert!(shown.contains("invoice.voided"), "{shown}");
    let again = devtool.run().code(0).stdout;
    assert!(again.ends_with("next: start a new shell\n"), "{again}");
}
