//! Checked-in files that devtool makes. `UPDATE_GENERATED=1` writes them anew.

use std::path::Path;

use crate::support::Devtool;

#[track_caller]
fn assert_current(file: &str, arguments: &[&str]) {
    let text = Devtool::new(arguments).run().code(0).stdout;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{file} is stale: run `UPDATE_GENERATED=1 cargo test generated`");
}

#[test]
fn completions_are_current() {
    for (shell, file) in [
        ("bash", "devtool.bash"),
        ("zsh", "_devtool"),
        ("fish", "devtool.fish"),
        ("powershell", "_devtool.ps1"),
        ("elvish", "devtool.elv"),
    ] {
        assert_current(&format!("completions/{file}"), &["completions", shell]);
    }
}

#[test]
fn manual_pages_are_current() {
    assert_current("docs/man/devtool.1", &["man"]);
    let whole = devtool::cli::command();
    for command in whole.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        assert_current(&format!("docs/man/devtool-{name}.1"), &["man", name]);
    }
}
