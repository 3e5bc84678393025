//! What a number has to be like: `>= 1`.

use std::fmt;
use std::str::FromStr;

/// A number, and how another one has to stand to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    how: How,
    with: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Less,
    AtMost,
    Equal,
    Unequal,
    AtLeast,
    More,
}

/// The signs, those that begin like others first.
const SIGNS: [(&str, How); 7] = [
    ("<=", How::AtMost),
    (">=", How::AtLeast),
    ("!=", How::Unequal),
    ("==", How::Equal),
    ("<", How::Less),
    (">", How::More),
    ("=", How::Equal),
];

impl Comparison {
    /// Whether it holds for a number.
    pub fn holds(self, number: f64) -> bool {
        let order = number.total_cmp(&self.with);
        match self.how {
            How::Less => order.is_lt(),
            How::AtMost => order.is_le(),
            How::Equal => order.is_eq(),
            How::Unequal => order.is_ne(),
            How::AtLeast => order.is_ge(),
            How::More => order.is_gt(),
        }
    }
}

impl FromStr for Comparison {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let sign = SIGNS.iter().find_map(|(sign, how)| Some((text.strip_prefix(sign)?, *how)));
        let (number, how) = sign.unwrap_or((text, How::Equal));
        let number = number.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let with = number.ok_or("expected a comparison such as `>= 1`")?;
        Ok(Self { how, with })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign =
            SIGNS.iter().rev().find(|(_, how)| *how == self.how).map_or("", |(sign, _)| sign);
        write!(f, "{sign} {}", self.with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared() {
        let holds = |text: &str, number| text.parse::<Comparison>().unwrap().holds(number);
        for (text, number, is) in [
            (">= 1", 1.0, true),
            (">1", 1.0, false),
            ("< 2.5", 2.0, true),
            ("<=-1", -0.5, false),
            ("!= 0", 1.0, true),
            ("= 3", 3.0, true),
            ("3", 3.0, true),
        ] {
            assert_eq!(holds(text, number), is, "{number} {text}");
        }
        for text in ["", ">", ">= x", "=> 1", "1 2", "> inf"] {
            assert!(text.parse::<Comparison>().is_err(), "{text}");
        }
        assert_eq!(">=1".parse::<Comparison>().unwrap().to_string(), ">= 1");
    }
}
