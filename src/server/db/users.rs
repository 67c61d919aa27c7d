//! People's rows.

use serde::Deserialize;
use sqlx::FromRow;

use super::permissions::may_meet;
use super::profiles::PersonRow;
use super::{Db, Result};
use crate::protocol::settings::Standing;
use crate::protocol::text::Stored;
use crate::protocol::{
    AvatarId, DisplayName, Profile, Seq, ThreadId, Timestamp, User, UserId, Username,
};
use crate::server::auth::names::{look_alike_key as name_key, searched};

/// A person with what is needed to check their password.
#[derive(Debug)]
pub struct Account {
    pub user: User,
    pub password_hash: String,
    pub is_banned: bool,
}

#[derive(Deserialize, FromRow)]
pub(super) struct UserRow {
    pub user_id: i64,
    pub username: String,
    pub name: String,
    pub avatar: Option<i64>,
    /// What they are here, where that is asked for.
    #[serde(default)]
    #[sqlx(default)]
    pub role: Option<String>,
}

#[derive(FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: String,
    banned_at: Option<i64>,
}

#[derive(FromRow)]
struct ProfileRow {
    #[sqlx(flatten)]
    user: UserRow,
    created_at: i64,
}

/// An unknown standing may do the least.
pub(super) fn standing_from(name: &str) -> Standing {
    match name {
        "admin" => Standing::Administrator,
        "member" => Standing::Member,
        _ => Standing::Guest,
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId(row.user_id),
            username: Username::from_stored(row.username),
            name: DisplayName::from_stored(row.name),
            avatar: row.avatar.map(AvatarId),
            guest: row.role.as_deref() == Some("guest"),
            status: None,
            status_until: None,
        }
    }
}

/// What becomes of a name that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<T> {
    Done(T),
    UsernameTaken,
    /// Somebody else is called that, or what they are called looks the same.
    LooksLikeAnother,
}

/// Whether somebody other than `$me` has a name that looks like one of these.
macro_rules! is_taken {
    ($tx:ident, $username:expr, $name:expr, $me:expr) => {{
        let keys = [
            $crate::server::auth::names::look_alike_key($username),
            $crate::server::auth::names::look_alike_key($name),
        ];
        let found: Option<i64> = sqlx::query_scalar(
            "select id from users
             where (name_key in ($1, $2) or username_key in ($1, $2)) and id <> $3
             union all
             select 0 from former_usernames where username_key in ($1, $2) limit 1",
        )
        .bind(&keys[0])
        .bind(&keys[1])
        .bind($me)
        .fetch_optional(&mut *$tx)
        .await?;
        found.is_some()
    }};
}

/// Adds a person in a transaction at hand: a member, or a guest who came by that invitation.
macro_rules! insert_user {
    ($tx:ident, $new:expr, $now:expr) => {
        $crate::server::db::users::insert_user!($tx, $new, as guest of None::<i64>, $now)
    };
    ($tx:ident, $new:expr, as guest of $invitation:expr, $now:expr) => {{
        let invitation: Option<i64> = $invitation;
        let NewUser {
            username,
            name,
            password_hash,
        } = $new;
        let taken: Option<String> = sqlx::query_scalar(
            "select username from users where username = $1
             union all select username from former_usernames where username = $1",
        )
        .bind(username.as_str())
        .fetch_optional(&mut *$tx)
        .await?;
        if taken.is_some() {
            $crate::server::db::users::Named::UsernameTaken
        } else if $crate::server::db::users::is_taken!($tx, username.as_str(), name.as_str(), 0i64)
        {
            $crate::server::db::users::Named::LooksLikeAnother
        } else {
            let id: i64 = sqlx::query_scalar(
                "insert into users
                   (username, name, username_key, name_key, password_hash, created_at, search_key,
                    role)
                 values ($1, $2, $3, $4, $5, $6, $7,
                         case when exists (select 1 from users
                           where banned_at is null and left_at is null)
                         then $8 else 'admin' end)
                 returning id",
            )
            .bind(username.as_str())
            .bind(name.as_str())
            .bind($crate::server::auth::names::look_alike_key(
                username.as_str(),
            ))
            .bind($crate::server::auth::names::look_alike_key(name.as_str()))
            .bind(password_hash)
            .bind($now.0)
            .bind($crate::server::db::search::search_key(
                username.as_str(),
                name.as_str(),
            ))
            .bind(match invitation {
                None => "member",
                Some(_) => "guest",
            })
            .fetch_one(&mut *$tx)
            .await?;
            let id = UserId(id);
            let threads = match invitation {
                None => sqlx::query_scalar($crate::server::db::memberships::EVERYBODYS).bind(id.0),
                Some(invitation) => {
                    sqlx::query_scalar($crate::server::db::invites::LEADS_INTO).bind(invitation)
                }
            };
            let threads = threads.fetch_all(&mut *$tx).await?;
            let (joined, changes) =
                $crate::server::db::memberships::join_threads!($tx, threads, id, $now);
            $crate::server::db::users::Named::Done($crate::server::db::users::Newcomer {
                user: User {
                    id,
                    username: username.clone(),
                    name: name.clone(),
                    avatar: None,
                    guest: invitation.is_some(),
                    status: None,
                    status_until: None,
                },
                joined,
                changes,
            })
        }
    }};
}
pub(super) use {insert_user, is_taken};

/// A person to be.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    pub username: &'a Username,
    pub name: &'a DisplayName,
    pub password_hash: &'a str,
}

/// A person who has just come, and the threads that everybody belongs to, each since an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    pub user: User,
    pub joined: Vec<(ThreadId, Seq)>,
    /// How many events without a message there were with that.
    pub(super) changes: Option<i64>,
}

/// Adds a person, unless somebody is called so or looks the same.
///
/// # Errors
/// The database fails.
pub async fn insert(db: &Db, new: NewUser<'_>, now: Timestamp) -> Result<Named<User>> {
    Ok(match register(db, new, now).await? {
        Named::Done(newcomer) => Named::Done(newcomer.user),
        Named::UsernameTaken => Named::UsernameTaken,
        Named::LooksLikeAnother => Named::LooksLikeAnother,
    })
}

/// The same, with what they belong to from now on, to be announced.
///
/// # Errors
/// The database fails.
pub async fn register(db: &Db, new: NewUser<'_>, now: Timestamp) -> Result<Named<Newcomer>> {
    let named = in_tx!(db, |tx| insert_user!(tx, new, now));
    note_changes(db, &named);
    Ok(named)
}

pub(super) fn note_changes(db: &Db, named: &Named<Newcomer>) {
    if let Named::Done(newcomer) = named
        && let Some(changes) = newcomer.changes
    {
        db.has_changed(changes);
    }
}

/// The people of these usernames, in their order; those who may not sign in are left out, and whom `by`
/// may not know.
///
/// # Errors
/// The database fails.
pub async fn find_by_names(db: &Db, by: UserId, names: &[Username]) -> Result<Vec<User>> {
    let names = names.iter().map(|name| (name.as_str(),)).collect();
    let rows: Vec<UserRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select u.id as user_id, u.username, u.name, u.avatar, u.role
         from json_each($1) e join users u on u.username = e.value ->> 0
         where u.banned_at is null and ",
        may_meet!("$2"),
        " order by u.username"
    ))
    .bind(super::rows::rows(names))
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// Gives everybody the key by which names that look alike are found, who has none yet.
///
/// # Errors
/// The database fails.
pub(super) async fn fill_name_keys(db: &Db) -> Result<()> {
    let missing: Vec<(i64, String, String)> = on!(db.writer(), |pool| sqlx::query_as(
        "select id, username, name from users where name_key is null"
    )
    .fetch_all(pool)
    .await)?;
    for chunk in missing.chunks(1000) {
        let keys = chunk
            .iter()
            .map(|(id, username, name)| (*id, name_key(username), name_key(name)))
            .collect();
        on!(db.writer(), |pool| sqlx::query(
            "with keys as (
               select cast(e.value ->> 0 as bigint) as person, e.value ->> 1 as of_username,
                      e.value ->> 2 as of_name
               from json_each($1) e)
             update users set username_key = keys.of_username, name_key = keys.of_name
             from keys where id = keys.person and name_key is null"
        )
        .bind(super::rows::rows(keys))
        .execute(pool)
        .await
        .map(drop))?;
    }
    Ok(())
}

/// The account with that username.
///
/// # Errors
/// The database fails.
pub async fn find_account(db: &Db, username: &Username) -> Result<Option<Account>> {
    let row: Option<AccountRow> = on!(db.reader(), |pool| {
        sqlx::query_as(
        "select id as user_id, username, name, avatar, password_hash, banned_at from users where username = $1",
    )
    .bind(username.as_str())
    .fetch_optional(pool)
    .await
    })?;
    row.map(|row| {
        Ok(Account {
            user: row.user.into(),
            password_hash: row.password_hash,
            is_banned: row.banned_at.is_some(),
        })
    })
    .transpose()
}

/// A person, as `by` sees them, if they may.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, by: UserId, id: UserId) -> Result<Option<User>> {
    let row: Option<UserRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select u.id as user_id, u.username, u.name, u.avatar, u.role from users u
         where u.id = $1 and ",
        may_meet!("$2")
    ))
    .bind(id.0)
    .bind(by.0)
    .fetch_optional(pool)
    .await)?;
    Ok(row.map(User::from))
}

/// Changes the name others see, unless somebody else looks the same; nothing if there is no such
/// person.
///
/// # Errors
/// The database fails.
pub async fn set_name(
    db: &Db,
    id: UserId,
    name: &DisplayName,
    now: Timestamp,
) -> Result<Option<Named<User>>> {
    Ok(in_tx!(db, |tx| {
        if is_taken!(tx, name.as_str(), name.as_str(), id.0) {
            Some(Named::LooksLikeAnother)
        } else {
            let row: Option<PersonRow> = sqlx::query_as(
                "update users set name = $2, name_key = $3, search_key = ' ' || username || $4
                 where id = $1 and banned_at is null and left_at is null
                 returning id as user_id, username, name, avatar, role, status, status_emoji,
                           status_until",
            )
            .bind(id.0)
            .bind(name.as_str())
            .bind(name_key(name.as_str()))
            .bind(format!(" {}", searched(name.as_str())))
            .fetch_optional(&mut *tx)
            .await?;
            row.map(|row| Named::Done(row.at(now)))
        }
    }))
}

/// A person as they see themselves.
///
/// # Errors
/// The database fails.
pub async fn find_profile(db: &Db, id: UserId) -> Result<Option<Profile>> {
    let row: Option<ProfileRow> = on!(db.reader(), |pool| sqlx::query_as(
        "select id as user_id, username, name, avatar, created_at from users where id = $1",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await)?;
    row.map(|row| {
        Ok(Profile {
            user: row.user.into(),
            created_at: Timestamp(row.created_at),
        })
    })
    .transpose()
}

/// Sets a new password and ends every session of that person. False if there is no such person.
///
/// # Errors
/// The database fails; then neither has happened.
pub async fn set_password(db: &Db, username: &Username, password_hash: &str) -> Result<bool> {
    Ok(in_tx!(db, |tx| {
        let id: Option<i64> = sqlx::query_scalar(
            "update users set password_hash = $2
             where username = $1 and left_at is null returning id",
        )
        .bind(username.as_str())
        .bind(password_hash)
        .fetch_optional(&mut *tx)
        .await?;
        sqlx::query("delete from sessions where user_id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        id.is_some()
    }))
}
