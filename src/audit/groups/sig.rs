//! SIG: the signature.

use serde_json::Value;

use super::super::probe::Severity;
use super::super::prober::{Prober, payload};
use super::super::trial::{Expected, Trial};
use super::sending::unknown;
use crate::config::Secret;
use crate::delivery::Request;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::event::id::BASE62;
use crate::protocol::signature;

/// What a correct endpoint does without a right signature. Whether it fails is told where there is none at all.
const REJECTED: Expected = Expected::Rejected(None);

/// An address that Stripe's deliveries come from, as its documents list them.
const STRIPES_ADDRESS: &str = "3.18.12.63";

/// The digits of hexadecimal.
const HEXADECIMAL: &[u8] = b"0123456789abcdef";

/// What a probe of the group sends.
pub(super) fn trials(id: &str, prober: &Prober) -> Result<Vec<Trial>> {
    match id {
        "SIG-01" => without(prober),
        "SIG-02" => malformed(prober),
        "SIG-03" => of_another_secret(prober),
        "SIG-04" => changed(prober),
        "SIG-05" => swapped(prober),
        "SIG-06" => of_another_scheme(prober),
        "SIG-07" => rolled(prober),
        "SIG-08" => beside_others(prober),
        "SIG-09" => unusual(prober),
        "SIG-10" => of_no_secret(prober),
        "SIG-11" => back_doors(prober),
        _ => Err(unknown(id)),
    }
}

/// The right header of an event in its parts: `t=…` and the digits of v1.
struct Parts {
    t: String,
    v1: String,
}

impl Parts {
    fn of(event: &Event, prober: &Prober) -> Self {
        let header = signature::header(prober.secret(), prober.now(), &event.body);
        let (t, v1) = header.split_once(",v1=").unwrap_or_default();
        Self { t: t.to_owned(), v1: v1.to_owned() }
    }
}

fn other_digest(name: &str, prober: &Prober) -> String {
    prober.characters(&format!("digest/{name}"), HEXADECIMAL, 64)
}

fn without(prober: &Prober) -> Result<Vec<Trial>> {
    let event = prober.event("SIG-01")?;
    let crash = Expected::Rejected(Some(Severity::Low));
    Ok(vec![Trial::new("an event without a signature", prober.unsigned(event.body), crash)])
}

fn malformed(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, header: &dyn Fn(&Parts) -> String| -> Result<Trial> {
        let event = prober.event(&format!("SIG-02/{name}"))?;
        let header = header(&Parts::of(&event, prober));
        let request = prober.with_header(event.body, &header);
        // Some libraries fail here by themselves.
        let expected = Expected::Rejected(Some(Severity::Info));
        Ok(Trial::new(name, request, expected))
    };
    Ok(vec![
        trial("an empty header", &|_| String::new())?,
        trial("a header without t", &|parts| format!("v1={}", parts.v1))?,
        trial("a header without v1", &|parts| parts.t.clone())?,
        trial("a header that is `garbage`", &|_| "garbage".to_owned())?,
        trial("a foreign v0 alone", &|parts| {
            format!("{},v0={}", parts.t, other_digest("SIG-02", prober))
        })?,
    ])
}

fn of_another_secret(prober: &Prober) -> Result<Vec<Trial>> {
    let event = prober.event("SIG-03")?;
    let text = format!("whsec_{}", prober.characters("another secret", BASE62, 32));
    let secret = Secret::parse(&text).map_err(Error::bug)?;
    let header = signature::delivery_header(&secret, prober.now(), &event.body);
    let name = "an event signed with another secret";
    Ok(vec![Trial::new(name, prober.with_header(event.body, &header), REJECTED)])
}

fn changed(prober: &Prober) -> Result<Vec<Trial>> {
    let event = prober.event("SIG-04")?;
    let mut request = prober.signed(&event);
    let end = event.id.len();
    let place = request.body.windows(end).position(|part| part == event.id.as_bytes());
    if let Some(byte) = place.and_then(|at| request.body.get_mut(at + end - 1)) {
        *byte = if *byte == b'0' { b'1' } else { b'0' };
    }
    let name = "an event whose id was changed after signing";
    Ok(vec![Trial::new(name, request, REJECTED)])
}

fn swapped(prober: &Prober) -> Result<Vec<Trial>> {
    let (one, other) = (prober.event("SIG-05/one")?, prober.event("SIG-05/other")?);
    let first = prober.signed(&one);
    let second = Request { body: other.body, ..first.clone() };
    Ok(vec![
        Trial::new("the first event", first, Expected::NoCrash),
        Trial::new("an event with the signature of an earlier one", second, REJECTED),
    ])
}

fn of_another_scheme(prober: &Prober) -> Result<Vec<Trial>> {
    let event = prober.event("SIG-06")?;
    let Parts { t, v1 } = Parts::of(&event, prober);
    let request = prober.with_header(event.body, &format!("{t},v0={v1}"));
    Ok(vec![Trial::new("the right digest as v0 alone", request, REJECTED)])
}

fn rolled(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, header: &dyn Fn(&Parts, &str) -> String| -> Result<Trial> {
        let event = prober.event(&format!("SIG-07/{name}"))?;
        let header = header(&Parts::of(&event, prober), &other_digest(name, prober));
        Ok(Trial::new(name, prober.with_header(event.body, &header), Expected::Accepted))
    };
    Ok(vec![
        trial("two v1, the second one right", &|Parts { t, v1 }, other| {
            format!("{t},v1={other},v1={v1}")
        })?,
        trial("two v1, the first one right", &|Parts { t, v1 }, other| {
            format!("{t},v1={v1},v1={other}")
        })?,
    ])
}

fn beside_others(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, header: &dyn Fn(&Parts, &str) -> String| -> Result<Trial> {
        let event = prober.event(&format!("SIG-08/{name}"))?;
        let header = header(&Parts::of(&event, prober), &other_digest(name, prober));
        Ok(Trial::new(name, prober.with_header(event.body, &header), Expected::Accepted))
    };
    Ok(vec![
        trial("a scheme v2 before v1", &|Parts { t, v1 }, other| {
            format!("{t},v2={other},v1={v1}")
        })?,
        trial("v0 before v1", &|Parts { t, v1 }, other| format!("{t},v0={other},v1={v1}"))?,
        trial("v1 before t", &|Parts { t, v1 }, _| format!("v1={v1},{t}"))?,
        trial("the same v1 twice", &|Parts { t, v1 }, _| format!("{t},v1={v1},v1={v1}"))?,
    ])
}

fn unusual(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, form, header: &dyn Fn(&Parts) -> String| -> Result<Trial> {
        let event = prober.event(&format!("SIG-09/{name}"))?;
        let header = header(&Parts::of(&event, prober));
        let request = prober.with_header(event.body, &header);
        Ok(Trial::new(name, request, Expected::NoCrash).in_form(form))
    };
    Ok(vec![
        trial("a space before v1", "space-before-v1", &|Parts { t, v1 }| format!("{t}, v1={v1}"))?,
        trial("a digest in upper case", "upper-case", &|Parts { t, v1 }| {
            format!("{t},v1={}", v1.to_ascii_uppercase())
        })?,
    ])
}

fn of_no_secret(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |(name, key): (&'static str, &str)| -> Result<Trial> {
        let event = prober.event(&format!("SIG-10/{name}"))?;
        let header = signature::header_by(key, prober.now(), &event.body);
        Ok(Trial::new(name, prober.with_header(event.body, &header), REJECTED))
    };
    let keys = [
        ("an event signed with an empty secret", ""),
        ("an event signed with the secret `undefined`", "undefined"),
        ("an event signed with the secret `null`", "null"),
        ("an event signed with the secret `whsec_`", "whsec_"),
    ];
    keys.into_iter().map(trial).collect()
}

fn back_doors(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, change: &dyn Fn(&mut Value)| -> Result<Trial> {
        let mut payload = payload(&prober.event(&format!("SIG-11/{name}"))?)?;
        change(&mut payload);
        Ok(Trial::new(name, prober.unsigned(Event::new(&payload).body), REJECTED))
    };
    let with_id = |id: &'static str| move |payload: &mut Value| payload["id"] = id.into();
    let name = "an unsigned event with ?test=1";
    let separator = if prober.target().contains('?') { '&' } else { '?' };
    let by_query = Trial {
        path: Some(format!("{}{separator}test=1", prober.target())),
        ..trial(name, &|_| {})?
    };
    let name = "an unsigned event with an address of Stripe's in X-Forwarded-For";
    let mut by_address = trial(name, &|_| {})?;
    let address = ("X-Forwarded-For".to_owned(), STRIPES_ADDRESS.to_owned());
    by_address.request.headers.push(address);
    Ok(vec![
        trial("an unsigned event whose id begins with evt_test_", &with_id("evt_test_webhook"))?,
        trial("an unsigned event with the id of zeros", &with_id("evt_00000000000000"))?,
        trial("an unsigned event with livemode false", &|payload| {
            payload["livemode"] = false.into();
        })?,
        by_query,
        by_address,
    ])
}
