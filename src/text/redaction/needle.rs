//! One value that is searched for.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::text::encoding;

/// The fewest characters that are searched for.
pub(super) const SHORTEST: usize = 6;

/// What Stripe's keys and signing secrets begin with.
pub(super) const STRIPES: [&str; 5] = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_"];
/// How many characters of a secret may be shown, to tell it from another.
pub(super) const HINT: usize = 4;
/// What stands where text was cut off.
pub(super) const CUT: &[u8] = "…".as_bytes();

/// Where a text may have been cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cuts {
    /// Nowhere.
    None,
    /// Where it says so.
    Marked,
    /// At its end, too, which does not say so.
    AtEnd,
}

impl Cuts {
    /// Those of a text that goes no further than that, if it `is_cut`.
    pub(super) fn of(text: &[u8], is_cut: bool) -> Self {
        if is_cut {
            Self::AtEnd
        } else if text.windows(CUT.len()).any(|bytes| bytes == CUT) {
            Self::Marked
        } else {
            Self::None
        }
    }
}

/// What is to be struck out.
pub(super) struct Occurrence {
    pub(super) start: usize,
    pub(super) end: usize,
    /// In place of asterisks, where those would break a form.
    pub(super) filling: Option<Vec<u8>>,
}

/// A value, or a form of it that stands for itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Needle {
    characters: Vec<char>,
    /// How many of them are shown: what Stripe's secrets begin with.
    shown: usize,
    kind: Kind,
}

/// What it looks like, and what else may look like it.
#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// Nothing else.
    Plain,
    /// A name of a report's own.
    Word,
    /// A number of a report's own.
    Number,
    /// In base64: what is to stand there, so that it stays base64.
    Base64(Vec<u8>),
}

impl Needle {
    /// The needles of a secret; none where it is too short. They begin with a letter or a digit, which every
    /// program writes as it is.
    pub(super) fn all(secret: &str) -> Vec<Self> {
        let Some(plain) = Self::plain(secret) else { return Vec::new() };
        let mut all = vec![plain];
        for skipped in 0..3 {
            all.extend(Self::base64(secret, skipped));
        }
        all
    }

    fn plain(secret: &str) -> Option<Self> {
        let text = secret.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let characters: Vec<char> = text.chars().collect();
        let shown = STRIPES.iter().find(|prefix| text.starts_with(**prefix)).map_or(0, |p| p.len());
        let kind = if text.chars().all(|c| c.is_ascii_digit()) {
            Kind::Number
        } else if text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-')) {
            Kind::Word
        } else {
            Kind::Plain
        };
        (characters.len() >= SHORTEST).then_some(Self { characters, shown, kind })
    }

    /// What base64 makes of a secret that so many bytes stand before, as far as it is the secret's alone.
    fn base64(secret: &str, skipped: usize) -> Vec<Self> {
        let start = (skipped * 8).div_ceil(6);
        let end = (skipped + secret.len()) * 8 / 6;
        let engines = [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD];
        let needle = |engine: &base64::engine::GeneralPurpose| {
            let encoded = |byte: u8, rest: &[u8]| {
                let text = engine.encode([&vec![byte; skipped][..], rest].concat());
                text.get(start..end).unwrap_or_default().to_owned()
            };
            let text = encoded(0, secret.as_bytes());
            let filling = encoded(0, &vec![b'*'; secret.len()]);
            let plain = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let filling = filling.as_bytes()[text.len() - plain.len()..].to_vec();
            let characters: Vec<char> = plain.chars().collect();
            let kind = Kind::Base64(filling);
            (characters.len() > SHORTEST).then_some(Self { characters, shown: 0, kind })
        };
        let mut found: Vec<Self> = engines.into_iter().filter_map(needle).collect();
        found.dedup();
        found
    }

    /// The byte that it begins with.
    pub(super) fn first(&self) -> u8 {
        self.characters.first().and_then(|c| u8::try_from(*c).ok()).unwrap_or_default()
    }

    pub(super) fn length(&self) -> usize {
        self.characters.len()
    }

    /// What of it stands at a place that has its first byte: all, or its beginning where the text is cut off.
    pub(super) fn find(&self, text: &[u8], at: usize, cuts: Cuts) -> Option<Occurrence> {
        let mut ends = Ends { first: Some(at), others: Vec::new() };
        let mut cut = None;
        for (index, c) in self.characters.iter().enumerate() {
            if index > self.shown + HINT && cuts != Cuts::None {
                cut = ends.iter().find_map(|end| cut_from(text, end, cuts)).or(cut);
            }
            let mut next = Ends::default();
            for end in ends.iter() {
                encoding::ends(text, end, *c, |end| next.add(end));
            }
            if next.first.is_none() {
                let start = at + self.shown;
                return cut.map(|end| Occurrence { start, end, filling: None });
            }
            ends = next;
        }
        let end = ends.iter().max()?;
        if self.is_of_the_report(text, at, end) {
            return None;
        }
        let filling = match &self.kind {
            Kind::Base64(filling) => Some(filling.clone()),
            _ => None,
        };
        Some(Occurrence { start: at + self.shown, end, filling })
    }

    /// Whether it is one of a report's own names and numbers there: a key of JSON, an element or an attribute
    /// of XML, a number.
    fn is_of_the_report(&self, text: &[u8], at: usize, end: usize) -> bool {
        let (before, after) = (&text[..at], &text[end..]);
        match self.kind {
            Kind::Plain | Kind::Base64(_) => false,
            Kind::Word => {
                let is_key = before.ends_with(b"\"") && after.starts_with(b"\":");
                let is_element = before.ends_with(b"<") || before.ends_with(b"</");
                is_key || is_element || (before.ends_with(b" ") && after.starts_with(b"=\""))
            }
            Kind::Number => {
                let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
                let is_value = before.trim_ascii_end().ends_with(b"\":");
                is_value || is_part(before.last()) || is_part(after.first())
            }
        }
    }
}

/// The most bytes that other programs make of one character, but for strings within strings within strings.
const LONGEST_FORM: usize = 16;

/// How many places a value may go on at. It takes a run of six backslashes to need more, which no secret has;
/// a text of nothing else would take minutes.
const MOST_ENDS: usize = 16;

/// The places where a value may go on. Nearly always it is one, which takes no memory of its own: this is asked
/// at every letter that a value begins with.
#[derive(Default)]
struct Ends {
    first: Option<usize>,
    others: Vec<usize>,
}

impl Ends {
    fn add(&mut self, end: usize) {
        match self.first {
            None => self.first = Some(end),
            Some(first) if first == end || self.others.contains(&end) => {}
            Some(_) if self.others.len() < MOST_ENDS => self.others.push(end),
            Some(_) => {}
        }
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.first.into_iter().chain(self.others.iter().copied())
    }
}

/// Where text was cut off: at that place, or in the midst of the form of one character that begins there.
fn cut_from(text: &[u8], at: usize, cuts: Cuts) -> Option<usize> {
    let is_end = |end: &usize| is_cut_at(text, *end) || (cuts == Cuts::AtEnd && *end == text.len());
    if !matches!(text.get(at), Some(b'%' | b'&' | b'\\')) {
        return Some(at).filter(is_end);
    }
    let is_of_form = |byte: &&u8| byte.is_ascii_alphanumeric() || b"%&\\#;".contains(byte);
    let begun = text[at..].iter().take(LONGEST_FORM).take_while(is_of_form).count();
    (at..=at + begun).find(is_end)
}

/// Whether text was cut off there.
fn is_cut_at(bytes: &[u8], at: usize) -> bool {
    let rest = &bytes[at..];
    rest.starts_with(CUT) || rest.strip_prefix(b"\n").is_some_and(|rest| rest.starts_with(CUT))
}
