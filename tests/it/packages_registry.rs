//! The npm packages in a registry of this machine, and what installs them from there: npm, pnpm and yarn.
#![cfg(unix)]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::packages::{VERSION, made};
use crate::sdk::{install, scratch, succeed};

/// Verdaccio, running.
struct Registry {
    child: Child,
    tools: PathBuf,
    /// What npm and the like keep for a user.
    home: PathBuf,
    port: u16,
}

impl Registry {
    fn start() -> Self {
        let tools = install("registry", "tests/registry", &["config.yaml"]);
        let _ = std::fs::remove_dir_all(tools.join("storage"));
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let home = scratch("registry-home");
        std::fs::remove_dir_all(&home).unwrap();
        std::fs::create_dir(&home).unwrap();
        // npm wants a name to publish by; the registry takes any.
        std::fs::write(home.join(".npmrc"), format!("//127.0.0.1:{port}/:_authToken=any\n"))
            .unwrap();
        let mut verdaccio = Command::new("node");
        verdaccio.args(["node_modules/.bin/verdaccio", "--config", "config.yaml", "--listen"]);
        verdaccio.arg(format!("127.0.0.1:{port}")).current_dir(&tools);
        verdaccio.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let registry = Self { child: verdaccio.spawn().unwrap(), tools, home, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(60), "verdaccio does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        registry
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// A program that knows this registry and no other.
    fn knowing(&self, program: &str, folder: &Path) -> Command {
        let mut command = match program {
            "npm" | "npx" => Command::new(program),
            _ => {
                let mut node = Command::new("node");
                node.arg(self.tools.join("node_modules/.bin").join(program));
                node
            }
        };
        command.current_dir(folder).env("HOME", &self.home).env("npm_config_registry", self.url());
        command.env_remove("XDG_CACHE_HOME").env_remove("XDG_DATA_HOME");
        command
    }

    fn publish_all(&self) {
        for entry in std::fs::read_dir(made().join("npm")).unwrap() {
            let mut npm = self.knowing("npm", &entry.unwrap().path());
            succeed(npm.args(["publish", "--access", "public"]), "node");
        }
    }

    /// A new project with the package, as that program installs it.
    fn project(&self, program: &str, words: &[&str]) -> PathBuf {
        let folder = scratch("registry-projects").join(program);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("package.json"), "{\"private\": true}\n").unwrap();
        succeed(self.knowing(program, &folder).args(words), "node");
        folder
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "slow"]
fn npm_pnpm_and_yarn_install_the_package_from_a_registry() {
    let registry = Registry::start();
    registry.publish_all();
    let url = registry.url();
    let ways: [(&str, &[&str], &[&str]); 3] = [
        ("npm", &["install", "devtool-stripe"], &["exec", "--no", "--", "devtool"]),
        ("pnpm", &["add", "devtool-stripe"], &["exec", "devtool"]),
        ("yarn", &["add", "--registry", &url, "devtool-stripe"], &["--silent", "devtool"]),
    ];
    for (program, add, run) in ways {
        let folder = registry.project(program, add);
        let mut command = Command::new(folder.join("node_modules/.bin/devtool"));
        let version = succeed(command.arg("--version"), "node");
        assert_eq!(version, format!("devtool {VERSION}\n"), "{program}");
        let mut command = registry.knowing(program, &folder);
        let version = succeed(command.args(run).arg("--version"), "node");
        assert_eq!(version, format!("devtool {VERSION}\n"), "{program}");
        let of_others = folder.join("node_modules/@devtool-stripe/win32-x64");
        assert!(!of_others.exists(), "{program} installs the program of this system alone");
    }
    // Without a project.
    let mut npx = registry.knowing("npx", &registry.home);
    let version = succeed(npx.args(["--yes", "devtool-stripe", "--version"]), "node");
    assert_eq!(version, format!("devtool {VERSION}\n"));
}
