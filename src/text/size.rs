//! Sizes as people write and read them.

/// Reads `500KB`, `200MB`, `1GB`, `1.5 GiB`; K, M and G count in steps of 1024 either way.
///
/// # Errors
/// Says what was expected.
pub fn parse(text: &str) -> Result<u64, String> {
    let expected = || "expected a size such as `500MB` or `2GB`".to_owned();
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(unit_at);
    let number = number.trim();
    let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(expected)?;
    let unit: u32 = match unit.to_ascii_uppercase().as_str() {
        "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return Err(expected()),
    };
    let bytes = number * f64::from(unit);
    if !(1.0..1e15).contains(&bytes) {
        return Err(expected());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between one and 1e15, as checked"
    )]
    Ok(bytes as u64)
}

/// A size for a reader: `812 B`, `3.4 KB`, `120 MB`, `1.2 GB`.
pub fn short(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two or three digits")]
    let mut number = bytes as f64;
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    let mut unit = "";
    for next in ["KB", "MB", "GB", "TB"] {
        if number < 1_023.5 {
            break;
        }
        number /= 1_024.0;
        unit = next;
    }
    if number < 9.95 { format!("{number:.1} {unit}") } else { format!("{number:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(parse("500KB"), Ok(512_000));
        assert_eq!(parse("1.5 GiB"), Ok(1_610_612_736));
        assert_eq!(parse("7b"), Ok(7));
        for text in ["", "5", "MB", "-1MB", "1XB", "0MB", "1e9MB", "inf GB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_written_with_two_or_three_digits() {
        let of = |bytes| short(bytes);
        assert_eq!(of(812), "812 B");
        assert_eq!(of(3_500), "3.4 KB");
        assert_eq!(of(1_048_575), "1.0 MB");
        assert_eq!(of(120 << 20), "120 MB");
        assert_eq!(of(1 << 40), "1.0 TB");
    }
}
