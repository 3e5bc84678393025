//! How a project's app is installed and started, guessed from the files at its root.

use std::path::Path;

/// The commands of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppStart {
    /// Brings what the app needs.
    pub install: String,
    /// Starts the app.
    pub start: String,
    /// The image of Docker that has the app's language, or at least curl.
    pub image: &'static str,
}

/// A file that tells a project's kind, its commands (`PORT` is the endpoint's), and an image.
const KINDS: [(&str, &str, &str, &str); 5] = [
    ("manage.py", "pip install -r requirements.txt", "python manage.py runserver PORT", "python:3"),
    ("requirements.txt", "pip install -r requirements.txt", "python app.py", "python:3"),
    ("pyproject.toml", "pip install .", "python app.py", "python:3"),
    ("Gemfile", "bundle install", "bin/rails server --port PORT", "ruby:3"),
    ("package.json", "npm ci", "npm start", "node:24"),
];

impl AppStart {
    /// What the files of a directory say; where they say nothing, what stands there has to be replaced.
    pub fn of(directory: &Path, port: u16) -> Self {
        let known = KINDS.iter().find(|(file, ..)| directory.join(file).is_file());
        let (_, install, start, image) = known.unwrap_or(&(
            "",
            "echo replace this by what installs your app",
            "echo replace this by what starts your app",
            "buildpack-deps:stable-curl",
        ));
        let start = start.replace("PORT", &port.to_string());
        Self { install: (*install).to_owned(), start, image }
    }
}
