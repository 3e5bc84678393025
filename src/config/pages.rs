//! Pages for the browser, which reads them when devtool may have ended: they stay for a while, readable by their owner
//! only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{directories, files, private};

/// How long a page stays at least: the next one that is written clears the older ones.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Writes a page of that name, over an old one: its path.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(name: &str, text: &str) -> io::Result<PathBuf> {
    let state = directories::state().map_err(io::Error::other)?;
    write_in(&state.join("pages"), name, text)
}

fn write_in(place: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    private::directory(place)?;
    let file = place.join(name);
    files::replace(&file, text)?;
    // The time as the file system tells it.
    clear(place, fs::metadata(&file)?.modified()?)?;
    Ok(file)
}

/// Removes the pages that were written long before.
fn clear(place: &Path, now: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let is_old = |written| now.duration_since(written).is_ok_and(|age| age > KEPT);
        match entry.metadata().and_then(|page| page.modified()) {
            Ok(written) if is_old(written) => gone(fs::remove_file(entry.path()))?,
            looked => gone(looked.map(drop))?,
        }
    }
    Ok(())
}

/// Another devtool may have removed it meanwhile.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_private_and_goes_after_a_day() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("pages");
        let old = write_in(&place, "delivery-1.html", "old").unwrap();
        let young = write_in(&place, "delivery-2.html", "young").unwrap();
        let now = fs::metadata(&old).unwrap().modified().unwrap();
        let before = |hours: u64| now - Duration::from_secs(hours * 3600);
        fs::File::options().write(true).open(&old).unwrap().set_modified(before(25)).unwrap();
        fs::File::options().write(true).open(&young).unwrap().set_modified(before(23)).unwrap();
        let new = write_in(&place, "delivery-3.html", "new").unwrap();
        assert!(!old.exists() && young.exists());
        assert_eq!(fs::read_to_string(&new).unwrap(), "new");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&place), mode(&new)), (0o700, 0o600));
        }
    }
}
