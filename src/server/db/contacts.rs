//! Contacts: people who have agreed that they are each other's. For each pair there are two rows, one for
//! each side, written and taken away together: so whose list it is is one question.
//!
//! Who may not write to each other does not ask each other either, and a guest only whom they know. What
//! one side may not see any more is not in their list, as long as that is so.

use sqlx::FromRow;

use super::holding::hold_person;
use super::permissions::may_meet;
use super::profiles::PersonRow;
use super::{Db, Result};
use crate::protocol::person::{Contact, Tie};
use crate::protocol::{Timestamp, UserId};

/// So many people one has as contacts, or has asked, at most.
const MOST: i64 = 500;
/// And so many requests wait for one at most.
const MOST_WAITING: i64 = 200;

#[derive(FromRow)]
struct ContactRow {
    #[sqlx(flatten)]
    person: PersonRow,
    tie: String,
}

/// An unknown word is none.
fn tie_from(word: &str) -> Tie {
    match word {
        "asked" => Tie::Asked,
        "waits" => Tie::Waits,
        "contact" => Tie::Contact,
        _ => Tie::None,
    }
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// They are not here, not to be known, one has blocked the other, or one of them has too many already.
    NotThere,
    /// It was so already.
    Nothing,
    Done,
}

/// Somebody's contacts, those who wait for an answer first, and behind all those who were asked.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, by: UserId, now: Timestamp) -> Result<Vec<Contact>> {
    let rows: Vec<ContactRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select u.id as user_id, u.username, u.name, u.avatar, u.role, u.status, u.status_emoji,
                u.status_until, c.tie
         from contacts c join users u on u.id = c.contact_id
         where c.user_id = $1 and u.banned_at is null and ",
        may_meet!("$1"),
        " order by case c.tie when 'waits' then 0 when 'contact' then 1 else 2 end, u.username"
    ))
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    let contact = |row: ContactRow| Contact {
        user: row.person.at(now),
        tie: tie_from(&row.tie),
    };
    Ok(rows.into_iter().map(contact).collect())
}

/// How many requests wait for somebody.
///
/// # Errors
/// The database fails.
pub async fn waiting(db: &Db, by: UserId) -> Result<i64> {
    on!(db.reader(), |pool| sqlx::query_scalar(count_waiting!())
        .bind(by.0)
        .fetch_one(pool)
        .await)
}

/// How many people wait for the person $1.
macro_rules! count_waiting {
    () => {
        concat!(
            "select count(*) from contacts c join users u on u.id = c.contact_id
             where c.user_id = $1 and c.tie = 'waits' and u.banned_at is null and ",
            $crate::server::db::permissions::may_meet!("$1")
        )
    };
}
pub(super) use count_waiting;

/// What somebody is to somebody else.
///
/// # Errors
/// The database fails.
pub async fn tie(db: &Db, by: UserId, other: UserId) -> Result<Tie> {
    let tie: Option<String> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select tie from contacts where user_id = $1 and contact_id = $2"
    )
    .bind(by.0)
    .bind(other.0)
    .fetch_optional(pool)
    .await)?;
    Ok(tie.as_deref().map(tie_from).unwrap_or_default())
}

/// Asks somebody to be a contact, or says yes where they have asked: asking each other is agreeing.
///
/// # Errors
/// The database fails.
pub async fn ask(db: &Db, by: UserId, id: UserId, now: Timestamp) -> Result<Asked> {
    Ok(in_tx!(db, |tx| {
        let mut are_there = by != id && hold_person!(tx, by) && hold_person!(tx, id);
        for (one, other) in [(by, id), (id, by)] {
            let meets: Option<i64> = sqlx::query_scalar(concat!(
                "select u.id from users u
                 where u.id = $2 and u.banned_at is null and u.left_at is null
                   and not exists (select 1 from blocks b
                                   where b.user_id = $1 and b.blocked_id = $2)
                   and ",
                may_meet!("$1")
            ))
            .bind(one.0)
            .bind(other.0)
            .fetch_optional(&mut *tx)
            .await?;
            are_there &= meets.is_some();
        }
        let known: Option<String> =
            sqlx::query_scalar("select tie from contacts where user_id = $1 and contact_id = $2")
                .bind(by.0)
                .bind(id.0)
                .fetch_optional(&mut *tx)
                .await?;
        match known.as_deref().map(tie_from).unwrap_or_default() {
            _ if !are_there => Asked::NotThere,
            Tie::Asked | Tie::Contact => Asked::Nothing,
            Tie::Waits => {
                sqlx::query(
                    "update contacts set tie = 'contact'
                     where user_id = $1 and contact_id = $2 or user_id = $2 and contact_id = $1",
                )
                .bind(by.0)
                .bind(id.0)
                .execute(&mut *tx)
                .await?;
                Asked::Done
            }
            Tie::None => {
                let (mine, waiting): (i64, i64) = sqlx::query_as(
                    "select (select count(*) from contacts where user_id = $1),
                            (select count(*) from contacts where user_id = $2 and tie = 'waits')",
                )
                .bind(by.0)
                .bind(id.0)
                .fetch_one(&mut *tx)
                .await?;
                if mine >= MOST || waiting >= MOST_WAITING {
                    Asked::NotThere
                } else {
                    for (one, other, tie) in [(by, id, "asked"), (id, by, "waits")] {
                        sqlx::query(
                            "insert into contacts (user_id, contact_id, tie, created_at)
                             values ($1, $2, $3, $4)",
                        )
                        .bind(one.0)
                        .bind(other.0)
                        .bind(tie)
                        .bind(now.0)
                        .execute(&mut *tx)
                        .await?;
                    }
                    Asked::Done
                }
            }
        }
    }))
}

/// Takes away what two people are to each other, in a transaction at hand. Whether there was anything.
macro_rules! end_contact {
    ($tx:ident, $one:expr, $other:expr) => {
        sqlx::query(
            "delete from contacts
             where user_id = $1 and contact_id = $2 or user_id = $2 and contact_id = $1",
        )
        .bind($one.0)
        .bind($other.0)
        .execute(&mut *$tx)
        .await?
        .rows_affected()
            > 0
    };
}
pub(super) use end_contact;

/// Says no, takes a request back, or is nobody's contact any more: whichever it is, it is over for both.
/// Whether there was anything.
///
/// # Errors
/// The database fails.
pub async fn end(db: &Db, by: UserId, id: UserId) -> Result<bool> {
    Ok(in_tx!(db, |tx| end_contact!(tx, by, id)))
}
