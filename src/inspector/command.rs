//! What can be done: one table of the keys, the words after `:`, and what each does.

use super::key::KeyPress;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenAction {
    /// To the next delivery, or a line down.
    Down,
    /// To the one before, or a line up.
    Up,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the oldest, or the first line.
    Oldest,
    /// To the newest, or the last line.
    Newest,
    /// Shows the delivery.
    Open,
    /// To the other pane.
    NextPane,
    /// To the tab before.
    PreviousTab,
    /// To the tab after.
    NextTab,
    /// To the tab of that number.
    Tab(usize),
    /// Types a filter.
    Filter,
    /// Only what failed, or all of it again.
    OnlyFailed,
    /// To the next failure.
    NextFailure,
    /// To the failure before.
    PreviousFailure,
    /// Sends the event again.
    Replay,
    /// The same, changed in an editor.
    ReplayChanged,
    /// Sends an event that is picked.
    Send,
    /// Sends a scenario that is picked.
    SendScenario,
    /// Checks the signature.
    Verify,
    /// Copies something of the delivery.
    Copy,
    /// Remembers the delivery.
    Mark,
    /// To the one that is remembered.
    ShowMarked,
    /// Shows what is different in the one that is remembered.
    Compare,
    /// Follows what comes, or stops.
    Follow,
    /// Opens the event's page in the browser.
    Browse,
    /// Shows the keys.
    Help,
    /// Types a command.
    Prompt,
    /// Out of what is shown.
    Back,
    /// Leaves the terminal to the shell for a while.
    Suspend,
    /// Ends.
    Quit,
}

/// A row of the table.
pub(super) struct ActionRow {
    pub(super) command: ScreenAction,
    /// The keys.
    pub(super) keys: &'static [KeyPress],
    /// The keys for a reader.
    pub(super) shown: &'static str,
    /// The word after `:`.
    pub(super) word: &'static str,
    /// What it does.
    pub(super) does: &'static str,
}

const fn row(
    command: ScreenAction,
    keys: &'static [KeyPress],
    shown: &'static str,
    word: &'static str,
    does: &'static str,
) -> ActionRow {
    ActionRow { command, keys, shown, word, does }
}

/// The table.
pub(super) const TABLE: &[ActionRow] = &[
    row(
        ScreenAction::Down,
        &[KeyPress::Char('j'), KeyPress::Down],
        "j ↓",
        "down",
        "next delivery, or line",
    ),
    row(
        ScreenAction::Up,
        &[KeyPress::Char('k'), KeyPress::Up],
        "k ↑",
        "up",
        "previous delivery, or line",
    ),
    row(
        ScreenAction::PageDown,
        &[KeyPress::PageDown, KeyPress::Char(' '), KeyPress::Ctrl('f')],
        "pgdn",
        "page-down",
        "a page down",
    ),
    row(
        ScreenAction::PageUp,
        &[KeyPress::PageUp, KeyPress::Ctrl('b')],
        "pgup",
        "page-up",
        "a page up",
    ),
    row(
        ScreenAction::Oldest,
        &[KeyPress::Char('g'), KeyPress::Home],
        "g",
        "oldest",
        "the oldest delivery",
    ),
    row(
        ScreenAction::Newest,
        &[KeyPress::Char('G'), KeyPress::End],
        "G",
        "newest",
        "the newest; the list follows",
    ),
    row(ScreenAction::Open, &[KeyPress::Enter], "enter", "open", "show the delivery"),
    row(
        ScreenAction::NextPane,
        &[KeyPress::Tab, KeyPress::BackTab],
        "tab",
        "pane",
        "list or delivery",
    ),
    row(
        ScreenAction::PreviousTab,
        &[KeyPress::Left, KeyPress::Char('h')],
        "h ←",
        "previous-tab",
        "previous tab",
    ),
    row(
        ScreenAction::NextTab,
        &[KeyPress::Right, KeyPress::Char('l')],
        "l →",
        "next-tab",
        "next tab",
    ),
    row(ScreenAction::Tab(0), &[KeyPress::Char('1')], "1", "event", "the event"),
    row(ScreenAction::Tab(1), &[KeyPress::Char('2')], "2", "request", "the request as it was sent"),
    row(ScreenAction::Tab(2), &[KeyPress::Char('3')], "3", "answer", "the last answer"),
    row(ScreenAction::Tab(3), &[KeyPress::Char('4')], "4", "attempts", "each attempt"),
    row(
        ScreenAction::Tab(4),
        &[KeyPress::Char('5')],
        "5",
        "api-calls",
        "what the app asked the local API",
    ),
    row(
        ScreenAction::Tab(5),
        &[KeyPress::Char('6')],
        "6",
        "diagnosis",
        "the likely cause of a failure",
    ),
    row(ScreenAction::Filter, &[KeyPress::Char('/')], "/", "filter", "filter as you type"),
    row(
        ScreenAction::OnlyFailed,
        &[KeyPress::Char('F')],
        "F",
        "failed",
        "only failures, or all again",
    ),
    row(ScreenAction::NextFailure, &[KeyPress::Char('n')], "n", "next-failure", "next failure"),
    row(
        ScreenAction::PreviousFailure,
        &[KeyPress::Char('N')],
        "N",
        "previous-failure",
        "previous failure",
    ),
    row(
        ScreenAction::Replay,
        &[KeyPress::Char('r')],
        "r",
        "replay",
        "send it again, freshly signed",
    ),
    row(
        ScreenAction::ReplayChanged,
        &[KeyPress::Char('R')],
        "R",
        "edit",
        "change the event in $EDITOR, and send that",
    ),
    row(
        ScreenAction::Send,
        &[KeyPress::Char('e')],
        "e",
        "send",
        "send an event of a type that you pick",
    ),
    row(
        ScreenAction::SendScenario,
        &[KeyPress::Char('s')],
        "s",
        "scenario",
        "send a scenario that you pick",
    ),
    row(
        ScreenAction::Verify,
        &[KeyPress::Char('v')],
        "v",
        "verify",
        "check its signature, and show what is wrong",
    ),
    row(
        ScreenAction::Copy,
        &[KeyPress::Char('c')],
        "c",
        "copy",
        "copy: c curl command, j JSON, i event id, s scenario step",
    ),
    row(ScreenAction::Mark, &[KeyPress::Char('m')], "m", "mark", "mark it, or take the mark away"),
    row(ScreenAction::ShowMarked, &[KeyPress::Char('\'')], "'", "marked", "to the marked delivery"),
    row(
        ScreenAction::Compare,
        &[KeyPress::Char('=')],
        "=",
        "compare",
        "what differs from the marked one",
    ),
    row(ScreenAction::Follow, &[KeyPress::Char('f')], "f", "follow", "follow what comes, or stop"),
    row(
        ScreenAction::Browse,
        &[KeyPress::Char('o')],
        "o",
        "browse",
        "open the event in the Dashboard, or a page of it",
    ),
    row(ScreenAction::Help, &[KeyPress::Char('?')], "?", "help", "the keys"),
    row(
        ScreenAction::Prompt,
        &[KeyPress::Char(':')],
        ":",
        "command",
        "a command by its word, or a number",
    ),
    row(ScreenAction::Back, &[KeyPress::Esc], "esc", "back", "back, or without the filter"),
    row(
        ScreenAction::Suspend,
        &[KeyPress::Ctrl('z')],
        "ctrl-z",
        "suspend",
        "to the shell; `fg` comes back",
    ),
    row(ScreenAction::Quit, &[KeyPress::Char('q'), KeyPress::Ctrl('c')], "q", "quit", "leave"),
];

/// What a key does.
pub(super) fn of_key(key: KeyPress) -> Option<ScreenAction> {
    TABLE.iter().find(|row| row.keys.contains(&key)).map(|row| row.command)
}

/// What a word means: the whole word, or the beginning of one alone.
pub(super) fn of_word(word: &str) -> Option<ScreenAction> {
    if let Some(row) = TABLE.iter().find(|row| row.word == word) {
        return Some(row.command);
    }
    let mut begun = TABLE.iter().filter(|row| !word.is_empty() && row.word.starts_with(word));
    match (begun.next(), begun.next()) {
        (Some(row), None) => Some(row.command),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_of_the_documentation_is_this_one() {
        let page = include_str!("../../docs/terminal.md");
        for row in TABLE {
            let first = row.shown.split(' ').next().unwrap();
            let line = page.lines().find(|line| line.contains(&format!("| `{}` | ", row.word)));
            let line = line.unwrap_or_else(|| panic!("`{}` is not documented", row.word));
            assert!(line.contains(&format!("`{first}`")), "{line}");
        }
    }

    #[test]
    fn each_key_and_each_word_means_one_thing() {
        let keys: Vec<KeyPress> = TABLE.iter().flat_map(|row| row.keys).copied().collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key:?}");
        }
        let words: HashSet<&str> = TABLE.iter().map(|row| row.word).collect();
        assert_eq!(words.len(), TABLE.len());
        assert_eq!(of_word("rep"), Some(ScreenAction::Replay));
        assert_eq!(of_word("pag"), None);
    }
}
