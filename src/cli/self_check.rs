//! `devtool self`: devtool itself, and not what it tests.

use std::path::Path;
use std::time::Duration;

use super::context::Context;
use crate::config::publication::{self, PACKAGE, VERSION};
use crate::error::{Error, Exit, Kind, Result};
use crate::stripe_cli::download::Downloader;
use clap::{Args, Subcommand};

/// Look after devtool itself
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct SelfArguments {
    #[command(subcommand)]
    command: SelfCommand,
}

/// What can be done with devtool itself.
#[derive(Debug, Subcommand)]
enum SelfCommand {
    Check(CheckArguments),
}

/// Say whether a newer devtool has been released
///
/// It asks the project's releases, and nothing else ever does. Nothing is installed: how to do that depends on how
/// devtool came here, and is said.
#[derive(Args, Debug)]
#[command(after_long_help = CHECK_EXAMPLES)]
struct CheckArguments {
    /// Where the releases are, with the paths of GitHub below it [default: the project's home]
    #[arg(long, env = "DEVTOOL_RELEASES", value_name = "URL")]
    releases: Option<String>,
}

const EXAMPLES: &str = "Examples:
  devtool self check";

const CHECK_EXAMPLES: &str = "Examples:
  devtool self check
  devtool self check --releases https://releases.example.com/devtool";

/// How long a server may say nothing.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How devtool came here, by a part of its path, and how a newer one comes.
const WAYS: [(&str, &str); 8] = [
    ("/node_modules/", "npm install --save-dev devtool-stripe@latest"),
    ("/pipx/", "pipx upgrade devtool-stripe"),
    ("/uv/tools/", "uv tool upgrade devtool-stripe"),
    ("/.cargo/bin/", "cargo install --locked devtool-stripe"),
    ("/cellar/", "brew upgrade devtool"),
    ("/scoop/", "scoop update devtool"),
    ("/winget/packages/", "winget upgrade devtool"),
    ("/nix/store/", "nix profile upgrade devtool"),
];

impl SelfArguments {
    pub(super) fn execute(self, context: &mut Context) -> Result<Exit> {
        let SelfCommand::Check(arguments) = self.command;
        let releases = arguments.releases()?;
        context.unless_ended(async |context| {
            let list = format!("{releases}/latest/download/SHA256SUMS");
            let listed = Downloader::new(TIME_LIMIT, None)?.text(&list).await?;
            let newest = newest(&listed).ok_or_else(|| no_release(&list))?;
            context.out.result(&told(newest));
            Ok(Exit::Done)
        })
    }
}

impl CheckArguments {
    fn releases(self) -> Result<String> {
        let of_home = || publication::home().map(|home| format!("{home}/releases"));
        let releases = self.releases.or_else(of_home).ok_or_else(unknown_home)?;
        Ok(releases.trim_end_matches('/').to_owned())
    }
}

/// A build of which nobody has said where it is published.
fn unknown_home() -> Error {
    let message = "this devtool does not know where newer ones are released";
    Error::new(Kind::Config, message)
        .caused_by("`repository` in its Cargo.toml names no owner yet")
        .hinted(format!(
            "ask what you installed {PACKAGE} with, such as `npm outdated`, or name the place:"
        ))
        .suggesting("devtool self check --releases URL")
}

fn no_release(list: &str) -> Error {
    Error::new(Kind::Unreachable, format!("{list} lists no release of devtool"))
        .hinted("check that DEVTOOL_RELEASES or `--releases` names devtool's own releases")
}

/// A version in the order of versions.
type Version = [u64; 3];

fn version(text: &str) -> Option<Version> {
    let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// The newest version in a list of archives, `devtool-0.2.0-x86_64-unknown-linux-musl.tar.gz`.
fn newest(listed: &str) -> Option<Version> {
    let name =
        |line: &str| Some(line.rsplit([' ', '*']).next()?.strip_prefix("devtool-")?.to_owned());
    let of_archive = |name: String| version(name.split('-').next()?);
    listed.lines().filter_map(name).filter_map(of_archive).max()
}

fn told(newest: Version) -> String {
    let is_newer = version(VERSION).is_some_and(|own| newest > own);
    if !is_newer {
        return format!("devtool {VERSION} is the newest\n");
    }
    let here = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    let way = here.as_deref().and_then(way);
    let way = way.unwrap_or("the way that you installed it (docs/install.md)");
    let [major, minor, patch] = newest;
    format!(
        "devtool {major}.{minor}.{patch} has been released; this is {VERSION}\n  update it: {way}\n"
    )
}

fn way(program: &Path) -> Option<&'static str> {
    let path = program.to_string_lossy().replace('\\', "/").to_lowercase();
    WAYS.iter().find(|(part, _)| path.contains(part)).map(|(_, way)| *way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_greatest_of_the_archives() {
        let list = "aa  devtool-0.9.0-x86_64-apple-darwin.tar.gz\nbb *devtool-0.10.0-x86_64-pc-windows-msvc.zip\n\
                    cc  other-3.0.0.zip\n";
        assert_eq!(newest(list), Some([0, 10, 0]));
        assert_eq!(newest("<html>"), None);
    }

    #[test]
    fn how_a_newer_one_comes_is_said_by_where_this_one_is() {
        let told = |path: &str| way(Path::new(path));
        let npm = "/shop/node_modules/@devtool-stripe/linux-x64/bin/devtool";
        assert_eq!(told(npm), Some("npm install --save-dev devtool-stripe@latest"));
        let cargo = "C:\\Users\\ada\\.cargo\\bin\\devtool.exe";
        assert_eq!(told(cargo), Some("cargo install --locked devtool-stripe"));
        let winget = r"\\?\C:\Users\ada\AppData\Local\Microsoft\WinGet\Packages\ada.devtool_x\devtool-1\devtool.exe";
        assert_eq!(told(winget), Some("winget upgrade devtool"));
        let nix = "/nix/store/4jy7p8z3-devtool-0.2.0/bin/devtool";
        assert_eq!(told(nix), Some("nix profile upgrade devtool"));
        assert_eq!(told("/usr/bin/devtool"), None);
    }
}
