//! What an answer says: the lines that its writer meant for a reader, and the exception that it names.

use serde_json::Value;

use super::answers;
use super::page::{self, Page};
use crate::delivery::outcome::{Response, reason};
use crate::text::width;

/// The most lines of an answer that count, and the most characters of each.
const LINES: usize = 8;
const LONGEST: usize = 600;
/// The keys of JSON that hold what an answer says.
const KEYS: [&str; 20] = [
    "message",
    "msg",
    "error",
    "errors",
    "detail",
    "details",
    "title",
    "exception",
    "reason",
    "err",
    "description",
    "error_description",
    "error_message",
    "errormessage",
    "exceptionmessage",
    "raw",
    "type",
    "code",
    "name",
    "body",
];
/// The class of the message on Django's pages.
const DJANGO: &str = "exception_value";
/// How deep JSON is read.
const DEPTH: usize = 6;
/// What the names of exceptions end with.
const EXCEPTIONS: [&str; 11] = [
    "Error",
    "Exception",
    "DoesNotExist",
    "NotFound",
    "Failure",
    "Violation",
    "NotUnique",
    "Interrupt",
    "Missing",
    "DisallowedHost",
    "AuthenticityToken",
];

/// What an answer says.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Whether it is an HTML page.
    pub(super) is_page: bool,
    /// A page's title and first heading.
    pub(super) title: String,
    /// The class of the element that holds a page's message.
    pub(super) class: &'static str,
    /// What it says, the most telling first.
    pub(super) lines: Vec<String>,
    /// The members of JSON: `detail.0.loc.0=body`.
    pub(super) members: Vec<String>,
    /// How it begins, where none of its words are for a reader.
    start: String,
    /// The exception that it names, with its message.
    pub(super) exception: Option<String>,
    /// Whether that is all there is to it: the words of its status, or nothing.
    pub(super) is_silent: bool,
}

impl Said {
    pub(super) fn of(response: &Response) -> Self {
        let mut said = match std::str::from_utf8(&response.body) {
            _ if is_page(response) => Self::page(&Page::read(&response.text())),
            Ok(text) => match serde_json::from_str(text) {
                Ok(value @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => {
                    Self::json(&value)
                }
                _ if is_xml(text) => Self::of_lines(page::elements(text, &KEYS)),
                _ => Self::text(text),
            },
            Err(_) if response.is_truncated => Self::text(&response.text()),
            Err(_) => Self::default(),
        };
        said.lines.retain(|line| !line.is_empty());
        said.is_silent = said.exception.is_none()
            && !said.lines.iter().any(|line| is_own(line, response.status));
        if said.is_silent && !said.is_page && !said.members.is_empty() {
            said.is_silent = said.members.iter().all(|member| is_usual(member));
        }
        said
    }

    fn page(page: &Page) -> Self {
        let [title, message, pre] = [&page.title, &page.message, &page.pre].map(|text| text.trim());
        let heading = page.headings.first().map_or("", String::as_str);
        let exception = page_exception(page);
        let headings = page.headings.iter().map(String::as_str);
        let is_generic = |line: &&str| !matches!(*line, "Error" | "");
        let known = [message, pre, page.note.as_str(), title];
        let all = exception.as_deref().into_iter().chain(known).chain(headings);
        let mut lines: Vec<String> = Vec::new();
        for line in all.chain([page.paragraph.as_str()]).filter(is_generic) {
            if !lines.iter().any(|known| known.contains(line)) {
                lines.push(line.to_owned());
            }
        }
        Self {
            is_page: true,
            title: format!("{title} | {heading}"),
            class: page.message_class,
            lines,
            exception,
            ..Self::default()
        }
    }

    fn json(value: &Value) -> Self {
        let (mut lines, mut members) = (Vec::new(), Vec::new());
        collect(value, DEPTH, &mut lines);
        flatten(value, "", DEPTH, &mut members);
        Self { members, start: cut(&value.to_string()), ..Self::of_lines(lines) }
    }

    /// What the parts of a structured answer say.
    fn of_lines(lines: Vec<String>) -> Self {
        let exception = lines.iter().map(|line| inspected(line)).find(|line| names_exception(line));
        let exception = exception.map(|name| match lines.first() {
            Some(message) if !name.contains(':') && *message != name => {
                format!("{name}: {message}")
            }
            _ => name.to_owned(),
        });
        Self { lines, exception, ..Self::default() }
    }

    fn text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines: Vec<String> = Vec::new();
        let trace = text.find("Traceback (most recent call last)");
        if let Some(line) =
            trace.and_then(|at| text[at..].lines().rev().find(|line| names_exception(line)))
        {
            lines.push(cut(line));
        }
        for line in text.lines() {
            let is_end =
                line.trim().is_empty() && lines.iter().any(|known| !is_status_words(known));
            if is_end || lines.len() == LINES || trace.is_some() && !lines.is_empty() {
                break;
            }
            // What is indented is source, a stack, or what was sent.
            if !line.starts_with([' ', '\t']) && !line.trim().is_empty() {
                lines.push(cut(line));
            }
        }
        let exception = lines.iter().find(|line| names_exception(line)).cloned();
        lines.extend(page::note(text).map(cut));
        Self { lines, exception, ..Self::default() }
    }

    /// What the exception says without its name.
    pub(super) fn message(&self) -> Option<String> {
        let (_, message) = self.exception.as_deref()?.split_once(": ")?;
        Some(message.to_owned())
    }

    /// The line that says most: that one, or the exception that it is a part of.
    pub(super) fn telling<'s>(&'s self, known: Option<&'s str>) -> Option<&'s str> {
        let exception = self.exception.as_deref();
        if let Some(known) = known {
            return exception.filter(|exception| exception.contains(known)).or(Some(known));
        }
        let own = self.lines.iter().find(|line| !is_status_words(line));
        let start = Some(&self.start).filter(|start| !start.is_empty());
        exception.or(own.or(self.lines.first()).or(start).map(String::as_str))
    }
}

/// What a page says, without a look at the known answers: an accepted one is shown, too.
pub(super) fn page_lines(response: &Response) -> Vec<String> {
    let mut lines = Said::page(&Page::read(&response.text())).lines;
    lines.retain(|line| !line.is_empty());
    lines
}

/// Whether an answer is an HTML page, by its header or by how it begins.
pub(super) fn is_page(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let start =
        String::from_utf8_lossy(&response.body[..response.body.len().min(64)]).to_ascii_lowercase();
    let start = start.trim_start();
    kind.contains("text/html") && start.starts_with('<')
        || start.starts_with("<!doctype html")
        || start.starts_with("<html")
}

fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with("<?xml")
}

/// An exception as Ruby inspects it: `#<KeyError: key not found>`.
fn inspected(line: &str) -> &str {
    line.strip_prefix("#<").and_then(|line| line.strip_suffix('>')).unwrap_or(line)
}

fn cut(line: &str) -> String {
    width::fit(line.trim(), LONGEST)
}

/// Whether a line says more than its status does.
fn is_own(line: &str, status: u16) -> bool {
    let plain = line.trim_end_matches(['.', '!']);
    let number = status.to_string();
    let rest = plain
        .strip_prefix(number.as_str())
        .map_or(plain, |rest| rest.trim_start_matches([' ', '-', ':']));
    let is_status = rest.is_empty() || rest.eq_ignore_ascii_case(reason(status));
    !(is_status || is_status_words(plain) || answers::says_no_more(line))
}

/// Whether a line is the words of some status.
fn is_status_words(line: &str) -> bool {
    let plain = line.trim_end_matches(['.', '!']);
    let plain = plain.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
    (400..600).any(|status| reason(status).eq_ignore_ascii_case(plain))
        || matches!(plain, "" | "error" | "Error")
}

/// Whether a member of JSON is in every framework's answer of an error.
fn is_usual(member: &str) -> bool {
    let key = member.split('=').next().unwrap_or_default().to_ascii_lowercase();
    [
        "status",
        "statuscode",
        "timestamp",
        "path",
        "error",
        "message",
        "code",
        "title",
        "detail",
        "type",
        "traceid",
    ]
    .contains(&key.as_str())
}

/// Collects what the known keys hold.
fn collect(value: &Value, depth: usize, lines: &mut Vec<String>) {
    if depth == 0 || lines.len() >= LINES {
        return;
    }
    match value {
        Value::String(text) => {
            lines.push(cut(page::first_line(text)));
            lines.extend(page::note(text).map(cut));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth - 1, lines)),
        Value::Object(members) => {
            for key in KEYS {
                let named = members.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
                named.for_each(|(_, member)| collect(member, depth - 1, lines));
            }
        }
        _ => {}
    }
}

fn flatten(value: &Value, path: &str, depth: usize, members: &mut Vec<String>) {
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        _ if depth == 0 || members.len() >= 64 => {}
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| flatten(value, &join(key), depth - 1, members));
        }
        Value::Array(items) => {
            let items = items.iter().take(4).enumerate();
            items
                .for_each(|(at, value)| flatten(value, &join(&at.to_string()), depth - 1, members));
        }
        Value::String(text) => members.push(format!("{path}={text}")),
        other => members.push(format!("{path}={other}")),
    }
}

/// The exception that a debug page is about.
fn page_exception(page: &Page) -> Option<String> {
    let title = page.title.split(" // ").next().unwrap_or_default();
    let heading = page.headings.first().map_or("", String::as_str);
    let second = page.headings.get(1).map_or("", String::as_str);
    let values = [&page.message, &page.pre].into_iter().map(String::as_str).chain([second]);
    let value = values.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
    let with_value =
        |name: &str| format!("{name}: {value}").trim_end_matches([':', ' ']).to_owned();
    // Django: `KeyError at /hook`, Rails: `KeyError in HooksController#create`, and the message beside it.
    for line in [title, heading] {
        let name = [" at /", " in ", " at "].iter().find_map(|word| line.split_once(word));
        let is_one = |name: &str| {
            let is_known = page.message_class == DJANGO || names_exception(&format!("{name}:"));
            is_known && !name.contains(' ')
        };
        if let Some((name, _)) = name.filter(|(name, _)| is_one(name)) {
            return Some(with_value(name));
        }
    }
    // Symfony and Laravel: the trace as text begins with `ErrorException:`, and a heading has the message.
    if let Some(name) = page.pre.strip_suffix(':').filter(|_| names_exception(&page.pre)) {
        return Some(with_value(name));
    }
    let lines = [page.message.as_str(), &page.pre, &page.error, title, heading, second];
    lines.into_iter().find(|line| names_exception(line)).map(ToOwned::to_owned)
}

/// Whether a line begins with the name of an exception.
fn names_exception(line: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '\\' | '$');
    // A `:` belongs to the name only in `Module::Name`.
    let name = line.replace("::", ".");
    let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    let name = name.trim_end_matches('.');
    let is_one = EXCEPTIONS.iter().any(|ending| name.ends_with(ending))
        && name.starts_with(|c: char| c.is_alphabetic());
    let is_bare = name == "Error" || name == "Exception";
    is_one
        && (rest.starts_with([':', '(']) || rest.starts_with(" (") || rest.is_empty() && !is_bare)
}
