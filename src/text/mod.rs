//! Pure helpers for words: escaping, suggestions, durations, widths.

pub mod duration;
pub mod escape;
pub mod hexadecimal;
pub mod shell;
pub mod suggestion;
pub mod width;
