//! The rows of the file of `devtool api --data`.

use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;

use crate::api::kept::{
    EventRow, KeptAnswer, KeptChange, KeptHead, KeptObject, KeptState, ObjectRow,
};
use crate::api::packed::Packer;
use crate::api::sent::Account;

/// How many answers are kept for idempotency keys.
const MOST_ANSWERS: i64 = 500;

/// The platform's own account has no name.
fn name(account: &Account) -> &str {
    account.as_deref().unwrap_or_default()
}

fn account(row: &Row<'_>, column: usize) -> rusqlite::Result<Account> {
    Ok(Some(row.get::<_, String>(column)?).filter(|name| !name.is_empty()))
}

/// A value that is JSON in the row.
fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

fn text(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// All that is there, in the order in which it came.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<KeptState> {
    let mut statement =
        connection.prepare("SELECT account, state, hidden FROM object ORDER BY number")?;
    let mut packer = Packer::default();
    let objects = statement.query_map([], |row| {
        let has_hidden = row.get::<_, Option<String>>(2)?.is_some();
        let hidden = has_hidden.then(|| json(row, 2)).transpose()?;
        let object = json::<KeptObject>(row, 1)?.packed(&mut packer);
        Ok(ObjectRow { account: account(row, 0)?, object, hidden })
    })?;
    let objects = objects.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare("SELECT account, body FROM event ORDER BY number")?;
    let events = statement
        .query_map([], |row| Ok(EventRow { account: account(row, 0)?, body: row.get(1)? }))?;
    let events = events.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare(
        "SELECT account, idempotency_key, path, parameters, head, body FROM answer ORDER BY number",
    )?;
    let answers = statement.query_map([], |row| {
        let head: KeptHead = json(row, 4)?;
        Ok(KeptAnswer {
            account: account(row, 0)?,
            key: row.get(1)?,
            path: row.get(2)?,
            parameters: row.get::<_, i64>(3)?.cast_unsigned(),
            answer: head.answer(row.get(5)?),
        })
    })?;
    let answers = answers.collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare("SELECT value FROM counters")?;
    let counters = statement.query_map([], |row| json(row, 0))?.next().transpose()?;
    Ok(KeptState { objects, events, answers, counters })
}

/// Writes one change.
pub(super) fn write(connection: &Connection, change: &KeptChange) -> rusqlite::Result<()> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(values).map(drop)
    };
    match change {
        KeptChange::Object(row) => {
            let ObjectRow { account, object, hidden } = &**row;
            let hidden = hidden.as_ref().map(text).transpose()?;
            let (kind, id) = object.name();
            run(
                "INSERT INTO object (account, kind, id, state, hidden) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET state = excluded.state, hidden = excluded.hidden",
                params![name(account), kind, id, text(object)?, hidden],
            )
        }
        KeptChange::NoObject(account, kind, id) => run(
            "DELETE FROM object WHERE account = ?1 AND kind = ?2 AND id = ?3",
            params![name(account), kind, id],
        ),
        KeptChange::Event(id, EventRow { account, body }) => run(
            "INSERT INTO event (id, account, body) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET body = excluded.body",
            params![id, name(account), body],
        ),
        KeptChange::NoEvent(id) => run("DELETE FROM event WHERE id = ?1", params![id]),
        KeptChange::NoAnswers => run("DELETE FROM answer", params![]),
        KeptChange::Answer(kept) => {
            let KeptAnswer { account, key, path, parameters, answer } = &**kept;
            let head = text(&KeptHead::of(answer))?;
            run(
                "INSERT OR REPLACE INTO answer (account, idempotency_key, path, parameters, head, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![name(account), key, path, parameters.cast_signed(), head, &answer.body[..]],
            )?;
            run(
                "DELETE FROM answer WHERE number <= (SELECT max(number) FROM answer) - ?1",
                params![MOST_ANSWERS],
            )
        }
        KeptChange::Counters(counters) => run(
            "INSERT OR REPLACE INTO counters (only, value) VALUES (1, ?1)",
            params![text(counters)?],
        ),
    }
}
