//! The terminal while it shows a full screen. Whatever ends that leaves it as it was.

use std::io::{self, BufWriter, Stdout, Write as _};
use std::time::Duration;

use crossterm::cursor::Show;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{event, execute, terminal as modes};
use ratatui_core::terminal::Terminal;
use ratatui_crossterm::CrosstermBackend;

use super::keys::{self, TerminalInput};
use crate::cli::out::Out;
use crate::error::{Error, Kind, Result};
use crate::inspector::{Inspector, KeyPress, Picker, draw, draw_picker};
use crate::process::terminal;
use crate::report::Palette;

/// How long a look takes for what is typed: while nothing is awaited, and while something is.
const LOOK: Duration = Duration::from_millis(50);
const SHORT_LOOK: Duration = Duration::from_millis(5);
/// The most keys that are taken before the next frame.
const MOST_AT_ONCE: usize = 64;

/// The full screen.
pub(crate) struct FullScreen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    palette: Palette,
}

impl FullScreen {
    /// Takes the terminal.
    pub(crate) fn enter(palette: Palette) -> Result<Self> {
        take().map_err(failed)?;
        let terminal = Terminal::new(CrosstermBackend::new(Out::frames())).map_err(failed)?;
        Ok(Self { terminal, palette })
    }

    pub(super) fn size(&self) -> Result<(u16, u16)> {
        let size = self.terminal.size().map_err(failed)?;
        Ok((size.width, size.height))
    }

    pub(super) fn draw(&mut self, inspector: &Inspector) -> Result<()> {
        let palette = self.palette;
        let drawn = self.terminal.draw(|frame| draw(inspector, palette, frame));
        drawn.map(|_| ()).map_err(failed)
    }

    pub(crate) fn draw_picker(&mut self, picker: &Picker, title: &str) -> Result<()> {
        let palette = self.palette;
        let drawn = self.terminal.draw(|frame| draw_picker((picker, title), palette, frame));
        drawn.map(|_| ()).map_err(failed)
    }

    /// Waits a moment for what is typed, and takes what there is.
    pub(super) fn next(is_short: bool) -> io::Result<Vec<TerminalInput>> {
        let mut inputs = Vec::new();
        let mut wait = if is_short { SHORT_LOOK } else { LOOK };
        while inputs.len() < MOST_AT_ONCE && event::poll(terminal::wait_for_keys(wait)?)? {
            inputs.extend(keys::input(&event::read()?));
            wait = Duration::ZERO;
        }
        Ok(inputs)
    }

    /// Gives the terminal to something else, and takes it again.
    pub(crate) fn without<T>(&mut self, work: impl FnOnce() -> T) -> Result<T> {
        terminal::leave_full_screen();
        let done = work();
        take().map_err(failed)?;
        self.terminal.clear().map_err(failed)?;
        Ok(done)
    }

    /// Writes a sequence that shows nothing.
    pub(super) fn write(&mut self, sequence: &str) -> Result<()> {
        let writer = self.terminal.backend_mut();
        writer.write_all(sequence.as_bytes()).and_then(|()| writer.flush()).map_err(failed)
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        terminal::leave_full_screen();
    }
}

/// The keys that are typed within a moment, where there is no full screen.
pub(crate) fn next_keys() -> io::Result<Vec<KeyPress>> {
    let inputs = FullScreen::next(false)?.into_iter();
    let keys = inputs.filter_map(|input| match input {
        TerminalInput::Key(key) => Some(key),
        TerminalInput::ScreenUpdate(_) => None,
    });
    Ok(keys.collect())
}

fn take() -> io::Result<()> {
    modes::enable_raw_mode()?;
    terminal::full_screen_is_up(leave);
    let mut frames = Out::frames();
    execute!(frames, EnterAlternateScreen)
}

fn leave() {
    // A terminal that is gone needs nothing.
    let mut frames = Out::frames();
    let _ = execute!(frames, LeaveAlternateScreen, Show);
    let _ = modes::disable_raw_mode();
}

fn failed(source: io::Error) -> Error {
    Error::new(Kind::Output, "cannot use the terminal").caused_by(source)
}
