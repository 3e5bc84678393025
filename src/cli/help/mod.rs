//! `devtool help`, `-h` and `--help`: pages of commands and topics.

mod manual_page;
mod page;
mod topics;

use clap::Args;

use super::context::Context;
use super::{completers, pager};
use crate::error::{Error, Exit, Kind, Result};
use crate::report::{Palette, manual};
use crate::text::suggestion;
use page::HelpPage;
use topics::Topic;

/// Show the help of a command, or of a topic
///
/// The topics are `scenario-files`, `config`, `environment` and `exit-codes`.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct HelpArguments {
    /// A command with its subcommand, or a topic: scenario-files, config, environment, exit-codes
    #[arg(value_name = "COMMAND|TOPIC", add = completers::commands(&["scenario-files", "config", "environment", "exit-codes"]))]
    words: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  devtool help scenario
  devtool help history export
  devtool help environment";

/// A page of help that was asked for with an option, or for want of a command.
#[derive(Debug)]
pub(super) struct HelpRequest {
    /// The command's name, and that of a command of its own.
    pub(super) command: Vec<String>,
    /// Whether all is to be shown.
    pub(super) is_long: bool,
    /// The definition, where it is built already as far as the command.
    pub(super) definition: Option<Box<clap::Command>>,
}

impl HelpArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        if self.words.is_empty() {
            return HelpRequest { command: Vec::new(), is_long: false, definition: None }
                .show(context);
        }
        show_long(self.words, context)
    }
}

impl HelpRequest {
    /// Shows the page, a long one through the pager.
    ///
    /// # Errors
    /// There is no such command.
    pub(super) fn show(self, context: &mut Context) -> Result<Exit> {
        // clap builds what it passes on its way, and may have stopped before the command.
        let is_built = |whole: &clap::Command| {
            find(&self.command, whole).is_ok_and(|command| command.get_bin_name().is_some())
        };
        let built = self.definition.filter(|whole| is_built(whole));
        let whole = built.unwrap_or_else(|| {
            let mut whole = (context.definition)();
            whole.build();
            Box::new(whole)
        });
        let command = find(&self.command, &whole)?;
        let page = HelpPage { command, is_root: self.command.is_empty() };
        let columns = columns(context);
        let help = if self.is_long { page.long(columns) } else { page.short(columns) };
        let text = match context.out.layout().palette {
            Palette::Colours => help.ansi().to_string(),
            Palette::Plain => help.to_string(),
        };
        let text = format!("{}\n", text.trim_end());
        if self.is_long {
            return Ok(pager::show_own(&text, context));
        }
        context.out.revealed(&text);
        Ok(Exit::Done)
    }
}

/// The manual page of a command.
///
/// # Errors
/// There is none.
pub(super) fn manual_page(words: &[String], whole: &clap::Command) -> Result<String> {
    if let [word] = words
        && Topic::named(word).is_some()
    {
        let error = Error::new(Kind::Usage, format!("no manual page of `{word}`"));
        return Err(error.hinted(format!("it is a topic of the help:\ndevtool help {word}")));
    }
    Ok(manual_page::of_command(find(words, whole)?, whole))
}

/// The manual page of a kind of file, by its name.
pub(super) fn file_page(words: &[String]) -> Option<String> {
    let [word] = words else { return None };
    let name = if word == "devtool.toml" { Topic::Config.name() } else { word };
    manual_page::of_topic(Topic::named(name)?)
}

/// Shows all of a command's help, or a topic.
///
/// # Errors
/// There is no such command.
pub(super) fn show_long(words: Vec<String>, context: &mut Context) -> Result<Exit> {
    match &words[..] {
        [word] if word == "devtool.toml" => Ok(show_topic(Topic::Config, context)),
        [word] => match Topic::named(word) {
            Some(topic) => Ok(show_topic(topic, context)),
            None => HelpRequest { command: words, is_long: true, definition: None }.show(context),
        },
        _ => HelpRequest { command: words, is_long: true, definition: None }.show(context),
    }
}

fn show_topic(topic: Topic, context: &mut Context) -> Exit {
    let text = topic.text(&(context.definition)(), context.out.layout());
    pager::show_own(&text, context)
}

/// How wide a page is: as the terminal is, or as COLUMNS says, but no wider than one reads well.
fn columns(context: &Context) -> usize {
    let columns = context.out.layout().columns;
    let said = context.environment.variable("COLUMNS").and_then(|columns| columns.parse().ok());
    said.filter(|_| columns == usize::MAX).unwrap_or(columns).clamp(LEAST, manual::WIDEST)
}

/// The fewest columns that a page is laid out for.
const LEAST: usize = 40;

/// The command of those words.
///
/// # Errors
/// There is none.
pub(super) fn find<'c>(words: &[String], whole: &'c clap::Command) -> Result<&'c clap::Command> {
    let mut found = whole;
    for (at, name) in words.iter().enumerate() {
        found = found.find_subcommand(name).ok_or_else(|| unknown(words, at, found))?;
    }
    Ok(found)
}

/// There is no command of these words, of which those before `at` name one that there is.
fn unknown(words: &[String], at: usize, above: &clap::Command) -> Error {
    let (known, word) = (words.get(..at).unwrap_or_default(), words.get(at));
    let commands = above.get_subcommands().map(clap::Command::get_name);
    let topics = Topic::ALL.map(Topic::name).into_iter().filter(|_| at == 0);
    let near = suggestion::near(word.map_or("", String::as_str), commands.chain(topics));
    let near: Vec<String> =
        near.into_iter().map(|near| [known, &[near]].concat().join(" ")).collect();
    let hint = suggestion::did_you_mean(&near).unwrap_or_else(|| match known {
        [] => "list the commands and topics:\ndevtool help".to_owned(),
        known => format!("show what there is:\ndevtool help {}", known.join(" ")),
    });
    Error::new(Kind::Usage, format!("no command or topic `{}`", words.join(" "))).hinted(hint)
}
