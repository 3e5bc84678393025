//! Which deliveries are sent again.

use std::collections::HashSet;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::filter_options::FilterOptions;
use crate::delivery::Endpoint;
use crate::error::Result;
use crate::history::{Filter, Reader, Record};
use crate::report;

/// Which deliveries.
#[derive(Args, Debug)]
pub(super) struct SelectionOptions {
    /// Delivery numbers, ranges of them (12-15), event ids or their start, or `last`
    #[arg(value_name = "ID", conflicts_with_all = FilterOptions::NAMES)]
    ids: Vec<String>,

    #[command(flatten)]
    filter: FilterOptions,

    /// With --failed: of every session and endpoint
    #[arg(long, help_heading = "Filters", conflicts_with = "session")]
    all: bool,
}

/// The deliveries, and which session was chosen for want of another word.
pub(super) struct Selected {
    pub(super) records: Vec<Record>,
    pub(super) session: Option<String>,
}

impl SelectionOptions {
    /// Whether deliveries are named, or filters.
    pub(super) fn is_given(&self) -> bool {
        !self.ids.is_empty() || self.filter.is_given()
    }

    /// Takes a word that names a delivery.
    pub(super) fn name(&mut self, id: String) {
        self.ids.push(id);
    }

    /// How many words name deliveries.
    pub(super) const fn named(&self) -> usize {
        self.ids.len()
    }

    /// That nothing fits, and what else may have been meant.
    pub(super) fn nothing_fits(&self) -> String {
        self.filter.nothing_fits()
    }

    /// The deliveries that are meant, in the order in which they were recorded.
    pub(super) fn select(
        &self,
        history: &Reader,
        in_force: &[Endpoint],
        context: &Context,
    ) -> Result<Selected> {
        if !self.ids.is_empty() {
            let records = self.ids.iter().map(|id| history.find_all(id));
            let records = records.collect::<Result<Vec<Vec<Record>>>>()?;
            return Ok(Selected { records: in_order(records.concat()), session: None });
        }
        let filter = self.filter.filter(None, history, context)?;
        if self.all || filter.states.is_empty() || filter.session.is_some() {
            return Ok(Selected { records: records(history, &filter)?, session: None });
        }
        let filter = of_endpoints(filter, in_force);
        let is_in_time = filter.since.is_some() || filter.until.is_some();
        if is_in_time {
            return Ok(Selected { records: records(history, &filter)?, session: None });
        }
        let last = history.list(&Filter { last: Some(1), ..filter.clone() })?;
        let Some(last) = last.first() else {
            let session = report::history::none_of(&filter.endpoints);
            return Ok(Selected { records: Vec::new(), session: Some(session) });
        };
        let session = history.original_session(last)?;
        let filter = Filter { session: Some(session), with_replays: true, ..filter };
        let records = records(history, &filter)?;
        let session = (!records.is_empty()).then(|| report::history::of_session(session));
        Ok(Selected { records, session })
    }
}

/// The filter for the endpoints in force, where none is named.
fn of_endpoints(filter: Filter, in_force: &[Endpoint]) -> Filter {
    if !filter.endpoints.is_empty() {
        return filter;
    }
    let endpoints = in_force.iter().cloned().map(Into::into).collect();
    Filter { endpoints, ..filter }
}

/// The deliveries that fit. Of failed ones, what has been made good since is not sent again, and nothing
/// twice.
fn records(history: &Reader, filter: &Filter) -> Result<Vec<Record>> {
    let by_state = !filter.states.is_empty();
    let accepted = by_state.then(|| history.accepted_since(filter)).transpose()?;
    let (mut records, mut seen) = (Vec::new(), HashSet::new());
    history.each(filter, |record| {
        let is_wanted = accepted.as_ref().is_none_or(|accepted| {
            let key = (record.entry.event_id.clone(), record.entry.endpoint.clone());
            let is_made_good = accepted.get(&key).is_some_and(|last| *last > record.entry.id);
            !is_made_good && seen.insert(key)
        });
        if is_wanted {
            records.push(record);
        }
        Ok(true)
    })?;
    Ok(in_order(records))
}

fn in_order(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| record.entry.id);
    records.dedup_by_key(|record| record.entry.id);
    records
}
