//! Who may do what: the columns of the server's row, as administrators have set them.
//!
//! It comes with whoever asks (`sessions`, `tokens`), so what is offered is as it is now; what is done asks
//! the same columns in its own statement (`permissions`).

use sqlx::FromRow;

use super::holding::hold_server;
use super::people::record;
use super::permissions::is_administrator;
use super::{Db, Result};
use crate::protocol::settings::{Policy, Who};
use crate::protocol::{Timestamp, UserId};

/// The columns of the server's row `i`.
macro_rules! policy_columns {
    () => {
        "i.may_start_public, i.may_start_private, i.may_invite"
    };
}
pub(super) use policy_columns;

#[derive(FromRow)]
pub(super) struct PolicyRow {
    #[sqlx(rename = "may_start_public")]
    start_public: String,
    #[sqlx(rename = "may_start_private")]
    start_private: String,
    #[sqlx(rename = "may_invite")]
    invite: Option<String>,
}

/// What was set; who invites may be left to what is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetPolicy {
    pub start_public: Who,
    pub start_private: Who,
    pub invite: Option<Who>,
}

/// A word that nobody knows lets in those who govern alone.
fn who(word: &str) -> Who {
    Who::parse(word).unwrap_or(Who::Administrators)
}

impl From<PolicyRow> for SetPolicy {
    fn from(row: PolicyRow) -> Self {
        Self {
            start_public: who(&row.start_public),
            start_private: who(&row.start_private),
            invite: row.invite.as_deref().map(who),
        }
    }
}

/// Says who may do what, if `by` is an administrator. Where members invite nobody from then on, what they
/// have invited by ends. Whether it was theirs to say; what is so already is not on record again.
///
/// # Errors
/// The database fails.
pub async fn set(db: &Db, by: UserId, policy: Policy, now: Timestamp) -> Result<bool> {
    let words = [policy.start_public, policy.start_private, policy.invite].map(Who::as_str);
    Ok(in_tx!(db, |tx| {
        hold_server!(tx);
        let before: Option<(String, String, Option<String>)> = sqlx::query_as(concat!(
            "select ",
            policy_columns!(),
            " from server_identity i where i.id = 1 and ",
            is_administrator!("$1")
        ))
        .bind(by.0)
        .fetch_optional(&mut *tx)
        .await?;
        match before {
            None => false,
            Some((public, private, invite))
                if [public.as_str(), &private, invite.as_deref().unwrap_or("")] == words =>
            {
                true
            }
            Some(_) => {
                sqlx::query(
                    "update server_identity
                     set may_start_public = $1, may_start_private = $2, may_invite = $3 where id = 1",
                )
                .bind(words[0])
                .bind(words[1])
                .bind(words[2])
                .execute(&mut *tx)
                .await?;
                if policy.invite == Who::Administrators {
                    sqlx::query(
                        "update invites set revoked_at = $1 where revoked_at is null
                         and created_by in (select u.id from users u where u.role <> 'admin')",
                    )
                    .bind(now.0)
                    .execute(&mut *tx)
                    .await?;
                }
                record!(
                    tx,
                    Some(by.0),
                    "set_policy",
                    None::<i64>,
                    words.join(" "),
                    now
                );
                true
            }
        }
    }))
}
