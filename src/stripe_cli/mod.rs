//! The real `stripe` program: so far, where it is.

pub mod find;
