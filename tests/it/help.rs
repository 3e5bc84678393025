//! `-h`, `--help` and `devtool help`.

use crate::support::Devtool;
use crate::support::terminal::Terminal;

/// What a screen of usual size shows.
const MOST_ROWS: usize = 40;
const COLUMNS: &str = "80";

/// Every command's words: `history show`.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
        for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
            let path = [path, &[command.get_name().to_owned()]].concat();
            below(command, &path, found);
            found.push(path);
        }
    }
    let mut found = vec![Vec::new()];
    below(&devtool::cli::command(), &[], &mut found);
    found
}

fn page(words: &[String], option: &str) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).chain([option]).collect();
    Devtool::new(&words).env("COLUMNS", COLUMNS).run().code(0).stdout
}

#[test]
fn the_short_help_of_every_command_fits_on_a_screen() {
    for words in commands() {
        let text = page(&words, "-h");
        assert!(text.lines().count() <= MOST_ROWS, "{words:?}\n{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{words:?}\n{text}");
        assert!(!text.contains("DEVTOOL_") && text.contains("\nExamples:\n"), "{words:?}\n{text}");
        let examples = text.find("\nExamples:\n");
        assert!(examples < text.find("\nOutput:\n").or(Some(usize::MAX)), "{words:?}\n{text}");
    }
}

#[test]
fn groups_stand_in_one_order_on_every_page() {
    let order = ["Endpoint", "Events", "Filters", "Delivery", "Output", "Stripe", "History"];
    for words in commands() {
        let text = page(&words, "--help");
        let places = order.map(|group| text.find(&format!("\n{group}:\n")));
        let places: Vec<usize> = places.into_iter().flatten().collect();
        assert!(places.is_sorted(), "{words:?}\n{text}");
    }
}

#[test]
fn pages_are_laid_out_as_these() {
    for words in [&[][..], &["scenario"], &["history"], &["listen"]] {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let name = format!("help_{}", words.first().map_or("devtool", String::as_str));
        insta::assert_snapshot!(name, page(&words, "-h"));
    }
}

#[test]
fn help_is_the_page_of_a_command_or_a_topic() {
    let help = |words: &[&str]| Devtool::new(words).env("COLUMNS", COLUMNS).run().code(0).stdout;
    assert_eq!(help(&["help", "history", "show"]), help(&["history", "show", "--help"]));
    assert_eq!(help(&["help"]), help(&["-h"]));
    let environment = help(&["help", "environment"]);
    for variable in ["DEVTOOL_PORT", "DEVTOOL_FORMAT", "STRIPE_WEBHOOK_SECRET"] {
        assert!(environment.contains(&format!("  {variable} ")), "{environment}");
    }
    insta::assert_snapshot!("help_config", help(&["help", "config"]));
    assert!(help(&["help", "scenario-files"]).contains("max_latency"));
    let unknown = Devtool::new(&["help", "enviroment"]).run().code(2);
    insta::assert_snapshot!(unknown.stderr, @r"
    error: no command or topic `enviroment`
      hint: did you mean `environment`?
    ");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn long_help_goes_through_the_pager() {
    let devtool = Devtool::new(&["trigger", "--help"])
        .program("marks", "#!/bin/sh\nexec sed 's/^/paged: /'\n")
        .env("PAGER", "marks")
        .env("TERM", "xterm");
    let screen = Terminal::start_sized(&devtool, 24, 80).finish().0;
    assert!(screen.lines().all(|line| line.starts_with("paged: ")), "{screen}");
    let devtool = devtool.args(&["--no-pager"]);
    let screen = Terminal::start_sized(&devtool, 24, 80).finish().0;
    assert!(!screen.contains("paged: ") && screen.contains("--seed"), "{screen}");
}
