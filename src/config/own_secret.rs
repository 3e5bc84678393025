//! The secret that devtool makes once and keeps, for users who have none.

use std::io;
use std::path::Path;

use super::error::GIVE_A_SECRET;
use super::files::{self, Kept};
use super::private;
use super::reading::{self, InputKind};
use super::secret::Secret;
use crate::error::{Error, Kind, Result};

/// The secret in that file; made and kept there if there is none yet.
pub(super) fn read_or_make(file: &Path) -> Result<Secret> {
    let unusable = |source: std::io::Error| {
        let message = format!("cannot save a signing secret to `{}`", file.display());
        Error::new(Kind::NoPlace, message).caused_by(source).hinted(GIVE_A_SECRET)
    };
    if let Some(secret) = read(file).map_err(unusable)? {
        return Ok(secret);
    }
    let made = Secret::random()?;
    match files::create(file, &format!("{}\n", made.reveal())).map_err(unusable)? {
        Kept::Written => Ok(made),
        // Another devtool was faster; its secret is the one that lasts.
        Kept::AlreadyThere => read(file).map_err(unusable).map(|kept| kept.unwrap_or(made)),
    }
}

/// The secret in that file, where there is one.
pub(super) fn read(file: &Path) -> io::Result<Option<Secret>> {
    private::check(file)?;
    let text = match reading::text(file, InputKind::Text) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let secret = Secret::parse(text.trim_end());
    secret.map(Some).map_err(|reason| {
        io::Error::other(format!("{reason}; delete the file to get a new secret"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("data/webhook_secret");
        let first = read_or_make(&file).unwrap();
        assert!(first.is_stripes_form());
        assert_eq!(read_or_make(&file).unwrap(), first);
    }

    #[test]
    fn makers_at_the_same_time_agree() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("webhook_secret");
        let makers: Vec<_> = (0..8)
            .map(|_| {
                let file = file.clone();
                std::thread::spawn(move || read_or_make(&file).unwrap())
            })
            .collect();
        let secrets: Vec<Secret> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    }

    #[test]
    fn a_file_without_a_secret_says_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("webhook_secret");
        std::fs::write(&file, "\n").unwrap();
        let error = read_or_make(&file).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "it is empty; delete the file to get a new secret");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("webhook_secret");
        read_or_make(&file).unwrap();
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
