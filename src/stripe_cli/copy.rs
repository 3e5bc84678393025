//! Copies bytes, and tells an error of the source from one of the target.

use std::io::{self, Read, Write};

/// What failed.
#[derive(Debug)]
pub(super) enum CopyError {
    /// Reading the source.
    Read(io::Error),
    /// Writing the target.
    Write(io::Error),
}

/// Copies to the end, at most so many bytes; returns how many.
pub(super) fn copy(from: &mut dyn Read, to: &mut dyn Write, most: u64) -> Result<u64, CopyError> {
    let mut buffer = vec![0; 64 * 1024];
    let mut copied = 0;
    while copied < most {
        let room = usize::try_from(most - copied).unwrap_or(buffer.len()).min(buffer.len());
        match from.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(count) => {
                to.write_all(&buffer[..count]).map_err(CopyError::Write)?;
                copied += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Read(error)),
        }
    }
    to.flush().map_err(CopyError::Write)?;
    Ok(copied)
}
