//! Invitations' rows: codes that let somebody register where registration is not open.
//!
//! Only a hash of the code is kept, so a link is shown once. An end that never comes and uses that
//! never run out are numbers too large to reach: then one comparison serves all.

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};

use super::holding::hold_person;
use super::permissions::is_administrator;
use super::users::{Named, NewUser, Newcomer, UserRow, insert_user, note_changes};
use super::{Db, Result};
use crate::protocol::settings::{Invitation, InvitationState};
use crate::protocol::text::Stored;
use crate::protocol::{DisplayName, InvitationId, Timestamp, User, UserId, Username};

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

/// An invitation to be.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    pub code_hash: &'a [u8],
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
    /// This person, if they are an administrator.
    Administrator(UserId),
    /// This person, whoever they are, as long as they may be here.
    Anybody(UserId),
}

#[derive(FromRow)]
struct InviteRow {
    id: i64,
    created_at: i64,
    expires_at: i64,
    uses_left: i64,
    revoked_at: Option<i64>,
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
}

/// Adds an invitation, if its maker may.
///
/// # Errors
/// The database fails.
pub async fn insert(db: &Db, new: NewInvitation<'_>, maker: Maker) -> Result<Result<(), NotMade>> {
    let (by, is_free) = match maker {
        Maker::Operator => (None, true),
        Maker::Anybody(id) => (Some(id), true),
        Maker::Administrator(id) => (Some(id), false),
    };
    let uses = new.uses.map_or(WITHOUT_LIMIT, i64::from);
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
        let written = sqlx::query(concat!(
            "insert into invites (code_hash, created_at, expires_at, uses_left, created_by)
             select $2, $3, $4, $5, $1
             where cast($6 as bigint) = 1 and cast($8 as bigint) = 1
               and (cast($7 as bigint) = 1 or ",
            is_administrator!("$1"),
            ")"
        ))
        .bind(by.map(|id| id.0))
        .bind(new.code_hash)
        .bind(new.now.0)
        .bind(new.expires_at.map_or(NEVER, |at| at.0))
        .bind(uses)
        .bind(i64::from(is_here))
        .bind(i64::from(is_free))
        .bind(i64::from(live < LIVE))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        match written {
            1 => Ok(()),
            _ if live < LIVE => Err(NotMade::NotTheirs),
            _ => Err(NotMade::TooMany),
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
            came: first,
            came_in_all,
        }
    };
    Ok(rows.into_iter().map(invitation).collect())
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
        let spent: Option<i64> = sqlx::query_scalar(
            "update invites set uses_left = uses_left - 1
             where code_hash = $1 and expires_at > $2 and uses_left > 0 and revoked_at is null
             returning id",
        )
        .bind(code_hash)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        match spent {
            None => None,
            Some(id) => {
                let named = insert_user!(tx, new, now);
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
