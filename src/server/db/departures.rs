//! Leaving many threads at once: as many statements as for one, so that nobody's posts wait longer for
//! whoever belonged to thousands.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use sqlx::FromRow;

use super::memberships::Left;
use super::users::UserRow;
use crate::protocol::{Seq, ThreadId, User, UserId};

/// Who is in charge of a thread from now on.
#[derive(FromRow)]
pub(super) struct Heir {
    thread_id: i64,
    #[sqlx(flatten)]
    user: UserRow,
}

/// An event to be: thread, number, kind, whom it is about.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Event(i64, i64, &'static str, i64);

/// How many events each of these threads gets: one, and one more where somebody is put in charge.
pub(super) fn amounts(threads: &[i64], heirs: &[Heir]) -> Vec<(i64, i64)> {
    let with_heir: HashSet<i64> = heirs.iter().map(|heir| heir.thread_id).collect();
    let amount = |thread: &i64| (*thread, 1 + i64::from(with_heir.contains(thread)));
    threads.iter().map(amount).collect()
}

/// The events, and what to tell of each thread, by the last number that each has now.
pub(super) fn events(
    user: UserId,
    heirs: Vec<Heir>,
    mut numbers: Vec<(i64, i64)>,
) -> (Vec<Event>, Vec<(ThreadId, Left)>) {
    numbers.sort_unstable();
    let heirs = heirs.into_iter().map(|heir| (heir.thread_id, heir.user));
    let mut heirs: HashMap<i64, UserRow> = heirs.collect();
    let (mut events, mut threads) = (Vec::new(), Vec::new());
    for (thread, last) in numbers {
        let heir = heirs.remove(&thread).map(User::from);
        let seq = last - i64::from(heir.is_some());
        events.push(Event(thread, seq, "left", user.0));
        if let Some(heir) = &heir {
            events.push(Event(thread, last, "made_owner", heir.id.0));
        }
        let left = Left {
            seq: Seq(seq),
            heir: heir.map(|heir| (heir, Seq(last))),
        };
        threads.push((ThreadId(thread), left));
    }
    (events, threads)
}

/// Writes that somebody has left these threads, whose rows are gone already, in a transaction at
/// hand: what came of each, and how many events without a message there were. Where the last owner has
/// left, whoever has been there for longest is in charge: by the rule of [`super::succession`], for which
/// an owner who is banned is none.
macro_rules! note_departures {
    ($tx:ident, $threads:expr, $user:expr, $now:expr) => {{
        let threads: &[i64] = $threads;
        let ids = threads.iter().map(|thread| (*thread,)).collect();
        let heirs: Vec<$crate::server::db::departures::Heir> = sqlx::query_as(
            "select h.thread_id, u.id as user_id, u.username, u.name, u.avatar
             from (select m.thread_id, m.user_id, row_number() over (
                     partition by m.thread_id order by m.joined_at, m.user_id) as place
                   from memberships m
                   join json_each($1) e on m.thread_id = cast(e.value ->> 0 as bigint)
                   join users p on p.id = m.user_id and p.banned_at is null
                     and p.role <> 'guest'
                   where not exists (
                     select 1 from memberships o
                     join users q on q.id = o.user_id and q.banned_at is null
                     where o.thread_id = m.thread_id and o.role = 'owner')) h
             join users u on u.id = h.user_id
             where h.place = 1",
        )
        .bind($crate::server::db::rows::rows(ids))
        .fetch_all(&mut *$tx)
        .await?;
        let amounts = $crate::server::db::departures::amounts(threads, &heirs);
        let numbers: Vec<(i64, i64)> = sqlx::query_as(
            "with more as (
               select cast(e.value ->> 0 as bigint) as thread, cast(e.value ->> 1 as bigint) as n
               from json_each($1) e)
             update threads set last_seq = last_seq + more.n from more where id = more.thread
             returning id, last_seq",
        )
        .bind($crate::server::db::rows::rows(amounts))
        .fetch_all(&mut *$tx)
        .await?;
        let in_charge = heirs.iter().map(|heir| heir.key()).collect();
        sqlx::query(
            "with heirs as (
               select cast(e.value ->> 0 as bigint) as thread, cast(e.value ->> 1 as bigint) as heir
               from json_each($1) e)
             update memberships set role = 'owner' from heirs
             where thread_id = heirs.thread and user_id = heirs.heir",
        )
        .bind($crate::server::db::rows::rows(in_charge))
        .execute(&mut *$tx)
        .await?;
        let (events, left) = $crate::server::db::departures::events($user, heirs, numbers);
        let changes: i64 = sqlx::query_scalar(
            "update server_identity set changes = changes + $1 returning changes",
        )
        .bind(i64::try_from(events.len()).unwrap_or(i64::MAX))
        .fetch_one(&mut *$tx)
        .await?;
        sqlx::query(
            "insert into thread_events (thread_id, seq, kind, user_id, created_at)
             select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint), e.value ->> 2,
                    cast(e.value ->> 3 as bigint), $2
             from json_each($1) e",
        )
        .bind($crate::server::db::rows::rows(events))
        .bind($now.0)
        .execute(&mut *$tx)
        .await?;
        (left, changes)
    }};
}
pub(super) use note_departures;

impl Heir {
    pub(super) fn key(&self) -> (i64, i64) {
        (self.thread_id, self.user.user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_without_a_head_gets_one_right_after_the_departure() {
        let heir = || Heir {
            thread_id: 2,
            user: UserRow {
                user_id: 7,
                username: "ada".to_owned(),
                name: "Ada".to_owned(),
                avatar: None,
                role: None,
            },
        };
        assert_eq!(amounts(&[1, 2], &[heir()]), [(1, 1), (2, 2)]);
        let (events, left) = events(UserId(3), vec![heir()], vec![(2, 12), (1, 5)]);
        let written = [
            Event(1, 5, "left", 3),
            Event(2, 11, "left", 3),
            Event(2, 12, "made_owner", 7),
        ];
        assert_eq!(events, written);
        assert_eq!((left[0].0, left[0].1.seq), (ThreadId(1), Seq(5)));
        let (heir, seq) = left[1].1.heir.as_ref().unwrap();
        assert_eq!(
            (left[1].1.seq, heir.id, *seq),
            (Seq(11), UserId(7), Seq(12))
        );
    }
}
