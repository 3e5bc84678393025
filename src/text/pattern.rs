//! Patterns of names, as people type them.

/// Whether a name fits a pattern: `*` stands for any text, `?` for one character, a pattern without either
/// is the whole name. Takes at most the product of both lengths.
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut next, mut at) = (0, 0);
    // The last `*`, and where what follows it was last tried: earlier ones need not be tried again.
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = name.get(at) {
        match (pattern.get(next), star) {
            (Some('*'), _) => {
                star = Some((next, at));
                next += 1;
            }
            (Some(wanted), _) if *wanted == '?' || wanted == character => {
                next += 1;
                at += 1;
            }
            (_, Some((place, from))) => {
                star = Some((place, from + 1));
                (next, at) = (place + 1, from + 1);
            }
            (_, None) => return false,
        }
    }
    pattern[next..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("paid", "invoice.paid", false),
            ("invoice.paid", "invoice.paid", true),
            ("invoice.*", "invoice.paid", true),
            ("invoice.*", "customer.paid", false),
            ("*.paid", "invoice.paid", true),
            ("*.paid", "invoice.paid.x", false),
            ("c*sub*ed", "customer.subscription.created", true),
            ("a*a", "a", false),
            ("*", "anything", true),
            ("**", "anything", true),
            ("*", "", true),
            ("", "a", false),
            ("a*b", "ac", false),
            ("a?c*", "abcd", true),
            ("a?", "a", false),
            ("?.toml", "\u{f1}.toml", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_their_lengths_allow() {
        let pattern = "*a".repeat(30) + "b";
        assert!(!fits(&pattern, &"a".repeat(3_000)));
    }
}
