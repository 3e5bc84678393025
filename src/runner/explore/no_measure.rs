//! Why a story is no measure.

use crate::error::{Error, Kind};
use crate::runner::Job;

/// Its events change nothing that is seen.
pub(super) fn unmoved(job: &Job) -> Error {
    let shown = job.app_state.requests.first().map(ToString::to_string);
    let shown = shown.or_else(|| job.app_state.commands.first().cloned()).unwrap_or_default();
    let message = format!("the events change nothing of the app's state that `{shown}` shows");
    Error::new(Kind::Usage, message).hinted(
        "show what your handler writes, such as `--app-state 'GET /api/customers/{{customer}}'`",
    )
}

/// It ends elsewhere each time.
pub(super) fn unsteady(difference: &str) -> Error {
    let message = format!("the app's state differs after two runs in the same order: {difference}");
    Error::new(Kind::Usage, message).hinted(
        "show only what the events decide: name the story's objects, as in `--app-state 'GET /api/customers/{{customer}}'`, \
         and leave out what is drawn",
    )
}
