//! Words for a shell.

use super::escape;

/// The text as one word of a POSIX shell (bash, zsh, fish and others read it alike).
pub fn quote(text: &str) -> String {
    quote_with(text, |c| matches!(c, '\n' | '\t'))
}

/// The text as one word of PowerShell, of any version. It takes every one of these for a quote.
pub fn quote_for_powershell(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// The text as one word of a POSIX shell on one line, for a command that is to stand on one. A line's end that ends the
/// text is the exception: no way of writing it on one line is every shell's.
pub fn quote_on_one_line(text: &str) -> String {
    quote_with(text, |_| false)
}

/// The words of a command line as a user has set it, in a variable: apart where there are spaces, but for those between
/// quotes of either kind.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether a command line as a user has set it is more than words: has what a shell acts on, outside of quotes.
pub fn is_for_a_shell(text: &str) -> bool {
    let mut quote = None;
    text.chars().any(|c| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        quote.is_none() && "|&;<>()$`*?[~\\".contains(c)
    })
}

/// The text as one word, in which characters stand as they are that are harmless, or that fit.
fn quote_with(text: &str, stays: fn(char) -> bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut out = String::from("'");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' => out.push_str(r#"'"'"'"#),
            // fish takes it for an escape in front of these.
            '\\' if matches!(rest.peek(), None | Some('\\' | '\'')) => out.push_str(r#"'"\\"'"#),
            c if stays(c) || escape::is_harmless(c) => out.push(c),
            c => {
                let mut acting = String::from(c);
                // `$(` loses the line's end that ends its output.
                while acting.ends_with('\n') {
                    let Some(next) = rest.next() else { break };
                    acting.push(next);
                }
                out.push_str(&printed(&acting));
            }
        }
    }
    out.push('\'');
    out
}

/// What would act on the terminal that the command is read on: between single quotes, which it leaves where
/// it has to.
fn printed(acting: &str) -> String {
    if acting.ends_with('\n') {
        return acting.to_owned();
    }
    let octal: Vec<String> = acting.bytes().map(|byte| format!("\\{byte:03o}")).collect();
    format!(r#"'"$(printf '{}')"'"#, octal.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word() {
        assert_eq!(quote("http://127.0.0.1:5000/webhook"), "http://127.0.0.1:5000/webhook");
        for (text, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm -r x)", "'$(rm -r x)'"),
            ("it's", r#"'it'"'"'s'"#),
            ("/w?a=1&b=2", "'/w?a=1&b=2'"),
            ("~", "'~'"),
            (r"a\b\\c\", r#"'a\b'"\\"'\c'"\\"''"#),
            ("a\u{9b}\nb", r#"'a'"$(printf '\302\233')"'\nb'"#.replace("\\n", "\n").as_str()),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn a_word_stays_one_word_of_powershell() {
        assert_eq!(quote_for_powershell("it's $x `n"), "'it''s $x `n'");
        assert_eq!(quote_for_powershell("a\u{2019}b"), "'a\u{2019}\u{2019}b'");
    }

    #[test]
    fn words_are_apart_but_for_those_in_quotes() {
        assert_eq!(words(" less  -F 'a \"b' \"\" c'd e'"), ["less", "-F", "a \"b", "", "cd e"]);
        assert_eq!(words("  "), [""; 0]);
    }

    #[test]
    fn a_word_stays_on_one_line() {
        assert_eq!(
            quote_on_one_line("a\n\nb\tc"),
            r#"'a'"$(printf '\012\012b')"''"$(printf '\011')"'c'"#.replace('b', r"\142")
        );
        assert_eq!(quote_on_one_line("a\n"), "'a\n'");
    }
}
