//! What the user hands in, read up to a limit: a file may be a device without an end, or huge by mistake.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What is read; each kind has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Bytes to be signed or verified: as much as the relay takes.
    Payload,
    /// An event as JSON. In memory it takes many times its size.
    Event,
    /// Objects that a local API is to begin with: a hundred thousand of them.
    Objects,
    /// devtool.toml, a scenario, a `.env`, a list of checksums, a secret.
    Text,
}

impl InputKind {
    /// The most bytes.
    pub const fn limit(self) -> u64 {
        match self {
            Self::Payload => 32 << 20,
            Self::Event => 4 << 20,
            Self::Objects => 512 << 20,
            Self::Text => 1 << 20,
        }
    }
}

/// The bytes of a file. A pipe may be one, too: it is waited for.
///
/// # Errors
/// It cannot be read, or is larger than the limit ([`io::ErrorKind::FileTooLarge`]).
pub fn file(path: &Path, input: InputKind) -> io::Result<Vec<u8>> {
    all(File::open(path)?, input)
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, is larger than the limit, or is no UTF-8.
pub fn text(path: &Path, input: InputKind) -> io::Result<String> {
    decoded(file(path, input)?)
}

/// Bytes as text.
///
/// # Errors
/// They are no UTF-8.
pub fn decoded(bytes: Vec<u8>) -> io::Result<String> {
    let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
    if is_utf16(&bytes) {
        return Err(invalid(UTF_16));
    }
    String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8"))
}

/// The bytes of JSON without the mark that some editors put at the start of a file.
///
/// # Errors
/// They are UTF-16.
pub fn json(bytes: &[u8]) -> Result<&[u8], &'static str> {
    if is_utf16(bytes) {
        return Err(UTF_16);
    }
    Ok(bytes.strip_prefix(UTF_8_MARK).unwrap_or(bytes))
}

const UTF_8_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why text in that encoding is not taken.
pub const UTF_16: &str = "it is UTF-16, which PowerShell writes with `>`; save it as UTF-8";

/// Whether bytes are UTF-16: they begin with its mark, in either order, or with an ASCII character in two bytes.
pub fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=0x7f, 0, ..] | [0, 1..=0x7f, ..])
}

/// All that a reader gives.
///
/// # Errors
/// It cannot be read, or gives more than the limit.
pub fn all(reader: impl Read, input: InputKind) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more tells that the limit is passed.
    reader.take(input.limit() + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= input.limit() {
        return Ok(bytes);
    }
    let reason = format!("it is larger than the limit of {} MB", input.limit() >> 20);
    Err(io::Error::new(io::ErrorKind::FileTooLarge, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_large_as_the_limit_is_read_and_one_byte_more_is_refused() {
        let limit = usize::try_from(InputKind::Text.limit()).unwrap();
        assert_eq!(all(&vec![b'x'; limit][..], InputKind::Text).unwrap().len(), limit);
        let error = all(io::repeat(b'x'), InputKind::Text).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "it is larger than the limit of 1 MB");
    }
}
