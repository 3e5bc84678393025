//! Faults of Stripe's API that are injected: `GET /v1/subscriptions/*=500*2`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::CallPattern;

/// A fault: which calls it befalls, what happens to them, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiFault {
    /// Which calls.
    pub calls: CallPattern,
    /// What happens.
    pub kind: ApiFaultKind,
    /// The first so many of them; `None` for all.
    pub times: Option<u32>,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiFaultKind {
    /// The answer is an error with this status before anything is done: 404, 429 or 500.
    Status(u16),
    /// The answer is a 500 that is kept under the request's idempotency key, and answered again to each that repeats it.
    Kept,
    /// The answer is that another request holds the object: a 429 which the libraries are told to try again after.
    LockTimeout,
    /// No answer comes.
    Timeout,
    /// The connection is closed without an answer.
    Close,
}

const EXPECTED: &str = "expected METHOD PATH=FAULT, such as `GET /v1/customers/*=500*2`; faults are 500, 500!, 429, lock_timeout, 404, timeout and close";

impl FromStr for ApiFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (calls, what) = text.rsplit_once('=').ok_or(EXPECTED)?;
        let (kind, times) = match what.split_once('*') {
            Some((kind, times)) => (kind, Some(times.parse::<u32>().map_err(|_| EXPECTED)?)),
            None => (what, None),
        };
        let kind = match kind {
            "500" | "429" | "404" => ApiFaultKind::Status(kind.parse().map_err(|_| EXPECTED)?),
            "500!" => ApiFaultKind::Kept,
            "lock_timeout" => ApiFaultKind::LockTimeout,
            "timeout" => ApiFaultKind::Timeout,
            "close" => ApiFaultKind::Close,
            _ => return Err(EXPECTED.to_owned()),
        };
        if times == Some(0) {
            return Err(EXPECTED.to_owned());
        }
        Ok(Self { calls: calls.parse().map_err(|_| EXPECTED)?, kind, times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_calls_a_kind_and_perhaps_a_number() {
        let read = |text: &str| text.parse::<ApiFault>();
        let fault = read("GET /v1/prices?limit=3=500*2").unwrap();
        assert_eq!(fault.calls.to_string(), "GET /v1/prices?limit=3");
        assert_eq!((fault.kind, fault.times), (ApiFaultKind::Status(500), Some(2)));
        assert_eq!(read("* /v1/*=timeout").unwrap().times, None);
        assert_eq!(read("POST /v1/refunds=close").unwrap().kind, ApiFaultKind::Close);
        assert_eq!(read("POST /v1/a=500!*1").unwrap().kind, ApiFaultKind::Kept);
        assert_eq!(read("GET /v1/a=lock_timeout").unwrap().kind, ApiFaultKind::LockTimeout);
        for wrong in ["", "GET /v1", "GET /v1=503", "GET /v1=500*0", "GET /v1=500*x", "/v1=500"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
