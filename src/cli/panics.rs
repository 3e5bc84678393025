//! A panic is a bug: an error that asks for a report, in place of Rust's own message, and exit code 70.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use super::out::{ColorChoice, Out, Verbosity};
use crate::config::Environment;
use crate::error::{Error, Exit};
use crate::process::terminal;

/// Does the work of a process. A panic of one of its threads is said, too; the others go on.
pub fn guarded(work: impl FnOnce() -> Exit) -> Exit {
    panic::set_hook(Box::new(say));
    // Nothing that the work had in its hands is used afterwards.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Exit::Bug)
}

fn say(panic: &PanicHookInfo<'_>) {
    terminal::leave_full_screen();
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let mut cause = text.unwrap_or("a panic without a message").to_owned();
    if let Some(location) = panic.location() {
        cause.push_str(&format!(" ({}:{})", location.file(), location.line()));
    }
    let environment = Environment::of_process();
    Out::new(ColorChoice::Auto, Verbosity::Normal, &environment).error(&Error::bug(cause));
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    static IS_LEFT: AtomicBool = AtomicBool::new(false);

    #[test]
    fn a_panic_leaves_the_full_screen_before_it_is_said() {
        terminal::full_screen_is_up(|| IS_LEFT.store(true, Ordering::SeqCst));
        let before = panic::take_hook();
        let exit = guarded(|| panic!("on purpose"));
        panic::set_hook(before);
        assert_eq!((exit, IS_LEFT.load(Ordering::SeqCst)), (Exit::Bug, true));
        assert!(!terminal::has_full_screen());
    }
}
