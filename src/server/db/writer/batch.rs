//! One batch of posts in one transaction.

mod plan;

use std::collections::HashSet;

use self::plan::Plan;
use super::Post;
use crate::protocol::{Posted, ThreadKind, Timestamp};
use crate::server::db::messages::KNOWN;
use crate::server::db::rows::{AsJson, as_json, parse, rows};
use crate::server::db::threads::ThreadRow;
use crate::server::db::users::UserRow;
use crate::server::db::{Db, Result};

/// What came of a post.
pub(super) enum Outcome {
    Fresh {
        posted: Posted,
        /// The author belongs to the thread since just now.
        has_joined: bool,
    },
    /// The client id was known.
    Repeated(Posted),
    /// There is no such thread for the author.
    Refused,
}

impl Outcome {
    /// A commit that failed may have happened all the same (the answer was lost): what is found
    /// written was perhaps never announced. Subscribers drop a double by its number.
    pub(super) fn announced_again(self) -> Self {
        match self {
            Self::Repeated(posted) => Self::Fresh {
                has_joined: posted.thread.kind == ThreadKind::Public,
                posted,
            },
            other => other,
        }
    }

    pub(super) fn into_posted(self) -> Option<Posted> {
        match self {
            Self::Fresh { posted, .. } | Self::Repeated(posted) => Some(posted),
            Self::Refused => None,
        }
    }
}

/// Authors in the threads that they may post in.
const READABLE: AsJson = as_json!(
    ["r.is_member"]["r.user_id, r.username, r.user_name"]["r.thread_id, r.name, r.kind, r.last_seq, r.active_at"],
    "select case when m.user_id is null then 0 else 1 end as is_member,
            u.id as user_id, u.username, u.name as user_name,
            t.id as thread_id, t.name, t.kind, t.last_seq, t.active_at
     from json_each($1) e
     join threads t on t.id = cast(e.value ->> 0 as bigint)
     join users u on u.id = cast(e.value ->> 1 as bigint) and u.banned_at is null
     left join memberships m on m.thread_id = t.id and m.user_id = u.id
     where t.kind = 'public' or m.user_id is not null"
);

/// In the order of the columns.
type ReadableRow = ((i64,), UserRow, ThreadRow);

const HEADS: AsJson = as_json!(
    "r.id, r.last_seq, r.active_at",
    "select t.id, t.last_seq, t.active_at
     from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint)"
);

/// What was written to these threads after these numbers.
const WRITTEN: AsJson = as_json!(
    "r.id, r.thread_id, r.seq",
    "select m.id, m.thread_id, m.seq
     from json_each($1) e
     join messages m
       on m.thread_id = cast(e.value ->> 0 as bigint) and m.seq > cast(e.value ->> 1 as bigint)"
);

/// Whether to look for posts that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    NotExpected,
    LookedFor,
}

/// Writes a batch: all of it or nothing. An outcome for each post, in their order.
///
/// Posts that come again are rare. So they are looked for only after the database has refused one
/// for its client id, and with it the whole attempt.
pub(super) async fn write(db: &Db, posts: &[Post], now: Timestamp) -> Result<Vec<Outcome>> {
    match attempt(db, posts, now, Repeats::NotExpected).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            attempt(db, posts, now, Repeats::LookedFor).await
        }
        outcome => outcome,
    }
}

/// One transaction.
async fn attempt(
    db: &Db,
    posts: &[Post],
    now: Timestamp,
    repeats: Repeats,
) -> Result<Vec<Outcome>> {
    Ok(in_tx!(db, |tx| {
        let authors: HashSet<(i64, i64)> = posts
            .iter()
            .map(|post| (post.thread.0, post.author.id.0))
            .collect();
        let readable: String = sqlx::query_scalar(READABLE.on(db.writer()))
            .bind(rows(authors.into_iter().collect()))
            .fetch_one(&mut *tx)
            .await?;

        let mut known = Vec::new();
        if repeats == Repeats::LookedFor {
            let keys = posts.iter().map(|p| (p.author.id.0, p.client_id.as_str()));
            let json: String = sqlx::query_scalar(KNOWN.on(db.writer()))
                .bind(rows(keys.collect()))
                .fetch_one(&mut *tx)
                .await?;
            known = parse(&json)?;
        }

        let mut plan = Plan::new(posts, parse(&readable)?, known)?;
        let joining = plan.joining();
        if !joining.is_empty() {
            sqlx::query(
                "insert into memberships (thread_id, user_id, joined_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint), $2
                 from json_each($1) e where true
                 on conflict (thread_id, user_id) do nothing",
            )
            .bind(rows(joining))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        }
        if !plan.is_empty() {
            // Time does not run backwards within a thread, whatever the clock does.
            sqlx::query(
                "with added as (
                   select cast(e.value ->> 0 as bigint) as thread,
                          cast(e.value ->> 1 as bigint) as n
                   from json_each($1) e)
                 update threads set last_seq = last_seq + added.n,
                        active_at = case when active_at > $2 then active_at else $2 end
                 from added where id = added.thread",
            )
            .bind(rows(plan.added()))
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            let heads: String = sqlx::query_scalar(HEADS.on(db.writer()))
                .bind(rows(plan.added()))
                .fetch_one(&mut *tx)
                .await?;
            let before = plan.number(&parse(&heads)?)?;

            sqlx::query(
                "insert into messages (thread_id, author_id, seq, text, client_id, created_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint),
                        cast(e.value ->> 2 as bigint), e.value ->> 3, e.value ->> 4,
                        cast(e.value ->> 5 as bigint)
                 from json_each($1) e",
            )
            .bind(rows(plan.messages()))
            .execute(&mut *tx)
            .await?;
            let written: String = sqlx::query_scalar(WRITTEN.on(db.writer()))
                .bind(rows(before))
                .fetch_one(&mut *tx)
                .await?;
            plan.identify(&parse(&written)?)?;

            sqlx::query(
                "insert into thread_events (thread_id, seq, kind, message_id, created_at)
                 select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint), 'posted',
                        cast(e.value ->> 2 as bigint), cast(e.value ->> 3 as bigint)
                 from json_each($1) e",
            )
            .bind(rows(plan.events()))
            .execute(&mut *tx)
            .await?;
        }
        plan.outcomes()
    }))
}
