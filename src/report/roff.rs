//! Manual pages, in the language of `man`.

use std::fmt::Write as _;

use super::manual::Block;

/// A page that grows.
#[derive(Debug)]
pub(crate) struct Roff(String);

impl Roff {
    /// A page of that name, in a section of the manual.
    pub(crate) fn new(name: &str, section: u8, version: &str) -> Self {
        let name = name.to_uppercase();
        Self(format!(
            ".TH \"{name}\" \"{section}\" \"\" \"devtool {version}\" \"devtool manual\"\n"
        ))
    }

    /// The whole page.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    pub(crate) fn section(&mut self, title: &str) {
        let _ = writeln!(self.0, ".SH {}", escaped(title));
    }

    pub(crate) fn subsection(&mut self, title: &str) {
        let _ = writeln!(self.0, ".SS {}", escaped(title));
    }

    /// A paragraph of its own.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.begin_paragraph();
        self.text(text);
    }

    /// A title is followed by a paragraph anyway.
    fn begin_paragraph(&mut self) {
        let last = self.0.lines().last().unwrap_or_default();
        if ![".SH ", ".SS "].iter().any(|title| last.starts_with(title)) {
            self.0.push_str(".PP\n");
        }
    }

    /// Text that goes on with what stands before.
    pub(crate) fn text(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.is_empty()) {
            let _ = writeln!(self.0, "{}", escaped(line.trim_end()));
        }
    }

    /// A term, and what is said of it, in paragraphs.
    pub(crate) fn item(&mut self, term: &str, paragraphs: &[String]) {
        let _ = writeln!(self.0, ".TP\n\\fB{}\\fR", escaped(term));
        for (at, text) in paragraphs.iter().filter(|text| !text.is_empty()).enumerate() {
            if at > 0 {
                self.0.push_str(".IP\n");
            }
            self.text(text);
        }
    }

    /// Lines as they are.
    pub(crate) fn lines<'l>(&mut self, lines: impl IntoIterator<Item = &'l str>) {
        self.begin_paragraph();
        self.0.push_str(".nf\n");
        for line in lines {
            // An empty line would end nothing here, but is no good form.
            let line = if line.is_empty() { "\\&".to_owned() } else { escaped(line) };
            let _ = writeln!(self.0, "{line}");
        }
        self.0.push_str(".fi\n");
    }

    /// A part of the documentation. Its own title is the page's.
    pub(crate) fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Heading(text) => self.subsection(text),
                Block::Paragraph(text) => self.paragraph(text),
                Block::Item(text) => {
                    let _ = writeln!(self.0, ".IP \\(bu 2\n{}", escaped(text));
                }
                Block::Code(lines) => self.lines(lines.iter().map(String::as_str)),
                Block::Table(rows) => {
                    for (key, text) in rows {
                        self.item(key, std::slice::from_ref(text));
                    }
                }
            }
        }
    }
}

/// The text as roff shows it: nothing of it is a request or an escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    if text.starts_with(['.', '\'']) {
        out.push_str("\\&");
    }
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '~' => out.push_str("\\(ti"),
            '^' => out.push_str("\\(ha"),
            '"' => out.push_str("\\(dq"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_request() {
        let mut page = Roff::new("a-b", 1, "1.0");
        page.text(".SH 'x' \\fB\n\n'y");
        page.item("--port", &["one".to_owned(), "two".to_owned()]);
        insta::assert_snapshot!(page.into_text(), @r#"
        .TH "A-B" "1" "" "devtool 1.0" "devtool manual"
        \&.SH \(aqx\(aq \efB
        \&\(aqy
        .TP
        \fB\-\-port\fR
        one
        .IP
        two
        "#);
    }
}
