//! Takes one program out of an archive, and nothing else.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::copy::{self, CopyError};

/// The largest program that is taken, in bytes. That of Stripe CLI 1.52.0 has 32 MB.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The longest header that gives the next entry a longer name, or other properties, in bytes.
const LONGEST_EXTENSION: u64 = 64 * 1024;

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It has no such program at its top.
    #[error("it holds no `{0}`")]
    Missing(String),
    /// Its program is a link, a directory, or there twice.
    #[error("`{0}` is not one regular file in it")]
    Irregular(String),
    /// A path in it leads out of it.
    #[error("it holds the path `{0}`, which leads out of it")]
    Escaping(String),
    /// Two entries have the same name.
    #[error("it holds two entries of one name")]
    Doubled,
    /// A name in it is longer than that of any file.
    #[error("it holds a name of more than {} KiB", LONGEST_EXTENSION / 1024)]
    LongName,
    /// The program is larger than any that Stripe has published.
    #[error("`{0}` in it is larger than 256 MiB")]
    TooLarge(String),
    /// It cannot be read.
    #[error("it cannot be unpacked: {0}")]
    Broken(#[from] io::Error),
    /// What is in it cannot be written.
    #[error("{0}")]
    Unwritable(io::Error),
}

/// The form of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveFormat {
    /// `.tar.gz`
    TarGz,
    /// `.zip`
    Zip,
}

impl ArchiveFormat {
    /// The form that a file's name tells.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let forms = [(".tar.gz", Self::TarGz), (".tgz", Self::TarGz), (".zip", Self::Zip)];
        forms.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, form)| form)
    }
}

/// Writes the program of that name, which has to be one regular file at the archive's top.
///
/// # Errors
/// The archive is not what a release's is.
pub fn unpack(
    archive: File,
    form: ArchiveFormat,
    program: &str,
    out: &mut dyn Write,
) -> Result<(), Refused> {
    match form {
        ArchiveFormat::TarGz => from_tar(archive, program, out),
        ArchiveFormat::Zip => from_zip(archive, program, out),
    }
}

fn from_tar(archive: File, program: &str, out: &mut dyn Write) -> Result<(), Refused> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut is_found = false;
    let mut name = None;
    // Raw, because tar would read what extends a header into memory, however long it is.
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        if let Some(extension) = extension(&mut entry)? {
            name = extension.name.or(name);
            continue;
        }
        let path = name.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
        check_path(&path)?;
        if is_top(&path, program) {
            if is_found || !entry.header().entry_type().is_file() {
                return Err(Refused::Irregular(program.to_owned()));
            }
            take(&mut entry, program, out)?;
            is_found = true;
        }
    }
    if is_found { Ok(()) } else { Err(Refused::Missing(program.to_owned())) }
}

/// What stands before an entry and says more of it than its header can.
struct Extension {
    /// The entry's name, where it is given here.
    name: Option<Vec<u8>>,
}

/// Reads an entry that extends the next one; `None` for all others.
fn extension(entry: &mut tar::Entry<'_, impl Read>) -> Result<Option<Extension>, Refused> {
    let form = entry.header().entry_type();
    let is_pax = form.is_pax_local_extensions() || form.is_pax_global_extensions();
    if !is_pax && !form.is_gnu_longname() && !form.is_gnu_longlink() {
        return Ok(None);
    }
    if entry.size() > LONGEST_EXTENSION {
        return Err(Refused::LongName);
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text)?;
    let name = if form.is_gnu_longname() {
        Some(text.strip_suffix(b"\0").unwrap_or(&text).to_owned())
    } else if form.is_pax_local_extensions() {
        name_in_pax(&text)?
    } else {
        None
    };
    Ok(Some(Extension { name }))
}

fn name_in_pax(text: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
    let mut name = None;
    for property in tar::PaxExtensions::new(text) {
        let property = property?;
        match property.key_bytes() {
            b"path" => name = Some(property.value_bytes().to_owned()),
            // Readers disagree on which of the two sizes counts.
            b"size" => return Err(io::Error::other("it gives the size of a file twice").into()),
            _ => {}
        }
    }
    Ok(name)
}

fn from_zip(archive: File, program: &str, out: &mut dyn Write) -> Result<(), Refused> {
    let broken = |error: zip::result::ZipError| Refused::Broken(io::Error::other(error));
    let mut archive = zip::ZipArchive::new(archive).map_err(broken)?;
    // Its list of entries keeps the last of a name only.
    if archive.has_duplicate_names() {
        return Err(Refused::Doubled);
    }
    let mut is_found = false;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(broken)?;
        let path = PathBuf::from(entry.name().map_err(broken)?.into_owned());
        check_path(&path)?;
        if is_top(&path, program) {
            if is_found || !entry.is_file() || entry.is_symlink() {
                return Err(Refused::Irregular(program.to_owned()));
            }
            take(&mut entry, program, out)?;
            is_found = true;
        }
    }
    if is_found { Ok(()) } else { Err(Refused::Missing(program.to_owned())) }
}

fn is_top(path: &Path, program: &str) -> bool {
    let mut parts = path.components().filter(|part| *part != Component::CurDir);
    parts.next() == Some(Component::Normal(program.as_ref())) && parts.next().is_none()
}

fn check_path(path: &Path) -> Result<(), Refused> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    // Windows' separators and drives count on every system.
    let text = path.to_string_lossy();
    if path.components().all(is_plain) && !text.contains(['\\', ':']) {
        return Ok(());
    }
    Err(Refused::Escaping(text.into_owned()))
}

fn take(entry: &mut dyn Read, program: &str, out: &mut dyn Write) -> Result<(), Refused> {
    let copied = copy::copy(entry, out, LARGEST + 1).map_err(|error| match error {
        CopyError::Read(error) => Refused::Broken(error),
        CopyError::Write(error) => Refused::Unwritable(error),
    })?;
    if copied > LARGEST { Err(Refused::TooLarge(program.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Seek as _;

    use super::*;

    /// An entry: path, type, content.
    type Entry<'e> = (&'e str, tar::EntryType, &'e [u8]);

    fn tar_gz(entries: &[Entry<'_>]) -> File {
        let encoder = flate2::write::GzEncoder::new(
            tempfile::tempfile().unwrap(),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(encoder);
        for (path, entry_type, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*entry_type);
            header.set_size(content.len() as u64);
            header.set_mode(0o755);
            // Written straight into the header: `set_path` refuses what is tested here.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            if entry_type.is_symlink() {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        rewound(builder.into_inner().unwrap().finish().unwrap())
    }

    fn zip_of(entries: &[(&str, &[u8])]) -> File {
        let mut writer = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (path, content) in entries {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*path, options).unwrap();
            writer.write_all(content).unwrap();
        }
        rewound(writer.finish().unwrap())
    }

    /// Two entries of one name, which no writer makes.
    fn doubled_zip() -> File {
        let mut file = zip_of(&[("stripe.exe", b"good"), ("stripe.ex2", b"evil")]);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let (from, to) = (b"stripe.ex2", b"stripe.exe");
        let places: Vec<usize> =
            (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        let mut doubled = tempfile::tempfile().unwrap();
        doubled.write_all(&bytes).unwrap();
        rewound(doubled)
    }

    fn rewound(mut file: File) -> File {
        file.rewind().unwrap();
        file
    }

    fn tar_outcome(entries: &[Entry<'_>]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let outcome = unpack(tar_gz(entries), ArchiveFormat::TarGz, "stripe", &mut out);
        outcome.map(|()| out).map_err(|refused| refused.to_string())
    }

    use tar::EntryType::{Directory, GNULongLink, GNULongName, Regular, Symlink, XHeader};

    #[test]
    fn the_program_is_taken_and_nothing_else() {
        let readme = ("README.md", Regular, &b"read"[..]);
        let content = tar_outcome(&[readme, ("stripe", Regular, b"program")]);
        assert_eq!(content, Ok(b"program".to_vec()));
        let mut out = Vec::new();
        let archive = zip_of(&[("LICENSE", b"l"), ("stripe.exe", b"program")]);
        unpack(archive, ArchiveFormat::Zip, "stripe.exe", &mut out).unwrap();
        assert_eq!(out, b"program");
    }

    #[test]
    fn archives_that_are_no_release_are_refused() {
        for (entries, expected) in [
            (&[("README.md", Regular, &b""[..])][..], "it holds no `stripe`"),
            (&[("bin/stripe", Regular, &b""[..])], "it holds no `stripe`"),
            (&[("stripe", Symlink, &b""[..])], "`stripe` is not one regular file in it"),
            (&[("stripe", Directory, &b""[..])], "`stripe` is not one regular file in it"),
            (
                &[("stripe", Regular, &b"a"[..]), ("stripe", Regular, &b"b"[..])],
                "`stripe` is not one regular file in it",
            ),
            (
                &[("../stripe", Regular, &b""[..])],
                "it holds the path `../stripe`, which leads out of it",
            ),
            (
                &[("/stripe", Regular, &b""[..])],
                "it holds the path `/stripe`, which leads out of it",
            ),
        ] {
            assert_eq!(tar_outcome(entries), Err(expected.to_owned()));
        }
        for path in ["..\\stripe.exe", "C:stripe.exe", "../stripe.exe"] {
            let outcome =
                unpack(zip_of(&[(path, b"")]), ArchiveFormat::Zip, "stripe.exe", &mut Vec::new());
            assert!(matches!(outcome, Err(Refused::Escaping(_))), "{path}");
        }
    }

    #[test]
    fn a_zip_with_two_entries_of_one_name_is_refused() {
        let outcome = unpack(doubled_zip(), ArchiveFormat::Zip, "stripe.exe", &mut io::sink());
        assert!(matches!(outcome, Err(Refused::Doubled)), "{outcome:?}");
    }

    #[test]
    fn names_that_stand_before_their_entries_are_read() {
        let program = ("other", Regular, &b"program"[..]);
        for name in [
            ("././@LongLink", GNULongName, &b"stripe\0"[..]),
            ("./PaxHeaders/other", XHeader, &b"15 path=stripe\n"[..]),
        ] {
            assert_eq!(tar_outcome(&[name, program]), Ok(b"program".to_vec()));
        }
        let leading_out = ("././@LongLink", GNULongName, &b"../stripe\0"[..]);
        let refused = tar_outcome(&[leading_out, program]).unwrap_err();
        assert_eq!(refused, "it holds the path `../stripe`, which leads out of it");
    }

    #[test]
    fn what_extends_a_header_has_a_bound() {
        let long = vec![b'a'; 64 * 1024 + 1];
        for form in [GNULongName, GNULongLink, XHeader] {
            let outcome = tar_outcome(&[("long", form, &long), ("stripe", Regular, b"program")]);
            assert_eq!(outcome, Err("it holds a name of more than 64 KiB".to_owned()), "{form:?}");
        }
        let size = ("./PaxHeaders/stripe", XHeader, &b"10 size=3\n"[..]);
        let outcome = tar_outcome(&[size, ("stripe", Regular, b"program")]);
        let said = "it cannot be unpacked: it gives the size of a file twice";
        assert_eq!(outcome, Err(said.to_owned()));
    }

    #[test]
    fn what_is_no_archive_is_broken() {
        for form in [ArchiveFormat::TarGz, ArchiveFormat::Zip] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"no archive").unwrap();
            let outcome = unpack(rewound(file), form, "stripe", &mut io::sink());
            assert!(matches!(outcome, Err(Refused::Broken(_))));
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let encoder = flate2::write::GzEncoder::new(
            tempfile::tempfile().unwrap(),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(encoder);
        let mut header = tar::Header::new_gnu();
        header.set_path("stripe").unwrap();
        header.set_size(LARGEST + 1);
        header.set_cksum();
        builder.append(&header, io::repeat(0).take(LARGEST + 1)).unwrap();
        let archive = rewound(builder.into_inner().unwrap().finish().unwrap());
        let outcome = unpack(archive, ArchiveFormat::TarGz, "stripe", &mut io::sink());
        assert!(matches!(outcome, Err(Refused::TooLarge(_))));
    }
}
