//! What the user hands in has a limit: a device without an end, a huge file, a pipe that nobody writes to.

use crate::support::Devtool;

#[cfg(unix)]
fn devtool() -> Devtool {
    Devtool::new(&[]).env("STRIPE_WEBHOOK_SECRET", crate::support::SECRET)
}

#[cfg(unix)]
#[test]
fn a_device_without_an_end_is_read_up_to_the_limit_of_its_kind() {
    let devtool = devtool();
    let errors: String = [
        &["sign", "/dev/zero"][..],
        &["verify", "/dev/zero", "--header", "t=1,v1=00"],
        &["trigger", "--from", "/dev/zero", "--port", "1"],
        &["scenario", "/dev/zero", "--port", "1"],
        &["scenario", "/dev/zero", "--show"],
    ]
    .map(|arguments| devtool.rerun(arguments).code(3).stderr)
    .concat();
    insta::assert_snapshot!(errors, @r"
    error: cannot read `/dev/zero`
      cause: it is larger than the limit of 32 MB
      hint: check that it is the file that you mean
    error: cannot read `/dev/zero`
      cause: it is larger than the limit of 32 MB
      hint: check that it is the file that you mean
    error: cannot read `/dev/zero`
      cause: it is larger than the limit of 4 MB
      hint: check that it is the file that you mean
    error: cannot read scenario `/dev/zero`
      cause: it is larger than the limit of 1 MB
      hint: check that it is the file that you mean
    error: cannot read scenario `/dev/zero`
      cause: it is larger than the limit of 1 MB
      hint: check that it is the file that you mean
    ");
}

#[test]
fn huge_settings_are_refused() {
    let huge = format!("# {}\n", "x".repeat(1 << 20));
    for name in ["devtool.toml", ".env"] {
        let devtool = Devtool::new(&["trigger", "invoice.paid", "--port", "1"]).file(name, &huge);
        let run = devtool.run().code(3);
        assert!(
            run.stderr.contains("cause: it is larger than the limit of 1 MB"),
            "{}",
            run.stderr
        );
    }
}

#[cfg(unix)]
mod pipes {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::devtool;
    use crate::support::{Devtool, Run, interrupt};

    fn with_pipe() -> Devtool {
        let devtool = devtool();
        let made = Command::new("mkfifo").arg(devtool.directory().join("pipe")).status().unwrap();
        assert!(made.success());
        devtool
    }

    fn start(devtool: &Devtool, arguments: &[&str]) -> Child {
        let mut command = devtool.command_of(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn a_pipe_is_read_as_a_file_is() {
        let devtool = with_pipe().file("body", "{}");
        let signing = start(&devtool, &["sign", "pipe", "--timestamp", "5"]);
        std::fs::write(devtool.directory().join("pipe"), "{}").unwrap();
        let signed = Run::of(signing.wait_with_output().unwrap()).code(0).stdout;
        assert_eq!(devtool.rerun(&["sign", "body", "--timestamp", "5"]).code(0).stdout, signed);
    }

    #[test]
    fn waiting_for_a_pipe_that_nobody_writes_to_ends_with_an_interrupt() {
        let devtool = with_pipe();
        for arguments in
            [&["sign", "pipe"][..], &["trigger", "--from", "pipe"], &["scenario", "./pipe"]]
        {
            let child = start(&devtool, arguments);
            // Until it handles signals, the system's own way ends it.
            std::thread::sleep(Duration::from_millis(500));
            let start = Instant::now();
            interrupt(&child);
            let ended = child.wait_with_output().unwrap();
            assert_eq!(Run::of(ended).code, 130, "{arguments:?}");
            assert!(start.elapsed() < Duration::from_secs(5), "{arguments:?}");
        }
    }
}
