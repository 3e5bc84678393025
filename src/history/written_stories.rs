//! The stories that a session has written to a file: each with the first of its deliveries that is there.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{DeliveryId, RecordedStory};

/// Stories by their numbers, with their first deliveries.
#[derive(Debug, Default)]
pub(super) struct WrittenStories(HashMap<u64, (i64, RecordedStory)>);

impl WrittenStories {
    /// The first delivery of a story, with which it is written.
    pub(super) fn first(&self, story: &RecordedStory) -> Option<i64> {
        self.0.get(&story.number).map(|(first, _)| *first)
    }

    /// Writes a story with its first delivery.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        story: &RecordedStory,
        first: i64,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT INTO story (delivery, telling) VALUES (?1, ?2)")?
            .execute(params![first, story.telling()])?;
        let mark = "UPDATE delivery SET story = id WHERE id = ?1";
        connection.prepare_cached(mark)?.execute([first])?;
        self.0.insert(story.number, (first, story.clone()));
        Ok(())
    }

    /// The story of a delivery.
    pub(super) fn of(&self, connection: &Connection, id: DeliveryId) -> Option<RecordedStory> {
        let select = "SELECT story FROM delivery WHERE id = ?1";
        let first: Option<i64> = connection.query_row(select, [id.0], |row| row.get(0)).ok()?;
        let mut all = self.0.values();
        all.find(|(own, _)| Some(*own) == first).map(|(_, story)| story.clone())
    }

    /// Writes those anew whose first delivery was pruned, with the first one that is left.
    pub(super) fn after_pruning(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let all: Vec<(i64, RecordedStory)> = self.0.values().cloned().collect();
        for (first, story) in all {
            let select = "SELECT 1 FROM story WHERE delivery = ?1";
            if connection.prepare_cached(select)?.exists([first])? {
                continue;
            }
            self.0.remove(&story.number);
            // Later deliveries have higher numbers: no more is looked through than came since then.
            let select = "SELECT id FROM delivery WHERE id > ?1 AND story = ?1 ORDER BY id LIMIT 1";
            let mut left = connection.prepare_cached(select)?;
            let Some(left) = left.query_row([first], |row| row.get(0)).optional()? else {
                continue;
            };
            self.write(connection, &story, left)?;
            let others = "UPDATE delivery SET story = ?2 WHERE id > ?2 AND story = ?1";
            connection.prepare_cached(others)?.execute([first, left])?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
