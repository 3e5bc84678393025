//! Pure helpers for words: escaping, patterns, suggestions, durations, sizes, widths.

pub mod duration;
pub mod escape;
pub mod hexadecimal;
pub mod shell;
pub mod pattern;
pub mod size;
pub mod suggestion;
pub mod width;
