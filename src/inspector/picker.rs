//! A list that one picks from: what is typed leaves those whose letters come in that order.

use super::input::LineInput;
use super::key::KeyPress;

/// Something to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PickerItem {
    /// What is picked.
    pub name: String,
    /// What it is about.
    pub about: String,
}

impl PickerItem {
    /// How far it is from what was typed, which its name has, or else what it is about as it stands.
    fn rate(&self, typed: &str) -> Option<usize> {
        let about = || self.about.to_ascii_lowercase().find(typed).map(|_| ABOUT);
        rate(&self.name, typed).or_else(about)
    }
}

/// Farther than any name that has the letters.
const ABOUT: usize = 10_000;

/// The list, and what is typed.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    pub(super) input: LineInput,
    choices: Vec<PickerItem>,
    /// Those that fit, the best first.
    fitting: Vec<usize>,
    selected: usize,
}

impl Picker {
    pub(crate) fn new(choices: Vec<PickerItem>) -> Self {
        let fitting = (0..choices.len()).collect();
        Self { choices, fitting, ..Self::default() }
    }

    /// Takes a key: the name that is picked by it.
    pub(crate) fn press(&mut self, key: KeyPress) -> Option<String> {
        match key {
            KeyPress::Enter => return self.picked().map(|choice| choice.name.clone()),
            KeyPress::Up | KeyPress::Ctrl('p') => self.selected = self.selected.saturating_sub(1),
            KeyPress::Down | KeyPress::Ctrl('n') => self.move_down(1),
            KeyPress::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyPress::PageDown => self.move_down(10),
            other if self.input.press(other) => self.fit(),
            _ => {}
        }
        None
    }

    fn move_down(&mut self, rows: usize) {
        self.selected = (self.selected + rows).min(self.fitting.len().saturating_sub(1));
    }

    fn picked(&self) -> Option<&PickerItem> {
        self.choices.get(*self.fitting.get(self.selected)?)
    }

    /// What is seen in so many lines, and which of that is selected.
    pub(super) fn seen(&self, lines: usize) -> (Vec<&PickerItem>, usize) {
        let start = self.selected.saturating_sub(lines.saturating_sub(1));
        let seen = self.fitting.iter().skip(start).take(lines);
        (seen.filter_map(|at| self.choices.get(*at)).collect(), self.selected - start)
    }

    fn fit(&mut self) {
        let typed = self.input.text().to_ascii_lowercase();
        let rated = self.choices.iter().enumerate();
        let mut rated: Vec<(usize, usize)> =
            rated.filter_map(|(at, choice)| Some((choice.rate(&typed)?, at))).collect();
        rated.sort_unstable();
        self.fitting = rated.into_iter().map(|(_, at)| at).collect();
        self.selected = 0;
    }
}

/// How far a name is from what was typed; `None` where its letters are not there in that order. The letters side by
/// side come first, then those that begin a word.
fn rate(name: &str, typed: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    if let Some(at) = name.find(typed) {
        return Some(at.min(100));
    }
    let (mut distance, mut rest, mut from) = (200, name.as_str(), 0);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace()) {
        let at = rest.find(letter)?;
        let begins_word = from + at == 0 || !name.as_bytes()[from + at - 1].is_ascii_alphanumeric();
        distance += if at == 0 || begins_word { 0 } else { at };
        from += at + letter.len_utf8();
        rest = &rest[at + letter.len_utf8()..];
    }
    Some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker() -> Picker {
        let names = ["charge.succeeded", "customer.created", "invoice.paid", "invoice.voided"];
        let choice = |name: &str| PickerItem { name: name.to_owned(), about: String::new() };
        Picker::new(names.into_iter().map(choice).collect())
    }

    #[test]
    fn letters_in_their_order_are_enough() {
        for (typed, first, count) in [
            ("", "charge.succeeded", 4),
            ("inv", "invoice.paid", 2),
            ("ip", "invoice.paid", 1),
            ("cucr", "customer.created", 1),
            ("voided", "invoice.voided", 1),
        ] {
            let mut picker = picker();
            typed.chars().for_each(|c| drop(picker.press(KeyPress::Char(c))));
            assert_eq!(picker.fitting.len(), count, "{typed}");
            assert_eq!(picker.press(KeyPress::Enter).as_deref(), Some(first), "{typed}");
        }
        let mut picker = picker();
        "xyz".chars().for_each(|c| drop(picker.press(KeyPress::Char(c))));
        assert_eq!(picker.press(KeyPress::Enter), None);
    }

    #[test]
    fn what_a_choice_is_about_can_be_typed_too_and_comes_after_the_names() {
        let choice =
            |name: &str, about: &str| PickerItem { name: name.into(), about: about.into() };
        let mut picker =
            Picker::new(vec![choice("a", "Pays an invoice"), choice("invoice.paid", "")]);
        "invoice".chars().for_each(|c| drop(picker.press(KeyPress::Char(c))));
        assert_eq!(picker.fitting, [1, 0]);
    }

    #[test]
    fn the_arrows_select_and_the_list_moves_along() {
        let mut picker = picker();
        (0..9).for_each(|_| drop(picker.press(KeyPress::Down)));
        let (seen, selected) = picker.seen(2);
        let names: Vec<&str> = seen.iter().map(|choice| choice.name.as_str()).collect();
        assert_eq!((names, selected), (vec!["invoice.paid", "invoice.voided"], 1));
        picker.press(KeyPress::Up);
        assert_eq!(picker.press(KeyPress::Enter).as_deref(), Some("invoice.paid"));
    }
}
