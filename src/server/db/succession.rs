//! Who is in charge of a thread when nobody is any more: whoever has been there for longest.
//!
//! An owner who is banned is in charge of nothing, and nobody is put in charge who is a guest. Nobody inherits a direct thread: it has no owner.

use crate::protocol::{Seq, ThreadId, User};

/// Somebody who is in charge of a thread since an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    pub thread: ThreadId,
    pub user: User,
    pub seq: Seq,
}

/// Puts somebody in charge of a thread without an owner, in a transaction at hand: who it is, and how
/// many events without a message there were. Nothing if it has an owner, or nobody.
macro_rules! appoint_heir {
    ($tx:ident, $thread:expr, $now:expr) => {{
        let thread = $thread;
        let heir: Option<$crate::server::db::users::UserRow> = sqlx::query_as(
            "select u.id as user_id, u.username, u.name, u.avatar
             from memberships m
             join users u on u.id = m.user_id and u.banned_at is null and u.role <> 'guest'
             join threads t on t.id = m.thread_id and t.kind <> 'direct'
             where m.thread_id = $1 and not exists (
                 select 1 from memberships o
                 join users p on p.id = o.user_id and p.banned_at is null
                 where o.thread_id = $1 and o.role = 'owner')
             order by m.joined_at, u.id limit 1",
        )
        .bind(thread.0)
        .fetch_optional(&mut *$tx)
        .await?;
        match heir.map($crate::protocol::User::from) {
            None => None,
            Some(user) => {
                $crate::server::db::memberships::set_owner!($tx, thread, user.id);
                let (seq, changes) = $crate::server::db::memberships::write_event!(
                    $tx,
                    thread,
                    "made_owner",
                    user.id,
                    $now
                );
                let heir = $crate::server::db::succession::Heir { thread, user, seq };
                Some((heir, changes))
            }
        }
    }};
}
pub(super) use appoint_heir;

/// Finds heirs for the threads of an owner who is banned or a guest by now, in a transaction at hand,
/// and how many events without a message there were.
macro_rules! hand_over {
    ($tx:ident, $user:expr, $now:expr) => {{
        let owned: Vec<i64> = sqlx::query_scalar(
            "select thread_id from memberships where user_id = $1 and role = 'owner'
             order by thread_id",
        )
        .bind($user.0)
        .fetch_all(&mut *$tx)
        .await?;
        sqlx::query(
            "update memberships set role = 'member' where user_id = $1 and role = 'owner'
             and exists (select 1 from users g where g.id = $1 and g.role = 'guest')",
        )
        .bind($user.0)
        .execute(&mut *$tx)
        .await?;
        let (mut heirs, mut count) = (Vec::new(), None);
        for thread in owned.into_iter().map($crate::protocol::ThreadId) {
            if let Some((heir, changes)) =
                $crate::server::db::succession::appoint_heir!($tx, thread, $now)
            {
                heirs.push(heir);
                count = Some(changes);
            }
        }
        (heirs, count)
    }};
}
pub(super) use hand_over;
