//! Definitions of the command line that have read one, kept for the next: `serve` reads many, and to define one takes
//! longer than to make an event.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each by the command of its line, which is built whole in it.
fn all() -> MutexGuard<'static, BTreeMap<String, clap::Command>> {
    static KEPT: Mutex<BTreeMap<String, clap::Command>> = Mutex::new(BTreeMap::new());
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the one of the line's command, where there is one.
pub(super) fn kept(arguments: &[OsString]) -> Option<clap::Command> {
    let mut all = all();
    arguments.iter().skip(1).find_map(|word| all.remove(word.to_str()?))
}

/// Keeps one that has read a line of that command.
pub(super) fn keep(definition: clap::Command, command: &str) {
    all().insert(command.to_owned(), definition);
}

/// A definition in which the line's command is built.
pub(super) fn with_own_built(definition: clap::Command, arguments: &[OsString]) -> clap::Command {
    let own = arguments.iter().skip(1).find_map(|word| definition.find_subcommand(word));
    match own.map(|command| command.get_name().to_owned()) {
        Some(name) => definition.mut_subcommand(name, |mut command| {
            command.build();
            command
        }),
        None => definition,
    }
}

#[cfg(test)]
mod tests {
    use super::super::arguments::{Arguments, command};
    use super::super::own_words;
    use super::*;
    use crate::config::Environment;

    #[test]
    fn one_that_has_read_a_line_reads_the_next_as_a_new_one_does() {
        let lines = [
            "trigger invoice.paid --port 5000 --format json",
            "trigger --nothing invoice.paid",
            "--quiet trigger charge.succeeded --set amount=4200 --color never",
            "scenario payment --orders 3",
            "trigger invoice.paid --forward-to localhost:4242/hook",
            "trigger",
            "history export --last 5",
            "history --last 5",
            "history export --last 6",
        ];
        let environment = Environment::new(&[], ".");
        for line in lines.iter().chain(&lines) {
            let words = ["devtool"].into_iter().chain(line.split(' '));
            let words: Vec<OsString> = words.map(OsString::from).collect();
            let again = Arguments::read(words.clone(), &environment).ok();
            let mut definition = command();
            let own = own_words::in_own_words(words, &definition).unwrap();
            let new = Arguments::by_definition(&own, &mut definition).ok();
            assert_eq!(format!("{again:?}"), format!("{new:?}"), "{line}");
        }
        assert!(kept(&["devtool", "trigger"].map(OsString::from)).is_some());
    }
}
