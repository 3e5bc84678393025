//! What happens without a call: the customer answers, an endpoint does, and time goes by.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::Api;
use super::event_answers::EventAnswer;
use super::objects::Objects;
use super::request::{ApiRequest, RequestHeaders};
use super::sent::Account;
use super::store::ApiStore;
use super::write::{self, ClockProgress, CustomerAnswer, Happened};
use crate::protocol::Moment;
use crate::protocol::moment::Offset;

/// How many things may come due at once.
const MOST_DUE: usize = 2_000;

impl Api {
    /// The second of this API's time at that second.
    pub(super) fn second(&self, second: i64) -> i64 {
        second.saturating_add(self.0.ahead.load(Ordering::Relaxed))
    }

    /// The customer does what something waits for, such as a payment; the events that follow are handed over.
    ///
    /// # Errors
    /// Nothing waits, as the text says.
    pub(crate) fn complete(&self, answer: &CustomerAnswer, second: i64) -> Result<Value, String> {
        let second = self.second(second);
        let (done, caused) = {
            let mut store = self.store();
            let done = write::complete(&mut store, answer, second).map_err(|error| error.message);
            let done = done.and_then(|done| self.kept(&mut store).map(|()| done));
            (done, std::mem::take(&mut store.calls.caused))
        };
        let id = done.as_ref().ok().and_then(|done| done["id"].as_str());
        let path = format!("/devtool/complete/{}", id.unwrap_or(&answer.id));
        let request =
            ApiRequest { method: "POST".to_owned(), path, second, ..ApiRequest::default() };
        self.hand_over(&request, &caused);
        self.let_banks_answer(&request);
        done
    }

    /// What banks tell at once of the payments that a call has asked them for follows its answer.
    pub(super) fn let_banks_answer(&self, request: &ApiRequest) {
        let mut is_told = true;
        while is_told {
            let (told, caused) = {
                let mut store = self.store();
                let told = write::bank_answers(&mut store, request.second);
                let told = told.is_ok_and(|told| told && self.kept(&mut store).is_ok());
                (told, std::mem::take(&mut store.calls.caused))
            };
            self.hand_over(request, &caused);
            is_told = told;
        }
    }

    /// Time goes by: what comes due happens, each with its events. Says what time it is then, and how much happened; and
    /// how much is left (`left`), where what happens next waits for the answer of an endpoint.
    ///
    /// # Errors
    /// It does not go forward, or something comes due that devtool does not do, or too much.
    pub(crate) fn advance(&self, by: Offset, second: i64) -> Result<Value, String> {
        let from = self.second(second);
        let until = Moment::from_seconds(from).plus(by).seconds();
        if until <= from {
            return Err("time goes forward only".to_owned());
        }
        let (mut now, mut count) = (from, 0);
        let done = loop {
            if count == MOST_DUE {
                break Err(format!("more than {MOST_DUE} things come due: go in smaller steps"));
            }
            match self.let_happen((now, until)) {
                Ok(Happened::Nothing) => break Ok(until),
                Ok(Happened::Waits) => break Ok(now),
                Ok(Happened::At(reached)) => {
                    now = reached;
                    self.reach(now, second);
                }
                Err(error) => break Err(error),
            }
            count += 1;
        };
        self.reach(*done.as_ref().unwrap_or(&now), second);
        self.kept(&mut self.store())?;
        let reached = done?;
        let now = Moment::from_seconds(reached).rfc3339().replace(".000Z", "Z");
        let mut told = json!({"now": now, "happened": count});
        if reached < until {
            told["left"] = Offset::of_seconds(until - reached).to_string().into();
        }
        Ok(told)
    }

    /// It is as late as that from now on, also for a call that an event causes meanwhile; `second` is what time it is
    /// outside. Of two who let time go by at once, the one who goes further counts.
    fn reach(&self, reached: i64, second: i64) {
        self.0.ahead.fetch_max(reached - second, Ordering::Relaxed);
    }

    /// The test clock that a call has set going goes on until it gets where it is to; what comes due on its way happens,
    /// each with its events. Returns why it does not get there.
    pub(super) fn let_clock_go(&self, request: &ApiRequest, id: &str) -> Option<String> {
        let (mut reached, mut count) = (None, 0);
        loop {
            let why_not =
                (count == MOST_DUE).then(|| format!("more than {MOST_DUE} things come due"));
            let (progress, caused, kept) = {
                let mut store = self.store();
                let progress = write::go_on(&mut store, request, id, (reached, why_not.as_deref()));
                let kept = self.kept(&mut store);
                (progress, std::mem::take(&mut store.calls.caused), kept)
            };
            self.hand_over(request, &caused);
            if let Err(why) = kept {
                return Some(why);
            }
            match progress {
                Ok(ClockProgress::At(second)) => reached = Some(second),
                Ok(ClockProgress::Failed(why)) => return Some(why),
                // Somebody else has deleted it.
                Ok(ClockProgress::Ready) | Err(_) => return None,
            }
            count += 1;
        }
    }

    /// Test clocks that were on their way when their process ended go on.
    pub(crate) fn let_clocks_go_on(&self, second: i64) {
        for (account, id) in self.clocks_underway() {
            let path = format!("/v1/test_helpers/test_clocks/{id}/advance");
            let headers = RequestHeaders { account, ..RequestHeaders::default() };
            let (method, second) = ("POST".to_owned(), self.second(second));
            let request = ApiRequest { method, path, headers, second, ..ApiRequest::default() };
            // The clock itself, and its event, tell where it does not get there.
            let _ = self.let_clock_go(&request, &id);
        }
    }

    fn clocks_underway(&self) -> Vec<(Account, String)> {
        let store = self.store();
        let of_account = |(account, objects): (&Account, &Objects)| -> Vec<(Account, String)> {
            let clocks = objects.all(write::CLOCK).filter(|state| !state.is_deleted);
            let underway = clocks.filter(|state| state.own()["status"] == "advancing");
            let ids = underway.filter_map(|state| state.own()["id"].as_str());
            ids.map(|id| (account.clone(), id.to_owned())).collect()
        };
        store.accounts().flat_map(of_account).collect()
    }

    fn let_happen(&self, time: (i64, i64)) -> Result<Happened, String> {
        let under_way = self.links().answers.under_way();
        let (happened, caused) = {
            let mut store = self.store();
            let happened = write::happen(&mut store, time, &under_way);
            let happened = happened.map_err(|error| error.message);
            let happened = happened.and_then(|then| self.kept(&mut store).map(|()| then));
            (happened, std::mem::take(&mut store.calls.caused))
        };
        let path = "/devtool/advance".to_owned();
        let request = ApiRequest { method: "POST".to_owned(), path, ..ApiRequest::default() };
        self.hand_over(&request, &caused);
        happened
    }

    /// An endpoint has answered an event: what waits for that goes on from there.
    pub(super) fn event_was_answered(&self, event: &str, answer: EventAnswer) {
        // Most events are awaited by nothing.
        let store = self.store_as_it_is();
        let awaited = store.sent_events().of(event).and_then(|sent| {
            let (account, invoice) = (sent.account.clone(), sent.waiting()?);
            Some((account, invoice))
        });
        drop(store);
        let Some(awaited) = awaited else { return };
        let is_accepted = self.links().answers.note(event, answer.is_accepted);
        let Some(is_accepted) = is_accepted else { return };
        let second = self.second(answer.second);
        let mut store = self.store();
        write::invoice_is_told(&mut store, &awaited, (is_accepted, second));
        // A file that does not take it tells so at the next call.
        let _ = self.kept(&mut store);
    }

    /// What happened is in the file, where one keeps it.
    fn kept(&self, store: &mut ApiStore) -> Result<(), String> {
        self.commit(store, None).map_err(|error| error.with_root_cause())
    }
}
