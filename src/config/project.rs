//! Where the user's project begins and ends.

use std::path::{Component, Path, PathBuf};

/// The nearest file of that name in the directory or its parents, up to the root of the repository
/// (the directory that holds `.git`). Outside a repository only the directory itself counts, so
/// that a forgotten file in a home directory never decides anything.
pub fn find_upward(start: &Path, name: &str) -> Option<PathBuf> {
    upward(start, name).next()
}

/// Whether a path leads to a place within the directory, by whatever links. It need not be there yet.
pub fn is_within(directory: &Path, path: &Path) -> bool {
    let Ok(root) = directory.canonicalize() else { return false };
    // What is not there yet cannot be a link; what is one without a target leads anywhere.
    let known = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    let Some(known) = known else { return false };
    let Ok(missing) = path.strip_prefix(known) else { return false };
    let is_plain = missing.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain && known.canonicalize().is_ok_and(|real| real.starts_with(root))
}

/// All files of that name on the same way, nearest first.
pub fn upward(start: &Path, name: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let name = name.to_owned();
    let files = directories(start).into_iter().map(move |directory| directory.join(&name));
    files.filter(|file| file.is_file())
}

/// Where a directory lies in its repository; `None` for the root, and outside of a repository.
pub(crate) fn below_root(directory: &Path) -> Option<&Path> {
    let below = directory.strip_prefix(root(directory)?).ok()?;
    (!below.as_os_str().is_empty()).then_some(below)
}

fn root(start: &Path) -> Option<&Path> {
    start.ancestors().find(|directory| directory.join(".git").exists())
}

/// The directory and its parents up to the repository's root, nearest first.
pub(super) fn directories(start: &Path) -> Vec<PathBuf> {
    match root(start) {
        Some(root) => {
            start.ancestors().take_while(|d| d.starts_with(root)).map(Path::to_owned).collect()
        }
        None => vec![start.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_at_the_repository_root() {
        let outside = tempfile::tempdir().unwrap();
        let repository = outside.path().join("repository");
        let inner = repository.join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::create_dir(repository.join(".git")).unwrap();
        std::fs::write(outside.path().join(".env"), "").unwrap();
        assert_eq!(find_upward(&inner, ".env"), None);
        std::fs::write(repository.join(".env"), "").unwrap();
        assert_eq!(find_upward(&inner, ".env"), Some(repository.join(".env")));
        std::fs::write(inner.join(".env"), "").unwrap();
        assert_eq!(find_upward(&inner, ".env"), Some(inner.join(".env")));
    }

    #[test]
    fn outside_a_repository_only_the_directory_itself_counts() {
        let home = tempfile::tempdir().unwrap();
        let inner = home.path().join("a");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(home.path().join("devtool.toml"), "").unwrap();
        assert_eq!(find_upward(&inner, "devtool.toml"), None);
    }
}
