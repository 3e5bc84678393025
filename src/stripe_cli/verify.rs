//! SHA-256 checksums: of a download, and of a release's list.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::text::hexadecimal;

/// A SHA-256 checksum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 32]);

/// Why a list gives no checksum for a file; `Display` goes on after the list's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlisted {
    /// It has none.
    #[error("has no checksum for it")]
    Missing,
    /// It has more than one, and they differ.
    #[error("has different checksums for it")]
    Contradictory,
}

impl Checksum {
    /// The checksum of a file in a release's list: lines of hexadecimal digits, two spaces, name.
    ///
    /// # Errors
    /// The list has none for that name, or different ones.
    pub fn in_list(list: &str, name: &str) -> Result<Self, Unlisted> {
        let entries = list.lines().filter_map(|line| line.split_once(char::is_whitespace));
        let ours =
            entries.filter(|(_, listed)| listed.trim_start().trim_start_matches('*') == name);
        let mut sums = ours.map(|(digits, _)| digits.parse::<Self>().ok());
        let first = sums.next().flatten().ok_or(Unlisted::Missing)?;
        if sums.all(|sum| sum == Some(first)) { Ok(first) } else { Err(Unlisted::Contradictory) }
    }
}

impl FromStr for Checksum {
    type Err = String;

    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        let bytes = hexadecimal::bytes(&digits.to_ascii_lowercase());
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| "expected the 64 hexadecimal digits of a SHA-256".to_owned())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal::digits(&self.0))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes on, and keeps the checksum of what it wrote.
pub struct Hashing<W> {
    inner: W,
    hash: Sha256,
    length: u64,
}

impl<W: Write> Hashing<W> {
    /// Begins with nothing written.
    pub fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), length: 0 }
    }

    /// How many bytes were written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The checksum of all that was written.
    pub fn finish(self) -> Checksum {
        Checksum(self.hash.finalize().into())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The well-known checksum of nothing.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn what_is_written_is_hashed() {
        let mut hashing = Hashing::new(Vec::new());
        assert_eq!(Hashing::new(Vec::new()).finish().to_string(), EMPTY);
        hashing.write_all(b"abc").unwrap();
        assert_eq!(hashing.length(), 3);
        assert!(hashing.finish().to_string().starts_with("ba7816bf8f01cfea"));
    }

    #[test]
    fn a_list_is_read_by_name() {
        let list =
            format!("{}  stripe_1_linux.tar.gz\n{EMPTY}  stripe_2_linux.tar.gz\n", "0".repeat(64));
        let found = Checksum::in_list(&list, "stripe_2_linux.tar.gz").unwrap();
        assert_eq!(found.to_string(), EMPTY);
        assert_eq!(Checksum::in_list(&list, "linux.tar.gz"), Err(Unlisted::Missing));
        assert_eq!(Checksum::in_list("short  x\n", "x"), Err(Unlisted::Missing));
    }

    #[test]
    fn a_list_that_contradicts_itself_gives_no_checksum() {
        let zeros = "0".repeat(64);
        for second in [zeros.as_str(), "short"] {
            let list = format!("{EMPTY}  x\n{second} *x\n");
            assert_eq!(Checksum::in_list(&list, "x"), Err(Unlisted::Contradictory), "{second}");
        }
        let twice = format!("{EMPTY}  x\n{}  x\n", EMPTY.to_uppercase());
        assert!(Checksum::in_list(&twice, "x").is_ok());
    }
}
