//! What the store was told and has not taken in: it does so when somebody asks, since most apps never do.

use super::lazy_story::LazyStory;

/// How much may wait.
const MOST_WAITING: usize = 1_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What waits, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct PendingNews {
    news: Vec<News>,
    bytes: usize,
}

#[derive(Debug)]
pub(super) enum News {
    /// A link tells a story.
    Told(LazyStory, u64),
    /// An event goes out, byte by byte.
    Sent(Vec<u8>),
}

impl PendingNews {
    pub(super) const fn is_empty(&self) -> bool {
        self.news.is_empty()
    }

    /// Whether no more is to wait.
    pub(super) const fn is_full(&self) -> bool {
        self.news.len() >= MOST_WAITING || self.bytes >= MOST_BYTES
    }

    pub(super) fn tell(&mut self, story: LazyStory, link: u64) {
        self.news.push(News::Told(story, link));
    }

    pub(super) fn send(&mut self, body: &[u8]) {
        self.bytes += body.len();
        self.news.push(News::Sent(body.to_vec()));
    }

    /// All of it, to be taken in.
    pub(super) fn take(&mut self) -> Vec<News> {
        std::mem::take(self).news
    }
}
