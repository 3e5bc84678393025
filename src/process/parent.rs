//! Who started this process.

/// The name of the program, where the system tells it without another program's help: on Linux.
#[cfg(unix)]
pub(crate) fn name() -> Option<String> {
    let id = std::os::unix::process::parent_id();
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

/// Windows tells it only to unsafe code; whoever asks has to be content with the environment.
#[cfg(not(unix))]
pub(crate) fn name() -> Option<String> {
    None
}
