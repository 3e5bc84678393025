//! Which signals were ignored when devtool started, as `nohup` and a script's `&` do; those stay so.

use std::process::{Command, Stdio};

/// A shell that ends, and names on its way each signal that is not ignored: what a shell ignores from
/// its start it can neither trap nor take (POSIX, `trap`).
const PROBE: &str = "trap 'echo INT' INT; kill -INT $$; trap 'echo TERM' TERM; kill -TERM $$; \
                     trap 'echo HUP' HUP; kill -HUP $$; :";

/// Linux's numbers of the signals, as bits.
const INTERRUPT: u64 = 1 << 1;
const TERMINATE: u64 = 1 << 14;
const HANGUP: u64 = 1;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ignored {
    pub(super) interrupt: bool,
    pub(super) terminate: bool,
    pub(super) hangup: bool,
}

impl Ignored {
    /// Those of this process: Linux says them; other systems say them to unsafe code only, so a shell
    /// is asked, which has them from this process (some milliseconds).
    pub(super) fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let known = status.as_deref().and_then(Self::in_status);
        known.unwrap_or_else(|| Self::in_child(Command::new("/bin/sh").args(["-c", PROBE])))
    }

    fn in_status(status: &str) -> Option<Self> {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
        let is_ignored = |signal| mask & signal != 0;
        Some(Self {
            interrupt: is_ignored(INTERRUPT),
            terminate: is_ignored(TERMINATE),
            hangup: is_ignored(HANGUP),
        })
    }

    /// Without a shell, none.
    fn in_child(probe: &mut Command) -> Self {
        probe.stdin(Stdio::null()).stderr(Stdio::null());
        let Ok(done) = probe.output() else { return Self::default() };
        let said = String::from_utf8_lossy(&done.stdout);
        let is_ignored = |name: &str| done.status.success() && !said.lines().any(|l| l == name);
        Self {
            interrupt: is_ignored("INT"),
            terminate: is_ignored("TERM"),
            hangup: is_ignored("HUP"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_says_what_is_ignored() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t00000000\n";
        let hangup = Ignored { hangup: true, ..Ignored::default() };
        assert_eq!(Ignored::in_status(status), Some(hangup));
        assert_eq!(
            Ignored::in_status("SigIgn:\t0000000000005003"),
            Some(Ignored { interrupt: true, terminate: true, hangup: true })
        );
        assert_eq!(Ignored::in_status("Name:\tdevtool"), None);
    }

    #[test]
    fn a_shell_tells_what_it_was_started_with() {
        let mut plain = Command::new("/bin/sh");
        assert_eq!(Ignored::in_child(plain.args(["-c", PROBE])), Ignored::default());
        let mut ignoring = Command::new("/bin/sh");
        let script = format!("trap '' HUP INT; exec /bin/sh -c \"{}\"", PROBE.replace('$', "\\$"));
        let ignored = Ignored { interrupt: true, hangup: true, terminate: false };
        assert_eq!(Ignored::in_child(ignoring.args(["-c", &script])), ignored);
    }
}
