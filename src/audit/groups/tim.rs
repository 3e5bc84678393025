//! TIM: how old a signature may be.

use super::super::prober::Prober;
use super::super::trial::{Expected, Trial};
use super::sending::unknown;
use crate::error::Result;
use crate::protocol::{Moment, signature};

/// Ten minutes, in seconds: twice the tolerance of the libraries.
const LONG: i64 = 600;
/// Below the tolerance by more than a slow answer takes.
const SHORT: i64 = 285;

/// What a probe of the group sends.
pub(super) fn trials(id: &str, prober: &Prober) -> Result<Vec<Trial>> {
    match id {
        "TIM-01" => {
            let expected = Expected::Rejected(None);
            Ok(vec![at(id, "a signature of ten minutes ago", -LONG, prober)?.expecting(expected)])
        }
        "TIM-02" => Ok(vec![at(id, "a signature of 285 seconds ago", -SHORT, prober)?]),
        "TIM-03" => {
            let trial = at(id, "a signature of ten minutes ahead", LONG, prober)?;
            Ok(vec![trial.expecting(Expected::NoCrash).in_form("future")])
        }
        _ => Err(unknown(id)),
    }
}

/// An event that was signed so many seconds from now.
fn at(id: &str, name: &'static str, seconds: i64, prober: &Prober) -> Result<Trial> {
    let event = prober.event(id)?;
    let moment = Moment::from_seconds(prober.now().seconds() + seconds);
    let header = signature::delivery_header(prober.secret(), moment, &event.body);
    Ok(Trial::new(name, prober.with_header(event.body, &header), Expected::Accepted))
}
