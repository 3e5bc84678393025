//! The process itself and its children: how they begin, and that all of them end.
//!
//! What differs between systems stands side by side here, so that no other room asks which system it
//! is on.

pub(crate) mod browser;
pub(crate) mod child;
pub(crate) mod die_with_parent;
pub(crate) mod file_limit;
pub(crate) mod git;
mod group;
pub(crate) mod inheritance;
pub(crate) mod lines;
pub(crate) mod parent;
pub(crate) mod ports;
pub(crate) mod search;
pub(crate) mod shell;
pub(crate) mod signals;
pub(crate) mod terminal;

pub(crate) use child::{Child, FirstLine};
pub(crate) use lines::Lines;
pub(crate) use signals::{Shutdown, Signal};
