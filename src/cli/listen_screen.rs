//! Shows a listen while it goes on: a line for each attempt to deliver, remarks beside them.

use super::context::Context;
use super::out::{Out, Verbosity};
use super::output_options::Format;
use crate::config::Secret;
use crate::listen::{AppUpdate, Ending, ListenUpdate, Row};
use crate::report;
use crate::report::Layout;
use crate::report::listen::{Heading, Signature};
use crate::text::{duration, escape};

/// A listen at the terminal.
pub(super) struct ListenScreen<'c> {
    out: &'c mut Out,
    layout: Layout,
    format: Format,
    heading: Heading,
    /// The endpoint's secret, where events are to be signed with it.
    own: Option<Secret>,
    began: std::time::Instant,
}

impl<'c> ListenScreen<'c> {
    pub(super) fn new(
        context: &'c mut Context,
        format: Format,
        (heading, own): (Heading, Option<Secret>),
    ) -> Self {
        let layout = context.out.layout();
        let began = std::time::Instant::now();
        Self { out: &mut context.out, layout, format, heading, own, began }
    }

    /// Shows one thing.
    pub(super) fn show(&mut self, news: ListenUpdate) {
        match news {
            ListenUpdate::Attempt(row) => self.row(&row),
            ListenUpdate::Ready { api_version, secret } => {
                self.heading.api_version = api_version;
                if self.own.as_ref().is_some_and(|own| *own != secret) {
                    self.heading.signature = Signature::Anew;
                }
                self.heading();
            }
            ListenUpdate::App(news) => self.app(&news),
            other => self.remark(other),
        }
    }

    fn row(&mut self, row: &Row) {
        if self.out.verbosity == Verbosity::Quiet && row.is_accepted() {
            return;
        }
        let text = match self.format {
            Format::Text => report::listen::row(row, &self.heading.endpoint, self.layout),
            Format::Compact => report::listen::compact(row),
            Format::Json => report::listen::json(row),
        };
        self.out.result(&text);
    }

    /// Lines for programs have no heading among them.
    fn heading(&mut self) {
        let text = report::listen::heading(&self.heading, self.layout);
        match self.format {
            Format::Text if self.out.verbosity > Verbosity::Quiet => self.out.result(&text),
            Format::Text => {}
            Format::Compact | Format::Json => self.out.note(text.trim_end()),
        }
    }

    fn app(&mut self, news: &AppUpdate) {
        match news {
            AppUpdate::Line(line) => self.out.note(&format!("app | {}", escape::line(line))),
            AppUpdate::Up(after) => {
                self.out.note(&format!("the app is up after {}", duration::short(*after)));
            }
            AppUpdate::Slow(after) => self.out.warning(&format!(
                "the app's port is still closed after {}; events are queued",
                duration::short(*after)
            )),
            AppUpdate::Ended(how) => self.out.warning(&format!("the app exited: {how}")),
        }
    }

    fn remark(&mut self, news: ListenUpdate) {
        let out = &mut *self.out;
        match news {
            ListenUpdate::AnotherSecret(secret) => out.warning(&format!(
                "`stripe listen` now signs with another secret: {}",
                secret.hint()
            )),
            ListenUpdate::Lost { reason } => {
                out.warning(&format!("{}; restarting it", escape::line(&reason)));
            }
            ListenUpdate::Back { after } => {
                out.note(&format!("`stripe listen` is back after {}", duration::short(after)));
            }
            ListenUpdate::Remark(text) => out.warning(&escape::line(&text)),
            ListenUpdate::EndpointDown { endpoint, error } => out.warning(&format!(
                "{endpoint} is not accepting connections ({}); events are queued",
                escape::line(&error)
            )),
            ListenUpdate::EndpointBack { endpoint, after } => {
                out.note(&format!("{endpoint} is back after {}", duration::short(after)));
            }
            ListenUpdate::BadSignature(fault) => {
                out.warning(&format!("rejected a request with an invalid Stripe signature: {fault}"));
            }
            ListenUpdate::OverCapacity(waiting) => out.warning(&format!(
                "{waiting} events are queued: Stripe gets its answer now, your app gets the events later"
            )),
            ListenUpdate::CaughtUp(found) => out.note(&report::listen::caught_up(&found)),
            ListenUpdate::NoCatchUp(why) => {
                out.warning(&format!("cannot recover missed events: {}", escape::line(&why)));
            }
            ListenUpdate::HistoryError(fault) => {
                out.warning(&format!("the history is incomplete: {}", escape::line(&fault)));
            }
            ListenUpdate::Ready { .. } | ListenUpdate::Attempt(_) | ListenUpdate::App(_) => {}
        }
    }

    /// Shows what it came to.
    pub(super) fn finish(&mut self, ending: &Ending) {
        let text =
            report::listen::summary(&ending.summary, self.began.elapsed(), self.layout.palette);
        match self.format {
            _ if self.out.verbosity == Verbosity::Quiet => {}
            Format::Text => self.out.result(&text),
            Format::Compact | Format::Json => self.out.note(text.trim()),
        }
    }
}
