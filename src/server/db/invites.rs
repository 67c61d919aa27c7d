//! Invitations' rows: codes that let somebody register where registration is not open.
//!
//! Only a hash of the code is kept, so a link is shown once. An end that never comes and uses that
//! never run out are numbers too large to reach: then one comparison serves all.

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};

use super::holding::hold_person;
use super::permissions::{is_administrator, is_among, may_read};
use super::rows::rows;
use super::users::{Named, NewUser, Newcomer, UserRow, insert_user, note_changes};
use super::{Db, Result};
use crate::protocol::settings::{Invitation, InvitationState, Who};
use crate::protocol::text::Stored;
use crate::protocol::{
    DisplayName, InvitationId, ThreadId, ThreadName, Timestamp, User, UserId, Username,
};

/// The last millisecond that JavaScript has a date for.
const NEVER: i64 = 8_640_000_000_000_000;
const WITHOUT_LIMIT: i64 = 1 << 40;
/// Invitations of one person that are still good, at most.
pub const LIVE: i64 = 100;
/// Of those who came by an invitation, so many are named.
const NAMED: i64 = 5;

/// The invitation `i` still lets somebody in, at the time in that parameter.
macro_rules! is_live {
    ($now:literal) => {
        concat!(
            "(i.revoked_at is null and i.uses_left > 0 and i.expires_at > ",
            $now,
            ")"
        )
    };
}

/// Where a guest who comes by an invitation is put: into its threads, as far as whoever made it
/// belongs to them still.
pub(super) const LEADS_INTO: &str = "select t.id from invites i
    join invite_threads w on w.invite_id = i.id
    join threads t on t.id = w.thread_id
    where i.id = $1
      and (i.created_by is null or exists (select 1 from memberships m
           where m.thread_id = t.id and m.user_id = i.created_by))
    order by t.id";

/// An invitation to be.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    pub code_hash: &'a [u8],
    /// Whoever comes is a guest in these threads; a member, where there are none.
    pub guest_in: &'a [ThreadId],
    /// None: without limit.
    pub uses: Option<u32>,
    /// None: never.
    pub expires_at: Option<Timestamp>,
    pub now: Timestamp,
}

/// Who makes an invitation.
#[derive(Clone, Copy, Debug)]
pub enum Maker {
    /// Whoever runs the server, on its command line.
    Operator,
    /// This person. If nobody has set who invites: if they are an administrator.
    Administrator(UserId),
    /// This person. If nobody has set who invites: if they are no guest.
    Anybody(UserId),
}

#[derive(FromRow)]
struct InviteRow {
    id: i64,
    created_at: i64,
    expires_at: i64,
    uses_left: i64,
    revoked_at: Option<i64>,
    for_guests: i64,
    by_id: Option<i64>,
    by_username: Option<String>,
    by_name: Option<String>,
}

/// Who came by an invitation first, and how many did in all.
type Came = (Vec<User>, i64);

#[derive(FromRow)]
struct CameRow {
    invited_by: i64,
    in_all: i64,
    #[sqlx(flatten)]
    user: UserRow,
}

impl InviteRow {
    fn state(&self, now: Timestamp) -> InvitationState {
        match self {
            Self {
                revoked_at: Some(_),
                ..
            } => InvitationState::Revoked,
            Self { uses_left: 0, .. } => InvitationState::UsedUp,
            Self { expires_at, .. } if *expires_at <= now.0 => InvitationState::Expired,
            _ => InvitationState::Live,
        }
    }

    fn maker(&self) -> Option<User> {
        Some(User {
            id: UserId(self.by_id?),
            username: Username::from_stored(self.by_username.clone()?),
            name: DisplayName::from_stored(self.by_name.clone()?),
            avatar: None,
            guest: false,
            status: None,
            status_until: None,
        })
    }
}

/// Why there is no invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// Its maker may not.
    NotTheirs,
    /// They have too many already that are still good.
    TooMany,
    /// It is to lead into a thread that they do not belong to, or that is not there.
    NoSuchThread,
}

/// Adds an invitation, if its maker may.
///
/// # Errors
/// The database fails.
pub async fn insert(db: &Db, new: NewInvitation<'_>, maker: Maker) -> Result<Result<(), NotMade>> {
    let (by, otherwise) = match maker {
        Maker::Operator => (None, Who::Everybody),
        Maker::Anybody(id) => (Some(id), Who::Members),
        Maker::Administrator(id) => (Some(id), Who::Administrators),
    };
    let uses = new.uses.map_or(WITHOUT_LIMIT, i64::from);
    let mut guest_in: Vec<(i64,)> = new.guest_in.iter().map(|thread| (thread.0,)).collect();
    guest_in.sort_unstable();
    guest_in.dedup();
    Ok(in_tx!(db, |tx| {
        let is_here = match by {
            None => true,
            Some(id) => hold_person!(tx, id),
        };
        let live: i64 = sqlx::query_scalar(concat!(
            "select count(*) from invites i where i.created_by = $1 and ",
            is_live!("$2")
        ))
        .bind(by.map(|id| id.0))
        .bind(new.now.0)
        .fetch_one(&mut *tx)
        .await?;
        let theirs: Vec<(i64,)> = sqlx::query_as(
            "select t.id from json_each($2) e
             join threads t on t.id = cast(e.value ->> 0 as bigint) and t.kind <> 'direct'
             where cast($1 as bigint) is null or exists (select 1 from memberships m
                 where m.thread_id = t.id and m.user_id = $1)
             order by t.id",
        )
        .bind(by.map(|id| id.0))
        .bind(rows(guest_in.clone()))
        .fetch_all(&mut *tx)
        .await?;
        let are_theirs = theirs.len() == guest_in.len();
        let written: Option<i64> = sqlx::query_scalar(concat!(
            "insert into invites
               (code_hash, created_at, expires_at, uses_left, created_by, for_guests)
             select $2, $3, $4, $5, $1, cast($9 as bigint) = 1
             where cast($6 as bigint) = 1 and cast($8 as bigint) = 1
               and (cast($7 as text) = 'everybody' or ",
            is_among!("$1", "coalesce(s.may_invite, $7)"),
            ") returning id"
        ))
        .bind(by.map(|id| id.0))
        .bind(new.code_hash)
        .bind(new.now.0)
        .bind(new.expires_at.map_or(NEVER, |at| at.0))
        .bind(uses)
        .bind(i64::from(is_here))
        .bind(otherwise.as_str())
        .bind(i64::from(live < LIVE && are_theirs))
        .bind(i64::from(!theirs.is_empty()))
        .fetch_optional(&mut *tx)
        .await?;
        match written {
            Some(id) => {
                sqlx::query(
                    "insert into invite_threads (invite_id, thread_id)
                     select $1, cast(e.value ->> 0 as bigint) from json_each($2) e",
                )
                .bind(id)
                .bind(rows(theirs))
                .execute(&mut *tx)
                .await?;
                Ok(())
            }
            None if !are_theirs => Err(NotMade::NoSuchThread),
            None if live < LIVE => Err(NotMade::NotTheirs),
            None => Err(NotMade::TooMany),
        }
    }))
}

/// How an invitation stands, and who made it.
///
/// # Errors
/// The database fails.
pub async fn find(
    db: &Db,
    code_hash: &[u8],
    now: Timestamp,
) -> Result<(InvitationState, Option<User>)> {
    let row: Option<InviteRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select i.id, i.created_at, i.expires_at, i.uses_left, i.revoked_at,
                cast(case when i.for_guests then 1 else 0 end as bigint) as for_guests,
                u.id as by_id, u.username as by_username, u.name as by_name
         from invites i left join users u on u.id = i.created_by where i.code_hash = $1"
    )
    .bind(code_hash)
    .fetch_optional(pool)
    .await)?;
    Ok(match row {
        None => (InvitationState::Unknown, None),
        Some(row) => (row.state(now), row.maker()),
    })
}

/// The invitations that somebody may see, those that are still good first, and the newest first of
/// them: their own, and all of them for an administrator. So many are passed over.
///
/// # Errors
/// The database fails.
pub async fn list(
    db: &Db,
    by: UserId,
    now: Timestamp,
    passed: i64,
    limit: u32,
) -> Result<Vec<Invitation>> {
    let rows: Vec<InviteRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select i.id, i.created_at, i.expires_at, i.uses_left, i.revoked_at,
                cast(case when i.for_guests then 1 else 0 end as bigint) as for_guests,
                u.id as by_id, u.username as by_username, u.name as by_name
         from invites i left join users u on u.id = i.created_by
         where i.created_by = $1 or ",
        is_administrator!("$1"),
        " order by case when ",
        is_live!("$4"),
        " then 0 else 1 end, i.id desc limit 0 + $2 offset 0 + $3"
    ))
    .bind(by.0)
    .bind(i64::from(limit))
    .bind(passed)
    .bind(now.0)
    .fetch_all(pool)
    .await)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut came = who_came(db, &ids).await?;
    let mut leads_into = leads_into(db, by, &ids).await?;
    let invitation = |row: InviteRow| {
        let (first, came_in_all) = came.remove(&row.id).unwrap_or_default();
        Invitation {
            id: InvitationId(row.id),
            made_by: row.maker(),
            created_at: Timestamp(row.created_at),
            expires_at: (row.expires_at < NEVER).then_some(Timestamp(row.expires_at)),
            // Who came by it used it up; what is left is still without limit.
            uses_left: (row.uses_left < WITHOUT_LIMIT / 2).then_some(row.uses_left),
            state: row.state(now),
            for_guests: row.for_guests == 1,
            leads_into: leads_into.remove(&row.id).unwrap_or_default(),
            came: first,
            came_in_all,
        }
    };
    Ok(rows.into_iter().map(invitation).collect())
}

/// The threads that invitations lead into, by name, as far as whoever looks may read them.
async fn leads_into(
    db: &Db,
    by: UserId,
    invitations: &[i64],
) -> Result<HashMap<i64, Vec<ThreadName>>> {
    let ids = invitations.iter().map(|id| (*id,)).collect();
    let rows: Vec<(i64, String)> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select w.invite_id, t.name from json_each($1) e
         join invite_threads w on w.invite_id = cast(e.value ->> 0 as bigint)
         join threads t on t.id = w.thread_id
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where ",
        may_read!("$2"),
        " order by w.invite_id, t.name"
    ))
    .bind(rows(ids))
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    let mut names: HashMap<i64, Vec<ThreadName>> = HashMap::new();
    for (invitation, name) in rows {
        let of = names.entry(invitation).or_default();
        of.push(ThreadName::from_stored(name));
    }
    Ok(names)
}

async fn who_came(db: &Db, invitations: &[i64]) -> Result<HashMap<i64, Came>> {
    let mut came: HashMap<i64, Came> = HashMap::new();
    if invitations.is_empty() {
        return Ok(came);
    }
    let rows: Vec<CameRow> = on!(db.reader(), |pool| {
        let mut query = QueryBuilder::new(
            "select invited_by, in_all, user_id, username, name, avatar
             from (select invited_by, id as user_id, username, name, avatar,
                          count(*) over (partition by invited_by) as in_all,
                          row_number() over (partition by invited_by order by id) as place
                   from users where invited_by in ",
        );
        push_ids!(query, invitations);
        query.push(") c where place <= ").push_bind(NAMED);
        query.push(" order by user_id");
        query.build_query_as().fetch_all(pool).await
    })?;
    for row in rows {
        let (first, in_all) = came.entry(row.invited_by).or_default();
        first.push(row.user.into());
        *in_all = row.in_all;
    }
    Ok(came)
}

/// Takes an invitation back: one's own, or anybody's as an administrator. False if there is no such
/// invitation, or it has been taken back.
///
/// # Errors
/// The database fails.
pub async fn revoke(db: &Db, by: UserId, id: InvitationId, now: Timestamp) -> Result<bool> {
    on!(db.writer(), |pool| sqlx::query(concat!(
        "update invites set revoked_at = $3
         where id = $2 and revoked_at is null and (created_by = $1 or ",
        is_administrator!("$1"),
        ")"
    ))
    .bind(by.0)
    .bind(id.0)
    .bind(now.0)
    .execute(pool)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Spends one use of an invitation and adds the person: both or neither. Nothing if there is no such
/// invitation, or it lets nobody in any more.
///
/// # Errors
/// The database fails.
pub async fn redeem(
    db: &Db,
    code_hash: &[u8],
    new: NewUser<'_>,
    now: Timestamp,
) -> Result<Option<Named<Newcomer>>> {
    let named = in_tx!(db, |tx| {
        let spent: Option<(i64, i64)> = sqlx::query_as(
            "update invites set uses_left = uses_left - 1
             where code_hash = $1 and expires_at > $2 and uses_left > 0 and revoked_at is null
             returning id, cast(case when for_guests then 1 else 0 end as bigint)",
        )
        .bind(code_hash)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        match spent {
            None => None,
            Some((id, for_guests)) => {
                let invitation = (for_guests == 1).then_some(id);
                let named = insert_user!(tx, new, as guest of invitation, now);
                let statement = match &named {
                    Named::Done(_) => "update users set invited_by = $1 where id = $2",
                    _ => "update invites set uses_left = uses_left + 1 where id = $1 and $2 = 0",
                };
                let user = match &named {
                    Named::Done(newcomer) => newcomer.user.id.0,
                    _ => 0,
                };
                sqlx::query(statement)
                    .bind(id)
                    .bind(user)
                    .execute(&mut *tx)
                    .await?;
                Some(named)
            }
        }
    });
    if let Some(named) = &named {
        note_changes(db, named);
    }
    Ok(named)
}
