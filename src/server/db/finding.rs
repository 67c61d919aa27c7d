//! The index of what messages say, and asking it.
//!
//! It is written in the transaction that writes the message. The two engines have nothing in common
//! here but the tokens: `SQLite` gets a virtual table without content, `PostgreSQL` a `tsvector` with an
//! inverted index. Who may read what is asked with the candidates, as it is now.

use super::permissions::may_read;
use super::rows::{Statement, rows};
use super::{Db, Pool, Result};
use crate::protocol::{MessageId, ThreadId, Timestamp, UserId};
use crate::server::search::tokens;

/// Puts messages into the index, or in the place of what was there of them: ids with their tokens.
pub(super) const INDEX: Statement = Statement {
    sqlite: "insert or replace into message_search (rowid, tokens)
             select cast(e.value ->> 0 as bigint), e.value ->> 1 from json_each($1) e",
    postgres: "insert into message_search (message_id, tokens)
               select cast(e.value ->> 0 as bigint),
                      array_to_tsvector(string_to_array(e.value ->> 1, ' '))
               from json_each($1) e
               on conflict (message_id) do update set tokens = excluded.tokens",
};

/// Puts what a message says now into the index, in a transaction at hand.
macro_rules! index_anew {
    ($db:expr, $tx:ident, $id:expr, $text:expr) => {
        sqlx::query($crate::server::db::finding::INDEX.on($db.writer()))
            .bind($crate::server::db::rows::rows(vec![(
                $id,
                $crate::server::search::tokens::of_text($text),
            )]))
            .execute(&mut *$tx)
            .await?
    };
}
pub(super) use index_anew;

/// The index is to be filled from the newest message on.
pub(super) const NOTHING_IS_INDEXED: &str = "update server_identity
    set search_below = (select coalesce(max(id), 0) + 1 from messages) where id = 1";

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// All of them.
    pub tokens: Vec<String>,
    pub thread: Option<ThreadId>,
    pub from: Option<UserId>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub with_reactions: bool,
    pub with_files: bool,
    pub with_images: bool,
    /// Only older ones.
    pub before: Option<MessageId>,
}

/// What a candidate must be beside having the tokens.
macro_rules! condition {
    () => {
        concat!(
            " left join memberships m on m.thread_id = t.id and m.user_id = $1
             where ",
            may_read!("$1"),
            " and w.deleted_at is null
              and (cast($2 as bigint) is null or w.thread_id = $2)
              and (cast($3 as bigint) is null or w.author_id = $3)
              and (cast($4 as bigint) is null or w.created_at >= $4)
              and (cast($5 as bigint) is null or w.created_at < $5)
              and (cast($6 as bigint) is null or w.id < $6)
              and ($7 = 0 or w.reactions > 0)
              and ($10 = 0 or w.files is not null)
              and ($11 = 0 or w.files like '%\"picture\":%') "
        )
    };
}

const WITH_TOKENS: Statement = Statement {
    sqlite: concat!(
        "select w.id, w.text from message_search
         join messages w on w.id = message_search.rowid
         join threads t on t.id = w.thread_id",
        condition!(),
        "and message_search match $8
         order by message_search.rowid desc limit 0 + $9"
    ),
    postgres: concat!(
        "select w.id, w.text from message_search s
         join messages w on w.id = s.message_id
         join threads t on t.id = w.thread_id",
        condition!(),
        "and s.tokens @@ cast($8 as tsquery)
         order by w.id desc limit 0 + $9"
    ),
};

/// Where nothing but who, where and when is said: no tokens.
const WITHOUT: &str = concat!(
    "select w.id, w.text from messages w join threads t on t.id = w.thread_id",
    condition!(),
    "and $8 = '' order by w.id desc limit 0 + $9"
);

/// Messages with all these tokens that a person may read, newest first: their ids and what they say.
///
/// # Errors
/// The database fails.
pub async fn candidates(
    db: &Db,
    me: UserId,
    wanted: &Wanted,
    limit: u32,
) -> Result<Vec<(MessageId, String)>> {
    let and = match db.reader() {
        Pool::Sqlite(_) => " ",
        Pool::Postgres(_) => " & ",
    };
    let statement = match wanted.tokens.is_empty() {
        true => WITHOUT,
        false => WITH_TOKENS.on(db.reader()),
    };
    let found: Vec<(i64, String)> = on!(db.reader(), |pool| sqlx::query_as(statement)
        .bind(me.0)
        .bind(wanted.thread.map(|thread| thread.0))
        .bind(wanted.from.map(|user| user.0))
        .bind(wanted.since.map(|at| at.0))
        .bind(wanted.until.map(|at| at.0))
        .bind(wanted.before.map(|id| id.0))
        .bind(i64::from(wanted.with_reactions))
        .bind(wanted.tokens.join(and))
        .bind(i64::from(limit))
        .bind(i64::from(wanted.with_files))
        .bind(i64::from(wanted.with_images))
        .fetch_all(pool)
        .await)?;
    let found = found.into_iter();
    Ok(found.map(|(id, text)| (MessageId(id), text)).collect())
}

/// Up to which message the index has to be filled still, from the newest on; nothing once it is whole.
///
/// # Errors
/// The database fails.
pub async fn unindexed(db: &Db) -> Result<Option<MessageId>> {
    let below: i64 = on!(db.reader(), |pool| sqlx::query_scalar(
        "select search_below from server_identity where id = 1"
    )
    .fetch_one(pool)
    .await)?;
    Ok((below > 0).then_some(MessageId(below)))
}

/// Puts the newest messages that are not in the index into it: so many at once. Whether there are more.
///
/// # Errors
/// The database fails.
pub async fn index_some(db: &Db, many: u32) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let below: i64 =
            sqlx::query_scalar("select search_below from server_identity where id = 1")
                .fetch_one(&mut *tx)
                .await?;
        let found: Vec<(i64, String)> = sqlx::query_as(
            "select id, text from messages where id < $1 order by id desc limit 0 + $2",
        )
        .bind(below)
        .bind(i64::from(many))
        .fetch_all(&mut *tx)
        .await?;
        let next = found.last().map_or(0, |(id, _)| *id);
        let all = found.iter();
        let all = all.map(|(id, text)| (*id, tokens::of_text(text))).collect();
        sqlx::query(INDEX.on(db.writer()))
            .bind(rows(all))
            .execute(&mut *tx)
            .await?;
        sqlx::query("update server_identity set search_below = $1 where id = 1")
            .bind(next)
            .execute(&mut *tx)
            .await?;
        next > 0
    }))
}

/// Everything is to be indexed anew.
///
/// # Errors
/// The database fails.
pub async fn begin_anew(db: &Db) -> Result<()> {
    in_tx!(db, |tx| {
        let empty = match db.writer() {
            Pool::Sqlite(_) => "insert into message_search (message_search) values ('delete-all')",
            Pool::Postgres(_) => "delete from message_search",
        };
        sqlx::query(empty).execute(&mut *tx).await?;
        sqlx::query(NOTHING_IS_INDEXED).execute(&mut *tx).await?;
    });
    Ok(())
}
