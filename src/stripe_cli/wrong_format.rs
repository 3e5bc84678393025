//! Files that the system does not take for a program: what they are instead.

use std::env::consts::ARCH;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The codes of the system's error: ENOEXEC, and EBADARCH of macOS.
#[cfg(unix)]
const CODES: [i32; 2] = [8, 86];
/// The codes of the system's error: ERROR_BAD_EXE_FORMAT, and ERROR_EXE_MACHINE_TYPE_MISMATCH.
#[cfg(windows)]
const CODES: [i32; 2] = [193, 216];

/// Whether the system says that.
pub(super) fn is_meant(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

/// What a file is that is no program here.
pub(super) fn of(path: &Path) -> String {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(20).read_to_end(&mut start));
    match (read, start.as_slice()) {
        (Err(error), _) => format!("it cannot be read: {error}"),
        (Ok(_), []) => "it is empty".to_owned(),
        (Ok(_), [0x7F, b'E', b'L', b'F', ..]) => elf(&start),
        (Ok(_), [0xCF | 0xCE, 0xFA, 0xED, 0xFE, ..] | [0xCA, 0xFE, 0xBA, 0xBE, ..]) => {
            "it is a macOS program that does not run here".to_owned()
        }
        (Ok(_), [b'M', b'Z', ..]) => "it is a Windows program that does not run here".to_owned(),
        (Ok(_), _) => "it is neither a program nor a script that starts with `#!`".to_owned(),
    }
}

/// A program of Linux and its like, whose head names the processor that it is for.
fn elf(head: &[u8]) -> String {
    let processor = match head.get(18..20).map(|bytes| (head[5], bytes[0], bytes[1])) {
        Some((1, 0x03, 0)) => "x86",
        Some((1, 0x28, 0)) => "arm",
        Some((1, 0x3E, 0)) => "x86_64",
        Some((1, 0xB7, 0)) => "aarch64",
        Some((1, 0xF3, 0)) => "riscv64",
        _ => "another processor",
    };
    if processor == ARCH {
        return "it is a damaged program".to_owned();
    }
    format!("it is a Linux program for {processor}, and this is {ARCH}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(start: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), start).unwrap();
        of(file.path())
    }

    #[test]
    fn a_program_for_another_processor_is_named() {
        let mut head = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xF3\0";
        assert_eq!(told(&head), format!("it is a Linux program for riscv64, and this is {ARCH}"));
        head[18] = if ARCH == "aarch64" { 0xB7 } else { 0x3E };
        if ["x86_64", "aarch64"].contains(&ARCH) {
            assert_eq!(told(&head), "it is a damaged program");
        }
        assert!(told(&head[..12]).starts_with("it is a Linux program for another processor"));
        assert_eq!(told(b"MZ\x90"), "it is a Windows program that does not run here");
        assert_eq!(told(b"stripe"), "it is neither a program nor a script that starts with `#!`");
        assert_eq!(told(b""), "it is empty");
    }
}
