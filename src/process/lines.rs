//! What a child writes, line by line.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// The longest line that is kept, in bytes; the rest of it is dropped.
const LONGEST: usize = 64 * 1024;
/// What stands in place of the rest.
const CUT: &str = " …";

/// The lines of a pipe. A line ends with `\n`, or with `\r` as those of progress bars do.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    pipe: BufReader<R>,
    /// The last line ended with `\r`: a `\n` right after it belongs to that.
    is_after_return: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of that pipe.
    pub(crate) fn new(pipe: R) -> Self {
        Self { pipe: BufReader::new(pipe), is_after_return: false }
    }

    /// The next line, without its end; bytes that are no UTF-8 are replaced. `None` at the end of the
    /// pipe.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let mut line = Line::default();
        loop {
            let bytes = self.pipe.fill_buf().await.unwrap_or_default();
            let Some(first) = bytes.first() else { return line.at_the_end() };
            if std::mem::take(&mut self.is_after_return) && *first == b'\n' {
                self.pipe.consume(1);
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            line.push(&bytes[..end.unwrap_or(bytes.len())]);
            let is_return = end.is_some_and(|end| bytes[end] == b'\r');
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.pipe.consume(used);
            // A progress bar may begin with a `\r`, which ends nothing.
            if end.is_some() && !(is_return && line.bytes.is_empty()) {
                self.is_after_return = is_return;
                return Some(line.text());
            }
        }
    }
}

#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Line {
    fn push(&mut self, part: &[u8]) {
        let room = LONGEST - self.bytes.len();
        self.is_cut |= part.len() > room;
        self.bytes.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn at_the_end(self) -> Option<String> {
        (!self.bytes.is_empty()).then(|| self.text())
    }

    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.is_cut { text + CUT } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(text);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push(line);
        }
        found
    }

    #[tokio::test]
    async fn lines_end_with_either_mark_or_both() {
        assert_eq!(lines(b"a\nb\r\n\nc").await, ["a", "b", "", "c"]);
        assert_eq!(lines(b"\r10 %\r20 %\r\n").await, ["10 %", "20 %"]);
        assert_eq!(lines(b"\r\n").await, [""]);
        assert!(lines(b"").await.is_empty());
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut() {
        let found = lines(&vec![b'x'; LONGEST * 3]).await;
        assert_eq!(found, [format!("{}{CUT}", "x".repeat(LONGEST))]);
        let fits = vec![b'x'; LONGEST];
        assert_eq!(lines(&fits).await, ["x".repeat(LONGEST)]);
    }

    #[tokio::test]
    async fn a_progress_bar_is_shown_before_its_next_step() {
        let (pipe, mut writer) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut writer, b"10 %\r").await.unwrap();
        let mut lines = Lines::new(pipe);
        assert_eq!(lines.next().await.as_deref(), Some("10 %"));
    }
}
