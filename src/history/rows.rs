//! The rows of sessions, deliveries and attempts: how they are written.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::headers::Headers;
use super::record::{AttemptRow, Delivery, DeliveryId, Session, Via};
use super::written_stories::WrittenStories;
use crate::protocol::Moment;

pub(super) fn begin(connection: &Connection, session: &Session) -> rusqlite::Result<i64> {
    // Its deliveries have higher numbers than all that are there.
    let insert = "INSERT INTO session (command, name, started_at, waiting_from)
         VALUES (?1, ?2, ?3, (SELECT coalesce(max(id), 0) + 1 FROM delivery))";
    let started = session.started_at.milliseconds();
    connection.execute(insert, params![session.command, session.name, started])?;
    Ok(connection.last_insert_rowid())
}

/// The session's end.
pub(super) fn end(connection: &Connection, session: i64, at: Moment) -> rusqlite::Result<()> {
    let ended = "UPDATE session SET ended_at = ?2, waiting_from = NULL WHERE id = ?1";
    connection.execute(ended, params![session, at.milliseconds()]).map(drop)
}

pub(super) fn insert(
    connection: &Connection,
    session: i64,
    delivery: &Delivery,
    names: &mut HashMap<String, i64>,
    stories: &mut WrittenStories,
) -> rusqlite::Result<DeliveryId> {
    let first = delivery.story.as_ref().and_then(|story| stories.first(story));
    let account = delivery.account.as_deref();
    let account = account.map(|account| name(connection, names, account)).transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO delivery
                 (session, via, event_id, type, created, account, endpoint, received_at, story)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            session,
            name(connection, names, delivery.via.word())?,
            delivery.event_id,
            name(connection, names, &delivery.event)?,
            delivery.created,
            account,
            name(connection, names, &delivery.endpoint)?,
            delivery.received_at.milliseconds(),
            first,
        ])?;
    let id = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO content (delivery, headers, body) VALUES (?1, ?2, ?3)")?
        .execute(params![id, delivery.headers.as_bytes(), &*delivery.body])?;
    if let Some(story) = delivery.story.as_ref().filter(|_| first.is_none()) {
        stories.write(connection, story, id)?;
    }
    Ok(DeliveryId(id))
}

/// Adds what the app asked during the last attempt.
pub(super) fn ask(connection: &Connection, id: DeliveryId, calls: &[u8]) -> rusqlite::Result<()> {
    // It may have been pruned meanwhile.
    let insert = "INSERT OR REPLACE INTO api_calls (delivery, number, calls)
         SELECT id, attempts, ?2 FROM delivery WHERE id = ?1";
    connection.prepare_cached(insert)?.execute(params![id.0, calls]).map(drop)
}

/// The number of a word.
fn name(
    connection: &Connection,
    names: &mut HashMap<String, i64>,
    text: &str,
) -> rusqlite::Result<i64> {
    if let Some(id) = names.get(text) {
        return Ok(*id);
    }
    let known = connection
        .prepare_cached("SELECT id FROM name WHERE text = ?1")?
        .query_row([text], |row| row.get(0))
        .optional()?;
    let id = if let Some(id) = known {
        id
    } else {
        connection.prepare_cached("INSERT INTO name (text) VALUES (?1)")?.execute([text])?;
        connection.last_insert_rowid()
    };
    names.insert(text.to_owned(), id);
    Ok(id)
}

/// Adds an attempt; the delivery's state is that of its last one.
pub(super) fn conclude(
    connection: &Connection,
    id: DeliveryId,
    attempt: &AttemptRow,
) -> rusqlite::Result<()> {
    // `RETURNING` would make a table of its own for each, and `INSERT … SELECT` a journal.
    let changed = connection
        .prepare_cached(
            "UPDATE delivery
             SET state = ?2, status = ?3, latency_us = ?4, attempts = attempts + 1
             WHERE id = ?1",
        )?
        .execute(params![id.0, attempt.state, attempt.status, attempt.latency_us])?;
    // It may have been pruned meanwhile.
    if changed == 0 {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO attempt (delivery, number, at, outcome, status, latency_us, headers, body,
                 body_truncated, error)
             VALUES (?1, (SELECT attempts FROM delivery WHERE id = ?1),
                 ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id.0,
            attempt.at.milliseconds(),
            attempt.outcome,
            attempt.status,
            attempt.latency_us,
            attempt.headers.as_ref().map(Headers::as_bytes),
            attempt.body,
            attempt.body_truncated,
            attempt.error,
        ])?;
    Ok(())
}

/// A delivery as it came.
pub(super) fn delivery(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Delivery> {
    let select = "SELECT via.text, d.event_id, type.text, d.created, account.text, endpoint.text,
             d.received_at, c.headers, c.body
         FROM delivery d
         JOIN content c ON c.delivery = d.id
         JOIN name via ON via.id = d.via
         JOIN name type ON type.id = d.type
         JOIN name endpoint ON endpoint.id = d.endpoint
         LEFT JOIN name account ON account.id = d.account
         WHERE d.id = ?1";
    connection.prepare_cached(select)?.query_row([id.0], |row| {
        Ok(Delivery {
            via: Via::of_word(&row.get::<_, String>(0)?),
            event_id: row.get(1)?,
            event: row.get(2)?,
            created: row.get(3)?,
            account: row.get(4)?,
            endpoint: row.get(5)?,
            received_at: Moment::from_milliseconds(row.get(6)?),
            headers: Headers::from_bytes(row.get(7)?),
            body: row.get::<_, Vec<u8>>(8)?.into(),
            story: None,
        })
    })
}
