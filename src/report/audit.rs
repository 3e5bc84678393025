//! An audit as text: a table of the groups, then what is wrong, the worst first.

use std::collections::BTreeMap;

use super::hint;
use super::layout::{Layout, count};
use crate::audit::{AuditProbe, AuditResult, NotTested, ProbeResult, ProbeVerdict, Severity};
use crate::audit::{GROUPS, group_name, probes};
use crate::delivery::Diagnosis;
use crate::text::{duration, escape, width};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persona {
    /// Faults.
    Regular,
    /// What is worth knowing, too.
    Pedantic,
    /// Faults and nothing else.
    Quiet,
}

/// Where the text of a finding begins, behind its labels.
const INDENT: usize = 12;

/// What is audited, and with which secret.
pub(crate) fn heading(result: &AuditResult, secret: &str, layout: Layout) -> String {
    let endpoint = &result.endpoint;
    let name = layout.palette.heading("audit:");
    let event = escape::line(&result.baseline.event);
    let mut out = format!(
        "{name} {endpoint} ({event}, seed {})\nsecret: {}\n",
        result.seed.0,
        escape::line(secret)
    );
    if let Some(found) = &result.baseline.diagnosis {
        out.push_str(&rejected(result, found, layout));
    }
    out
}

/// What a plain event came to, where it was not accepted.
fn rejected(result: &AuditResult, found: &Diagnosis, layout: Layout) -> String {
    let status = result.baseline.attempt.outcome.response().map_or(0, |response| response.status);
    let told =
        format!("a correctly signed event is answered {status}, so that most probes say nothing");
    let hint = hint::text(&found.hint(), 6, layout.columns);
    format!(
        "\n{} {told}\n{} {hint}\n",
        layout.palette.warning("warning:"),
        layout.palette.hint("hint:")
    )
}

/// All of it, behind the heading.
pub(crate) fn text(result: &AuditResult, persona: Persona, layout: Layout) -> String {
    let mut out = String::new();
    if persona != Persona::Quiet {
        out.push_str(&format!("\n{}", table(result, layout)));
    }
    for finding in findings(result, persona) {
        out.push_str(&format!("\n{}", self::finding(finding, result, layout)));
    }
    if persona != Persona::Quiet {
        out.push_str(&not_told(result, layout));
        if persona == Persona::Pedantic {
            out.push_str(&notes(result, layout));
        }
        out.push_str(&waited(result, layout));
        out.push_str(&format!("\n{}\n", sum(result, persona)));
    }
    out
}

/// The findings that are shown, the worst first.
fn findings(result: &AuditResult, persona: Persona) -> impl Iterator<Item = &ProbeResult> {
    ordered(result).filter(move |one| one.is_fault() || persona == Persona::Pedantic)
}

/// The findings that stand for themselves, the worst first.
pub(super) fn ordered(result: &AuditResult) -> impl Iterator<Item = &ProbeResult> {
    let stands = |one: &&ProbeResult| one.has_failed() && one.follows.is_none();
    let mut findings: Vec<&ProbeResult> = result.probes.iter().filter(stands).collect();
    findings.sort_by_key(|one| (one.is_known, std::cmp::Reverse(one.severity)));
    findings.into_iter()
}

/// A line for each group: how many passed, failed, and were not tested.
fn table(result: &AuditResult, layout: Layout) -> String {
    let columns = |[passed, failed, noted, untold]: [&str; 4]| {
        let cells = [(passed, 8), (failed, 8), (noted, 7), (untold, 12)];
        cells.map(|(cell, columns)| width::pad_left(cell, columns)).concat()
    };
    let names = GROUPS.iter().map(|(_, name, _)| width::of(name)).max().unwrap_or(0);
    let head = columns(["passed", "failed", "noted", "not tested"]);
    let mut out = format!("  {}{head}\n", width::pad("group", 5 + names));
    for (group, name, _) in GROUPS {
        let own: Vec<&ProbeResult> =
            result.probes.iter().filter(|one| one.probe.group() == group).collect();
        if own.is_empty() {
            continue;
        }
        let shown = |number: usize| if number == 0 { "-".to_owned() } else { number.to_string() };
        let [passed, failed, noted, untold] = counts(&own).map(shown);
        let cells = columns([&passed, &failed, &noted, &untold]);
        let cells = if failed == "-" { cells } else { layout.palette.error(&cells) };
        out.push_str(&format!("  {group}  {}{cells}\n", width::pad(name, names)));
    }
    out
}

/// How many passed, failed, are worth a note, and were not tested.
pub(super) fn counts(own: &[&ProbeResult]) -> [usize; 4] {
    let number =
        |is_meant: &dyn Fn(&ProbeResult) -> bool| own.iter().filter(|one| is_meant(one)).count();
    let passed = number(&|one| one.verdict == ProbeVerdict::Pass);
    let failed = number(&ProbeResult::is_fault);
    let noted = number(&|one| one.has_failed() && !one.is_fault());
    [passed, failed, noted, own.len() - passed - failed - noted]
}

/// A finding as compilers write one.
fn finding(one: &ProbeResult, result: &AuditResult, layout: Layout) -> String {
    let (probe, palette) = (one.probe, layout.palette);
    let word = match one.severity {
        Severity::Critical | Severity::High => palette.error("error"),
        Severity::Medium => palette.warning("warning"),
        Severity::Low | Severity::Info => palette.hint("note"),
    };
    let known = if one.is_known { ", known" } else { "" };
    let mut out = format!(
        "{word}{}: {} ({}{known})\n  --> POST {}\n",
        palette.heading(&format!("[{}]", probe.id)),
        palette.heading(&escape::line(&one.title)),
        one.severity,
        result.endpoint
    );
    let mut row = |name: &str, text: &str| {
        let text = width::wrap(&escape::line(text), INDENT, layout.columns);
        out.push_str(&format!("  {}{text}\n", width::pad(name, INDENT - 2)));
    };
    row("sent", &probe.sends);
    for seen in &one.seen {
        row("seen", seen);
    }
    row("correct", &probe.correct);
    for (name, text) in remarks(one, result) {
        let indent = 4 + width::of(&name) + 2;
        let text = hint::text(&text, indent, layout.columns);
        out.push_str(&format!("  = {} {text}\n", palette.hint(&format!("{name}:"))));
    }
    out
}

/// The severities of findings that name what the libraries do by themselves.
const SAID: [Severity; 3] = [Severity::Low, Severity::Medium, Severity::High];

/// Why it matters, how to fix it, and how to see it again.
pub(super) fn remarks(one: &ProbeResult, result: &AuditResult) -> Vec<(String, String)> {
    let probe = one.probe;
    let mut remarks = Vec::new();
    // What is less than the probe looks for has not its reason either.
    if one.severity > Severity::Info || probe.severity == Severity::Info {
        remarks.push(("why".to_owned(), probe.why.clone()));
        remarks.push(("fix".to_owned(), probe.fix.clone()));
        let framework = result.baseline.framework.unwrap_or_default();
        let fix = probe.fixes.get(framework);
        remarks.extend(fix.map(|fix| (format!("fix ({framework})"), fix.clone())));
    }
    if let Some(does) = probe.libraries.as_ref().filter(|_| SAID.contains(&one.severity)) {
        let text = format!("Stripe's official libraries {does} it by themselves");
        remarks.push(("libraries".to_owned(), text));
    }
    let with_it: Vec<&str> = result
        .probes
        .iter()
        .filter(|other| other.follows == Some(probe.id.as_str()))
        .map(|other| other.probe.id.as_str())
        .collect();
    if !with_it.is_empty() {
        let text = format!("{} for the same reason", with_it.join(", "));
        remarks.push(("fail with it".to_owned(), text));
    }
    remarks.push(("again".to_owned(), again(one, result)));
    remarks
}

/// The command that repeats a finding.
pub(super) fn again(one: &ProbeResult, result: &AuditResult) -> String {
    const OTHERS: [&str; 8] = [
        "--format",
        "--report",
        "--open",
        "--pedantic",
        "--baseline",
        "--update-baseline",
        "--fail-on",
        "--quiet",
    ];
    let command = result.command.clone().without(&OTHERS);
    // What reads the answers of other probes needs those.
    let command = if one.probe.reads {
        command
    } else {
        command.without(&["--only", "--skip"]).with("--only", &one.probe.id)
    };
    let command = command.with("--seed", result.seed.0.to_string());
    format!("{command}{}", command.to_add())
}

/// What was not tested, and what says nothing, by the reason.
fn not_told(result: &AuditResult, layout: Layout) -> String {
    let mut by_reason: BTreeMap<NotTested, Vec<&str>> = BTreeMap::new();
    let mut out = String::new();
    for one in &result.probes {
        match &one.verdict {
            ProbeVerdict::NotTested(why) => {
                by_reason.entry(why.clone()).or_default().push(&one.probe.id);
            }
            ProbeVerdict::Inconclusive(why) => {
                out.push_str(&line("inconclusive", &one.probe.id, why, layout));
            }
            ProbeVerdict::Pass | ProbeVerdict::Fail => {}
        }
    }
    for (NotTested { reason, way }, ids) in by_reason {
        let is_told = result.baseline.diagnosis.is_some() && way == result.baseline.way();
        let way = way.filter(|_| !is_told).map(|way| format!(": {way}")).unwrap_or_default();
        let ids = whole_groups(&ids, result).join(", ");
        out.push_str(&line("not tested", &ids, &format!("{reason}{way}"), layout));
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// The ids, with a group's name in the place of all of its ids.
fn whole_groups(ids: &[&str], result: &AuditResult) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for (group, ..) in GROUPS {
        let own: Vec<&str> = ids.iter().filter(|id| id.starts_with(group)).copied().collect();
        let all = result.probes.iter().filter(|one| one.probe.group() == group).count();
        if own.len() == all && all > 1 {
            shown.push(group.to_owned());
        } else {
            shown.extend(own.into_iter().map(ToOwned::to_owned));
        }
    }
    shown
}

fn notes(result: &AuditResult, layout: Layout) -> String {
    let notes = result.probes.iter().flat_map(|one| one.notes.iter().map(move |note| (one, note)));
    let out: String = notes.map(|(one, note)| line("note", &one.probe.id, note, layout)).collect();
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// How long the probes took that wait by their nature, together and each, the longest first.
fn waited(result: &AuditResult, layout: Layout) -> String {
    let mut waited: Vec<&ProbeResult> =
        result.probes.iter().filter(|one| one.has_waited()).collect();
    if waited.is_empty() {
        return String::new();
    }
    waited.sort_by_key(|one| std::cmp::Reverse(one.took));
    let each = |one: &&ProbeResult| format!("{} {}", one.probe.id, duration::short(one.took));
    let each = waited.iter().map(each).collect::<Vec<_>>().join(", ");
    let whole = duration::short(waited.iter().map(|one| one.took).sum());
    format!("\n{}", line("waited", &whole, &each, layout))
}

fn line(word: &str, ids: &str, text: &str, layout: Layout) -> String {
    let text = format!("{ids}: {text}");
    let text = hint::text(&text, word.len() + 4, layout.columns);
    format!("  {}  {text}\n", layout.palette.dim(word))
}

/// How many of what.
pub(super) fn sum(result: &AuditResult, persona: Persona) -> String {
    let of = |is_meant: &dyn Fn(&ProbeResult) -> bool| {
        result.probes.iter().filter(|one| is_meant(one)).count()
    };
    let (faults, passed) =
        (of(&ProbeResult::is_fault), of(&|one| one.verdict == ProbeVerdict::Pass));
    let noted = of(&|one| one.has_failed() && !one.is_fault());
    let untold = result.probes.len() - faults - passed - noted;
    let mut parts = vec![match faults {
        0 => "no fault found".to_owned(),
        some => count(some, "fault"),
    }];
    parts.push(format!("{} passed", count(passed, "probe")));
    if noted > 0 {
        let more = if persona == Persona::Pedantic { "" } else { " (--pedantic shows them)" };
        parts.push(format!("{}{more}", count(noted, "note")));
    }
    if untold > 0 {
        parts.push(format!("{untold} not tested"));
    }
    format!("{} in {}", parts.join(", "), duration::short(result.duration))
}

/// A line for each probe and nothing else: verdict, id, severity.
pub(crate) fn compact(result: &AuditResult) -> String {
    let line = |one: &ProbeResult| {
        let severity = if one.has_failed() { one.severity.word() } else { "-" };
        format!("{} {} {severity} {}\n", one.verdict.word(), one.probe.id, escape::line(&one.title))
    };
    result.probes.iter().map(line).collect()
}

/// The probes that there are.
pub(crate) fn list(layout: Layout) -> String {
    let mut out = String::new();
    let mut group = "";
    for probe in probes() {
        if probe.group() != group {
            group = probe.group();
            let gap = if out.is_empty() { "" } else { "\n" };
            let name = layout.palette.heading(&format!("{group}  {}", group_name(group)));
            out.push_str(&format!("{gap}{name}\n"));
        }
        let waits = probe.waits.as_ref().map(|time| format!(" (takes {time})")).unwrap_or_default();
        let text = format!("{}{waits}", probe.sends);
        let text = width::wrap(&escape::line(&text), 20, layout.columns);
        out.push_str(&format!(
            "  {}  {}  {text}\n",
            probe.id,
            width::pad(probe.severity.word(), 8)
        ));
    }
    out
}

/// All that is known of a probe.
pub(crate) fn explain(probe: &AuditProbe, layout: Layout) -> String {
    let palette = layout.palette;
    let mut out = format!(
        "{}: {} ({})\n\n",
        palette.heading(&probe.id),
        palette.heading(&probe.title),
        probe.severity
    );
    let mut row = |name: &str, text: &str| {
        let text = width::wrap(&escape::line(text), INDENT, layout.columns);
        out.push_str(&format!("  {}{text}\n", width::pad(name, INDENT - 2)));
    };
    row("sends", &probe.sends);
    row("correct", &probe.correct);
    row("why", &probe.why);
    row("fix", &probe.fix);
    for (framework, fix) in &probe.fixes {
        row("", &format!("{framework}: {fix}"));
    }
    if let Some(does) = &probe.libraries {
        row("libraries", &format!("Stripe's official libraries {does} it by themselves"));
    }
    if let Some(time) = &probe.waits {
        row("takes", time);
    }
    for (at, url) in probe.references.iter().enumerate() {
        row(if at == 0 { "read" } else { "" }, url);
    }
    out
}
