//! `devtool setup` and `devtool stripe`, with the real Stripe CLI from npm, and a release server on
//! loopback that serves a stub packed as a release.

use std::process::Stdio;
use std::time::Duration;

use crate::support::Devtool;
use crate::support::endpoint::{Endpoint, Received, Reply};
use crate::support::raw::RawEndpoint;
use crate::support::release::{
    ARCHIVE, VERSION, archive, checksum, devtool, files, from_mirror, honest_mirror,
    honest_mirror_for_one, mirror, packed, url,
};
use crate::support::stub::script;

/// What a place holds after an installation.
const INSTALLED: [&str; 3] = [".devtool-stripe-installed", ".devtool-stripe-lock", "stripe"];

#[test]
#[cfg_attr(tests_without_node, ignore = "needs node")]
fn npm_installs_it_and_it_runs() {
    let setup = devtool(&["setup", "--skip-login", "--yes", "--from", "npm"]);
    let run = setup.run().code(0);
    assert!(run.stdout.starts_with("Stripe CLI 1."), "{}", run.stdout);
    let version = run.stdout.split(' ').nth(2).unwrap().to_owned();
    let again = setup.run().code(0);
    let first_line = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!((first_line(&again.stdout), again.stderr.as_str()), (first_line(&run.stdout), ""));
    let version_run = setup.rerun(&["stripe", "--", "--version"]).code(0);
    assert_eq!(version_run.stdout, format!("stripe version {version}\n"));
    let unknown = setup.rerun(&["stripe", "--", "no-such-command"]).code(1);
    assert!(unknown.stdout.contains("Unknown command"), "{}", unknown.stdout);
    let check = setup.rerun(&["setup", "--check", "--offline", "--format", "json"]).code(0).json();
    assert_eq!(check["installed"]["version"], version);
    setup.rerun(&["setup", "--uninstall"]).code(0);
    setup.rerun(&["stripe", "--", "--version"]).code(5);
    setup.rerun(&["setup", "--check", "--offline"]).code(5);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_release_is_downloaded_verified_and_put_in_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let endpoint = honest_mirror();
    let setup = from_mirror(&url(&endpoint));
    let run = setup.run().code(0);
    let program = setup.directory().join("stripe-cli/stripe");
    let first = format!("Stripe CLI 1.52.0 at {}\n", program.display());
    assert!(run.stdout.starts_with(&first), "{}", run.stdout);
    let mirror = url(&endpoint);
    let shown = format!(
        "no Stripe CLI found\nasking {mirror}/ for the latest version\n\
         downloading stripe_1.52.0_linux_x86_64.tar.gz from {mirror}/\n\
         installed Stripe CLI 1.52.0\n\
         to run it as `stripe`: export PATH=\"{}:$PATH\"\n",
        program.parent().unwrap().display()
    );
    assert_eq!(run.stderr, shown);
    assert_eq!(std::fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(files(&setup.directory().join("stripe-cli")), INSTALLED);
    let requests = endpoint.received().len();
    let again = setup.run().code(0).stderr;
    assert!(again.starts_with("to run it as"), "a second run changes nothing: {again}");
    let paths: Vec<String> =
        endpoint.received()[requests..].iter().map(|r| r.uri.path().to_owned()).collect();
    assert_eq!(paths, ["/releases/latest"], "and only the doctor asks");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_wrong_checksum_keeps_the_old_version() {
    let setup = from_mirror(&url(honest_mirror_for_one()));
    setup.run().code(0);
    let liar = mirror(archive(), "0".repeat(64));
    let run = setup.rerun_with(&["--mirror", &url(&liar), "--force"]).code(6);
    let message = "error: `stripe_1.52.0_linux_x86_64.tar.gz` is not installed: its SHA-256 is ";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert_eq!(files(&setup.directory().join("stripe-cli")), INSTALLED);
    let check = setup.rerun(&["setup", "--check", "--offline", "--dir", "stripe-cli"]).code(0);
    assert!(check.stdout.starts_with("installed 1.52.0 at "), "{}", check.stdout);
}

/// The run of a setup from a server that answers as the script says.
fn setup_from(
    script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    more: &[&str],
) -> crate::support::Run {
    let endpoint = Endpoint::new(script);
    from_mirror(&url(&endpoint)).args(more).run()
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn servers_that_fail_are_told_apart() {
    let run = setup_from(|_| Reply::new(404, ""), &["--version", "9.9.9"]).code(2);
    assert!(run.stderr.contains("there is no Stripe CLI 9.9.9 for this system"), "{}", run.stderr);
    let limited = |_: &Received| {
        Reply::new(403, "")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1800000000")
    };
    let run = setup_from(limited, &[]).code(4);
    let message = "the server's rate limit is reached until 2027-01-15T08:00:00.000Z";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert!(!run.stderr.contains("GITHUB_TOKEN"), "the mirror gets none: {}", run.stderr);
    let busy = |_: &Received| Reply::new(429, "").header("retry-after", "3600");
    let run = setup_from(busy, &[]).code(4);
    assert!(run.stderr.contains("rate limit is reached for 3600 s"), "{}", run.stderr);
    let astray = |_: &Received| Reply::new(302, "").header("location", "http://192.0.2.1/x");
    let run = setup_from(astray, &[]).code(4);
    assert!(run.stderr.contains("where a download may not come from"), "{}", run.stderr);
    let unlisted = |request: &Received| match request.uri.path() {
        ARCHIVE => Reply::new(200, "archive"),
        _ => Reply::new(404, ""),
    };
    let run = setup_from(unlisted, &["--version", VERSION]).code(6);
    assert!(run.stderr.contains("has no checksum for it"), "{}", run.stderr);
    let run = setup_from(|_| Reply::new(200, "no json"), &[]).code(4);
    assert!(run.stderr.contains("it names no release"), "{}", run.stderr);
    let slow = |_: &Received| Reply { after: Duration::from_secs(20), ..Reply::new(200, "") };
    setup_from(slow, &["--timeout", "100ms"]).code(4);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_busy_server_is_asked_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let honest = honest_mirror_for_one();
    let target = url(honest);
    let endpoint = Endpoint::new(move |request| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        match nth {
            0 => Reply::new(503, "").header("retry-after", "0"),
            1 => Reply::new(429, "").header("retry-after", "0"),
            _ => Reply::new(302, "").header("location", &format!("{target}{}", request.uri.path())),
        }
    });
    from_mirror(&url(&endpoint)).run().code(0);
}

#[test]
fn only_https_is_allowed_but_to_this_machine() {
    let run = from_mirror("http://192.0.2.1/stripe").run().code(4);
    assert!(run.stderr.contains("only https is allowed"), "{}", run.stderr);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_body_that_is_cut_short_is_no_download() {
    // Asked for the list once, for the archive three times.
    let endpoint = RawEndpoint::new(4, |request, stream| {
        use std::io::Write as _;
        let path = String::from_utf8_lossy(request);
        let body = if path.contains("checksums") {
            format!("{}  stripe_1.52.0_linux_x86_64.tar.gz\n", "0".repeat(64))
        } else {
            "only this".to_owned()
        };
        let length = if path.contains("checksums") { body.len() } else { 5_000 };
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    });
    let mirror = format!("http://127.0.0.1:{}", endpoint.port);
    from_mirror(&mirror).args(&["--version", VERSION]).run().code(4);
    endpoint.join();
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_download_that_breaks_off_is_begun_anew() {
    use std::io::Write as _;
    let archive = packed(script(VERSION, &[]).as_bytes());
    let sum = checksum(&archive);
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endpoint = RawEndpoint::new(3, move |request, stream| {
        let is_list = String::from_utf8_lossy(request).contains("checksums");
        let list = format!("{sum}  stripe_1.52.0_linux_x86_64.tar.gz\n").into_bytes();
        let body = if is_list { list } else { archive.clone() };
        let is_first = !is_list && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let sent = if is_first { &body[..body.len() / 2] } else { &body };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(sent).unwrap();
    });
    let mirror = format!("http://127.0.0.1:{}", endpoint.port);
    from_mirror(&mirror).args(&["--version", VERSION]).run().code(0);
    endpoint.join();
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_archive_of_ones_own_is_installed_without_a_network() {
    let setup = Devtool::new(&["setup", "--skip-login", "--offline", "--dir", "stripe-cli"]);
    let file = setup.directory().join("stripe_1.52.0_linux_x86_64.tar.gz");
    std::fs::write(&file, archive()).unwrap();
    let name = "stripe_1.52.0_linux_x86_64.tar.gz";
    let run = setup.rerun_with(&["--from", name]).code(6);
    assert!(run.stderr.contains("neither `--sha256` nor"), "{}", run.stderr);
    setup.rerun_with(&["--from", name, "--sha256", &"0".repeat(64)]).code(6);
    setup.rerun_with(&["--from", name, "--sha256", &checksum(archive())]).code(0);
    let list = format!("{}  {name}\n", checksum(archive()));
    std::fs::write(setup.directory().join("stripe-linux-checksums.txt"), list).unwrap();
    let run = setup.rerun_with(&["--from", name, "--force"]).code(0);
    assert!(run.stdout.starts_with("Stripe CLI 1.52.0 at "), "{}", run.stdout);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_full_disk_is_said_and_leaves_nothing() {
    let endpoint = honest_mirror();
    let setup = from_mirror(&url(&endpoint));
    let program = setup.command();
    let mut limited = std::process::Command::new("prlimit");
    limited
        .args(["--fsize=1000000", "env", "--ignore-signal=XFSZ"])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(setup.directory())
        .env_clear()
        .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let run = crate::support::Run::of(limited.output().unwrap()).code(3);
    assert!(run.stderr.contains("cannot write `stripe_1.52.0_linux"), "{}", run.stderr);
    assert_eq!(files(&setup.directory().join("stripe-cli")), [".devtool-stripe-lock"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_killed_installation_leaves_what_the_next_one_clears() {
    let setup = from_mirror(&url(honest_mirror_for_one()));
    setup.run().code(0);
    let stalling = RawEndpoint::new(2, |request, stream| {
        use std::io::Write as _;
        let is_list = String::from_utf8_lossy(request).contains("checksums");
        let list = format!("{}  stripe_1.52.0_linux_x86_64.tar.gz\n", "0".repeat(64));
        let (body, length) = if is_list { (list.as_str(), list.len()) } else { ("begun", 5_000) };
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
        if !is_list {
            // Until the client is gone.
            let _ = std::io::Read::read(stream, &mut [0]);
        }
    });
    let mirror = format!("http://127.0.0.1:{}", stalling.port);
    let more = ["--version", VERSION, "--mirror", &mirror, "--force"];
    let mut child = setup.with(&more).stderr(Stdio::null()).spawn().unwrap();
    let place = setup.directory().join("stripe-cli");
    let start = std::time::Instant::now();
    while files(&place).len() < 4 {
        assert!(start.elapsed() < Duration::from_secs(60), "no download was begun");
        assert!(child.try_wait().unwrap().is_none(), "the setup ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let version = std::process::Command::new(place.join("stripe")).arg("--version").output();
    assert!(version.unwrap().status.success(), "the old one still works");
    setup.rerun_with(&["--force"]).code(0);
    assert_eq!(files(&place), INSTALLED);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn two_installations_wait_for_each_other() {
    let setup = from_mirror(&url(honest_mirror_for_one()));
    let spawn = || setup.with(&["--force"]).stderr(Stdio::null()).spawn().unwrap();
    let children = [spawn(), spawn()];
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let place = setup.directory().join("stripe-cli");
    assert_eq!(files(&place), INSTALLED);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn another_version_than_the_release_says_is_refused() {
    let setup = Devtool::new(&["setup", "--skip-login", "--dir", "stripe-cli"]);
    let name = "stripe_1.51.0_linux_x86_64.tar.gz";
    std::fs::write(setup.directory().join(name), archive()).unwrap();
    let more = ["--from", name, "--version", "1.51.0", "--sha256", &checksum(archive())];
    let run = setup.rerun_with(&more).code(6);
    assert!(run.stderr.contains("it says that it is 1.52.0"), "{}", run.stderr);
    let run = setup.rerun_with(&["--version", "1.20.0"]).code(2);
    assert!(run.stderr.contains("the oldest supported version is 1.42.14"), "{}", run.stderr);
    let run = setup.rerun_with(&["--from", "no-such-file.zip"]).code(2);
    assert!(run.stderr.contains("cannot open the archive"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn what_devtool_did_not_install_is_left_alone() {
    let devtool = Devtool::new(&["setup", "--uninstall", "--dir", "bin"])
        .file("bin/stripe", "mine")
        .file("bin/.devtool-notes/x", "mine");
    let run = devtool.run().code(0);
    assert!(run.stderr.starts_with("devtool has not installed "), "{}", run.stderr);
    assert_eq!(files(&devtool.directory().join("bin")), [".devtool-notes", "stripe"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn somebody_elses_program_is_not_replaced() {
    let setup = from_mirror(&url(honest_mirror_for_one())).file("stripe-cli/stripe", "mine");
    let run = setup.run().code(3);
    assert!(run.stderr.contains("that devtool did not install is there"), "{}", run.stderr);
    let kept = std::fs::read_to_string(setup.directory().join("stripe-cli/stripe"));
    assert_eq!(kept.unwrap(), "mine");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn a_broken_copy_is_noticed_and_replaced() {
    let setup = from_mirror(&url(honest_mirror_for_one()));
    setup.run().code(0);
    std::fs::write(setup.directory().join("stripe-cli/stripe"), "").unwrap();
    let run = setup.run().code(0);
    assert!(run.stderr.contains("installed Stripe CLI 1.52.0"), "{}", run.stderr);
}

#[test]
#[cfg_attr(tests_without_sh, ignore = "needs sh")]
fn an_old_stripe_cli_on_the_path_will_not_do() {
    let devtool = Devtool::new(&["setup", "--skip-login", "--offline"])
        .program("stripe", &script("1.20.0", &[]));
    let run = devtool.run().code(5);
    assert!(run.stderr.contains("is 1.20.0, older than 1.42.14"), "{}", run.stderr);
    let check = devtool.rerun(&["setup", "--check", "--offline"]).code(5);
    assert!(check.stdout.starts_with("installed 1.20.0 at "), "{}", check.stdout);
}
