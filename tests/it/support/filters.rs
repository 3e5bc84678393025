//! What differs from run to run, made equal in snapshots.

use super::Run;

/// Patterns and what takes their place, in this order.
pub(crate) const FILTERS: [(&str, &str); 17] = [
    (r"(127\.0\.0\.1|localhost):\d+", "$1:PORT"),
    (r"(/private)?(/tmp|/var/folders|[A-Z]:\\)[^\s`:]*?[/\\]\.tmp\w+", "HOME"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "MOMENT"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "0000-00-00 00:00:00"),
    (r"(?m)^\d\d:\d\d:\d\d", "00:00:00"),
    (r"date: [A-Z].* GMT", "date: DATE"),
    (r#""created": \d{10}"#, "\"created\": SECONDS"),
    (r"signed (this second|[^,;\n]* ago)", "signed AGE"),
    // The gap before a time varies with its length, where it stands in a column.
    (r"  +\d+(\.\d+)? m?s\b", "  T"),
    (r"\b\d+(\.\d+)?( m?s|ms)\b", "T"),
    (r#"("[a-z_]*_(?:ms|s)": ?)\d+(\.\d+)?"#, "${1}0"),
    (r"\bevt_[0-9A-Za-z]{24}\b", "evt_000000000000000000000000"),
    (r"\bt=\d+,v1=[0-9a-f]{64}(,v0=[0-9a-f]{64})?", "t=SECONDS,v1=SIGNATURE"),
    (r#"(process |"pid": ?)\d+"#, "${1}PID"),
    (r"--port \d+", "--port PORT"),
    (r"\(os error \d+\)", "(os error N)"),
    // Said only where the tests run in one.
    (r"\. This is a container, and so is its localhost: [^`]*`[^`]*`", ""),
];

/// A path below the home as Windows writes it: with one separator less to mend each time.
const WINDOWS_PATH: (&str, &str) = (r"(HOME(?:/[^\s/\\`:]+)*)\\", "$1/");

/// How many separators a path below the home may have.
const DEEPEST: usize = 8;

/// What the doctor finds elsewhere on Windows: the history's place, and the shell.
const OF_WINDOWS: [(&str, &str); 2] = [
    ("HOME/AppData/Local/devtool/data/history", "HOME/.local/state/devtool/history"),
    (
        r"not checked for PowerShell\n +fix: .*\n +devtool completions --install",
        "not checked for this shell",
    ),
];

fn patterns() -> impl Iterator<Item = (&'static str, &'static str)> {
    let paths = if cfg!(windows) { DEEPEST } else { 0 };
    let others = OF_WINDOWS.into_iter().filter(|_| cfg!(windows));
    FILTERS.into_iter().chain(std::iter::repeat_n(WINDOWS_PATH, paths)).chain(others)
}

/// Applies the filters to the snapshots of this test, as long as what this returns is kept.
pub(crate) fn filters() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    for (pattern, with) in patterns() {
        settings.add_filter(pattern, with);
    }
    settings.bind_to_scope()
}

/// A text as the filters leave it, where it is not a snapshot that it is compared with.
pub(crate) fn filtered(text: &str) -> String {
    patterns().fold(text.to_owned(), |text, (pattern, with)| {
        regex_lite::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned()
    })
}

impl Run {
    /// All that a run left, for a snapshot.
    pub(crate) fn whole(&self) -> String {
        let Self { stdout, stderr, code } = self;
        format!("exit code: {code}\n----- stdout -----\n{stdout}\n----- stderr -----\n{stderr}")
    }
}
