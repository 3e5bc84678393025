//! The HTML report in a real browser: Chromium, driven by puppeteer-core from npm. The pictures are kept
//! in target/tmp/browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program of the browser test in a folder of its own, with its package.
fn browser() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&home).unwrap();
    let mut is_installed = home.join("node_modules/puppeteer-core").is_dir();
    for file in ["package.json", "report.js"] {
        let text = std::fs::read(root().join("tests/browser").join(file)).unwrap();
        is_installed &=
            file == "report.js" || std::fs::read(home.join(file)).is_ok_and(|t| t == text);
        std::fs::write(home.join(file), text).unwrap();
    }
    if !is_installed {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let arguments =
            ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
        let status = Command::new(npm).args(arguments).current_dir(&home).status();
        assert!(status.expect("this test needs npm").success(), "npm installed no puppeteer-core");
    }
    home
}

fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = std::env::split_paths(&path).flat_map(|d| names.map(|name| d.join(name)));
    let found = places.find(|file| file.is_file());
    found.expect("this test needs chromium")
}

#[test]
#[cfg_attr(any(tests_without_chromium, tests_without_node), ignore = "needs chromium and node")]
fn people_can_read_it_in_wide_and_narrow_windows_by_day_and_by_night() {
    let endpoint = crate::report_files::app();
    let (_devtool, directory) = crate::report_files::reports(&endpoint);
    let home = browser();
    let output = Command::new("node")
        .arg("report.js")
        .args([&directory.join("report.html"), &home, &chromium()])
        .current_dir(&home)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["console"], serde_json::json!([]), "nothing to complain of");
    let requests = seen["requests"].as_array().unwrap();
    assert!(requests.iter().all(|scheme| scheme == "file" || scheme == "data"), "{requests:?}");
    let views = seen["views"].as_array().unwrap();
    assert_eq!(views.len(), 4);
    for view in views {
        assert_eq!(view["title"], "FAIL 2 stories", "{view}");
        assert_eq!(view["steps"], 14, "{view}");
        assert_eq!(view["index"], serde_json::json!(["flow", "payment"]), "{view}");
        assert!(view["copies"].as_u64().unwrap() >= 14, "the script runs: {view}");
        assert!(view["bars"].as_u64().unwrap() >= 13, "{view}");
        assert!(view["signature"].as_str().unwrap().contains("t="), "{view}");
        assert!(view["body"] == true && view["answer"] == true, "{view}");
        assert!(view["hints"].as_u64().unwrap() >= 1, "{view}");
        assert!(view["curl"].as_str().unwrap().starts_with("curl http://127.0.0.1:"), "{view}");
        assert!(view["overflow"].as_i64().unwrap() <= 0, "nothing sticks out: {view}");
    }
    assert_ne!(views[0]["colours"], views[1]["colours"], "dark is another look");
    assert_eq!(views[1]["colours"], views[3]["colours"]);
}
