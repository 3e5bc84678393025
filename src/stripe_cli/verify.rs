//! SHA-256 checksums: of a download, and of a release's list.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::text::hexadecimal;

/// A SHA-256 checksum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of a file in a release's list: lines of hexadecimal digits, two spaces, name.
    pub fn in_list(list: &str, name: &str) -> Option<Self> {
        let entries = list.lines().filter_map(|line| line.split_once(char::is_whitespace));
        let mut ours =
            entries.filter(|(_, listed)| listed.trim_start().trim_start_matches('*') == name);
        ours.next().and_then(|(digits, _)| digits.parse().ok())
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
        assert_eq!(Checksum::in_list(&list, "linux.tar.gz"), None);
        assert_eq!(Checksum::in_list("short  x\n", "x"), None);
    }
}
