//! Secrets struck out of text by their values, in whatever form the text has them: as they are, in a URL, in
//! JSON, in HTML, in base64. Keys and signing secrets of Stripe's form are struck out whoever they belong to.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

mod needle;

use needle::{CUT, Cuts, HINT, Needle, Occurrence, STRIPES};

/// The secrets of a run. A clone knows the same ones, also those that are added later.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Arc<Needles>>>);

/// By the first byte of each.
struct Needles(Vec<Vec<Needle>>);

impl Default for Needles {
    fn default() -> Self {
        Self(std::iter::repeat_with(Vec::new).take(256).collect())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Strikes that secret out from now on. One that is shorter than `needle::SHORTEST` is not searched for:
    /// innocent text would be struck out.
    pub fn add(&self, secret: &str) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let found = Needle::all(secret);
        let is_known = |needle: &Needle| all.0[usize::from(needle.first())].contains(needle);
        let new: Vec<Needle> = found.into_iter().filter(|needle| !is_known(needle)).collect();
        if new.is_empty() {
            return;
        }
        let mut needles: Vec<Vec<Needle>> = all.0.clone();
        for needle in new {
            needles[usize::from(needle.first())].push(needle);
        }
        // The longest first: a secret may begin as another does.
        for bucket in &mut needles {
            bucket.sort_by_key(|needle| std::cmp::Reverse(needle.length()));
        }
        *all = Arc::new(Needles(needles));
    }

    /// The text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Whole characters give way to asterisks.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// The bytes without secrets, as many as before.
    pub fn bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        self.struck(bytes, false)
    }

    /// The same of bytes that go no further because there were too many: the beginning of a secret may be the
    /// last of them.
    pub fn cut_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        self.struck(bytes, true)
    }

    fn struck<'t>(&self, bytes: &'t [u8], is_cut: bool) -> Cow<'t, [u8]> {
        let needles = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        let cuts = Cuts::of(bytes, is_cut);
        let mut out = Cow::Borrowed(bytes);
        let mut at = 0;
        while at < bytes.len() {
            let own = needles.0[usize::from(bytes[at])].iter();
            let found = own.filter_map(|needle| needle.find(bytes, at, cuts)).max_by_key(|f| f.end);
            let found = found.or_else(|| of_stripe(bytes, at));
            let Some(found) = found else {
                at += 1;
                continue;
            };
            let struck = &mut out.to_mut()[found.start..found.end];
            match found.filling {
                Some(filling) if filling.len() == struck.len() => struck.copy_from_slice(&filling),
                _ => struck.fill(b'*'),
            }
            at = found.end;
        }
        out
    }
}

/// A secret of Stripe's form, unless it is only hinted at.
fn of_stripe(bytes: &[u8], at: usize) -> Option<Occurrence> {
    if !matches!(bytes[at], b's' | b'r' | b'w') {
        return None;
    }
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let prefix = STRIPES.iter().find(|prefix| bytes[at..].starts_with(prefix.as_bytes()))?;
    let start = at + prefix.len();
    let length = bytes[start..].iter().take_while(|byte| is_plain(byte)).count();
    let end = start + length;
    let is_hint = length <= HINT && bytes[end..].starts_with(CUT);
    (length > 0 && !is_hint).then_some(Occurrence { start, end, filling: None })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    #[test]
    fn values_are_struck_out_wherever_they_stand() {
        let redactor = redactor(&["hush-hush/1", "whsec_abcdef", "hush-hush/1+2"]);
        let of = |text: &str| redactor.text(text).into_owned();
        assert_eq!(of("a hush-hush/1, b"), "a ***********, b");
        assert_eq!(of("hush-hush/1+2"), "*************", "the longest");
        assert_eq!(of("x%68ush-hush%2F1"), "x%68ush-hush%2F1", "no program writes that");
        assert_eq!(of("hush-hush%2f1.hush-hush\\/1"), "*************.************");
        assert_eq!(of("whsec_abcdef whsec_other"), "whsec_****** whsec_*****");
        assert_eq!(of("innocent"), "innocent");
        assert!(matches!(redactor.text("innocent"), Cow::Borrowed(_)));
    }

    /// It would take minutes where every way to read them was followed.
    #[test]
    fn a_value_of_thousands_of_backslashes_is_soon_found() {
        let value = format!("X{}", "\\".repeat(20_000));
        assert_eq!(redactor(&[&value]).text(&value), "*".repeat(value.len()));
    }

    #[test]
    fn short_values_are_not_searched_for() {
        assert_eq!(redactor(&["admin", ""]).text("the admin"), "the admin");
    }

    #[test]
    fn hints_stay_and_what_is_cut_after_more_is_struck_out() {
        let redactor = redactor(&["whsec_abcdefghijkl", "plain-value-1"]);
        let of = |text: &str| redactor.text(text).into_owned();
        assert_eq!(of("whsec_abcd… whsec_…"), "whsec_abcd… whsec_…");
        assert_eq!(of("whsec_abcdefg…"), "whsec_*******…");
        assert_eq!(
            of("plai… plain-val… plain-v\n… (9 lines)"),
            "plai… *********… *******\n… (9 lines)"
        );
        assert_eq!(of("plain-val"), "plain-val");
    }

    #[test]
    fn what_is_cut_in_the_midst_of_a_characters_form_is_struck_out() {
        let redactor = redactor(&["plain;<value"]);
        for form in
            ["plain%3B%3Cvalue", "plain;&lt;value", "plain;\\u003cvalue", "plain%253B&#60;value"]
        {
            for end in "plain".len()..form.len() {
                let beginning = &form[..end];
                let struck = "*".repeat(end);
                assert_eq!(
                    redactor.text(&format!("x {beginning}… more")),
                    format!("x {struck}… more")
                );
                assert_eq!(&*redactor.cut_bytes(beginning.as_bytes()), struck.as_bytes());
            }
        }
        assert_eq!(redactor.text("plain% & more…"), "plain% & more…");
    }

    #[test]
    fn what_was_too_much_may_end_in_a_secret() {
        let redactor = redactor(&["plain-value-1"]);
        assert_eq!(&*redactor.cut_bytes(b"x plain-val"), b"x *********");
    }

    #[test]
    fn what_a_report_is_made_of_stays_where_a_secret_is_an_ordinary_word() {
        let redactor = redactor(&["failure", "1234567"]);
        let kept = "<failure a=\"1\"></failure> {\"failure\": 1234567, \"at\":12345678}";
        assert_eq!(redactor.text(kept), kept);
        assert_eq!(
            redactor.text("a failure \"failure\" x-1234567"),
            "a ******* \"*******\" x-*******"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_searched_too() {
        let redactor = redactor(&["hush-hush"]);
        assert_eq!(&*redactor.bytes(b"\xffhush-hush\0"), b"\xff*********\0");
    }

    fn json(text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }

    fn html(text: &str) -> String {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
    }

    fn percent(text: &str) -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn no_form_of_a_random_secret_is_left(secret in "[a-z0-9][!-~]{6,40}[A-Z0-9]", before in "[ -~]{0,9}") {
            let redactor = redactor(&[&secret]);
            let twice = json(&json(&secret));
            for form in [secret.clone(), json(&secret), html(&secret), percent(&secret), twice, html(&json(&secret))] {
                let text = format!("{before}{form}|");
                let shown = redactor.text(&text);
                let core = form.trim_matches(['"', '\\']);
                prop_assert!(!shown.contains(core), "{} of {} is in {}", form, secret, shown);
                prop_assert_eq!(shown.len(), text.len());
            }
            for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
                let shown = redactor.text(&engine.encode(format!("{before}{secret}|"))).into_owned();
                let decoded = String::from_utf8_lossy(&engine.decode(shown).unwrap()).into_owned();
                prop_assert!(!decoded.contains(&secret[1..secret.len() - 1]), "{}", decoded);
            }
        }

        #[test]
        fn nothing_else_is_touched(text in "[ -~é\n\\\\%&]{0,60}") {
            let redactor = redactor(&["0123456789abcdefABCDEF", "s3cr3t/+%\\\"&'x"]);
            prop_assert_eq!(redactor.text(&text), text.as_str());
        }
    }
}
