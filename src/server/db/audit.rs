//! What was put on record, for administrators to read. ([`super::people::record`] writes it.)

use sqlx::FromRow;

use super::permissions::is_administrator;
use super::{Db, Result};
use crate::protocol::settings::{Act, Deed};
use crate::protocol::text::Stored;
use crate::protocol::{DeedId, DisplayName, Timestamp, User, UserId, Username};

#[derive(FromRow)]
struct DeedRow {
    id: i64,
    done_at: i64,
    act: String,
    detail: String,
    thread_name: Option<String>,
    by_id: Option<i64>,
    by_username: Option<String>,
    by_name: Option<String>,
    about_id: Option<i64>,
    about_username: Option<String>,
    about_name: Option<String>,
}

impl From<DeedRow> for Deed {
    fn from(row: DeedRow) -> Self {
        Self {
            id: DeedId(row.id),
            done_at: Timestamp(row.done_at),
            done_by: user(row.by_id, row.by_username, row.by_name),
            act: act_from(&row.act),
            about: user(row.about_id, row.about_username, row.about_name),
            thread: row.thread_name,
            detail: row.detail,
        }
    }
}

fn user(id: Option<i64>, username: Option<String>, name: Option<String>) -> Option<User> {
    Some(User {
        id: UserId(id?),
        username: Username::from_stored(username?),
        name: DisplayName::from_stored(name?),
        avatar: None,
        guest: false,
        status: None,
        status_until: None,
    })
}

fn act_from(name: &str) -> Act {
    match name {
        "ban" => Act::Ban,
        "unban" => Act::Unban,
        "promote" => Act::Promote,
        "demote" => Act::Demote,
        "make_guest" => Act::MakeGuest,
        "admit" => Act::Admit,
        "name_server" => Act::NameServer,
        "set_policy" => Act::SetPolicy,
        "delete_message" => Act::DeleteMessage,
        "mute" => Act::Mute,
        "unmute" => Act::Unmute,
        "slow_mode" => Act::SlowMode,
        "close_report" => Act::CloseReport,
        _ => Act::Other,
    }
}

/// What was done before `before`, the newest first, as `by` may see it: nothing of private threads that
/// are not theirs to read.
///
/// # Errors
/// The database fails.
pub async fn log(db: &Db, by: UserId, before: DeedId, limit: u32) -> Result<Vec<Deed>> {
    let rows: Vec<DeedRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select l.id, l.done_at, l.act, l.detail, t.name as thread_name,
                d.id as by_id, d.username as by_username, d.name as by_name,
                u.id as about_id, u.username as about_username, u.name as about_name
         from audit_log l
         left join users d on d.id = l.done_by
         left join users u on u.id = l.user_id
         left join threads t on t.id = l.thread_id
         where l.id < $2
           and (l.thread_id is null or t.kind = 'public' or exists (
               select 1 from memberships m where m.thread_id = l.thread_id and m.user_id = $1))
           and ",
        is_administrator!("$1"),
        " order by l.id desc limit 0 + $3"
    ))
    .bind(by.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(Deed::from).collect())
}
