//! Why a request had no answer, out of the errors of several libraries.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use super::outcome::{NoAnswer, Outcome};

/// What a request failed with.
#[derive(Debug)]
pub(super) struct ExchangeError {
    error: Box<dyn StdError + Send + Sync>,
    stage: ExchangeStage,
}

/// How far a request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExchangeStage {
    /// There was no connection yet.
    Connecting,
    /// Nothing of an answer was there.
    Unanswered,
    /// The same by a connection that had served another request.
    Reused,
    /// Part of an answer's head was there.
    Head,
}

impl ExchangeError {
    pub(super) fn new(error: impl StdError + Send + Sync + 'static, stage: ExchangeStage) -> Self {
        Self { error: error.into(), stage }
    }

    /// One from before an answer began.
    pub(super) fn unanswered(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(error, ExchangeStage::Unanswered)
    }

    /// One from before there was a connection.
    pub(super) fn connecting(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self { error, stage: ExchangeStage::Connecting }
    }

    /// Whether the connection was closed that had served another request: the app may have done so before
    /// this one came.
    pub(super) fn is_stale(&self) -> bool {
        self.stage == ExchangeStage::Reused && self.classify(false) == NoAnswer::Closed
    }

    /// What it means.
    pub(super) fn outcome(&self, is_https: bool) -> Outcome {
        let (why, cause) = (self.classify(is_https), cause(&*self.error));
        let error = if self.is_stale() {
            format!("the connection of an earlier request was closed without an answer: {cause}")
        } else if why == NoAnswer::BrokeOff {
            format!("the connection broke off within the answer's head: {cause}")
        } else {
            cause
        };
        Outcome::None { why, error }
    }

    fn classify(&self, is_https: bool) -> NoAnswer {
        use NoAnswer::{BrokeOff, Certificate, Closed, Refused, Timeout, Tls};
        match sources(&*self.error).find_map(kind) {
            Some(why @ (Refused | Certificate | Timeout)) => why,
            _ if is_https && self.stage == ExchangeStage::Connecting => Tls,
            // Also where it was reset while it was made: nothing was sent.
            Some(Closed) | None if self.stage == ExchangeStage::Connecting => Refused,
            Some(Closed) | None if self.stage == ExchangeStage::Head => BrokeOff,
            Some(why) => why,
            None => Closed,
        }
    }
}

fn kind(source: &(dyn StdError + 'static)) -> Option<NoAnswer> {
    if let Some(error) = source.downcast_ref::<hyper::Error>() {
        if error.is_parse() {
            return Some(NoAnswer::Invalid);
        }
        if error.is_incomplete_message() {
            return Some(NoAnswer::Closed);
        }
    }
    let error = source.downcast_ref::<io::Error>()?;
    if certificate_error(error).is_some() {
        return Some(NoAnswer::Certificate);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(NoAnswer::Refused),
        io::ErrorKind::TimedOut => Some(NoAnswer::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(NoAnswer::Closed),
        _ => None,
    }
}

fn sources<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause: what the system or the other side said, without the layers around it.
pub(super) fn cause(error: &(dyn StdError + 'static)) -> String {
    let certificate = sources(error)
        .filter_map(|source| source.downcast_ref::<io::Error>())
        .find_map(certificate_error);
    match certificate {
        Some(what) => format!("the certificate {what}"),
        None => sources(error).last().map_or_else(String::new, ToString::to_string),
    }
}

/// What is wrong with the endpoint's certificate, where that is the error.
fn certificate_error(error: &io::Error) -> Option<&'static str> {
    let inner = error.get_ref()?;
    if let Some(nested) = inner.downcast_ref::<io::Error>() {
        return certificate_error(nested);
    }
    match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(error) => Some(match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "is for another name"
            }
            CertificateError::Revoked => "is revoked",
            _ => "is not one that this system trusts",
        }),
        _ => None,
    }
}
