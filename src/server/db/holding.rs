//! What is held still while something is decided by it, in a transaction at hand, and what ends with
//! a person.
//!
//! `SQLite` has one writer, and nothing changes beside it. On `PostgreSQL` two transactions each see
//! the other's rows as they were: whoever decides by a row takes it first, by writing what it says
//! already, and the other one waits and looks again.

/// Takes what the server is: of all who change who governs, one is at it at a time.
macro_rules! hold_server {
    ($tx:ident) => {
        sqlx::query("update server_identity set created_at = created_at where id = 1")
            .execute(&mut *$tx)
            .await?
    };
}

/// Takes a person, if they may still be here: then they cannot be banned, nor leave, before this
/// transaction has come to its end.
macro_rules! hold_person {
    ($tx:ident, $id:expr) => {
        sqlx::query(
            "update users set created_at = created_at
             where id = $1 and banned_at is null and left_at is null",
        )
        .bind($id.0)
        .execute(&mut *$tx)
        .await?
        .rows_affected()
            == 1
    };
}

/// Ends all that somebody could come back by, or let others in with.
macro_rules! end_credentials {
    ($tx:ident, $id:expr, $now:expr) => {
        for ending in [
            "delete from sessions where user_id = $1",
            "delete from api_tokens where user_id = $1",
        ] {
            sqlx::query(ending).bind($id.0).execute(&mut *$tx).await?;
        }
        $crate::server::db::holding::end_invitations!($tx, $id, $now);
    };
}

/// Takes back all that somebody has invited by.
macro_rules! end_invitations {
    ($tx:ident, $id:expr, $now:expr) => {
        sqlx::query(
            "update invites set revoked_at = $2 where created_by = $1 and revoked_at is null",
        )
        .bind($id.0)
        .bind($now.0)
        .execute(&mut *$tx)
        .await?
    };
}

pub(super) use {end_credentials, end_invitations, hold_person, hold_server};
