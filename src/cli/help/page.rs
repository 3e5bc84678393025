//! One command's help: the description, the usage, examples, and then the options, the same groups in the same
//! order on every page.

use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::{Arg, Command};

use super::topics::Topic;
use crate::cli::groups;
use crate::text::width;

/// How many examples the short help shows; the long one has all of them.
const SHORT_EXAMPLES: usize = 3;

/// A command that is shown; built, so that it has the options of every command.
pub(super) struct HelpPage<'c> {
    pub(super) command: &'c Command,
    pub(super) is_root: bool,
}

impl HelpPage<'_> {
    /// What fits on a screen: the options that many need, without their variables.
    pub(super) fn short(&self, columns: usize) -> StyledStr {
        let is_shown = |argument: &&Arg| argument.get_id() != "help";
        let options = self.options(is_shown, short).term_width(columns).render_help();
        let options = options.ansi().to_string().replace("\n\n", "\n");
        let about = self.command.get_about().map(ToString::to_string).unwrap_or_default();
        let about = width::wrap(&about, 0, columns);
        let head = self.head(SHORT_EXAMPLES, columns);
        // The options of every command have no room beside the commands.
        let options =
            if self.is_root { String::new() } else { format!("{}\n\n", options.trim_end()) };
        format!("{about}\n\n{head}\n\n{options}{}", self.more()).into()
    }

    /// All of it.
    pub(super) fn long(&self, columns: usize) -> StyledStr {
        let options = self.options(|_| true, |argument| argument).term_width(columns);
        let options = options.clone().render_long_help().ansi().to_string();
        let options: Vec<&str> = options.lines().map(str::trim_end).collect();
        let options = options.join("\n");
        let about = self.command.get_long_about().or_else(|| self.command.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        let about: Vec<String> = about.lines().map(|line| width::wrap(line, 0, columns)).collect();
        let head = self.head(usize::MAX, columns);
        format!("{}\n\n{head}\n\n{options}", about.join("\n")).into()
    }

    /// The command's options and words, in their groups. Those of no group come first.
    fn options(&self, is_shown: impl Fn(&&Arg) -> bool, change: impl Fn(Arg) -> Arg) -> Command {
        let mut arguments: Vec<&Arg> = self.command.get_arguments().filter(is_shown).collect();
        arguments.sort_by_key(|argument| groups::place(argument));
        let arguments = arguments.into_iter().cloned().map(|argument| {
            // A word that follows on flattened options would stand in their group.
            change(if argument.is_positional() { argument.help_heading(None) } else { argument })
        });
        let options = Command::new("devtool")
            .version(env!("CARGO_PKG_VERSION"))
            .styles(self.command.get_styles().clone())
            .help_template("{all-args}")
            .disable_help_flag(true)
            .disable_version_flag(true)
            .disable_help_subcommand(true)
            .args(arguments)
            .groups(self.command.get_groups().cloned());
        if self.is_root {
            options
        } else {
            options.subcommands(self.command.get_subcommands().cloned())
        }
    }

    /// The usage, examples, and of devtool itself its commands.
    fn head(&self, examples: usize, columns: usize) -> String {
        let mut head = self.command.clone().render_usage().ansi().to_string();
        let text = self.command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> =
            text.lines().skip(1).take(examples).take_while(|line| !line.is_empty()).collect();
        if !examples.is_empty() {
            let title = self.title("Examples");
            let _ = write!(head, "\n\n{title}\n{}", examples.join("\n"));
        }
        if self.is_root {
            let _ = write!(head, "\n\n{}", self.commands(columns));
        }
        head
    }

    /// The commands in their groups.
    fn commands(&self, columns: usize) -> String {
        let names = self.command.get_subcommands().map(|command| command.get_name().len());
        let column = names.max().unwrap_or(0);
        let literal = self.command.get_styles().get_literal();
        let row = |name: &&str| {
            let command = self.command.find_subcommand(name)?;
            let gap = " ".repeat(column - name.len() + 2);
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let about = width::wrap(&about, column + 4, columns);
            Some(format!("\n  {literal}{name}{literal:#}{gap}{about}"))
        };
        let group = |(title, names): &(&str, &[&str])| {
            let rows: String = names.iter().filter_map(row).collect();
            format!("{}{rows}", self.title(title))
        };
        groups::COMMANDS.iter().map(group).collect::<Vec<_>>().join("\n")
    }

    fn title(&self, title: &str) -> String {
        let header = self.command.get_styles().get_header();
        format!("{header}{title}:{header:#}")
    }

    /// Where there is more.
    fn more(&self) -> String {
        if self.is_root {
            let topics = Topic::ALL.map(Topic::name).join(", ");
            return format!("More: devtool help COMMAND, or {topics}");
        }
        let name = self.command.get_bin_name().unwrap_or_else(|| self.command.get_name());
        format!("More: {name} --help; for variables, devtool help environment")
    }
}

/// An option as the short help shows it: without its variable, and its values in the line.
fn short(argument: Arg) -> Arg {
    let values = argument.get_possible_values();
    let names: Vec<&str> = values
        .iter()
        .filter(|v| !v.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let argument = argument.hide_env(true);
    if names.is_empty() || !argument.get_action().takes_values() {
        return argument;
    }
    let names = names.join(", ");
    let help = match help.split_once(" [default") {
        Some((help, default)) => format!("{help}: {names} [default{default}"),
        None => format!("{help}: {names}"),
    };
    argument.help(help).hide_possible_values(true)
}
