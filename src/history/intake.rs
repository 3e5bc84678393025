//! What the writer's thread takes, and how much of it at once.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::backlog::BATCH_MESSAGES;
use super::record::Message;
use super::trouble::LOCKED_AGAIN;

/// How long it pays to gather, because each commit writes the pages of every index anew: where nobody waits for
/// the commit, and where so many came together that more are on their way.
const GATHERING: Duration = Duration::from_millis(8);

/// What comes next: all that is there at once, so that those who wait to send are woken once. Where something is
/// still to be written, soon and maybe nothing. `None` when nobody is left who could send.
pub(super) fn next(
    messages: &mut mpsc::Receiver<Message>,
    is_behind: bool,
) -> Option<Vec<Message>> {
    let mut gathered = Vec::new();
    if !is_behind {
        let count = messages.blocking_recv_many(&mut gathered, BATCH_MESSAGES);
        let until = Instant::now() + GATHERING;
        while count > 0
            && gathered.len() < BATCH_MESSAGES
            && !gathered.iter().any(Message::is_awaited)
        {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break;
            }
            // Whoever sends something that is awaited, or is the last, ends this.
            std::thread::park_timeout(rest);
            if !take_all(&mut gathered, messages) {
                break;
            }
        }
        return (count > 0).then_some(gathered);
    }
    std::thread::sleep(LOCKED_AGAIN);
    let is_open = take_all(&mut gathered, messages);
    (is_open || !gathered.is_empty()).then_some(gathered)
}

/// Takes what comes within a moment, too.
pub(super) fn gather(gathered: &mut Vec<Message>, messages: &mut mpsc::Receiver<Message>) {
    if gathered.len() < BATCH_MESSAGES {
        std::thread::sleep(GATHERING);
    }
    take_all(gathered, messages);
}

/// Takes what is there; tells whether more may come.
fn take_all(gathered: &mut Vec<Message>, messages: &mut mpsc::Receiver<Message>) -> bool {
    while gathered.len() < BATCH_MESSAGES {
        match messages.try_recv() {
            Ok(next) => gathered.push(next),
            Err(mpsc::error::TryRecvError::Empty) => return true,
            Err(mpsc::error::TryRecvError::Disconnected) => return false,
        }
    }
    true
}
