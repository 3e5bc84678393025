//! What an HTML page says to a reader: its title, headings and message. Markup, scripts, the request that debug
//! pages quote and the app's source count for nothing.

use serde_json::Value;

use crate::text::width;

/// The most headings that are read, and the most characters of each text.
const HEADINGS: usize = 4;
const ELEMENTS: usize = 8;
const LONGEST: usize = 400;
/// How much of a page is read, in bytes.
const READ: usize = 256 * 1024;
/// The classes that debug pages give to the message of an exception.
const MESSAGES: [&str; 5] =
    ["errormsg", "exception_value", "titleerror", "exception-message", "exception__message"];
/// The elements whose text is no text.
const HIDDEN: [&str; 4] = ["script", "style", "template", "noscript"];

/// The texts of a page; each is one line, and empty where there is none.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) headings: Vec<String>,
    /// What an element says that is known to hold the message of an exception.
    pub(super) message: String,
    /// That element's class.
    pub(super) message_class: &'static str,
    /// The first line of the first `<pre>`, where that is neither source nor a dump of what was sent.
    pub(super) pre: String,
    /// What the library's writer adds to that.
    pub(super) note: String,
    /// The exception that a script's data names, with its message.
    pub(super) error: String,
    /// The first paragraph.
    pub(super) paragraph: String,
}

impl Page {
    /// Reads a page.
    pub(super) fn read(html: &str) -> Self {
        let mut end = READ.min(html.len());
        while !html.is_char_boundary(end) {
            end -= 1;
        }
        let html = &html[..end];
        let mut page = Self::default();
        let (mut at, mut has_pre) = (0, false);
        while let Some(tag) = Tag::after(html, at) {
            at = tag.end;
            if HIDDEN.contains(&tag.name.as_str()) {
                page.take_error(html, &tag);
                at = closing(html, at, &tag.name).map_or(html.len(), |(_, after)| after);
                continue;
            }
            page.take(html, &tag, &mut has_pre);
        }
        page
    }

    fn take(&mut self, html: &str, tag: &Tag<'_>, has_pre: &mut bool) {
        let text = || inner(html, tag);
        if self.message.is_empty()
            && let Some(class) = tag.class_of(&MESSAGES)
        {
            (self.message, self.message_class) = (text(), class);
        }
        match tag.name.as_str() {
            "title" if self.title.is_empty() => self.title = text(),
            "h1" | "h2" | "h3" if self.headings.len() < HEADINGS => self.headings.push(text()),
            "pre" if !*has_pre => {
                *has_pre = true;
                // Lines of source have a class or a number, and stand in a table.
                let is_source =
                    tag.attributes.contains("line") || tag.attributes.contains("source");
                let text = decoded(&without_tags(content(html, tag)));
                if !is_source && !text.trim_start().starts_with('{') {
                    self.pre = cut(first_line(&text));
                    self.note = note(&text).map(cut).unwrap_or_default();
                }
            }
            "p" if self.paragraph.is_empty() => self.paragraph = text(),
            // A page without a title is a few words in a row.
            "body" if self.title.is_empty() => self.paragraph = text(),
            _ => {}
        }
    }

    /// Next.js tells its overlay in a script what was raised.
    fn take_error(&mut self, html: &str, tag: &Tag<'_>) {
        if !tag.attributes.contains("__NEXT_DATA__") {
            return;
        }
        let data: Value = serde_json::from_str(content(html, tag)).unwrap_or_default();
        let text = |name: &str| data["err"][name].as_str().map(first_line);
        if let (Some(name), Some(message)) = (text("name"), text("message")) {
            self.error = cut(&format!("{name}: {message}"));
        }
    }
}

/// What the elements of XML say that have one of these names and hold text alone, by the order of the names.
pub(super) fn elements(xml: &str, names: &[&str]) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    while let Some(tag) = Tag::after(xml, at).filter(|_| at < READ && found.len() < ELEMENTS) {
        at = tag.end;
        let place = names.iter().position(|name| *name == tag.name);
        if let Some(place) = place.filter(|_| !content(xml, &tag).contains('<')) {
            found.push((place, inner(xml, &tag)));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, text)| text).collect()
}

/// A start tag.
struct Tag<'h> {
    name: String,
    attributes: &'h str,
    /// Where its content begins.
    end: usize,
}

impl<'h> Tag<'h> {
    /// The next start tag from there on; comments are left out.
    fn after(html: &'h str, from: usize) -> Option<Self> {
        let mut at = from;
        loop {
            let start = at + html.get(at..)?.find('<')?;
            let rest = &html[start + 1..];
            if rest.starts_with("!--") {
                at = start + 1 + rest.find("-->")?;
                continue;
            }
            let length = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
            let end = start + 1 + tag_end(rest)?;
            if length > 0 {
                let name = rest[..length].to_ascii_lowercase();
                return Some(Self {
                    name,
                    attributes: &html[start + 1 + length..end],
                    end: end + 1,
                });
            }
            at = start + 1;
        }
    }

    /// The first of its classes that is one of these.
    fn class_of(&self, classes: &[&'static str]) -> Option<&'static str> {
        let lower = self.attributes.to_ascii_lowercase();
        let (_, value) = lower.split_once("class=")?;
        let quote = value.chars().next().unwrap_or(' ');
        let value = match quote {
            '"' | '\'' => value[1..].split(quote).next(),
            _ => value.split([' ', '>']).next(),
        };
        let mut names = value?.split_whitespace();
        names.find_map(|name| classes.iter().copied().find(|class| *class == name))
    }
}

/// Where a tag ends that begins there, quoted values passed over.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')
}

/// Where the end tag of that name begins and ends, from there on.
fn closing(html: &str, from: usize, name: &str) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let start = at + html.get(at..)?.find("</")?;
        let rest = &html[start + 2..];
        let is_it = rest.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
        if is_it && !rest[name.len()..].starts_with(is_in_name) {
            let after = rest.find('>').map_or(html.len(), |end| start + 2 + end + 1);
            return Some((start, after));
        }
        at = start + 2;
    }
}

fn content<'h>(html: &'h str, tag: &Tag<'_>) -> &'h str {
    let end = closing(html, tag.end, &tag.name).map_or(html.len(), |(start, _)| start);
    &html[tag.end..end]
}

/// The text of an element on one line.
fn inner(html: &str, tag: &Tag<'_>) -> String {
    let text = decoded(&without_tags(content(html, tag)));
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(line: &str) -> String {
    width::fit(line, LONGEST)
}

/// The first line that is not empty.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// What Stripe's library for Node adds at the end of its message.
pub(super) fn note(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| line.starts_with("Note: "))
}

/// The text with tags taken out; a `<br>` is a line break, and `<style>` and the like go with what they hold.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let begins = |name: &&&str| {
            let start = after.as_bytes().get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        let hidden = HIDDEN.iter().find(begins);
        if after.starts_with("br") {
            out.push('\n');
        }
        let end = match hidden {
            Some(name) => closing(after, 0, name).map(|(_, end)| end),
            None => after.find('>').map(|at| at + 1),
        };
        rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The text with its character references resolved.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let known = reference.and_then(|(name, left)| Some((character(name)?, left)));
        let (c, left) = known.unwrap_or(('&', after));
        out.push(c);
        rest = left;
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#');
    let number = number.map(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match (number, name) {
        (Some(code), _) => char::from_u32(code?),
        (None, "amp") => Some('&'),
        (None, "lt") => Some('<'),
        (None, "gt") => Some('>'),
        (None, "quot") => Some('"'),
        (None, "apos") => Some('\''),
        (None, "nbsp") => Some(' '),
        (None, "hellip") => Some('…'),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_by_its_title_headings_and_message() {
        let page = Page::read(
            "<!DOCTYPE html><html><head><title>KeyError\n  at /hook</title><style>h1 { } </style></head>\
             <body><!-- <h1>no</h1> --><h1 class=\"a>b\">KeyError <small>at&nbsp;/hook</small></h1>\
             <pre class=\"exception_value\">&#x27;customer&#39; &amp; more</pre><pre>source</pre>\
             <script>document.write('<h2>no</h2>')</script><p>first</p><p>second</p>",
        );
        assert_eq!(page.title, "KeyError at /hook");
        assert_eq!(page.headings, ["KeyError at /hook"]);
        assert_eq!(
            (page.message.as_str(), page.pre.as_str()),
            ("'customer' & more", "'customer' & more")
        );
        assert_eq!(page.paragraph, "first");
    }

    #[test]
    fn what_is_broken_is_read_as_far_as_it_goes() {
        for html in
            ["<", "<h1", "<h1>a", "<!--", "<a b='", "</", "<pre>&#x110000;&;&bogus;", "<é><p>ü"]
        {
            let _ = Page::read(html);
        }
        assert_eq!(Page::read("<h1>a < b &unknown; c").headings, ["a"]);
    }
}
