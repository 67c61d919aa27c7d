//! What people have reported of messages, for administrators to see to.
//!
//! A report keeps what the message said when it was made, because that may be changed or deleted
//! afterwards; once it is dealt with, that is forgotten. Who is no administrator (any more) sees an empty
//! list, and closes nothing.

use sqlx::FromRow;

use super::people::record;
use super::permissions::{is_administrator, is_here, may_read};
use super::revising::At;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::reports::Report;
use crate::protocol::{Description, Place, ReportId, Seq, ThreadId, Timestamp, UserId};

/// What came of reporting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    Done,
    /// There is no such message that they may read, or it was deleted.
    NotThere,
    /// They wrote it.
    Theirs,
}

/// Puts a message before the administrators, as it is now. Who has reported it before says something
/// else of it.
///
/// # Errors
/// The database fails.
pub async fn report(
    db: &Db,
    at: At,
    by: UserId,
    reason: &Description,
    now: Timestamp,
) -> Result<Reported> {
    Ok(in_tx!(db, |tx| {
        let found: Option<(i64, i64)> = sqlx::query_as(concat!(
            "select w.id, w.author_id from threads t
             join messages w on w.thread_id = t.id and w.seq = $2
             left join memberships m on m.thread_id = t.id and m.user_id = $3
             where t.id = $1 and w.deleted_at is null and ",
            may_read!("$3"),
            " and ",
            is_here!("$3")
        ))
        .bind(at.thread.0)
        .bind(at.seq.0)
        .bind(by.0)
        .fetch_optional(&mut *tx)
        .await?;
        match found {
            None => Reported::NotThere,
            Some((_, author)) if author == by.0 => Reported::Theirs,
            Some((message, _)) => {
                sqlx::query(
                    "insert into reports
                         (thread_id, message_id, reported_by, reported_at, reason, text)
                     select w.thread_id, w.id, $2, $3, $4,
                            case when w.forwarded_text is null then w.text
                                 when w.text = '' then w.forwarded_text
                                 else w.text || ' » ' || w.forwarded_text end
                     from messages w where w.id = $1
                     on conflict (message_id, reported_by) do update
                     set reported_at = excluded.reported_at, reason = excluded.reason,
                         text = excluded.text, closed_at = null",
                )
                .bind(message)
                .bind(by.0)
                .bind(now.0)
                .bind(reason.as_str())
                .execute(&mut *tx)
                .await?;
                Reported::Done
            }
        }
    }))
}

#[derive(FromRow)]
struct ReportRow {
    id: i64,
    reported_at: i64,
    reason: String,
    text: String,
    thread_id: i64,
    seq: i64,
    has_files: i64,
    is_there: i64,
    /// For who may read the thread.
    thread_name: Option<String>,
    #[sqlx(flatten)]
    author: UserRow,
    by_id: i64,
    by_username: String,
    by_name: String,
    by_avatar: Option<i64>,
}

impl From<ReportRow> for Report {
    fn from(row: ReportRow) -> Self {
        let place = Place::Thread {
            id: ThreadId(row.thread_id),
            message: Some(Seq(row.seq)),
            panel: None,
        };
        let by = UserRow {
            user_id: row.by_id,
            username: row.by_username,
            name: row.by_name,
            avatar: row.by_avatar,
            role: None,
        };
        Self {
            id: ReportId(row.id),
            reported_at: Timestamp(row.reported_at),
            by: by.into(),
            reason: row.reason,
            author: row.author.into(),
            text: row.text,
            has_files: row.has_files == 1,
            is_there: row.is_there == 1,
            place: row.thread_name.map(|name| (name, place.to_string())),
        }
    }
}

/// Reports that wait, the newest before `before`, as `by` may see them.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, by: UserId, before: ReportId, limit: u32) -> Result<Vec<Report>> {
    let rows: Vec<ReportRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select r.id, r.reported_at, r.reason, r.text, w.thread_id, w.seq,
                cast(case when w.files is null then 0 else 1 end as bigint) as has_files,
                cast(case when w.deleted_at is null then 1 else 0 end as bigint) as is_there,
                case when ",
        may_read!("$1"),
        " then t.name end as thread_name,
                a.id as user_id, a.username, a.name, a.avatar,
                b.id as by_id, b.username as by_username, b.name as by_name, b.avatar as by_avatar
         from reports r
         join messages w on w.id = r.message_id
         join threads t on t.id = r.thread_id
         left join memberships m on m.thread_id = t.id and m.user_id = $1
         join users a on a.id = w.author_id
         join users b on b.id = r.reported_by
         where r.closed_at is null and r.id < $2 and ",
        is_administrator!("$1"),
        " order by r.id desc limit 0 + $3"
    ))
    .bind(by.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(Report::from).collect())
}

/// How many reports wait.
///
/// # Errors
/// The database fails.
pub async fn count(db: &Db) -> Result<i64> {
    on!(db.reader(), |pool| sqlx::query_scalar(count_open!())
        .fetch_one(pool)
        .await)
}

/// How many reports wait.
macro_rules! count_open {
    () => {
        "select count(*) from reports where closed_at is null"
    };
}
pub(super) use count_open;

/// The message that a report is about, for an administrator.
///
/// # Errors
/// The database fails.
pub async fn message_of(db: &Db, id: ReportId, by: UserId) -> Result<Option<At>> {
    let found: Option<(i64, i64)> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select w.thread_id, w.seq from reports r join messages w on w.id = r.message_id
         where r.id = $1 and r.closed_at is null and ",
        is_administrator!("$2")
    ))
    .bind(id.0)
    .bind(by.0)
    .fetch_optional(pool)
    .await)?;
    Ok(found.map(|(thread, seq)| At {
        thread: ThreadId(thread),
        seq: Seq(seq),
    }))
}

/// Closes a report and all others of the same message, by an administrator: what it said is forgotten.
/// False for who is none, and if there is no such report; what is closed already is so.
///
/// # Errors
/// The database fails.
pub async fn close(db: &Db, id: ReportId, by: UserId, now: Timestamp) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let found: Option<(i64, i64)> = sqlx::query_as(concat!(
            "select w.id, w.author_id from reports r join messages w on w.id = r.message_id
             where r.id = $1 and ",
            is_administrator!("$2")
        ))
        .bind(id.0)
        .bind(by.0)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((message, author)) = found {
            let closed = sqlx::query(
                "update reports set closed_at = $2, text = '' where message_id = $1
                 and closed_at is null",
            )
            .bind(message)
            .bind(now.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if closed > 0 {
                record!(tx, Some(by.0), "close_report", author, "", now);
            }
        }
        found.is_some()
    }))
}

/// Who is to hear of reports: administrators who may be here.
///
/// # Errors
/// The database fails.
pub async fn administrators(db: &Db) -> Result<Vec<UserId>> {
    let ids: Vec<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from users where role = 'admin' and banned_at is null and left_at is null"
    )
    .fetch_all(pool)
    .await)?;
    Ok(ids.into_iter().map(UserId).collect())
}
