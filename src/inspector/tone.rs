//! Lines in tones: what a part of a text is, before anything decides how that looks.

use crate::text::width;

/// What a part of a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// As usual.
    #[default]
    Plain,
    /// What a block is about.
    Heading,
    /// What matters less.
    Dim,
    /// What went well.
    Good,
    /// What failed.
    Bad,
    /// What is neither, or not known yet.
    Odd,
    /// A name in JSON.
    Name,
    /// A text in JSON.
    Text,
    /// A number, or another value of JSON.
    Value,
    /// A key, or the word before a way out.
    Key,
}

/// A line in its parts.
pub(super) type TonedLine = Vec<(Tone, String)>;

/// A line of one tone.
pub(super) fn line(tone: Tone, text: impl Into<String>) -> TonedLine {
    vec![(tone, text.into())]
}

/// The line in lines of so many columns, broken at spaces where there are some.
pub(super) fn wrapped(line: &TonedLine, columns: usize) -> Vec<TonedLine> {
    if width(line) <= columns || columns == 0 {
        return vec![line.clone()];
    }
    let characters: Vec<(Tone, char)> =
        line.iter().flat_map(|(tone, text)| text.chars().map(|c| (*tone, c))).collect();
    let (mut lines, mut rest) = (Vec::new(), characters.as_slice());
    while !rest.is_empty() {
        let (row, others) = rest.split_at(end_of_row(rest, columns));
        lines.push(joined(row));
        rest = others;
    }
    lines
}

/// How many characters fit into so many columns; up to the last space, where that is not too early.
fn end_of_row(characters: &[(Tone, char)], columns: usize) -> usize {
    let mut used = 0;
    let fits = |(_, c): &&(Tone, char)| {
        used += width::of(c.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    let end = characters.iter().take_while(fits).count().max(1);
    if end == characters.len() {
        return end;
    }
    let space = characters[..end].iter().rposition(|(_, c)| *c == ' ');
    space.map(|space| space + 1).filter(|after| *after > end / 2).unwrap_or(end)
}

fn joined(characters: &[(Tone, char)]) -> TonedLine {
    let mut line = TonedLine::new();
    for (tone, c) in characters {
        match line.last_mut() {
            Some((last, text)) if last == tone => text.push(*c),
            _ => line.push((*tone, c.to_string())),
        }
    }
    line
}

/// How many columns the line takes.
pub(super) fn width(line: &TonedLine) -> usize {
    line.iter().map(|(_, text)| width::of(text)).sum()
}

/// The first line from which on all others find room.
pub(super) fn last_start(lines: &[TonedLine], columns: usize, height: usize) -> usize {
    let mut rows = 0;
    for (at, line) in lines.iter().enumerate().rev() {
        rows += if width(line) <= columns { 1 } else { wrapped(line, columns).len() };
        if rows > height {
            return at + 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, columns: usize) -> Vec<String> {
        let rows =
            wrapped(&vec![(Tone::Name, "n: ".to_owned()), (Tone::Plain, text.to_owned())], columns);
        rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect()
    }

    #[test]
    fn lines_are_broken_at_spaces_where_there_are_some() {
        assert_eq!(rows("abc", 10), ["n: abc"]);
        assert_eq!(rows("one two three", 10), ["n: one ", "two three"]);
        assert_eq!(rows("0123456789abc", 8), ["n: 01234", "56789abc"]);
        assert_eq!(rows("日本日本", 6), ["n: ", "日本日", "本"]);
    }

    #[test]
    fn the_end_is_reached_whatever_is_broken() {
        let lines: Vec<TonedLine> = (0..5).map(|_| line(Tone::Plain, "0123456789")).collect();
        assert_eq!(last_start(&lines, 10, 3), 2);
        assert_eq!(last_start(&lines, 5, 3), 4);
        assert_eq!(last_start(&lines, 10, 9), 0);
    }
}
