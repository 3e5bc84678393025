//! Errors of calls that change something, as Stripe's API answers them.

use serde_json::Value;

use super::error::RequestError;

impl RequestError {
    /// With something else that it tells.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    /// About a parameter below another one.
    pub(super) fn below(mut self, place: &str) -> Self {
        self.parameter = self.parameter.map(|parameter| {
            let (first, rest) = parameter.split_at(parameter.find('[').unwrap_or(parameter.len()));
            format!("{place}[{first}]{rest}")
        });
        self
    }

    /// A card is declined.
    pub(super) fn card(code: &'static str, message: &str, parameter: Option<&str>) -> Self {
        let parameter = parameter.map(str::to_owned);
        Self { kind: "card_error", parameter, ..Self::new(402, message).coded(code) }
    }

    /// There may be one of these parameters, and there are several.
    pub(super) fn several_of(parameters: &[String]) -> Self {
        let message =
            format!("You may only specify one of these parameters: {}.", parameters.join(", "));
        Self::new(400, message).about(parameters.first().cloned().unwrap_or_default())
    }

    /// There has to be one of these parameters.
    pub(super) fn none_of(parameters: &[String]) -> Self {
        let message = format!("You must provide one of {}.", parameters.join(" or "));
        let first = parameters.first().cloned().unwrap_or_default();
        Self::new(400, message).coded("parameter_missing").about(first)
    }

    /// What is asked for cannot be done with an object in its state.
    pub(super) fn wrong_state(code: Option<&'static str>, message: String) -> Self {
        Self { code, ..Self::new(400, message) }
    }

    /// A moment is said that is not ahead.
    pub(super) fn not_ahead(parameter: &str) -> Self {
        let message = "Invalid timestamp: must be an integer Unix timestamp in the future.";
        Self::invalid(parameter, message)
    }

    /// The same about what a call says alone, without the list that it was taken as: `price` for `items[0][price]`.
    pub(super) fn of_single(mut self, item: &str) -> Self {
        let rest = self.parameter.as_deref().and_then(|path| path.strip_prefix(item));
        let name =
            rest.and_then(|rest| rest.strip_prefix('[')).map(|rest| rest.replacen(']', "", 1));
        if let Some((path, name)) = self.parameter.clone().zip(name) {
            self.message = self.message.replace(&path, &name);
            self.parameter = Some(name);
        }
        self
    }

    /// A customer has no invoice that is to come.
    pub(super) fn nothing_upcoming(customer: &str) -> Self {
        let message = format!("No upcoming invoices for customer: {customer}");
        Self::new(404, message).coded("invoice_upcoming_none")
    }

    /// There is no discount to be taken away.
    pub(super) fn no_discount(kind: &str, id: &str) -> Self {
        let message = format!("No active discount for {kind}: {id}");
        Self::new(404, message).coded("resource_missing").about("id")
    }

    /// The test clock of an object is on its way.
    pub(super) fn clock_underway(clock: &str) -> Self {
        let message =
            format!("Test clock advancement underway - cannot perform modifications: {clock}");
        Self::new(429, message)
    }

    /// An object has the id already that a call chooses.
    pub(super) fn exists(kind: &str) -> Self {
        let mut noun = kind.replace(['_', '.'], " ");
        noun.get_mut(..1).map(str::make_ascii_uppercase);
        Self::new(400, format!("{noun} already exists."))
            .coded("resource_already_exists")
            .about("id")
    }

    /// A metadata key, or a value, has too many characters.
    pub(super) fn long_metadata(what: &str, text: &str, most: usize) -> Self {
        let length = text.chars().count();
        let message = format!(
            "Metadata {what}s can have up to {most} characters, but you passed in a {what} that is \
             {length} characters. Invalid {what}: {text}"
        );
        Self::invalid("metadata", message)
    }

    pub(super) fn much_metadata(count: usize, most: usize) -> Self {
        let message = format!(
            "Metadata can have up to {most} keys, but you've set {count}. Email us at \
             support+metadata@stripe.com for more information."
        );
        Self::invalid("metadata", message)
    }
}
