//! The command line: definitions, one file per command, and the terminal.

mod api;
mod api_deliveries;
mod api_export;
mod api_options;
mod api_recorded;
mod api_running;
mod api_state;
mod app_state_options;
mod arguments;
mod audit;
mod choices;
mod clap_words;
mod clipboard;
mod commands;
mod audit_baseline;
mod audit_subscriptions;
mod completers;
mod completion_install;
mod completions;
mod context;
mod demo;
mod doctor;
mod definitions;
mod delivery_options;
mod endpoint_options;
mod event_page;
mod event_types;
mod events;
mod explore;
mod filter_options;
mod groups;
mod help;
mod history;
mod history_options;
mod in_use;
mod init;
mod init_ci;
mod input;
mod listen;
mod listen_for_run;
mod listen_options;
mod listen_screen;
mod live;
mod login;
mod logout;
mod man;
mod offline;
mod out;
mod pager;
mod panics;
mod pick;
mod output_options;
mod own_words;
mod progress;
mod recorded_curl;
mod recorded_signature;
mod recorded_step;
mod replay;
mod report_options;
mod retry_options;
mod run_api;
mod routes;
mod scenario;
mod screen;
mod secret;
mod self_check;
mod send;
mod serve;
mod served;
mod setup;
mod sign;
mod stripe;
mod suggestions;
mod traffic_options;
mod stripe_options;
mod through_options;
mod through_stripe;
mod transfer;
mod trigger;
mod trigger_pattern;
mod ui;
mod variables;
mod verify;
mod watch;
mod written;
mod written_files;

use std::ffi::OsString;

pub use arguments::command;
pub use panics::guarded;

use crate::config::{Environment, directories};
use crate::error::Exit;
use crate::process::{Shutdown, die_with_parent};
use arguments::{Appearance, Arguments, NotUnderstood};
use context::Context;
use out::{ColorChoice, Out, Verbosity};

/// Runs devtool with these arguments (the first is the program's name) and returns its exit code.
/// Can be called more than once in a process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(exit) = die_with_parent::answer(&arguments) {
        return exit;
    }
    let environment = Environment::of_process();
    if let Some(shell) = environment.variable(completions::VARIABLE).map(str::to_owned) {
        let out = Out::new(ColorChoice::Never, Verbosity::Normal, &environment);
        let context = Context::new(environment, out, command);
        return context.ended(|context| completions::answer(&shell, command(), arguments, context));
    }
    let arguments = match Arguments::read(arguments.clone(), &environment) {
        Ok(arguments) => arguments,
        Err(not_understood) => return explain(not_understood, &arguments, &environment),
    };
    let mut out = Out::new(arguments.color, arguments.verbosity(), &environment);
    out.may_page &= !arguments.no_pager;
    let typed = arguments.typed.clone();
    let context = Context { typed, served: served::run, ..Context::new(environment, out, command) };
    context.ended(|context| {
        for name in directories::ignored(&context.environment) {
            context.out.warning(&format!("{name} is ignored: it is not an absolute path"));
        }
        for warning in variables::warnings(&context.environment) {
            context.out.warning(&warning);
        }
        context.shutdown = Shutdown::handle()?;
        directories::close();
        arguments.command.execute(context)
    })
}

/// Says why a command line cannot be read, or what it asked for: help, or the version.
fn explain(
    not_understood: NotUnderstood,
    arguments: &[OsString],
    environment: &Environment,
) -> Exit {
    let appearance = Appearance::read(arguments, environment);
    let mut out = Out::new(appearance.color, Verbosity::Normal, environment);
    out.may_page &= !appearance.no_pager;
    out.redactor = in_use::typed(arguments, environment);
    match not_understood {
        NotUnderstood::Clap(message) => out::show_clap_message(&message, &out),
        NotUnderstood::Help(asked) => {
            let context = Context::new(environment.clone(), out, command);
            context.ended(|context| {
                context.shutdown = Shutdown::handle()?;
                asked.show(context)
            })
        }
        NotUnderstood::Typed(error) => {
            out.error(&error);
            error.exit()
        }
    }
}
