//! What the full screen asks for, and what it is told.

use super::key::KeyPress;
use super::picker::PickerItem;
use crate::error::Result;
use crate::history::{DeliveryId, DeliveryWindow, Filter, Reader, Record, WindowPlace};

/// Something that whoever runs the full screen has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Read a window of the list. Earlier ones that are not read yet are not wanted any more.
    Load(ListRequest),
    /// Read a delivery. Earlier ones that are not read yet are not wanted any more.
    Read(DeliveryId),
    /// Read two deliveries, to be compared.
    Compare(DeliveryId, DeliveryId),
    /// Send an event again.
    Replay(DeliveryId),
    /// Let the user change an event, and send that.
    Edit(DeliveryId),
    /// Tell which events can be sent.
    Types,
    /// Send an event of that type.
    Send(String),
    /// Tell which scenarios can be sent.
    Scenarios,
    /// Send that scenario.
    SendScenario(String),
    /// Check the signature of a delivery.
    Verify(DeliveryId),
    /// Copy something of a delivery.
    Copy(DeliveryId, Copied),
    /// Open the page of a delivery's event in the browser.
    Browse(DeliveryId),
    /// Leave the terminal to the shell for a while.
    Suspend,
    /// End.
    Quit,
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copied {
    /// A curl command that sends the event, freshly signed.
    Curl,
    /// The event's body.
    Json,
    /// The event's id.
    Id,
    /// A step of a scenario file that sends such an event.
    Step,
}

impl Copied {
    /// What the key after `c` stands for.
    pub(crate) const fn of_key(key: KeyPress) -> Option<Self> {
        match key {
            KeyPress::Char('c') => Some(Self::Curl),
            KeyPress::Char('j') => Some(Self::Json),
            KeyPress::Char('i') => Some(Self::Id),
            KeyPress::Char('s') => Some(Self::Step),
            _ => None,
        }
    }
}

/// A window of the list that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListRequest {
    /// Of what.
    pub filter: Filter,
    /// Where.
    pub around: WindowPlace,
    /// Which of the filters that were typed this is.
    pub generation: u64,
}

/// What the full screen is told of the history.
#[derive(Debug)]
pub(crate) enum Answered {
    /// A window, and which one it is.
    Window(Box<(ListRequest, DeliveryWindow)>),
    /// A delivery; `None` where it is pruned.
    Record(DeliveryId, Option<Box<Record>>),
    /// Two deliveries; `None` where one of them is pruned.
    Compared(Option<Box<(Record, Record)>>),
}

/// What the full screen is told besides.
#[derive(Debug)]
pub(crate) enum ScreenUpdate {
    /// The history has changed.
    Changed,
    /// What was read of it.
    Answered(Answered),
    /// Something has an end.
    Said(ActionResult),
    /// Which events can be sent.
    Types(Vec<PickerItem>),
    /// Which scenarios can be sent.
    Scenarios(Vec<PickerItem>),
    /// What a signature was found to be, as text.
    Verified(String),
    /// Show that delivery.
    Open(DeliveryId),
    /// How many columns and lines there are.
    Size(u16, u16),
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActionResult {
    /// Well.
    Good(String),
    /// Not.
    Bad(String),
    /// It goes on.
    UnderWay(String),
}

/// How many deliveries of a window lie on each side of its place: more than a screen has lines. Where one in a thousand
/// fits, a window is as many thousands of rows.
const EACH_WAY: usize = 64;

/// Reads what an effect asks for; `None` for one that is not about reading.
///
/// # Errors
/// The history cannot be read.
pub(crate) fn answer(history: &Reader, effect: &Effect) -> Result<Option<Answered>> {
    Ok(match effect {
        Effect::Load(wanted) => {
            let window = history.window(&wanted.filter, wanted.around, EACH_WAY)?;
            Some(Answered::Window(Box::new((wanted.clone(), window))))
        }
        Effect::Read(id) => Some(Answered::Record(*id, history.record(*id)?.map(Box::new))),
        Effect::Compare(one, other) => {
            let both = history.record(*one)?.zip(history.record(*other)?);
            Some(Answered::Compared(both.map(Box::new)))
        }
        _ => None,
    })
}
