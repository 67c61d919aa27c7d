//! Changing what a thread is called, what it is about, for whom it is and who posts there, and putting it
//! away: the row and the event in one transaction, which also asks whether whoever does so owns it.

use super::memberships::write_event;
use super::people::record;
use super::permissions::{is_administrator, may_start};
use super::starting::{is_name_taken, name_key, read_thread};
use super::threads::kind_name;
use super::{Db, Result};
use crate::protocol::{
    Description, Pause, Seq, Thread, ThreadId, ThreadKind, ThreadName, Timestamp, UserId,
};

/// What is to be different. What is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<ThreadName>,
    pub description: Option<Description>,
    pub kind: Option<ThreadKind>,
    pub is_archived: Option<bool>,
    /// Only an administrator may say so.
    pub for_everybody: Option<bool>,
    /// Only owners and administrators post.
    pub announcements: Option<bool>,
    /// Slow mode; none ends it.
    pub slow_seconds: Option<Pause>,
}

/// What came of it.
#[derive(Debug)]
pub enum Changed {
    /// There is no such thread that is theirs to change.
    NotTheirs,
    NameTaken,
    /// It is like that already.
    Nothing(Thread),
    Done(Done),
}

/// A thread that has changed.
#[derive(Debug)]
pub struct Done {
    pub seq: Seq,
    pub before: Thread,
    pub thread: Thread,
    /// Its members, if it is for nobody else from that event on.
    pub closed_to: Option<Vec<UserId>>,
}

impl Change {
    /// The thread as it is to be.
    fn apply(self, before: &Thread, now: Timestamp) -> Thread {
        let mut after = before.clone();
        if let Some(name) = self.name {
            after.name = name;
        }
        if let Some(description) = self.description {
            after.description = description;
        }
        if let Some(kind) = self.kind {
            after.kind = kind;
        }
        match self.is_archived {
            Some(true) => after.archived_at = before.archived_at.or(Some(now)),
            Some(false) => after.archived_at = None,
            None => {}
        }
        after.for_everybody = self.for_everybody.unwrap_or(before.for_everybody);
        after.announcements = self.announcements.unwrap_or(before.announcements);
        after.slow_seconds = self.slow_seconds.unwrap_or(before.slow_seconds);
        after
    }
}

/// Changes a thread that `by` owns. A direct one is nobody's, and whoever may not start a thread of some
/// kind makes none of another one either.
///
/// # Errors
/// The database fails.
pub async fn change(
    db: &Db,
    id: ThreadId,
    by: UserId,
    change: Change,
    now: Timestamp,
) -> Result<Changed> {
    let (outcome, count) = in_tx!(db, |tx| {
        let owned: Option<i64> = sqlx::query_scalar(concat!(
            "select t.id from threads t
             join memberships m on m.thread_id = t.id and m.user_id = $2 and m.role = 'owner'
             where t.id = $1 and t.kind <> 'direct'
               and (cast($3 as text) is null or t.kind = $3 or ",
            may_start!("$2", "cast($3 as text)"),
            ") and ",
            super::permissions::is_here!("$2")
        ))
        .bind(id.0)
        .bind(by.0)
        .bind(change.kind.map(kind_name))
        .fetch_optional(&mut *tx)
        .await?;
        let mut may_change = owned.is_some();
        if may_change && change.for_everybody.is_some() {
            let governs: Option<i64> = sqlx::query_scalar(concat!(
                "select cast(1 as bigint) where ",
                is_administrator!("$1")
            ))
            .bind(by.0)
            .fetch_optional(&mut *tx)
            .await?;
            may_change = governs.is_some();
        }
        if may_change {
            let before = read_thread!(tx, id.0);
            let after = change.apply(&before, now);
            let is_key_new = (before.kind, &before.name) != (after.kind, &after.name);
            let key = name_key(after.kind, after.name.as_str());
            if after == before {
                (Changed::Nothing(before), None)
            } else if is_key_new && is_name_taken!(tx, key.as_deref(), id.0) {
                (Changed::NameTaken, None)
            } else {
                if is_key_new {
                    sqlx::query("update threads set name_key = $2 where id = $1")
                        .bind(id.0)
                        .bind(key)
                        .execute(&mut *tx)
                        .await?;
                }
                sqlx::query(
                    "update threads set name = $2, description = $3, kind = $4, archived_at = $5,
                            for_everybody = $6, announcements = $7, slow_seconds = $8
                     where id = $1",
                )
                .bind(id.0)
                .bind(after.name.as_str())
                .bind(after.description.as_str())
                .bind(kind_name(after.kind))
                .bind(after.archived_at.map(|at| at.0))
                .bind(after.for_everybody)
                .bind(after.announcements)
                .bind(i64::from(after.slow_seconds.seconds()))
                .execute(&mut *tx)
                .await?;
                if after.slow_seconds.is_none() && !before.slow_seconds.is_none() {
                    sqlx::query("delete from slow_posts where thread_id = $1")
                        .bind(id.0)
                        .execute(&mut *tx)
                        .await?;
                }
                if after.slow_seconds != before.slow_seconds {
                    let seconds = after.slow_seconds.seconds().to_string();
                    record!(tx, Some(by.0), "slow_mode", None::<i64>, seconds, now, in Some(id.0));
                }
                let (seq, count) = write_event!(tx, id, "changed", by, now);
                let closes = before.kind == ThreadKind::Public && after.kind == ThreadKind::Private;
                let mut closed_to = None;
                if closes {
                    let members: Vec<i64> =
                        sqlx::query_scalar("select user_id from memberships where thread_id = $1")
                            .bind(id.0)
                            .fetch_all(&mut *tx)
                            .await?;
                    closed_to = Some(members.into_iter().map(UserId).collect());
                }
                let done = Done {
                    seq,
                    before,
                    thread: read_thread!(tx, id.0),
                    closed_to,
                };
                (Changed::Done(done), Some(count))
            }
        } else {
            (Changed::NotTheirs, None)
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok(outcome)
}
