//! Joining a thread and being added to one: the rows, the events and the thread as it is with them, in
//! one transaction.

use super::permissions::{is_guest, is_here, may_meet, may_read};
use super::rows::rows;
use super::starting::read_thread;
use super::succession::{Heir, appoint_heir};
use super::{Db, Result, memberships::write_event};
use crate::protocol::{Seq, Thread, ThreadId, Timestamp, UserId};

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is not for `by` to do (any more). Nobody was added.
    Refused,
    /// One of them is not here (any more), or not for `by` to know. Nobody was added.
    Missing,
    Done(Box<Joined>),
}

/// People who belong to a thread from now on.
#[derive(Clone, Debug)]
pub struct Joined {
    /// As it is with them.
    pub thread: Thread,
    /// Since which event each belongs to it; who did before is not among them.
    pub people: Vec<(UserId, Seq)>,
    /// Who is in charge since then, if nobody was.
    pub heir: Option<Heir>,
}

/// Makes people members of a thread that `by` may read, all of them or nobody: themselves of a public
/// one, anybody of one that `by` belongs to. (A guest adds nobody, but for whom they know to what is theirs.)
///
/// The right is part of the statement, so one that was lost meanwhile is not used. What was said
/// before does not count as unread.
///
/// # Errors
/// The database fails.
pub async fn insert(
    db: &Db,
    thread: ThreadId,
    people: &[UserId],
    by: UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let mut people = people.to_vec();
    people.sort_unstable();
    people.dedup();
    let wanted = i64::try_from(people.len()).unwrap_or(i64::MAX);
    let ids = || rows(people.iter().map(|user| (user.0,)).collect());
    let (outcome, count) = in_tx!(db, |tx| {
        let here: i64 = sqlx::query_scalar(concat!(
            "select count(*) from json_each($1) e
             join users u on u.id = cast(e.value ->> 0 as bigint) and u.banned_at is null
             where ",
            may_meet!("$2")
        ))
        .bind(ids())
        .bind(by.0)
        .fetch_one(&mut *tx)
        .await?;
        if here < wanted {
            (Outcome::Missing, None)
        } else {
            let mut added: Vec<i64> = sqlx::query_scalar(concat!(
                "insert into memberships
                   (thread_id, user_id, joined_at, last_read_seq, last_read_number)
                 select t.id, u.id, $4, t.last_seq, t.message_count
                 from json_each($2) e
                 join users u on u.id = cast(e.value ->> 0 as bigint)
                 join threads t on t.id = $1
                 left join memberships m on m.thread_id = t.id and m.user_id = $3
                 where t.kind <> 'direct' and ",
                may_read!("$3"),
                " and (u.id = $3 or m.role = 'owner' or m.user_id is not null and not ",
                is_guest!("$3"),
                ") and ",
                is_here!("$3"),
                " on conflict (thread_id, user_id) do nothing returning user_id"
            ))
            .bind(thread.0)
            .bind(ids())
            .bind(by.0)
            .bind(now.0)
            .fetch_all(&mut *tx)
            .await?;
            let members: i64 = sqlx::query_scalar(
                "select count(*) from json_each($2) e join memberships m
                 on m.thread_id = $1 and m.user_id = cast(e.value ->> 0 as bigint)",
            )
            .bind(thread.0)
            .bind(ids())
            .fetch_one(&mut *tx)
            .await?;
            if members < wanted {
                (Outcome::Refused, None)
            } else {
                added.sort_unstable();
                let (mut people, mut count) = (Vec::with_capacity(added.len()), None);
                for user in added.into_iter().map(UserId) {
                    let (seq, changes) = write_event!(tx, thread, "joined", user, now);
                    people.push((user, seq));
                    count = Some(changes);
                }
                let mut heir = None;
                if !people.is_empty()
                    && let Some((found, changes)) = appoint_heir!(tx, thread, now)
                {
                    heir = Some(found);
                    count = Some(changes);
                }
                let joined = Joined {
                    thread: read_thread!(tx, thread.0),
                    people,
                    heir,
                };
                (Outcome::Done(Box::new(joined)), count)
            }
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok(outcome)
}
