//! By modes.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

const FOR_OWNER: u32 = 0o700;
const FILE: u32 = 0o600;
const OTHERS: u32 = 0o077;
const RUN: u32 = 0o111;

pub(super) fn for_owner(builder: &mut DirBuilder) {
    builder.mode(FOR_OWNER);
}

pub(super) fn new_file(options: &mut OpenOptions) {
    options.mode(FILE);
}

pub(super) fn temporary<'b>(
    builder: &'b mut tempfile::Builder<'b, 'b>,
) -> &'b mut tempfile::Builder<'b, 'b> {
    builder.permissions(Permissions::from_mode(FOR_OWNER))
}

pub(super) fn make_program(program: &File) -> io::Result<()> {
    program.set_permissions(Permissions::from_mode(FOR_OWNER))
}

pub(super) fn is_program(found: &Metadata) -> bool {
    found.mode() & RUN != 0
}

pub(super) fn is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.mode() & OTHERS != 0)
}

/// Takes away what others may do.
pub(super) fn close(path: &Path) -> io::Result<()> {
    let mode = std::fs::metadata(path)?.mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & FOR_OWNER))
}

pub(super) fn check_owner(found: &Metadata) -> io::Result<()> {
    if found.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(io::Error::other(format!("it belongs to another user (uid {})", found.uid())))
}
