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
}

#[test]
fn help_is_the_page_that_the_option_shows() {
    for words in commands().into_iter().filter(|words| !words.is_empty()) {
        let asked: Vec<String> = ["help".to_owned()].into_iter().chain(words.clone()).collect();
        let (command, words_of) = asked.split_last().map(|(last, rest)| (rest, last)).unwrap();
        assert_eq!(page(command, words_of), page(&words, "--help"), "{words:?}");
    }
}

#[test]
fn help_behind_a_command_is_help_of_it() {
    let help = |words: &[&str]| Devtool::new(words).env("COLUMNS", COLUMNS).run().code(0).stdout;
    assert_eq!(help(&["history", "help"]), help(&["help", "history"]));
    assert_eq!(help(&["history", "help", "show"]), help(&["help", "history", "show"]));
}

#[test]
fn a_page_that_there_is_not_has_one_near_it() {
    let told = |words: &[&str]| Devtool::new(words).run().code(2).stderr;
    let told = [
        told(&["help", "enviroment"]),
        told(&["help", "history", "shw"]),
        told(&["help", "history", "nothing-like-it"]),
        told(&["help", "nothing-like-it"]),
        told(&["man", "environment"]),
        told(&["man", "senario"]),
    ];
    insta::assert_snapshot!(told.concat());
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_manual_page_is_readable_where_no_viewer_is_wanted() {
    for (option, term) in [("--no-pager", "xterm"), ("--color=never", "dumb")] {
        let devtool = Devtool::new(&["man", "trigger", option]).env("TERM", term);
        let (screen, code) = Terminal::start_sized(&devtool, 24, 80).finish();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("--seed") && !screen.contains(".TH"), "{screen}");
    }
}

#[test]
fn help_takes_the_options_of_every_command() {
    let coloured = |words: &[&str], variables: &[(&str, &str)]| {
        let devtool =
            variables.iter().fold(Devtool::new(words), |d, (name, value)| d.env(name, value));
        devtool.run().code(0).stdout.contains('\u{1b}')
    };
    assert!(coloured(&["trigger", "--help", "--color", "always"], &[]));
    assert!(coloured(&["--color=always", "trigger", "-h"], &[]));
    assert!(coloured(&["trigger", "-h"], &[("DEVTOOL_COLOR", "always")]));
    assert!(!coloured(&["trigger", "-h", "--color", "never"], &[("DEVTOOL_COLOR", "always")]));
    assert!(!coloured(&["trigger", "-h"], &[]));
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
    let devtool = devtool.env("DEVTOOL_NO_PAGER", "false");
    let screen = Terminal::start_sized(&devtool, 24, 80).finish().0;
    assert!(screen.lines().all(|line| line.starts_with("paged: ")), "{screen}");
    let devtool = devtool.args(&["--no-pager"]);
    let screen = Terminal::start_sized(&devtool, 24, 80).finish().0;
    assert!(!screen.contains("paged: ") && screen.contains("--seed"), "{screen}");
}
