//! What somebody may do here: making administrators, members and guests of each other.
//!
//! With the row, in one transaction, goes what follows from it: a guest belongs to no thread that is
//! for everybody, and is in charge of nothing; who is none any more belongs to those threads from that
//! day on.

use super::departures::note_departures;
use super::holding::{end_invitations, hold_server};
use super::memberships::{EVERYBODYS, Left, join_threads};
use super::people::{Governed, record};
use super::permissions::is_administrator;
use super::profiles::PersonRow;
use super::succession::{Heir, hand_over};
use super::users::standing_from;
use super::{Db, Result};
use crate::protocol::settings::Standing;
use crate::protocol::{Seq, ThreadId, Timestamp, User, UserId};

/// What has become of somebody.
#[derive(Clone, Debug)]
pub struct Regraded {
    pub user: User,
    /// They were a guest, or are one now: they see other things than before.
    pub sees_otherwise: bool,
    /// The threads that they have left with that.
    pub left: Vec<(ThreadId, Left)>,
    /// Who is in charge of their threads since then.
    pub heirs: Vec<Heir>,
    /// The threads that they belong to since then.
    pub joined: Vec<(ThreadId, Seq)>,
}

/// How a standing is stored.
fn name_of(standing: Standing) -> &'static str {
    match standing {
        Standing::Administrator => "admin",
        Standing::Member => "member",
        Standing::Guest => "guest",
    }
}

/// What it is called on record.
fn act(before: Standing, after: Standing) -> &'static str {
    match (before, after) {
        (_, Standing::Administrator) => "promote",
        (_, Standing::Guest) => "make_guest",
        (Standing::Guest, Standing::Member) => "admit",
        (_, Standing::Member) => "demote",
    }
}

/// Makes somebody who is here something else, with what follows, in a transaction at hand: what has
/// become of them, and how many events without a message there were.
macro_rules! regrade {
    ($tx:ident, $by:expr, $id:expr, $before:expr, $after:expr, $now:expr) => {{
        let (id, before, after): (UserId, Standing, Standing) = ($id, $before, $after);
        let row: PersonRow = sqlx::query_as(
            "update users set role = $2 where id = $1
             returning id as user_id, username, name, avatar, role, status, status_emoji,
                       status_until",
        )
        .bind(id.0)
        .bind(name_of(after))
        .fetch_one(&mut *$tx)
        .await?;
        let mut regraded = Regraded {
            user: row.at($now),
            sees_otherwise: (before == Standing::Guest) != (after == Standing::Guest),
            left: Vec::new(),
            heirs: Vec::new(),
            joined: Vec::new(),
        };
        let mut count = None;
        if after == Standing::Guest {
            end_invitations!($tx, id, $now);
            let gone: Vec<i64> = sqlx::query_scalar(
                "delete from memberships where user_id = $1 and thread_id in (
                   select t.id from threads t where t.for_everybody and t.kind = 'public')
                 returning thread_id",
            )
            .bind(id.0)
            .fetch_all(&mut *$tx)
            .await?;
            if !gone.is_empty() {
                let (left, changes) = note_departures!($tx, &gone, id, $now);
                regraded.left = left;
                count = Some(changes);
            }
            let (heirs, changes) = hand_over!($tx, id, $now);
            regraded.heirs = heirs;
            count = changes.or(count);
        }
        if before == Standing::Guest {
            let threads = sqlx::query_scalar(EVERYBODYS)
                .bind(id.0)
                .fetch_all(&mut *$tx)
                .await?;
            let (joined, changes) = join_threads!($tx, threads, id, $now);
            regraded.joined = joined;
            count = changes.or(count);
        }
        record!($tx, $by, act(before, after), id.0, "", $now);
        (regraded, count)
    }};
}

/// Makes somebody an administrator, a member or a guest, by an administrator. The last administrator
/// stays one. Where members invite nobody, what a former administrator has invited by ends. What has
/// become of them, unless they are that already.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn set(
    db: &Db,
    by: UserId,
    id: UserId,
    standing: Standing,
    do_members_invite: bool,
    now: Timestamp,
) -> Result<(Governed, Option<Regraded>)> {
    let (outcome, count) = in_tx!(db, |tx| {
        hold_server!(tx);
        let found: Option<(String, i64)> = sqlx::query_as(concat!(
            "select role, (select count(*) from users o where o.id <> $2 and o.role = 'admin'
                           and o.banned_at is null and o.left_at is null)
             from users where id = $2 and banned_at is null and left_at is null and ",
            is_administrator!("$1")
        ))
        .bind(by.0)
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        let found = found.map(|(role, others)| (standing_from(&role), others));
        match found {
            None => ((Governed::Refused, None), None),
            Some((before, _)) if before == standing => ((Governed::Done, None), None),
            Some((Standing::Administrator, 0)) => ((Governed::LastAdministrator, None), None),
            Some((before, _)) => {
                if before == Standing::Administrator && !do_members_invite {
                    end_invitations!(tx, id, now);
                }
                let (regraded, count) = regrade!(tx, Some(by.0), id, before, standing, now);
                ((Governed::Done, Some(regraded)), count)
            }
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok(outcome)
}

/// Makes somebody an administrator, whoever asks. False if there is no such person, or they are
/// banned.
///
/// # Errors
/// The database fails; then nothing of it has happened.
pub async fn appoint(db: &Db, id: UserId, now: Timestamp) -> Result<bool> {
    let (is_here, count) = in_tx!(db, |tx| {
        hold_server!(tx);
        let before: Option<String> = sqlx::query_scalar(
            "select role from users where id = $1 and banned_at is null and left_at is null",
        )
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
        match before.as_deref().map(standing_from) {
            None => (false, None),
            Some(Standing::Administrator) => (true, None),
            Some(before) => {
                let after = Standing::Administrator;
                let (_, count) = regrade!(tx, None::<i64>, id, before, after, now);
                (true, count)
            }
        }
    });
    if let Some(count) = count {
        db.has_changed(count);
    }
    Ok(is_here)
}
