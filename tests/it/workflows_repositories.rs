//! What the release workflow takes to the repositories of package managers, with repositories of this machine for those.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use sha2::Digest as _;

use crate::packages::{VERSION, made, root};
use crate::sdk::succeed;
use crate::support::write_program;
use crate::workflows::{Runner, scripts, workflow, yaml};

/// Each job, its step and the place that its matrix gives it.
const JOBS: [(&str, &str, &str); 5] = [
    ("repositories", "Publish", "homebrew"),
    ("repositories", "Publish", "scoop"),
    ("repositories", "Publish", "aur"),
    ("nix", "Publish", "nix"),
    ("winget", "Propose", "winget"),
];

/// The repositories that somebody who ships devtool has, with the branch that they show first.
const THEIRS: [(&str, &str); 5] = [
    ("owner--unset/homebrew-tap.git", "main"),
    ("owner--unset/scoop-bucket.git", "trunk"),
    ("devtool-stripe-bin.git", "master"),
    ("owner--unset/devtool.git", "main"),
    ("somebody/winget-pkgs.git", "master"),
];

/// Those with something in them already.
const FILLED: [(&str, &str); 3] = [
    ("owner--unset/scoop-bucket.git", "bucket/another.json"),
    ("owner--unset/devtool.git", "README.md"),
    ("somebody/winget-pkgs.git", "manifests/a/another/tool/1.0.0/another.tool.yaml"),
];

/// Notes how it was called, with the key, and runs what the other side would.
const SSH: &str = r#"#!/bin/sh
all=$*
while [ $# -gt 2 ]; do [ "$1" != -i ] || key=$2; shift; done
all=$(echo "$all" | sed "s|$key|KEY|; s|[^ =]*/packaging/|packaging/|; s| -o SendEnv=GIT_PROTOCOL||")
echo "ssh $all ($(ls -l "$key" | cut -c 1-10), $(cat "$key"))" >> HOME/asked
cd HOME/theirs && eval "$(echo "$2" | sed "s|'/|'|")"
"#;

/// Notes how it was called. A pull request that it makes is there from then on.
const GH: &str = r#"#!/bin/sh
echo "gh $*" >> HOME/asked
case "$1 $2" in
    "api user") echo somebody ;;
    "pr list") cat HOME/proposed 2> /dev/null || true ;;
    "pr create") echo https://example.com/pull/1 | tee HOME/proposed ;;
esac
"#;

const MAKEPKG: &str = "#!/bin/sh\necho \"pkgbase of $(grep ^pkgver= PKGBUILD)\"\n";

/// A job's machine, and the repositories.
struct Machine {
    runner: Runner,
    packages: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let runner = Runner::new();
        let home = runner.home.path();
        for (program, script) in [("ssh", SSH), ("gh", GH), ("makepkg", MAKEPKG)] {
            let script = script.replace("HOME", home.to_str().unwrap());
            write_program(&home.join("bin").join(program), &script);
        }
        for (name, branch) in THEIRS {
            let folder = home.join("theirs").join(name);
            succeed(
                Command::new("git").args(["init", "--quiet", "--bare", "-b", branch]).arg(&folder),
                "git",
            );
        }
        let packages = home.join("packages.tar.gz");
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&packages).arg("-C").arg(made().parent().unwrap());
        succeed(tar.arg("dist/manifests"), "tar");
        Self { runner, packages }
    }

    /// Puts a file into each repository that has something already.
    fn filled(self) -> Self {
        for (name, path) in FILLED {
            let git = "git init --quiet && mkdir -p \"$(dirname $1)\" && echo theirs > $1 && git add . && \
                       git commit --quiet -m theirs && git push --quiet \"$0\" HEAD:refs/heads/$2";
            let folder = tempfile::tempdir().unwrap();
            let (_, branch) = THEIRS.iter().find(|(other, _)| *other == name).unwrap();
            let theirs = self.theirs(name);
            let mut sh = Command::new("sh");
            sh.args(["-euc", git]).arg(&theirs).args([path, branch]).current_dir(folder.path());
            for role in ["AUTHOR", "COMMITTER"] {
                sh.env(format!("GIT_{role}_NAME"), "they");
                sh.env(format!("GIT_{role}_EMAIL"), "they@example.com");
            }
            succeed(&mut sh, "sh");
        }
        self
    }

    fn theirs(&self, name: &str) -> PathBuf {
        self.runner.home.path().join("theirs").join(name)
    }

    /// What a job says in its summary, with secrets or without.
    fn run(&self, (job, step, place): (&str, &str, &str), secret: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root().join("packaging"), folder.path().join("packaging"))
            .unwrap();
        std::fs::copy(&self.packages, folder.path().join("packages.tar.gz")).unwrap();
        let summary = folder.path().join("summary");
        // Whoever is asked over HTTPS is here as well.
        let config = self.runner.home.path().join("gitconfig");
        let theirs = self.theirs("");
        let text = format!(
            "[url \"{}\"]\n\tinsteadOf = https://github.com/\n[uploadpack]\n\tallowFilter = true\n",
            theirs.display()
        );
        std::fs::write(&config, text).unwrap();
        let variables = [
            ("GIT_CONFIG_GLOBAL", config.to_str().unwrap()),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ("PLACE", place),
            ("DEPLOY_KEY", secret),
            ("GH_TOKEN", secret),
            ("DIST", "dist"),
        ];
        let steps = scripts(&yaml(&workflow("release")), job);
        if let Some(check) = steps.get("Hold the files against winget's schemas") {
            self.runner.run(folder.path(), check, &variables);
        }
        let said = self.runner.run(folder.path(), &steps[step], &variables);
        assert_eq!(said, std::fs::read_to_string(&summary).unwrap());
        said.replace(VERSION, "VERSION")
    }

    /// Each branch of each repository, newest commit first.
    fn branches(&self) -> String {
        let mut all = String::new();
        for (name, _) in THEIRS {
            let git = "git for-each-ref --format='%(refname:short)' refs/heads | while read -r branch; do echo \"$branch:\"; \
                       git log --format='  %s (%an <%ae>)' --stat=100 --stat-name-width=90 $branch; done";
            let theirs = self.theirs(name);
            let said = succeed(Command::new("sh").args(["-euc", git]).current_dir(&theirs), "sh");
            all += &format!("== {name}\n{said}");
        }
        all.replace(VERSION, "VERSION")
    }

    /// A file of a repository.
    fn file(&self, name: &str, path: &str) -> String {
        let mut show = Command::new("git");
        show.args(["show", path]).current_dir(self.theirs(name));
        succeed(&mut show, "git")
    }
}

fn manifest(name: &str) -> String {
    std::fs::read_to_string(made().join("manifests").join(name)).unwrap()
}

#[test]
#[cfg_attr(
    any(tests_without_git, tests_without_python3, tests_without_bash),
    ignore = "needs git, python3, bash"
)]
fn each_package_manager_gets_its_files_and_those_only_once() {
    let machine = Machine::new().filled();
    let first = JOBS.map(|job| machine.run(job, "secret")).concat();
    insta::assert_snapshot!("first", first + &machine.runner.asked());
    let branches = machine.branches();
    insta::assert_snapshot!("branches", branches);
    for (name, path, ours) in [
        (THEIRS[0].0, "main:Formula/devtool.rb", "devtool.rb"),
        (THEIRS[1].0, "trunk:bucket/devtool.json", "devtool.json"),
        (THEIRS[2].0, "master:PKGBUILD", "PKGBUILD"),
        (THEIRS[3].0, "nix:flake.nix", "flake.nix"),
    ] {
        assert_eq!(machine.file(name, path), manifest(ours));
    }
    assert_eq!(
        machine.file(THEIRS[2].0, "master:.SRCINFO"),
        format!("pkgbase of pkgver={VERSION}\n")
    );
    let again = JOBS.map(|job| machine.run(job, "secret")).concat();
    insta::assert_snapshot!("again", again + &machine.runner.asked());
    assert_eq!(machine.branches(), branches);
}

#[test]
#[cfg_attr(
    any(tests_without_git, tests_without_python3, tests_without_bash),
    ignore = "needs git, python3, bash"
)]
fn what_is_not_set_up_is_left_out_and_said() {
    let machine = Machine::new();
    let said = JOBS.map(|job| machine.run(job, "")).concat();
    insta::assert_snapshot!("not_set_up", said + &machine.runner.asked());
    assert!(!machine.branches().contains(':'), "something was pushed");
}

/// After the version before this one, of which winget has the files.
#[test]
#[cfg_attr(
    any(tests_without_git, tests_without_python3, tests_without_bash),
    ignore = "needs git, python3, bash"
)]
fn a_later_version_takes_the_place_of_an_earlier_one() {
    let machine = Machine::new();
    let mut earlier = Command::new("sh");
    let script = "git init --quiet && mkdir -p $1 && echo earlier > $1/file.yaml && git add . && \
                  git -c user.name=they -c user.email=they@example.com commit --quiet -m earlier && \
                  git push --quiet \"$0\" HEAD:refs/heads/master";
    let folder = tempfile::tempdir().unwrap();
    earlier.args(["-euc", script]).arg(machine.theirs(THEIRS[4].0)).current_dir(folder.path());
    succeed(earlier.arg("manifests/o/owner--unset/devtool/0.1.0"), "sh");
    machine.run(JOBS[4], "secret");
    let asked = machine.runner.asked();
    assert!(asked.contains("--title New version: owner--unset.devtool version VERSION"), "{asked}");
    // Theirs are merged, and the branch is gone: nothing is proposed again.
    let merge = format!("git update-ref refs/heads/master owner--unset.devtool-{VERSION}");
    let gone = format!("{merge} && git branch --quiet -D owner--unset.devtool-{VERSION}");
    let theirs = machine.theirs(THEIRS[4].0);
    succeed(Command::new("sh").args(["-euc", &gone]).current_dir(theirs), "sh");
    assert_eq!(machine.run(JOBS[4], "secret"), "winget: has VERSION already\n");
}

/// As both publish them beside their keys.
#[test]
fn the_hosts_are_known_by_what_they_publish() {
    let text = std::fs::read_to_string(root().join("packaging/known_hosts")).unwrap();
    let mut words = Vec::new();
    for line in text.lines() {
        let Some((host, key)) = line.split_once(" ssh-ed25519 ") else { continue };
        let key = base64::engine::general_purpose::STANDARD.decode(key).unwrap();
        let sum =
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(sha2::Sha256::digest(key));
        words.push(format!("{host} {sum}"));
    }
    assert_eq!(
        words,
        [
            "github.com +DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
            "aur.archlinux.org RFzBCUItH9LZS0cKB5UE6ceAYhBD5C8GeOBip8Z11+4",
        ]
    );
}

/// What nixpkgs gives a flake, as far as ours asks for it, for a machine without it.
const NIXPKGS: &str = r#"{
  outputs = { self }: {
    legacyPackages.SYSTEM = {
      installShellFiles = "";
      fetchurl = { url, sha256 }: builtins.path { path = "DIST/" + baseNameOf url; inherit sha256; recursive = false; };
      stdenvNoCC.mkDerivation = what: derivation {
        name = "${what.pname}-${what.version}"; system = "SYSTEM"; builder = "/bin/bash";
        inherit (what) src installPhase;
        args = [ "-euc" ''
          PATH=/usr/bin:/bin
          installManPage() { mkdir -p $out/share/man; cp "$@" $out/share/man; }
          installShellCompletion() { [ -f "$2" ] && [ -f "$4" ] && [ -f "$6" ]; }
          tar -xzf $src; cd */; eval "$installPhase"
        '' ];
      } // { inherit (what) meta; };
    };
  };
}
"#;

/// As a user does, from the branch that the workflow pushed.
#[test]
#[ignore = "slow"]
fn nix_runs_devtool_from_the_branch() {
    let machine = Machine::new();
    machine.run(JOBS[3], "secret");
    let home = machine.runner.home.path();
    let system = format!("{}-linux", std::env::consts::ARCH);
    let pkgs = home.join("nixpkgs");
    std::fs::create_dir(&pkgs).unwrap();
    let text = NIXPKGS.replace("SYSTEM", &system).replace("DIST", made().to_str().unwrap());
    std::fs::write(pkgs.join("flake.nix"), text).unwrap();
    let mut nix = Command::new("nix");
    nix.args([
        "--extra-experimental-features",
        "nix-command flakes",
        "run",
        "--no-write-lock-file",
    ]);
    for (name, value) in [("sandbox", "false"), ("build-users-group", ""), ("substituters", "")] {
        nix.args(["--option", name, value]);
    }
    nix.args(["--override-input", "nixpkgs", &format!("path:{}", pkgs.display())]);
    nix.arg(format!("git+file://{}?ref=nix", machine.theirs(THEIRS[3].0).display()));
    nix.args(["--", "--version"]).env("HOME", home);
    for name in ["STORE", "STATE", "LOG", "CONF"] {
        nix.env(format!("NIX_{name}_DIR"), home.join("nix").join(name));
    }
    assert_eq!(succeed(&mut nix, "nix"), format!("devtool {VERSION}\n"));
}
