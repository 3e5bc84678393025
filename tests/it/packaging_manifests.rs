//! The files for package managers, as those read them: Homebrew's in Ruby, the AUR's in bash, nix's; and the
//! installer for PowerShell, as its grammar has it.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::packages::{TARGETS, VERSION, made, root};
use crate::sdk::{environment, succeed};
use crate::workflows::yaml;

const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Where a release has the archive of a system.
fn download(target: &str) -> String {
    let kind = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("{HOME}/releases/download/v{VERSION}/devtool-{VERSION}-{target}.{kind}")
}

/// The checksum of that archive.
fn sum(target: &str) -> String {
    let sums = std::fs::read_to_string(made().join("SHA256SUMS")).unwrap();
    let line = sums.lines().find(|line| line.contains(target)).unwrap();
    line.split(' ').next().unwrap().to_owned()
}

fn manifest(name: &str) -> PathBuf {
    made().join("manifests").join(name)
}

/// What Homebrew gives a formula, as far as ours asks for it; prints what a system gets.
const HOMEBREW: &str = r#"
class Formula
  def self.test = nil # every object has another
  def self.method_missing(name, *words, &block)
    return words.empty? ? @said[name] : (@said ||= {})[name] = words[0] unless block
    block.call if [:"on_#{SYSTEM}", :"on_#{CPU}"].include?(name)
  end
end
SYSTEM, CPU = ARGV
load FORMULA
puts Devtool.url, Devtool.sha256, Devtool.version
"#;

#[test]
#[ignore = "slow"]
fn the_formula_gives_each_system_its_archive() {
    for (system, cpu, target) in [
        ("macos", "arm", "aarch64-apple-darwin"),
        ("macos", "intel", "x86_64-apple-darwin"),
        ("linux", "arm", "aarch64-unknown-linux-musl"),
        ("linux", "intel", "x86_64-unknown-linux-musl"),
    ] {
        let formula = manifest("devtool.rb");
        let script = HOMEBREW.replace("FORMULA", &format!("{:?}", formula.to_str().unwrap()));
        let said = succeed(Command::new("ruby").args(["-w", "-e", &script, system, cpu]), "ruby");
        assert_eq!(said, format!("{}\n{}\n{VERSION}\n", download(target), sum(target)));
    }
}

#[test]
#[ignore = "slow"]
fn makepkg_reads_the_package_for_the_aur() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(manifest("PKGBUILD"), folder.path().join("PKGBUILD")).unwrap();
    let mut makepkg = Command::new("makepkg");
    // It does not run as root.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(65534), Some(65534)).unwrap();
        makepkg = Command::new("setpriv");
        makepkg.args(["--reuid=65534", "--regid=65534", "--clear-groups", "makepkg"]);
    }
    makepkg.current_dir(folder.path());
    // It asks only whether there is a pacman.
    let said = succeed(makepkg.arg("--printsrcinfo").env("PACMAN", "true"), "makepkg");
    for (cpu, target) in [("x86_64", TARGETS[0]), ("aarch64", TARGETS[1])] {
        assert!(said.contains(&format!("source_{cpu} = {}\n", download(target))), "{said}");
        assert!(said.contains(&format!("sha256sums_{cpu} = {}\n", sum(target))), "{said}");
    }
}

/// What nixpkgs gives a flake, as far as ours asks for it.
const NIXPKGS: &str = r#"
let
  pkgs = { fetchurl = archive: archive; installShellFiles = "a hook"; stdenvNoCC.mkDerivation = what: what; };
  systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
  legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; }) systems);
in ((import FLAKE).outputs { self = { }; nixpkgs = { inherit legacyPackages; }; }).packages
"#;

#[test]
#[ignore = "slow"]
fn nix_finds_a_package_for_each_system_in_the_flake() {
    let script = NIXPKGS.replace("FLAKE", manifest("flake.nix").to_str().unwrap());
    let mut nix = Command::new("nix-instantiate");
    nix.args(["--eval", "--strict", "--json", "--expr", &script]);
    let packages: Value = serde_json::from_str(&succeed(&mut nix, "nix")).unwrap();
    assert_eq!(packages.as_object().unwrap().len(), 4);
    for (system, target) in [
        ("x86_64-linux", "x86_64-unknown-linux-musl"),
        ("aarch64-linux", "aarch64-unknown-linux-musl"),
        ("x86_64-darwin", "x86_64-apple-darwin"),
        ("aarch64-darwin", "aarch64-apple-darwin"),
    ] {
        let package = &packages[system]["default"];
        assert_eq!(package["src"], json!({ "url": download(target), "sha256": sum(target) }));
        assert_eq!(package["version"], VERSION);
    }
}

/// What winget asks of all three files, and of each, in version 1.9 of its schemas.
#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn the_files_for_winget_have_what_winget_asks_for() {
    let owner = HOME.split('/').nth(3).unwrap();
    let name = format!("{owner}.devtool");
    let read = |part: &str| yaml(&manifest(&format!("winget/{name}{part}.yaml")));
    let (version, installer) = (read(""), read(".installer"));
    let locale = read(&format!(".locale.{}", version["DefaultLocale"].as_str().unwrap()));
    for (file, kind) in
        [(&version, "version"), (&installer, "installer"), (&locale, "defaultLocale")]
    {
        assert_eq!(file["ManifestType"], kind);
        assert_eq!(file["ManifestVersion"], "1.9.0");
        assert_eq!(file["PackageVersion"], VERSION);
        assert_eq!(file["PackageIdentifier"], name);
    }
    for key in ["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"] {
        let length = locale[key].as_str().unwrap().len();
        assert!((2..=256).contains(&length), "{key}: {}", locale[key]);
    }
    for (of, cpu, target) in [(0, "x64", TARGETS[4]), (1, "arm64", TARGETS[5])] {
        let installer = &installer["Installers"][of];
        assert_eq!(installer["Architecture"], cpu);
        assert_eq!(installer["InstallerUrl"], download(target));
        assert_eq!(installer["InstallerSha256"], sum(target).to_uppercase());
        let program = format!(r"devtool-{VERSION}-{target}\devtool.exe");
        assert_eq!(installer["NestedInstallerFiles"][0]["RelativeFilePath"], program);
    }
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn scoop_finds_the_program_in_its_archive() {
    let text = std::fs::read_to_string(manifest("devtool.json")).unwrap();
    let scoop: Value = serde_json::from_str(&text).unwrap();
    for (cpu, target) in [("64bit", TARGETS[4]), ("arm64", TARGETS[5])] {
        let folder = format!("devtool-{VERSION}-{target}");
        assert_eq!(
            scoop["architecture"][cpu],
            json!({ "url": download(target), "hash": sum(target), "extract_dir": folder })
        );
        let mut unzip = Command::new("python3");
        unzip.args(["-m", "zipfile", "-l"]).arg(made().join(format!("{folder}.zip")));
        let program = format!("{folder}/{}", scoop["bin"].as_str().unwrap());
        assert!(succeed(&mut unzip, "python3").contains(&program), "{program}");
    }
}

/// Names each place that PowerShell's grammar does not know.
const GRAMMAR: &str = "
import sys, tree_sitter, tree_sitter_powershell
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
def look(node, name):
    if node.type == 'ERROR' or node.is_missing:
        print(name, node.start_point, node.text.decode())
    for child in node.children:
        look(child, name)
for name in sys.argv[1:]:
    look(parser.parse(open(name, 'rb').read()).root_node, name)
";

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn scripts_for_powershell_are_as_its_grammar_has_them() {
    let python = environment("lint", &["tests/lint/requirements.txt"]);
    let said = |script: PathBuf| {
        succeed(Command::new(&python).args(["-c", GRAMMAR]).arg(script), "python3")
    };
    for name in
        ["packaging/install.ps1", "packaging/action/test-install.ps1", "completions/_devtool.ps1"]
    {
        assert_eq!(said(root().join(name)), "", "{name}");
    }
    let wrong = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&wrong, "if ($To { Remove-Item $To }\n").unwrap();
    assert_ne!(said(wrong.path().to_owned()), "", "it finds what is wrong");
}
