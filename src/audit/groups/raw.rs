//! RAW: the same event in other bytes.

use super::super::finding::ProbeResult;
use super::super::probe::{AuditProbe, Severity};
use super::super::prober::Prober;
use super::super::trial::{Expected, Trial};
use super::super::under_way::Audit;
use super::json;
use super::sending::{sent, unknown};
use crate::delivery::{Request, gzipped};
use crate::error::{Error, Result};
use crate::event::Event;

pub(super) async fn run(probe: &'static AuditProbe, audit: &Audit) -> Result<ProbeResult> {
    if probe.id == "RAW-07" {
        return super::bod::chunked(probe, audit).await;
    }
    sent(probe, trials(&probe.id, &audit.prober)?, audit).await
}

fn trials(id: &str, prober: &Prober) -> Result<Vec<Trial>> {
    match id {
        "RAW-01" => {
            let body = |name: &str| prober.payload(&format!("RAW-01/{name}"));
            Ok(vec![
                of("an event without white space", json::compact(&body("none")?), prober),
                of("an event with more white space", json::spacious(&body("more")?), prober),
            ])
        }
        "RAW-02" => {
            let payload = json::reversed(&prober.payload(id)?);
            Ok(vec![of("an event with its keys reversed", Event::new(&payload).body, prober)])
        }
        "RAW-03" => texts(prober),
        "RAW-04" => numbers(prober),
        "RAW-05" => line_ends(prober),
        "RAW-06" => content_types(prober),
        _ => Err(unknown(id)),
    }
}

/// A body, rightly signed, that a correct endpoint accepts.
fn of(name: &'static str, body: Vec<u8>, prober: &Prober) -> Trial {
    Trial::new(name, prober.signed_bytes(body), Expected::Accepted)
}

fn texts(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, text: &str| -> Result<Trial> {
        let payload = prober.payload(&format!("RAW-03/{name}"))?;
        Ok(of(name, json::with_bytes(payload, "devtool_text", text), prober))
    };
    Ok(vec![
        trial("an event with \\u00e9 in a text", r#""caf\u00e9""#)?,
        trial("an event with \\/ in a text", r#""a\/b""#)?,
        trial("an event with an emoji in a text", "\"\u{1f9fe}\"")?,
        trial("an event with U+2028 in a text", "\"a\u{2028}b\"")?,
        trial("an event with \\u0000 in a text", r#""a\u0000b""#)?.only(Severity::Info),
    ])
}

fn numbers(prober: &Prober) -> Result<Vec<Trial>> {
    let trial = |name, number: &str| -> Result<Trial> {
        let payload = prober.payload(&format!("RAW-04/{name}"))?;
        Ok(of(name, json::with_bytes(payload, "devtool_number", number), prober))
    };
    Ok(vec![
        trial("an event with the number 1.0", "1.0")?,
        trial("an event with the number 1e3", "1e3")?,
        trial("an event with the number 2^53+1", "9007199254740993")?,
    ])
}

fn line_ends(prober: &Prober) -> Result<Vec<Trial>> {
    let body = |name: &str| prober.event(&format!("RAW-05/{name}")).map(|event| event.body);
    let crlf = String::from_utf8_lossy(&body("crlf")?).replace('\n', "\r\n").into_bytes();
    let ended = [body("end")?, b"\n".to_vec()].concat();
    let marked = [b"\xef\xbb\xbf".to_vec(), body("mark")?].concat();
    Ok(vec![
        of("an event with CRLF as line ends", crlf, prober),
        of("an event with a line end at its end", ended, prober),
        of("an event with a byte order mark", marked, prober)
            .only(Severity::Info)
            .in_form("byte-order-mark"),
    ])
}

fn content_types(prober: &Prober) -> Result<Vec<Trial>> {
    let with = |name, kind: &str| -> Result<Trial> {
        let event = prober.event(&format!("RAW-06/{name}"))?;
        let mut request = prober.signed(&event);
        set(&mut request, "Content-Type", kind);
        Ok(Trial::new(name, request, Expected::Accepted))
    };
    let event = prober.event("RAW-06/gzip")?;
    let packed = gzipped(&event.body).map_err(|error| Error::bug(error.to_string()))?;
    let mut packed = prober.signed_bytes(packed);
    set(&mut packed, "Content-Encoding", "gzip");
    Ok(vec![
        with("an event without charset in its content type", "application/json")?,
        with("an event with its content type in other case", "Application/JSON; Charset=UTF-8")?,
        Trial::new("an event packed by gzip", packed, Expected::NoCrash).only(Severity::Info),
    ])
}

/// Puts a header in the place of the one of its name.
fn set(request: &mut Request, name: &str, value: &str) {
    request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    request.headers.push((name.to_owned(), value.to_owned()));
}
