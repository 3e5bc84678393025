//! A part of the documentation, which is Markdown, for a terminal.

use super::layout::Layout;
use crate::text::width;

/// The widest that a text of help gets: longer lines are hard to read.
pub(crate) const WIDEST: usize = 100;

/// The widest first column of a table; what is longer stands above what is said of it.
const WIDEST_KEY: usize = 24;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(String),
    Paragraph(String),
    Code(Vec<String>),
    Item(String),
    /// The rows of a table, without its head.
    Table(Vec<(String, String)>),
}

/// The part of a document below a heading, with those that are below it.
pub(crate) fn section(document: &'static str, heading: &str) -> Vec<Block> {
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    let lines = document.lines().skip_while(|line| *line != heading);
    let mut lines = lines.enumerate();
    let own = level(heading);
    let mut in_code = false;
    let inside = lines.by_ref().map_while(|(at, line)| {
        in_code ^= line.starts_with("```");
        let is_next = at > 0 && !in_code && (1..=own).contains(&level(line));
        (!is_next).then_some(line)
    });
    blocks(&inside.collect::<Vec<_>>())
}

fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let (block, used) = match *line {
            "" => (None, 1),
            line if line.starts_with("```") => {
                let code = after.iter().take_while(|line| !line.starts_with("```"));
                let code: Vec<String> = code.map(ToString::to_string).collect();
                let used = code.len() + 2;
                (Some(Block::Code(code)), used)
            }
            line if line.starts_with("    ") => {
                let code = rest.iter().take_while(|line| line.starts_with("    "));
                let code: Vec<String> = code.map(|line| line.trim_start().to_owned()).collect();
                let used = code.len();
                (Some(Block::Code(code)), used)
            }
            line if line.starts_with('#') => {
                (Some(Block::Heading(plain(line.trim_start_matches('#').trim()))), 1)
            }
            line if line.starts_with('|') => {
                let rows = rest.iter().take_while(|line| line.starts_with('|'));
                let used = rows.clone().count();
                (Some(Block::Table(rows.skip(2).map(|row| cells(row)).collect())), used)
            }
            line => {
                let is_item = line.starts_with("- ");
                let more = after.iter().take_while(|line| goes_on(line));
                let used = more.clone().count() + 1;
                let text = std::iter::once(line.trim_start_matches("- "));
                let text = text.chain(more.map(|line| line.trim())).collect::<Vec<_>>().join(" ");
                let text = plain(&text);
                (Some(if is_item { Block::Item(text) } else { Block::Paragraph(text) }), used)
            }
        };
        blocks.extend(block);
        rest = rest.get(used..).unwrap_or_default();
    }
    blocks
}

/// Whether a line goes on with the paragraph before it.
fn goes_on(line: &str) -> bool {
    !line.is_empty() && !["- ", "|", "#", "```"].iter().any(|start| line.starts_with(start))
}

/// The first cell of a row, and the others in one.
fn cells(row: &str) -> (String, String) {
    let mut cells = row.trim().trim_matches('|').split(" | ").map(|cell| plain(cell.trim()));
    let first = cells.next().unwrap_or_default();
    let rest: Vec<String> = cells.filter(|cell| !cell.is_empty()).collect();
    (first, rest.join(" · "))
}

/// The text without links and marks; what is code keeps its marks, because it tells words from others.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once("](") {
            Some((words, target)) if !words.contains(']') => {
                out.push_str(words);
                rest = target.split_once(')').map_or("", |(_, rest)| rest);
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.replace("**", "")
}

/// The blocks as text.
pub(crate) fn text(blocks: &[Block], layout: Layout) -> String {
    let columns = layout.columns.min(WIDEST);
    let mut out = String::new();
    let mut before = None;
    for block in blocks {
        let is_list = matches!((before, block), (Some(&Block::Item(_)), &Block::Item(_)));
        if before.is_some() && !is_list {
            out.push('\n');
        }
        out.push_str(&one(block, columns, layout));
        before = Some(block);
    }
    out
}

fn one(block: &Block, columns: usize, layout: Layout) -> String {
    match block {
        Block::Heading(text) => format!("{}\n", layout.palette.heading(text)),
        Block::Paragraph(text) => format!("{}\n", width::wrap(text, 0, columns)),
        Block::Item(text) => format!("- {}\n", width::wrap(text, 2, columns)),
        Block::Code(lines) => {
            let line = |line: &String| {
                if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }
            };
            lines.iter().map(line).collect()
        }
        Block::Table(rows) => table(rows, columns, layout),
    }
}

fn table(rows: &[(String, String)], columns: usize, layout: Layout) -> String {
    let keys = rows.iter().map(|(key, _)| width::of(key)).filter(|width| *width <= WIDEST_KEY);
    let column = keys.max().unwrap_or(0);
    let row = |(key, text): &(String, String)| {
        let indent = column + 4;
        let text = width::wrap(text, indent, columns);
        let head = layout.palette.heading(&width::pad(key, column));
        let gap =
            if width::of(key) > column { format!("\n{:indent$}", "") } else { "  ".to_owned() };
        format!("  {head}{gap}{text}\n")
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::moment::Zone;
    use crate::report::palette::Palette;

    const DOCUMENT: &str = "# One\n\n## Two\n\nA [link](x.md) and `code[0]`\ngoes on.\n\n- first\n- second\n  line\n\n```toml\n# no heading\n\na = 1\n```\n\n| key | sets | default |\n| --- | --- | --- |\n| `a` | [b](c.md) | 1 |\n\n### Three\n\n    type this\n\n## Four\n";

    #[test]
    fn a_section_is_laid_out_for_a_terminal() {
        let layout = Layout { palette: Palette::Plain, columns: 40, zone: Zone::Utc };
        insta::assert_snapshot!(text(&section(DOCUMENT, "## Two"), layout), @"
        Two

        A link and `code[0]` goes on.

        - first
        - second line

            # no heading

            a = 1

          `a`  b · 1

        Three

            type this
        ");
    }
}
