//! Bytes as hexadecimal digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two lower-case digits for each byte.
pub fn digits(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut out = String::with_capacity(bytes.len() * 2);
    out.extend(halves.map(|half| char::from(DIGITS[usize::from(half)])));
    out
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
