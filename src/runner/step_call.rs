//! A call of the local API that is told to an event.

use crate::api::ApiCall;

/// A call that is told to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepCall {
    /// The call.
    pub call: ApiCall,
    /// How many deliveries were under way when it began, of which one caused it; `None` where the call itself names
    /// its event, and no copy of that was under way, too.
    pub under_way: Option<usize>,
    /// Whether it came only after the delivery had ended.
    pub is_late: bool,
}

impl StepCall {
    /// A call that began while the event's delivery was under way.
    pub(crate) fn during(call: ApiCall) -> Self {
        Self { under_way: call.under_way(), call, is_late: false }
    }

    /// Whether no other event can have caused it.
    pub(crate) fn is_certain(&self) -> bool {
        self.under_way.is_none_or(|deliveries| deliveries == 1)
    }
}
