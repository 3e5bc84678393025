//! Answers requests.

use super::answer::ApiAnswer;
use super::caused::WrittenEvent;
use super::inquiry::{Inquiry, Result};
use super::object::CASH_BALANCE;
use super::request::ApiRequest;
use super::routes::{Action, CliCall, Kinds, Read, What};
use super::store::ApiStore;
use super::write;

const METHOD: &str = "payment_method";

/// Answers a request that may pass; one that changes something changes the store.
pub(super) fn answer(store: &mut ApiStore, request: &ApiRequest) -> ApiAnswer {
    tried(store, request).unwrap_or_else(|error| error.answer(&request.path))
}

fn tried(store: &mut ApiStore, request: &ApiRequest) -> Result<ApiAnswer> {
    let inquiry = Inquiry::new(store, request)?;
    match inquiry.route.action {
        Action::Read(read) => inquiry.read(read),
        Action::Other(_) => write::answer(store, request),
        Action::Cli(CliCall::Page) => write::page(&inquiry),
        Action::Cli(CliCall::ConfirmPage) => write::confirm_page(store, request),
        Action::Cli(CliCall::Resend) => {
            let (event, webhook) = inquiry.event_to_resend()?;
            let answer = ApiAnswer::bytes(200, event.body.clone());
            // Without a webhook endpoint, it is for whoever listens.
            let is_for_webhooks = webhook.is_some();
            let webhooks = webhook.into_iter().collect();
            store
                .calls
                .caused
                .push(WrittenEvent { is_for_webhooks, ..WrittenEvent::new(event, webhooks) });
            Ok(answer)
        }
    }
}

impl Inquiry<'_> {
    /// A payment method, or a customer's card, which Stripe shows as one, too.
    fn payment_method(&self) -> Result<ApiAnswer> {
        match (self.retrieve(&[METHOD.to_owned()]), write::card_as_method(self)) {
            (Err(_), Some(card)) if self.is_below(&card) => self.whole(&card),
            (found, _) => self.whole(found?),
        }
    }

    fn read(&self, read: &Read) -> Result<ApiAnswer> {
        let is_v2 = self.is_v2();
        let own: &[&str] = match &read.what {
            What::Retrieve(_) if is_v2 => &["include"],
            What::Retrieve(_) => &["expand"],
            What::List(_) if is_v2 => &["include", "limit", "page"],
            What::List(_) => &["ending_before", "expand", "limit", "starting_after"],
            What::Search(_) => &["expand", "limit", "page", "query"],
        };
        self.check_parameters(own, &read.by)?;
        self.check_filters(&read.by)?;
        self.check_customer()?;
        match &read.what {
            What::Retrieve(Kinds::One(kind)) if kind == "event" => self.event(),
            What::Retrieve(Kinds::One(kind)) if kind == "v2.core.event" => self.v2_event(),
            What::Retrieve(Kinds::One(kind)) if kind == CASH_BALANCE => write::cash_balance(self),
            What::Retrieve(Kinds::One(kind)) if kind == METHOD => self.payment_method(),
            What::Retrieve(kinds) if is_v2 => self.v2_object(kinds.names()),
            What::Retrieve(kinds) => self.whole(self.retrieve(kinds.names())?),
            What::List(kinds) if is_v2 => self.v2_list(kinds, &read.by),
            What::List(Kinds::One(kind)) if kind == "event" => self.event_list(&read.by),
            What::List(kinds) => self.list(kinds, &read.by),
            What::Search(kinds) => self.search(kinds),
        }
    }
}
