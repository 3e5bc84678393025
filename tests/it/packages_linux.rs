//! The packages for Debian and Red Hat: what their linters say, and the one for Debian in a clean root.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::{TARGETS, VERSION, root, step};
use crate::sdk::{scratch, succeed};

/// A moment for all that a package dates.
const MOMENT: &str = "1795000000";

/// The packages of a program, in a folder of that name.
fn packages(name: &str, program: &Path) -> PathBuf {
    let dist = scratch(name).join("dist");
    let _ = std::fs::remove_dir_all(&dist);
    let program = program.to_str().unwrap();
    for words in [vec!["archive", TARGETS[0], program], vec!["checksums"], vec!["linux"]] {
        succeed(step(&dist, &words).env("SOURCE_DATE_EPOCH", MOMENT), "python3");
    }
    dist.join("linux")
}

/// A program that is static, as a release's is.
fn static_program() -> PathBuf {
    let folder = scratch("static-program");
    let (source, program) = (folder.join("main.rs"), folder.join("devtool"));
    std::fs::write(&source, "fn main() {}").unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args(["-O", "-C", "strip=symbols", "-C", "target-feature=+crt-static", "-o"]);
    succeed(rustc.arg(&program).arg(source), "rustc");
    program
}

#[test]
#[ignore = "slow"]
fn the_linters_of_debian_and_red_hat_find_nothing() {
    let folder = packages("linted", &static_program());
    let deb = folder.join(format!("devtool_{VERSION}-1_amd64.deb"));
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning", "--pedantic"]).arg(deb);
    assert_eq!(succeed(&mut lintian, "lintian"), "");
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("-c").arg(root().join("tests/lint/rpmlint.toml"));
    let rpm = folder.join(format!("devtool-{VERSION}-1.x86_64.rpm"));
    let said = succeed(rpmlint.arg(&rpm), "rpmlint");
    assert!(said.contains("1 packages and 0 specfiles checked; 0 errors, 0 warnings"), "{said}");
    let listed = succeed(Command::new("rpm").arg("-qpl").arg(rpm), "rpm");
    assert!(listed.contains("/usr/share/man/man1/devtool.1.gz\n"), "{listed}");
}

/// A Debian with nothing but what every one has.
fn clean_root() -> PathBuf {
    let release = std::fs::read_to_string("/etc/os-release").unwrap();
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap();
    let home = scratch("clean-root").join("root");
    let _ = std::fs::remove_dir_all(&home);
    let mut mmdebstrap = Command::new("mmdebstrap");
    succeed(mmdebstrap.args(["--quiet", "--variant=essential", suite]).arg(&home), "mmdebstrap");
    home
}

#[test]
#[ignore = "slow"]
fn the_package_for_debian_works_in_a_clean_root_and_leaves_nothing() {
    let program = scratch("stripped").join("devtool");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&program).arg(env!("CARGO_BIN_EXE_devtool"));
    succeed(&mut strip, "binutils");
    let deb = packages("installed", &program).join(format!("devtool_{VERSION}-1_amd64.deb"));
    let home = clean_root();
    std::fs::copy(deb, home.join("devtool.deb")).unwrap();
    let inside = |words: &[&str]| succeed(Command::new("chroot").arg(&home).args(words), "root");
    inside(&["dpkg", "-i", "/devtool.deb"]);
    assert_eq!(inside(&["devtool", "--version"]), format!("devtool {VERSION}\n"));
    assert!(inside(&["devtool", "demo"]).contains("9 of 9"), "the demo passes");
    assert_eq!(inside(&["dpkg", "--verify", "devtool"]), "", "files are as they were packed");
    let listed = inside(&["dpkg", "-L", "devtool"]);
    let files: Vec<&str> = listed.lines().filter(|file| home.join(&file[1..]).is_file()).collect();
    assert!(files.contains(&"/usr/share/man/man1/devtool.1.gz"), "{files:#?}");
    inside(&["dpkg", "-P", "devtool"]);
    for file in files {
        assert!(!home.join(&file[1..]).exists(), "{file} is left");
    }
    std::fs::remove_dir_all(home).unwrap();
}
