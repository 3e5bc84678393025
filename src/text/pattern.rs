//! Patterns of names, as people type them.

/// Whether a name fits a pattern: `*` stands for any text, a pattern without one is the whole name.
pub fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(last)
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
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
