//! Which files devtool takes for a history of its own, and what it does with all others: nothing.

use std::path::{Path, PathBuf};

use crate::support::endpoint::Endpoint;
use crate::support::{Devtool, SECRET};

/// The application id of devtool's histories: "dvtl".
const APPLICATION_ID: i64 = 0x6476_746c;

/// What devtool 0.1 wrote.
const STORED: [&str; 5] = [
    include_str!("data/history-1.sql"),
    include_str!("data/history-2.sql"),
    include_str!("data/history-3.sql"),
    include_str!("data/history-4.sql"),
    include_str!("data/history-5.sql"),
];

/// Everything in a directory, as bytes.
fn bytes(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn database(file: &Path, sql: &str) {
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

fn pragma(file: &Path, name: &str) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
}

/// The commands that read a history, and those that write one.
const COMMANDS: [&[&str]; 7] = [
    &["history"],
    &["history", "show", "1"],
    &["history", "export"],
    &["history", "prune"],
    &["replay", "--failed"],
    &["trigger", "invoice.paid"],
    &["scenario", "payment"],
];

/// What every command says of that file, which it has to leave as it is, as all that lies beside it.
fn refusal(devtool: &Devtool, name: &str) -> String {
    let before = bytes(&devtool.directory());
    let said = said_of(devtool, name);
    assert!(bytes(&devtool.directory()) == before, "{name}");
    said
}

/// What every command says of that file.
fn said_of(devtool: &Devtool, name: &str) -> String {
    let mut said: Vec<String> = COMMANDS
        .iter()
        .map(|command| devtool.rerun(&[command, &["--history", name][..]].concat()).code(3).stderr)
        .collect();
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

/// A home with an endpoint that gets nothing.
fn home() -> Devtool {
    Devtool::new(&[]).env("STRIPE_WEBHOOK_SECRET", SECRET)
}

#[test]
fn what_is_no_history_of_devtools_stays_as_it_is() {
    let devtool = home().file("notes.md", &"DB=1\n".repeat(100)).file("one", "x");
    let directory = devtool.directory();
    std::fs::create_dir(directory.join("directory")).unwrap();
    let mine = "CREATE TABLE mine (x); INSERT INTO mine VALUES (1);";
    for (name, sql) in [
        ("empty.db", "CREATE TABLE x (y); DROP TABLE x;"),
        ("app.db", mine),
        ("version.db", &format!("{mine} PRAGMA user_version = 3;")),
        ("id.db", &format!("{mine} PRAGMA application_id = 7;")),
        ("log.db", &format!("PRAGMA journal_mode = WAL; {mine} PRAGMA user_version = 2;")),
        ("more.db", &format!("{}; {mine}", STORED[2])),
        (
            "columns.db",
            &STORED[2].replace(
                "command TEXT NOT NULL,\n    name TEXT",
                "command TEXT NOT NULL,\n    name BLOB",
            ),
        ),
        ("older.db", &STORED[0].replace("user_version = 1", "user_version = 3")),
    ] {
        database(&directory.join(name), sql);
    }
    let unreadable = "it is not a database that devtool can read";
    let other = "it is a database of another program";
    for (name, cause) in [
        ("notes.md", unreadable),
        ("one", unreadable),
        ("empty.db", unreadable),
        ("directory", "it is not a regular file"),
        ("app.db", other),
        ("version.db", other),
        ("id.db", other),
        ("log.db", other),
        ("more.db", other),
        ("columns.db", other),
        ("older.db", other),
    ] {
        let expected = format!(
            "error: `{name}` is not a history of devtool's\n  cause: {cause}\n  hint: devtool leaves it as it is; use \
             another file with `--history FILE`\n"
        );
        assert_eq!(refusal(&devtool, name), expected);
    }
}

#[cfg(unix)]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_pipe_or_a_device_is_not_opened() {
    let devtool = home();
    let made = std::process::Command::new("mkfifo").arg(devtool.directory().join("pipe")).status();
    assert!(made.unwrap().success());
    for name in ["pipe", "/dev/null", "/dev/zero"] {
        let said = refusal(&devtool, name);
        assert!(said.contains("cause: it is not a regular file\n"), "{said}");
    }
}

/// A program that was killed leaves its log; to open the file would carry that over.
#[test]
fn a_foreign_database_with_a_log_keeps_it() {
    let devtool = home();
    let (open, left) = (devtool.directory().join("open.db"), devtool.directory().join("left.db"));
    let connection = rusqlite::Connection::open(&open).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE mine (x)").unwrap();
    for ending in ["", "-wal"] {
        let of = |file: &Path| PathBuf::from(format!("{}{ending}", file.display()));
        std::fs::copy(of(&open), of(&left)).unwrap();
    }
    drop(connection);
    std::fs::remove_file(&open).unwrap();
    assert!(refusal(&devtool, "left.db").contains("it is a database of another program"));
    assert_eq!(bytes(&devtool.directory()).len(), 2);
}

/// The tables of a new history, and its application id.
fn schema(file: &Path) -> (Vec<String>, i64) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    (rows.filter_map(Result::unwrap).collect(), pragma(file, "application_id"))
}

#[test]
fn histories_of_every_older_schema_are_adopted_with_their_rows() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let devtool = home();
    let directory = devtool.directory();
    std::fs::write(directory.join("new.db"), "").unwrap();
    devtool.rerun(&["trigger", "invoice.paid", "--port", &port, "--history", "new.db"]).code(0);
    let new = schema(&directory.join("new.db"));
    assert_eq!(new.1, APPLICATION_ID);
    for (stored, version) in STORED.iter().zip(1..) {
        // As devtool 0.1 made it: most of it is still in the log.
        let name = format!("{version}.db");
        let file = directory.join(&name);
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection
            .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .unwrap();
        // From the fourth schema on, the file itself says whose it is.
        let id = if version < 4 { 0 } else { APPLICATION_ID };
        connection
            .execute_batch(&format!(
                "PRAGMA page_size = 16384; PRAGMA application_id = {id}; PRAGMA journal_mode = WAL;
                 {stored}"
            ))
            .unwrap();
        drop(connection);
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 16_384);
        let shown = devtool.rerun(&["history", "show", "evt_2", "--history", &name]).code(0);
        assert!(shown.stdout.contains("Connection refused"), "{}", shown.stdout);
        assert_eq!((schema(&file), pragma(&file, "user_version")), (new.clone(), 6), "{version}");
        let list = devtool.rerun(&["history", "--history", &name, "--format", "compact"]).code(0);
        assert_eq!(list.stdout.lines().count(), 2, "{}", list.stdout);
    }
}

#[test]
fn a_history_of_a_newer_devtool_is_left_alone() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let devtool = home();
    let run = ["trigger", "invoice.paid", "--port", &port, "--history", "new.db"];
    devtool.rerun(&run).code(0);
    database(&devtool.directory().join("new.db"), "PRAGMA user_version = 99");
    assert_eq!(
        devtool.rerun(&["history", "--history", "new.db"]).code(3).stderr,
        "error: cannot use the history `new.db`\n  cause: a newer devtool wrote it (schema 99; this one supports \
         6)\n  hint: update devtool, or use another file with `--history FILE`\n"
    );
    // What was to be sent is sent.
    let run = devtool.rerun(&run).code(0);
    let said = "warning: this run is not recorded: cannot use the history `new.db` (a newer devtool wrote it";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(pragma(&devtool.directory().join("new.db"), "user_version"), 99);
}

/// A history of devtool's, cut off in its middle.
fn truncated(devtool: &Devtool, history: &[&str], file: &Path) -> Vec<u8> {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let run = [&["scenario", "payment", "--port", &port], history].concat();
    devtool.rerun(&run).code(0);
    devtool.rerun(&[&["history", "prune"], history].concat()).code(0);
    let mut bytes = std::fs::read(file).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(file, &bytes).unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
    bytes
}

#[test]
fn a_damaged_history_is_set_aside_by_a_run_at_devtools_own_place_only() {
    let devtool = home();
    let file = devtool.history();
    let damaged = truncated(&devtool, &[], &file);
    let run = devtool.rerun(&["history"]).code(3);
    assert_eq!(
        run.stderr,
        format!(
            "error: the history `{}` is damaged\n  cause: database disk image is malformed\n  hint: the next recorded \
             run moves it aside and starts a new one\n",
            file.display()
        )
    );
    assert!(std::fs::read(&file).unwrap() == damaged, "reading changes nothing");
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let run = devtool.rerun(&["trigger", "invoice.paid", "--port", &port]).code(0);
    let said = "warning: the history file was damaged: devtool moved it to `";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert!(std::fs::read(run.stderr.split('`').nth(1).unwrap()).unwrap() == damaged);

    let file = devtool.directory().join("mine.db");
    let damaged = truncated(&devtool, &["--history", "mine.db"], &file);
    assert_eq!(
        said_of(&devtool, "mine.db"),
        "error: the history `mine.db` is damaged\n  cause: database disk image is malformed\n  hint: move it away to \
         start a new one, or use another file with `--history FILE`\n"
    );
    assert!(std::fs::read(&file).unwrap() == damaged);
}

#[test]
fn a_history_that_was_named_has_to_be_there_to_be_read() {
    let devtool = home();
    for command in &COMMANDS[..5] {
        let run = devtool.rerun(&[command, &["--history", "no/nope.db"][..]].concat()).code(3);
        assert_eq!(
            run.stderr,
            "error: there is no history `no/nope.db`\n  hint: check the path; the first run that is recorded there \
             makes the file\n",
            "{command:?}"
        );
    }
    let by_variable = devtool.env("DEVTOOL_HISTORY", "nope.db");
    by_variable.rerun(&["history"]).code(3);
    assert!(bytes(&by_variable.directory()).is_empty());
}

#[test]
fn a_project_keeps_its_history_within_itself() {
    let devtool = home();
    let project = devtool.directory();
    std::fs::create_dir(project.join("inner")).unwrap();
    let elsewhere = devtool.home().join("x.db");
    let file = |name: &str| format!("[history]\nfile = {name:?}\n");
    let outside = ["../x.db", "inner/../../x.db", "new/../../x.db", elsewhere.to_str().unwrap()];
    for name in outside {
        std::fs::write(project.join("devtool.toml"), file(name)).unwrap();
        for command in [&["history"][..], &["trigger", "invoice.paid"], &["history", "prune"]] {
            let run = devtool.rerun(command).code(3);
            assert!(
                run.stderr.starts_with("error: devtool.toml sets `[history] file` to `")
                    && run
                        .stderr
                        .contains("which is outside of the project\n  cause: the project is `")
                    && run.stderr.ends_with(
                        "  hint: name it with `--history FILE` or DEVTOOL_HISTORY, if you mean it\n"
                    ),
                "{}",
                run.stderr
            );
        }
        assert!(!elsewhere.exists());
    }
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let run = ["trigger", "invoice.paid", "--port", &port];
    // Named on the command line it may lie anywhere, and what is not recorded lies nowhere.
    devtool.rerun(&[&run[..], &["--history", "../x.db"]].concat()).code(0);
    assert!(elsewhere.exists());
    devtool.rerun(&[&run[..], &["--no-history"]].concat()).code(0);
    let within = project.join("inner/absolute.db");
    for name in ["new/x.db", "inner/../x.db", within.to_str().unwrap()] {
        std::fs::write(project.join("devtool.toml"), file(name)).unwrap();
        devtool.rerun(&run).code(0);
        assert!(project.join(name).exists(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_leads_no_history_out_of_the_project() {
    let devtool = home().file("devtool.toml", "[history]\nfile = \"link.db\"\n");
    let elsewhere = devtool.home().join("x.db");
    let link = devtool.directory().join("link.db");
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    devtool.rerun(&["trigger", "invoice.paid"]).code(3);
    std::fs::write(&elsewhere, "").unwrap();
    devtool.rerun(&["trigger", "invoice.paid"]).code(3);
    assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(devtool.home(), &link).unwrap();
    let devtool = devtool.file("devtool.toml", "[history]\nfile = \"link.db/y.db\"\n");
    devtool.rerun(&["trigger", "invoice.paid"]).code(3);
    assert!(!devtool.home().join("y.db").exists());
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn pruning_on_a_full_disk_says_what_helps() {
    let endpoint = Endpoint::accepting();
    let port = endpoint.port().to_string();
    let devtool = home();
    for _ in 0..3 {
        devtool.rerun(&["scenario", "payment", "--port", &port]).code(0);
    }
    let program = devtool.command_of(&["history", "prune", "--keep", "0s"]);
    let log = std::fs::metadata(devtool.history().with_extension("db-wal")).unwrap().len();
    let mut limited = std::process::Command::new("prlimit");
    limited
        .args([&format!("--fsize={log}"), "env", "--ignore-signal=XFSZ"])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(devtool.directory())
        .env_clear()
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = crate::support::Run::of(limited.output().unwrap()).code(3);
    let file = devtool.history();
    assert_eq!(
        run.stderr,
        format!(
            "error: cannot use the history `{0}`\n  cause: disk I/O error\n  hint: to delete needs space \
             first: free some on that disk, or delete `{0}*`\n",
            file.display()
        )
    );
}
