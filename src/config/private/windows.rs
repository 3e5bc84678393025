//! By nothing of devtool's: what lies in a user's profile has the profile's access list, which lets in that user,
//! administrators and the system. Whoever moves devtool's directories out of the profile chooses the list of the
//! place; whose a file is says the same list, so that no owner is checked.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

pub(super) fn for_owner(_: &mut DirBuilder) {}

pub(super) fn new_file(_: &mut OpenOptions) {}

pub(super) fn temporary<'b>(
    builder: &'b mut tempfile::Builder<'b, 'b>,
) -> &'b mut tempfile::Builder<'b, 'b> {
    builder
}

pub(super) fn is_program(_: &Metadata) -> bool {
    true
}

pub(super) fn is_open(_: &Path) -> bool {
    false
}

#[expect(clippy::unnecessary_wraps, reason = "other systems may refuse it")]
pub(super) fn make_program(_: &File) -> io::Result<()> {
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "other systems may refuse it")]
pub(super) fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "other systems may refuse it")]
pub(super) fn check_owner(_: &Metadata) -> io::Result<()> {
    Ok(())
}
