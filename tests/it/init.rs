//! `devtool init`, in projects of five kinds.

use crate::support::Devtool;
use crate::support::terminal::Terminal;

/// The files of a project, and the URL that they say.
type Project = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const PROJECTS: [Project; 5] = [
    (
        "Flask",
        &[(
            "app.py",
            "app = Flask(__name__)\n\n@app.post(\"/stripe/webhook\")\ndef webhook(): pass\n",
        )],
        "http://127.0.0.1:5000/stripe/webhook",
    ),
    (
        "Django",
        &[
            ("manage.py", ""),
            ("shop/urls.py", "urlpatterns = [path(\"payments/webhook/\", views.webhook)]\n"),
        ],
        "http://127.0.0.1:8000/payments/webhook/",
    ),
    (
        "Rails",
        &[
            ("config/routes.rb", "post \"webhooks/stripe\", to: \"webhooks#create\"\n"),
            (".env", "PORT=3010\n"),
        ],
        "http://127.0.0.1:3010/webhooks/stripe",
    ),
    (
        "Next",
        &[
            (
                "package.json",
                r#"{"scripts": {"dev": "next dev -p 3100"}, "dependencies": {"next": "15.0.0"}}"#,
            ),
            ("src/app/api/webhook/route.ts", "export async function POST() {}\n"),
        ],
        "http://127.0.0.1:3100/api/webhook",
    ),
    (
        "Express in Docker",
        &[
            (
                "server.js",
                "app.post('/webhook', handler);\napp.listen(process.env.PORT || 4242);\n",
            ),
            ("compose.yaml", "services:\n  app:\n    ports:\n      - \"8080:4242\"\n"),
        ],
        "http://127.0.0.1:8080/webhook",
    ),
];

fn project(files: &[(&str, &str)]) -> Devtool {
    files.iter().fold(Devtool::new(&["init"]), |devtool, (name, text)| devtool.file(name, text))
}

fn read(devtool: &Devtool, name: &str) -> String {
    std::fs::read_to_string(devtool.directory().join(name)).unwrap()
}

#[test]
fn five_kinds_of_project_get_the_endpoint_that_their_files_say() {
    for (kind, files, url) in PROJECTS {
        let devtool = project(files);
        let run = devtool.run().code(0);
        assert_eq!(run.stdout, "", "{kind}");
        let config = read(&devtool, "devtool.toml");
        assert!(config.contains(&format!("url = \"{url}\"\n")), "{kind}: {config}");
        assert!(config.starts_with("#:schema ./devtool.schema.json\n"), "{kind}");
        for (name, text) in files {
            assert!(read(&devtool, name).starts_with(text), "{kind}: {name}");
        }
        devtool.rerun(&["scenario", "scenarios/*.toml", "--check"]).code(0);
        let secret = devtool.rerun(&["secret"]).code(0).stdout;
        assert!(read(&devtool, ".env").contains(secret.trim()), "{kind}");
        assert!(!run.stderr.contains(secret.trim()), "{kind}");
    }
}

#[test]
fn each_file_is_named_and_a_second_time_left() {
    let devtool = project(PROJECTS[0].1);
    let hidden = |text: &str| {
        let secret = regex_lite::Regex::new("whsec_[0-9a-zA-Z]+…").unwrap();
        secret.replace_all(text, "whsec_…").into_owned()
    };
    insta::assert_snapshot!(hidden(&devtool.run().code(0).stderr), @r"
    port of your app: 5000 (app.py, as of Flask)
    path that takes events: /stripe/webhook (app.py)
    wrote devtool.toml: the endpoint is http://127.0.0.1:5000/stripe/webhook
    wrote devtool.schema.json: editors complete and check devtool.toml by it
    wrote STRIPE_WEBHOOK_SECRET (whsec_…) to .env: devtool's own secret, which your app verifies with
    wrote scenarios/checkout.toml: a first scenario
    wrote scenarios/scenario.schema.json: editors complete and check scenario files by it
    next: start your app, then run devtool scenario scenarios/checkout.toml
    ");
    let before: Vec<String> =
        ["devtool.toml", ".env", "scenarios/checkout.toml"].map(|name| read(&devtool, name)).into();
    insta::assert_snapshot!(hidden(&devtool.rerun(&["init", "--port", "1"]).code(0).stderr), @r"
    left devtool.toml: it is there already; --port and --path are not used
    the secret is there already: whsec_… (STRIPE_WEBHOOK_SECRET in .env)
    left scenarios/checkout.toml: it is there already
    left scenarios/scenario.schema.json: it is there already
    next: start your app, then run devtool scenario scenarios/checkout.toml
    ");
    let after: Vec<String> =
        ["devtool.toml", ".env", "scenarios/checkout.toml"].map(|name| read(&devtool, name)).into();
    assert_eq!(before, after);
}

#[test]
fn options_come_before_what_the_files_say() {
    let devtool = project(PROJECTS[1].1).args(&["--port", "9000", "--path", "/mine"]);
    devtool.run().code(0);
    assert!(read(&devtool, "devtool.toml").contains("url = \"http://127.0.0.1:9000/mine\"\n"));
    let wrong = project(&[]).args(&["--path", "mine"]);
    insta::assert_snapshot!(wrong.run().code(2).stderr, @"error: --path: expected a path such as `/webhook`");
    assert!(!wrong.directory().join("devtool.toml").exists());
}

#[test]
fn a_secret_that_the_app_has_stays_and_is_named() {
    let devtool = project(&[(".env", "STRIPE_SIGNING=whsec_0123456789abcdef\n")]);
    let run = devtool.run().code(0);
    assert!(!run.stderr.contains("0123456789"), "{}", run.stderr);
    assert!(read(&devtool, "devtool.toml").contains("secret_env = \"STRIPE_SIGNING\"\n"));
    assert_eq!(read(&devtool, ".env"), "STRIPE_SIGNING=whsec_0123456789abcdef\n");
}

#[test]
#[cfg_attr(tests_without_git, ignore = "needs git")]
fn git_is_kept_from_the_secret() {
    let devtool = project(&[(".gitignore", "node_modules")]);
    let mut git = std::process::Command::new("git");
    assert!(git.args(["init", "--quiet"]).arg(devtool.directory()).status().unwrap().success());
    let run = devtool.run().code(0);
    assert!(run.stderr.contains("added .env to .gitignore"), "{}", run.stderr);
    assert_eq!(read(&devtool, ".gitignore"), "node_modules\n.env\n");
    devtool.run().code(0);
    assert_eq!(read(&devtool, ".gitignore"), "node_modules\n.env\n");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn a_terminal_is_asked_and_enter_takes_what_the_files_say() {
    let devtool = project(PROJECTS[1].1).env("TERM", "xterm");
    let mut terminal = Terminal::start(&devtool);
    terminal.wait_for("port of your app [8000, manage.py, as of Django]:");
    terminal.type_line("x");
    terminal.wait_for("expected a number from 1 to 65535");
    terminal.type_line("8001");
    terminal.wait_for("path that takes events [/payments/webhook/, shop/urls.py]:");
    terminal.type_line("");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    let config = read(&devtool, "devtool.toml");
    assert!(config.contains("url = \"http://127.0.0.1:8001/payments/webhook/\"\n"), "{config}");
}

#[test]
#[cfg_attr(tests_without_util_linux, ignore = "needs util-linux")]
fn what_is_said_on_a_narrow_terminal_is_broken_between_words() {
    let endpoint = ["--port", "80", "--path", "/hook"];
    let devtool = project(PROJECTS[1].1).env("TERM", "xterm").args(&endpoint);
    let mut terminal = Terminal::start_sized(&devtool, 30, 60);
    terminal.wait_for("next: ");
    let (screen, code) = terminal.finish();
    assert_eq!(code, 0, "{screen}");
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 60), "{screen}");
    for pair in [
        ["wrote devtool.schema.json: editors complete and check", "  devtool.toml by it"],
        ["next: start your app, then run", "  devtool scenario scenarios/checkout.toml"],
    ] {
        assert!(lines.windows(2).any(|two| two == pair), "{screen}");
    }
}

/// What is written for a project's CI.
fn ci(files: &[(&str, &str)], words: &[&str], written: &str) -> String {
    let project = project(files);
    let run = project.rerun(&[&["init", "--port", "3000", "--path", "/hook"], words].concat());
    let run = run.code(0);
    assert!(run.stderr.contains(&format!("wrote {written}: ")), "{}", run.stderr);
    read(&project, written).replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

const NODE: (&str, &str) = ("package.json", "{}");
const PYTHON: (&str, &str) = ("requirements.txt", "flask\n");
const RUBY: (&str, &str) = ("Gemfile", "");

#[test]
fn a_workflow_for_github_runs_the_scenarios_with_the_action() {
    let file = ".github/workflows/webhooks.yml";
    insta::assert_snapshot!("github", ci(&[NODE], &["--ci", "github"], file));
}

#[test]
fn a_job_for_gitlab_gets_devtool_as_the_apps_language_does() {
    let unknown: &[(&str, &str)] = &[];
    for (name, project) in
        [("node", &[NODE][..]), ("python", &[PYTHON]), ("ruby", &[RUBY]), ("unknown", unknown)]
    {
        let text = ci(project, &["--ci", "gitlab"], ".gitlab-ci.yml");
        insta::assert_snapshot!(format!("gitlab_{name}"), text);
    }
}

#[test]
fn a_job_sets_the_variable_that_the_app_has_its_secret_in() {
    let env = (".env", "STRIPE_WEBHOOK_SIGNING=whsec_0123456789abcdef\n");
    let github = ".github/workflows/webhooks.yml";
    insta::assert_snapshot!("github_secret_env", ci(&[NODE, env], &["--ci", "github"], github));
    let gitlab = ci(&[NODE, env], &["--ci", "gitlab"], ".gitlab-ci.yml");
    let variables = "  variables:\n    STRIPE_WEBHOOK_SIGNING: whsec_0123456789abcdef0123456789abcdef\n  script:\n";
    assert!(gitlab.contains(variables), "{gitlab}");
}

#[test]
fn a_file_for_ci_that_is_not_at_the_root_of_the_repository_is_warned_of() {
    let project = project(&[(".git/HEAD", ""), ("sub/package.json", "{}")]);
    for (ci, file) in [("github", ".github/workflows/webhooks.yml"), ("gitlab", ".gitlab-ci.yml")] {
        let at_root = project.rerun(&["init", "--ci", ci]).code(0).stderr;
        assert!(!at_root.contains("read only at"), "{at_root}");
        let mut below = project.command_of(&["init", "--ci", ci]);
        let below = below.current_dir(project.directory().join("sub")).output().unwrap();
        let below = String::from_utf8(below.stderr).unwrap();
        let warning = format!(
            "warning: {file} is read only at the root of the repository: move it there, and let its commands begin in sub\n"
        );
        assert!(below.contains(&warning), "{below}");
    }
}

#[test]
fn a_url_that_a_job_cannot_have_is_refused() {
    for (url, what) in [
        ("http://192.0.2.1/webhook", "a host that is not this machine"),
        ("https://127.0.0.1/webhook", "https"),
        ("localhost/webhook?a=b", "a query"),
    ] {
        let project = project(&[("devtool.toml", &format!("url = \"{url}\"\n"))]);
        let error = project.rerun(&["init", "--ci", "github"]).code(3).stderr;
        let said =
            format!("devtool.toml:1: `url`: `--ci` cannot write a job for a URL with {what}\n");
        assert!(error.contains(&said), "{error}");
        assert!(!project.directory().join(".github").exists(), "{url}");
    }
}

#[test]
fn a_path_that_yaml_or_a_shell_reads_otherwise_is_quoted() {
    let line = |ci, file, path, part: &str| {
        let project = project(&[PYTHON]);
        project.rerun(&["init", "--port", "3000", "--path", path, "--ci", ci]).code(0);
        let text = read(&project, file);
        text.lines().find(|line| line.contains(part)).unwrap().trim().to_owned()
    };
    let github = |path| line("github", ".github/workflows/webhooks.yml", path, "path: ");
    let gitlab = |path| {
        line("gitlab", ".gitlab-ci.yml", path, "--path")
            .replace(" -o devtool.xml -o devtool.html", "")
    };
    insta::assert_snapshot!(["/h:", "/it's", "/$a;b"].map(github).join("\n"), @r"
    path: '/h:'
    path: /it's
    path: /$a;b
    ");
    insta::assert_snapshot!(["/h:", "/it's", "/$a;b"].map(gitlab).join("\n"), @r#"
    - 'devtool scenario payment scenarios/checkout.toml --port 3000 --path /h: --wait-for-app 60s'
    - devtool scenario payment scenarios/checkout.toml --port 3000 --path '/it'"'"'s' --wait-for-app 60s
    - devtool scenario payment scenarios/checkout.toml --port 3000 --path '/$a;b' --wait-for-app 60s
    "#);
}

#[test]
fn a_project_with_a_file_for_gitlab_gets_one_to_include() {
    let files = [PYTHON, (".gitlab-ci.yml", "stages: [test]\n")];
    let text = ci(&files, &["--ci", "gitlab"], ".gitlab/webhooks.yml");
    assert!(text.contains("\nwebhooks:\n"), "{text}");
    let project = project(&files);
    let run = project.rerun(&["init", "--ci", "gitlab"]).code(0);
    assert!(run.stderr.contains("add to .gitlab-ci.yml: include: [{local: .gitlab/webhooks.yml}]"));
    assert_eq!(read(&project, ".gitlab-ci.yml"), "stages: [test]\n");
}

#[test]
#[cfg_attr(tests_without_python3, ignore = "needs python3")]
fn files_for_ci_are_as_their_schemas_say() {
    let all = [NODE, PYTHON, RUBY, ("README", "")];
    for (ci, written, schema) in [
        ("github", ".github/workflows/webhooks.yml", "vendor.github-workflows"),
        ("gitlab", ".gitlab-ci.yml", "vendor.gitlab-ci"),
    ] {
        for kind in all {
            let project = project(&[kind]);
            let path = if kind.0 == "README" { "/h:" } else { "/hook" };
            project.rerun(&["init", "--path", path, "--ci", ci]).code(0);
            let mut check = crate::packaging::linter("check-jsonschema");
            check.args(["--builtin-schema", schema]).arg(project.directory().join(written));
            crate::sdk::succeed(&mut check, "python3");
        }
    }
}

#[test]
fn the_secret_is_written_under_the_name_that_the_source_reads() {
    let main = "app.include_router(pay.router, prefix='/api')\n";
    let pay = "router = APIRouter()\n@router.post('/webhook')\nasync def hook(request: Request):\n    \
               secret = os.environ['STRIPE_ENDPOINT_SECRET']\n";
    let project = Devtool::new(&["init"]).file("main.py", main).file("pay.py", pay);
    let said = project.run().code(0).stderr;
    assert!(said.contains("path that takes events: /api/webhook (pay.py)\n"), "{said}");
    assert!(said.contains("variable of the secret: STRIPE_ENDPOINT_SECRET (pay.py)\n"), "{said}");
    let written = |name: &str| std::fs::read_to_string(project.directory().join(name)).unwrap();
    assert!(written("devtool.toml").contains("secret_env = \"STRIPE_ENDPOINT_SECRET\""));
    assert!(written(".env").starts_with("STRIPE_ENDPOINT_SECRET=whsec_"));
    // A scenario signs with it.
    let secret = project.rerun(&["secret"]).code(0).stdout;
    assert_eq!(written(".env"), format!("STRIPE_ENDPOINT_SECRET={secret}"));
}
