//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

/// Two lower-case digits for each byte.
pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The bytes of lower-case digits; `None` where they are none.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let lower = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(lower) {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        assert_eq!(digits(&[0, 10, 255]), "000aff");
        assert_eq!(bytes("000aff"), Some(vec![0, 10, 255]));
        for text in ["0", "0g", "0A", "é"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
