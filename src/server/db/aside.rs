//! What every page says beside one's threads: whom one has blocked, and how much of what waits. One statement
//! asks for all of it, in the words of the files that each belongs to.

use sqlx::FromRow;

use super::{Db, Result, activity, contacts, reports, saved};
use crate::protocol::UserId;

/// What waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Whom they have blocked, the newest first.
    pub blocked: Vec<UserId>,
    /// So many people wait to be their contact.
    pub requests: i64,
    /// So many of their reminders are due.
    pub due: i64,
    /// Something has happened that is for them, and that they have not seen.
    pub has_news: bool,
    /// So many reports wait for administrators.
    pub reports: i64,
}

#[derive(FromRow)]
struct AsideRow {
    /// One after the other, with commas.
    blocked: String,
    requests: i64,
    due: i64,
    newest_unseen: i64,
    reports: i64,
}

/// All of it, for one person.
///
/// # Errors
/// The database fails.
pub async fn aside(db: &Db, user: UserId) -> Result<Aside> {
    let row: AsideRow = on!(db.reader(), |pool| {
        sqlx::query_as(concat!(
        "select coalesce((select string_agg(cast(blocked_id as text), ',' order by created_at desc, blocked_id)
                          from blocks where user_id = $1), '') as blocked,
                (",
        contacts::count_waiting!(),
        ") as requests, (",
        saved::count_due!(),
        ") as due, coalesce((",
        activity::newest_unseen!(),
        "), 0) as newest_unseen, (",
        reports::count_open!(),
        ") as reports"
    ))
    .bind(user.0)
    .fetch_one(pool)
    .await
    })?;
    let ids = row.blocked.split(',').filter_map(|id| id.parse().ok());
    Ok(Aside {
        blocked: ids.map(UserId).collect(),
        requests: row.requests,
        due: row.due,
        has_news: row.newest_unseen > 0,
        reports: row.reports,
    })
}
