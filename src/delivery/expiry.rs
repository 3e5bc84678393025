//! When a certificate expires: the one field of it that somebody asks for.

use crate::protocol::Moment;

const SEQUENCE: u8 = 0x30;
/// `[0] EXPLICIT`: the certificate's version, which may be missing.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The moment after which a certificate in DER is not valid (RFC 5280, 4.1.2.5); `None` for what is no certificate.
pub(super) fn of(certificate: &[u8]) -> Option<Moment> {
    let (certificate, _) = sequence(certificate)?;
    let (signed, _) = sequence(certificate)?;
    let (tag, _, rest) = element(signed)?;
    let from_serial = if tag == VERSION { rest } else { signed };
    // The serial number, the algorithm and the issuer.
    let (_, _, rest) = element(from_serial)?;
    let (_, _, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let (validity, _) = sequence(rest)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, text, _) = element(not_after)?;
    moment(tag, std::str::from_utf8(text).ok()?)
}

/// `YYMMDDHHMMSSZ`, or the same with all four digits of the year.
fn moment(tag: u8, text: &str) -> Option<Moment> {
    if !text.is_ascii() {
        return None;
    }
    let (year, rest) = match tag {
        UTC_TIME if text.get(..2)? < "50" => (format!("20{}", text.get(..2)?), text.get(2..)?),
        UTC_TIME => (format!("19{}", text.get(..2)?), text.get(2..)?),
        GENERALIZED_TIME => (text.get(..4)?.to_owned(), text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    let (month, day) = (part(0)?, part(2)?);
    Moment::parse(&format!("{year}-{month}-{day}T{}:{}:{}Z", part(4)?, part(6)?, part(8)?))
}

/// The content of a sequence, and what follows it.
fn sequence(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == SEQUENCE).then_some((content, rest))
}

/// An element of DER: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let digits = length - 0x80;
        if digits > size_of::<u32>() {
            return None;
        }
        let (of_length, content) = rest.split_at_checked(digits)?;
        length = of_length.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        rest = content;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn a_certificate_says_when_it_expires() {
        let pem = include_bytes!("../../tests/it/support/tls/certificate.pem");
        let certificate = CertificateDer::from_pem_slice(pem).unwrap();
        assert_eq!(of(&certificate).unwrap().rfc3339(), "2126-11-02T08:08:16.000Z");
        for end in [0, 1, 2, 10, 100] {
            assert!(of(&certificate[..end]).is_none());
        }
        let told = |tag, text| moment(tag, text).map(Moment::rfc3339);
        assert_eq!(told(UTC_TIME, "261127010203Z").unwrap(), "2026-11-27T01:02:03.000Z");
        assert_eq!(told(UTC_TIME, "990101000000Z").unwrap(), "1999-01-01T00:00:00.000Z");
        assert!(told(UTC_TIME, "2611").is_none());
    }
}
