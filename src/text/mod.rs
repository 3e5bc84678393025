//! Pure helpers for words: escaping, colours, patterns, suggestions, durations, sizes, widths, secrets struck out.

pub mod colours;
pub mod command_line;
pub mod credential;
pub mod duration;
mod encoding;
pub mod escape;
pub mod excerpt;
pub mod hexadecimal;
pub mod shell;
pub mod pattern;
pub mod redaction;
pub mod size;
pub mod suggestion;
pub mod width;
