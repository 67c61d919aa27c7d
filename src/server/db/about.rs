//! What is told of one message beyond what is seen of it: who has reacted, and what it said before.

use sqlx::FromRow;

use super::permissions::{is_administrator, may_read};
use super::revising::At;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::picked::{ReactedBy, Version};
use crate::protocol::text::Stored;
use crate::protocol::{Emoji, MessageId, Timestamp, UserId};

#[derive(FromRow)]
struct GivenRow {
    emoji: String,
    given: i64,
    #[sqlx(flatten)]
    user: UserRow,
}

/// Who has reacted to a message, the first of each emoji by name.
///
/// # Errors
/// The database fails.
pub async fn reactions(db: &Db, message: MessageId) -> Result<Vec<ReactedBy>> {
    let named = i64::try_from(ReactedBy::NAMED).unwrap_or(i64::MAX);
    let rows: Vec<GivenRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select g.emoji, g.given, u.id as user_id, u.username, u.name, u.avatar
         from (select emoji, user_id, seq,
                      count(*) over (partition by emoji) as given,
                      row_number() over (partition by emoji order by seq) as place,
                      min(seq) over (partition by emoji) as first
               from reactions where message_id = $1) g
         join users u on u.id = g.user_id
         where g.place <= $2
         order by g.first, g.seq"
    )
    .bind(message.0)
    .bind(named)
    .fetch_all(pool)
    .await)?;
    let mut all: Vec<ReactedBy> = Vec::new();
    for row in rows {
        match all.last_mut() {
            Some(last) if last.emoji.as_str() == row.emoji => last.by.push(row.user.into()),
            _ => all.push(ReactedBy {
                emoji: Emoji::from_stored(row.emoji),
                by: vec![row.user.into()],
                count: usize::try_from(row.given).unwrap_or_default(),
            }),
        }
    }
    Ok(all)
}

const VERSIONS: &str = concat!(
    "select v.text, e.created_at
     from threads t
     join messages w on w.thread_id = t.id and w.seq = $2
     join message_versions v on v.message_id = w.id
     join thread_events e on e.thread_id = t.id and e.seq = v.seq
     left join memberships m on m.thread_id = t.id and m.user_id = $3
     where t.id = $1 and w.deleted_at is null and ",
    may_read!("$3"),
    " and (w.author_id = $3 or m.role = 'owner' or
           ($4 = 1 and t.kind <> 'direct' and ",
    is_administrator!("$3"),
    "))
     order by v.seq"
);

/// What a message said before, oldest first: nothing for whoever is neither its author nor governs the
/// thread, as an administrator only in person.
///
/// # Errors
/// The database fails.
pub async fn versions(db: &Db, at: At, who: UserId, in_person: bool) -> Result<Vec<Version>> {
    let rows: Vec<(String, i64)> = on!(db.reader(), |pool| sqlx::query_as(VERSIONS)
        .bind(at.thread.0)
        .bind(at.seq.0)
        .bind(who.0)
        .bind(i64::from(in_person))
        .fetch_all(pool)
        .await)?;
    let version = |(text, until)| Version {
        text,
        until: Timestamp(until),
    };
    Ok(rows.into_iter().map(version).collect())
}
