//! A command of devtool's, for somebody to paste.

use std::fmt;

use super::credential::HIDDEN;
use super::shell;

/// How a suggested command begins. In a hint, it stands on a line of its own.
const START: &str = "devtool ";

/// A command of devtool's. Printed, it is quoted for the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// `history show`, a word each.
    command: Vec<String>,
    operands: Vec<String>,
    /// `--port` and its value, in their order.
    options: Vec<(String, Option<String>)>,
    /// What follows on `--`.
    trailing: Vec<String>,
    /// Options that were typed and hold secrets.
    left_out: Vec<String>,
}

impl CommandLine {
    /// A command without anything.
    pub fn new(command: &str) -> Self {
        Self { command: command.split(' ').map(str::to_owned).collect(), ..Self::default() }
    }

    /// The first word after the program's.
    pub fn name(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }

    /// The words that name the command.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.command.iter().map(String::as_str)
    }

    /// Whether it is another one, options aside.
    pub fn is_same_but_for_options(&self, other: &Self) -> bool {
        let same =
            |line: &Self| (line.command.clone(), line.operands.clone(), line.trailing.clone());
        same(self) == same(other)
    }

    /// Goes on with a subcommand.
    pub fn push_command(&mut self, name: &str) {
        self.command.push(name.to_owned());
    }

    /// Adds a word behind it.
    pub fn push_operand(&mut self, operand: String) {
        self.operands.push(operand);
    }

    /// Adds an option behind the others.
    pub fn push_option(&mut self, name: String, value: Option<String>) {
        self.options.push((name, value));
    }

    /// Adds a word behind `--`.
    pub fn push_trailing(&mut self, word: String) {
        self.trailing.push(word);
    }

    /// Remembers that an option was typed that is not shown.
    pub fn leave_out(&mut self, name: String) {
        if !self.left_out.contains(&name) {
            self.left_out.push(name);
        }
    }

    /// The same about something else.
    #[must_use]
    pub fn about(self, operand: impl Into<String>) -> Self {
        Self { operands: vec![operand.into()], ..self }
    }

    /// The same without what it is about.
    #[must_use]
    pub fn about_nothing(self) -> Self {
        Self { operands: Vec::new(), ..self }
    }

    /// The same with an option, in the place of any of its name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let option = (name.to_owned(), Some(value.into()));
        let place = self.options.iter().position(|(known, _)| known == name);
        match place {
            Some(place) => {
                let mut at = 0;
                self.options.retain(|(known, _)| {
                    at += 1;
                    known != name || at - 1 == place
                });
                self.options[place] = option;
            }
            None => self.options.push(option),
        }
        self
    }

    /// The same with an option that takes no value.
    #[must_use]
    pub fn with_flag(mut self, name: &str) -> Self {
        if !self.has(name) {
            self.options.push((name.to_owned(), None));
        }
        self
    }

    /// The same without options of those names.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.options.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// The same with those of another's options that have these names.
    #[must_use]
    pub fn with_options_of(mut self, other: &Self, names: &[&str]) -> Self {
        let options = other.options.iter().filter(|(name, _)| names.contains(&name.as_str()));
        self.options.extend(options.cloned());
        self
    }

    /// Whether words stand behind it.
    pub fn is_about_something(&self) -> bool {
        !self.operands.is_empty()
    }

    /// Whether it has an option.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(known, _)| known == name)
    }

    /// The options, each with its value.
    pub fn options(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.options.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// What is to be done to it before it is what was typed: ` (add `--secret` as before)`.
    pub fn to_add(&self) -> String {
        let names: Vec<String> = self.left_out.iter().map(|name| format!("`{name}`")).collect();
        let add = names.split_last().map(|(last, others)| match others {
            [] => format!("add {last} as before"),
            _ => format!("add {} and {last} as before", others.join(", ")),
        });
        let is_hidden = |(_, value): &(String, Option<String>)| {
            value.as_ref().is_some_and(|value| value.contains("://") && value.contains(HIDDEN))
        };
        let hidden = self.options.iter().find(|option| is_hidden(option));
        let put = hidden.map(|(name, _)| format!("put back what `{HIDDEN}` hides in `{name}`"));
        let both: Vec<String> = add.into_iter().chain(put).collect();
        if both.is_empty() { String::new() } else { format!(" ({})", both.join(", ")) }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(START.trim_end())?;
        let word = |f: &mut fmt::Formatter<'_>, word: &str| {
            write!(f, " {}", shell::quote_on_one_line(word))
        };
        let is_option = |operand: &&String| operand.starts_with('-') && operand.as_str() != "-";
        let operands = self.operands.iter().filter(|operand| !is_option(operand));
        for one in self.command.iter().chain(operands) {
            word(f, one)?;
        }
        for (name, value) in &self.options {
            match value {
                // It would be taken for an option.
                Some(value) if value.starts_with('-') && value != "-" => {
                    word(f, &format!("{name}={value}"))?;
                }
                Some(value) => {
                    word(f, name)?;
                    word(f, value)?;
                }
                None => word(f, name)?,
            }
        }
        let behind: Vec<&String> =
            self.operands.iter().filter(is_option).chain(&self.trailing).collect();
        if !behind.is_empty() {
            f.write_str(" --")?;
        }
        behind.into_iter().try_for_each(|one| word(f, one))
    }
}

/// Whether a line of a hint, the first of which is number 0, is a command. The first is always prose.
pub fn is_command(number: usize, line: &str) -> bool {
    number > 0 && line.starts_with(START)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_quoted_for_the_shell() {
        let mut command = CommandLine::new("scenario");
        command.push_operand("it's.toml".to_owned());
        command.push_option("--set".to_owned(), Some("description=a \"b\"".to_owned()));
        command.push_option("--set".to_owned(), Some("-x=1".to_owned()));
        command.push_option("--fail-fast".to_owned(), None);
        command.push_trailing("run me".to_owned());
        assert_eq!(
            command.to_string(),
            r#"devtool scenario 'it'"'"'s.toml' --set 'description=a "b"' --set=-x=1 --fail-fast -- 'run me'"#
        );
    }

    #[test]
    fn an_option_takes_the_place_of_all_of_its_name() {
        let mut command = CommandLine::new("trigger").about("invoice.paid");
        for (name, value) in [("--url", "a"), ("--seed", "1"), ("--url", "b")] {
            command.push_option(name.to_owned(), Some(value.to_owned()));
        }
        let command = command.with("--url", "c").with("--path", "/d").without(&["--seed"]);
        assert_eq!(command.to_string(), "devtool trigger invoice.paid --url c --path /d");
    }

    #[test]
    fn what_is_left_out_is_to_be_added() {
        let mut command = CommandLine::new("trigger");
        assert_eq!(command.to_add(), "");
        command.leave_out("--secret".to_owned());
        assert_eq!(command.to_add(), " (add `--secret` as before)");
        command.leave_out("--header".to_owned());
        assert_eq!(command.to_add(), " (add `--secret` and `--header` as before)");
        command.push_option("--url".to_owned(), Some("http://me:***@localhost/".to_owned()));
        assert_eq!(
            command.to_add(),
            " (add `--secret` and `--header` as before, put back what `***` hides in `--url`)"
        );
    }
}
