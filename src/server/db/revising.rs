//! Changing a message, deleting it, taking that back, and reacting to it: the row and the event in one
//! transaction, which also asks whether whoever does so may.
//!
//! A deleted message keeps its row, because its place and its number are counted on, and nothing of
//! what it said: that is kept apart (`message_versions`) for the moment in which it can be taken back,
//! and is gone for good then, with all that the message had said before.

use sqlx::FromRow;

use super::activity::{FORGET_REACTION, NOTE_REACTION};
use super::finding::index_anew;
use super::mutes::thread_on_record;
use super::people::record;
use super::permissions::{
    is_administrator, is_here, may_post, may_read, may_take_part, muted_until,
};
use super::{Db, Result};
use crate::protocol::{Emoji, Message, MessageText, Seq, ThreadId, Timestamp, UserId};

/// A message by its place.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub thread: ThreadId,
    pub seq: Seq,
}

/// What is to be done with it.
#[derive(Clone, Debug)]
pub enum Revision {
    /// Only what was posted since then.
    Edit {
        text: MessageText,
        since: Timestamp,
    },
    /// One's own only what was posted since then; as an administrator only in person.
    Delete {
        since: Timestamp,
        in_person: bool,
    },
    Restore,
    React(Emoji),
    Unreact(Emoji),
    Pin,
    Unpin,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revised {
    /// There is no such message that they may read, or it was deleted.
    NotThere,
    NotTheirs,
    /// They say nothing in this thread at the moment.
    Muted,
    TooLate,
    /// It has as many different emoji as a message can have, or as many are pinned as can be.
    TooMany,
    /// It is like that already.
    Nothing,
    /// Since that event.
    Done(Seq),
    /// The same, and it is for that person, whose message it is.
    DoneTo(Seq, UserId),
}

impl Revised {
    fn to(seq: Seq, told: Option<i64>) -> Self {
        match told {
            Some(user) => Self::DoneTo(seq, UserId(user)),
            None => Self::Done(seq),
        }
    }
}

#[derive(FromRow)]
struct Target {
    id: i64,
    author_id: i64,
    text: String,
    created_at: i64,
    deleted_at: Option<i64>,
    deleted_by: Option<i64>,
    pinned_at: Option<i64>,
    may_take_part: i64,
    may_post: i64,
    is_owner: i64,
    is_member: i64,
    /// Nobody governs what two people say to each other, unless one of them has asked for it.
    administers: i64,
    muted_until: Option<i64>,
}

/// Somebody else who may read the message `w` wants the administrators to see to it: whoever asks (`$3`) does
/// not give themselves a right by that.
macro_rules! is_reported {
    () => {
        "exists (select 1 from reports r
                 where r.message_id = w.id and r.closed_at is null and r.reported_by <> $3)"
    };
}

/// A message as whoever asks finds it, with what they may do in its thread.
const TARGET: &str = concat!(
    "select w.id, w.author_id, w.text, w.created_at, w.deleted_at, w.deleted_by,
            w.pinned_at,
            cast(case when ",
    may_take_part!("$3"),
    " then 1 else 0 end as bigint) as may_take_part,
            cast(case when ",
    may_post!("$3"),
    " then 1 else 0 end as bigint) as may_post,
            cast(case when m.role = 'owner' then 1 else 0 end as bigint) as is_owner,
            cast(case when m.user_id is not null then 1 else 0 end as bigint) as is_member,
            cast(case when (t.kind <> 'direct' or ",
    is_reported!(),
    ") and ",
    is_administrator!("$3"),
    " then 1 else 0 end as bigint) as administers, ",
    muted_until!("$3"),
    " as muted_until
     from threads t
     join messages w on w.thread_id = t.id and w.seq = $2
     left join memberships m on m.thread_id = t.id and m.user_id = $3
     where t.id = $1 and (",
    may_read!("$3"),
    " or (",
    is_reported!(),
    " and ",
    is_administrator!("$3"),
    ")) and ",
    is_here!("$3")
);

impl Target {
    /// Why a revision is not for them; nothing if it is.
    fn refuses(&self, revision: &Revision, by: UserId, now: Timestamp) -> Option<Revised> {
        let is_author = self.author_id == by.0;
        let is_muted = self.muted_until.is_some_and(|until| until > now.0);
        let is_too_late = |since: Timestamp| self.created_at < since.0;
        match revision {
            Revision::Restore => {
                let has_deleted_it = self.deleted_by == Some(by.0);
                match self.deleted_at {
                    None => Some(Revised::Nothing),
                    Some(_) if !has_deleted_it => Some(Revised::NotThere),
                    Some(at) if now.0 - at > Message::UNDO_MS => Some(Revised::TooLate),
                    // What one says again is said.
                    Some(_) if is_author && is_muted => Some(Revised::Muted),
                    Some(_) => None,
                }
            }
            Revision::Delete { .. } if self.deleted_at.is_some() => Some(Revised::Nothing),
            _ if self.deleted_at.is_some() => Some(Revised::NotThere),
            // What they have said they may take back.
            Revision::Edit { .. }
            | Revision::React(_)
            | Revision::Unreact(_)
            | Revision::Pin
            | Revision::Unpin
                if is_muted =>
            {
                Some(Revised::Muted)
            }
            Revision::Edit { .. } if !is_author || self.may_post == 0 => Some(Revised::NotTheirs),
            Revision::Edit { since, .. } if is_too_late(*since) => Some(Revised::TooLate),
            Revision::Edit { text, .. } if text.as_str() == self.text => Some(Revised::Nothing),
            Revision::Delete { .. } if self.is_owner == 1 => None,
            Revision::Delete { in_person, .. } if *in_person && self.administers == 1 => None,
            Revision::Delete { .. } if !is_author => Some(Revised::NotTheirs),
            Revision::Delete { since, .. } if is_too_late(*since) => Some(Revised::TooLate),
            Revision::React(_) | Revision::Unreact(_) if self.may_take_part == 0 => {
                Some(Revised::NotTheirs)
            }
            Revision::Pin | Revision::Unpin if self.may_post == 0 || self.is_member == 0 => {
                Some(Revised::NotTheirs)
            }
            Revision::Pin if self.pinned_at.is_some() => Some(Revised::Nothing),
            Revision::Unpin if self.pinned_at.is_none() => Some(Revised::Nothing),
            _ => None,
        }
    }
}

/// Writes an event about a message, in a transaction at hand, and gives its number and how many of
/// its kind there were.
macro_rules! write_event {
    ($tx:ident, $at:expr, $kind:literal, $message:expr, $by:expr, $payload:expr, $now:expr) => {{
        let (seq, changes) = $crate::server::db::memberships::write_event!(
            $tx, $at.thread, $kind, $by, about Some($message), $payload, $now
        );
        sqlx::query("update messages set changed_seq = $2 where id = $1")
            .bind($message)
            .bind(seq.0)
            .execute(&mut *$tx)
            .await?;
        (seq, changes)
    }};
}

/// Keeps what a message says at the moment, as it was before that event.
macro_rules! keep_version {
    ($tx:ident, $target:expr, $seq:expr) => {
        sqlx::query("insert into message_versions (message_id, seq, text) values ($1, $2, $3)")
            .bind($target.id)
            .bind($seq.0)
            .bind(&$target.text)
            .execute(&mut *$tx)
            .await?
    };
}

/// Until when what a deleted message said is kept; for ever, if it is back.
macro_rules! keep_until {
    ($tx:ident, $target:expr, $until:expr) => {
        sqlx::query("update message_versions set kept_until = $2 where message_id = $1")
            .bind($target.id)
            .bind($until)
            .execute(&mut *$tx)
            .await?
    };
}

/// So many more reactions.
macro_rules! count_reactions {
    ($tx:ident, $target:expr, $more:literal) => {
        sqlx::query("update messages set reactions = reactions + $2 where id = $1")
            .bind($target.id)
            .bind($more)
            .execute(&mut *$tx)
            .await?
    };
}

macro_rules! edit {
    ($db:expr, $tx:ident, $at:expr, $target:expr, $by:expr, $text:expr, $now:expr) => {{
        let (seq, changes) = write_event!($tx, $at, "edited", $target.id, $by, None::<&str>, $now);
        keep_version!($tx, $target, seq);
        sqlx::query("update messages set text = $2, edited_at = $3 where id = $1")
            .bind($target.id)
            .bind($text.as_str())
            .bind($now.0)
            .execute(&mut *$tx)
            .await?;
        index_anew!($db, $tx, $target.id, $text.as_str());
        (Revised::Done(seq), Some(changes))
    }};
}

macro_rules! delete {
    ($db:expr, $tx:ident, $at:expr, $target:expr, $by:expr, $now:expr) => {{
        let (seq, changes) = write_event!($tx, $at, "deleted", $target.id, $by, None::<&str>, $now);
        keep_version!($tx, $target, seq);
        keep_until!($tx, $target, Some($now.0 + Message::UNDO_MS));
        sqlx::query(
            "update messages set text = '', deleted_at = $2, deleted_by = $3 where id = $1",
        )
        .bind($target.id)
        .bind($now.0)
        .bind($by.0)
        .execute(&mut *$tx)
        .await?;
        index_anew!($db, $tx, $target.id, "");
        // What an administrator does to others is on record.
        if $target.author_id != $by.0 && $target.is_owner == 0 {
            let which = format!("{}/{}", $at.thread, $at.seq);
            let on_record = thread_on_record!($tx, $at.thread, $by);
            let (by, author) = (Some($by.0), $target.author_id);
            record!($tx, by, "delete_message", author, which, $now, in on_record);
        }
        (Revised::Done(seq), Some(changes))
    }};
}

macro_rules! restore {
    ($db:expr, $tx:ident, $at:expr, $target:expr, $by:expr, $now:expr) => {{
        let last: Option<(i64, String)> = sqlx::query_as(
            "select seq, text from message_versions where message_id = $1
             order by seq desc limit 1",
        )
        .bind($target.id)
        .fetch_optional(&mut *$tx)
        .await?;
        match last {
            None => (Revised::TooLate, None),
            Some((version, text)) => {
                let (seq, changes) =
                    write_event!($tx, $at, "restored", $target.id, $by, None::<&str>, $now);
                sqlx::query("delete from message_versions where message_id = $1 and seq = $2")
                    .bind($target.id)
                    .bind(version)
                    .execute(&mut *$tx)
                    .await?;
                keep_until!($tx, $target, None::<i64>);
                sqlx::query(
                    "update messages set text = $2, deleted_at = null, deleted_by = null
                     where id = $1",
                )
                .bind($target.id)
                .bind(&text)
                .execute(&mut *$tx)
                .await?;
                index_anew!($db, $tx, $target.id, &text);
                (Revised::Done(seq), Some(changes))
            }
        }
    }};
}

macro_rules! react {
    ($tx:ident, $at:expr, $target:expr, $by:expr, $emoji:expr, $now:expr) => {{
        // One row for each emoji, however many have given it.
        let given: Vec<(String, i64)> = sqlx::query_as(
            "select emoji, cast(max(case when user_id = $2 then 1 else 0 end) as bigint)
             from reactions where message_id = $1 group by emoji",
        )
        .bind($target.id)
        .bind($by.0)
        .fetch_all(&mut *$tx)
        .await?;
        let this = given.iter().find(|(emoji, _)| emoji == $emoji.as_str());
        let others = given.len() - usize::from(this.is_some());
        if this.is_some_and(|(_, is_mine)| *is_mine == 1) {
            (Revised::Nothing, None)
        } else if others >= Message::REACTIONS {
            (Revised::TooMany, None)
        } else {
            let emoji = Some($emoji.as_str());
            let (seq, changes) = write_event!($tx, $at, "reacted", $target.id, $by, emoji, $now);
            sqlx::query(
                "insert into reactions (message_id, user_id, emoji, seq) values ($1, $2, $3, $4)",
            )
            .bind($target.id)
            .bind($by.0)
            .bind($emoji.as_str())
            .bind(seq.0)
            .execute(&mut *$tx)
            .await?;
            count_reactions!($tx, $target, 1i64);
            let told: Option<i64> = sqlx::query_scalar(NOTE_REACTION)
                .bind($target.id)
                .bind($by.0)
                .bind($emoji.as_str())
                .bind($now.0)
                .fetch_optional(&mut *$tx)
                .await?;
            (Revised::to(seq, told), Some(changes))
        }
    }};
}

macro_rules! unreact {
    ($tx:ident, $at:expr, $target:expr, $by:expr, $emoji:expr, $now:expr) => {{
        let taken_back = sqlx::query(
            "delete from reactions where message_id = $1 and user_id = $2 and emoji = $3",
        )
        .bind($target.id)
        .bind($by.0)
        .bind($emoji.as_str())
        .execute(&mut *$tx)
        .await?
        .rows_affected();
        if taken_back == 0 {
            (Revised::Nothing, None)
        } else {
            let emoji = Some($emoji.as_str());
            let (seq, changes) = write_event!($tx, $at, "unreacted", $target.id, $by, emoji, $now);
            count_reactions!($tx, $target, -1i64);
            let told: Option<Option<i64>> = sqlx::query_scalar(FORGET_REACTION)
                .bind($target.id)
                .bind($by.0)
                .bind($emoji.as_str())
                .fetch_optional(&mut *$tx)
                .await?;
            (Revised::to(seq, told.flatten()), Some(changes))
        }
    }};
}

macro_rules! set_pin {
    ($tx:ident, $target:expr, $at:expr) => {
        sqlx::query("update messages set pinned_at = $2 where id = $1")
            .bind($target.id)
            .bind($at)
            .execute(&mut *$tx)
            .await?
    };
}

macro_rules! pin {
    ($tx:ident, $at:expr, $target:expr, $by:expr, $now:expr) => {{
        let pinned: i64 = sqlx::query_scalar(
            "select count(*) from messages where thread_id = $1 and pinned_at is not null
               and deleted_at is null",
        )
        .bind($at.thread.0)
        .fetch_one(&mut *$tx)
        .await?;
        if usize::try_from(pinned).unwrap_or_default() >= Message::PINS {
            (Revised::TooMany, None)
        } else {
            let (seq, changes) =
                write_event!($tx, $at, "pinned", $target.id, $by, None::<&str>, $now);
            set_pin!($tx, $target, Some($now.0));
            (Revised::Done(seq), Some(changes))
        }
    }};
}

macro_rules! unpin {
    ($tx:ident, $at:expr, $target:expr, $by:expr, $now:expr) => {{
        let (seq, changes) =
            write_event!($tx, $at, "unpinned", $target.id, $by, None::<&str>, $now);
        set_pin!($tx, $target, None::<i64>);
        (Revised::Done(seq), Some(changes))
    }};
}

/// Does it, if `by` may.
///
/// # Errors
/// The database fails.
pub async fn revise(
    db: &Db,
    at: At,
    by: UserId,
    revision: Revision,
    now: Timestamp,
) -> Result<Revised> {
    let (revised, changes) = in_tx!(db, |tx| {
        let target: Option<Target> = sqlx::query_as(TARGET)
            .bind(at.thread.0)
            .bind(at.seq.0)
            .bind(by.0)
            .fetch_optional(&mut *tx)
            .await?;
        let refused = match &target {
            None => Some(Revised::NotThere),
            Some(target) => target.refuses(&revision, by, now),
        };
        match (refused, target) {
            (Some(refused), _) => (refused, None),
            (None, None) => (Revised::NotThere, None),
            (None, Some(target)) => match &revision {
                Revision::Edit { text, .. } => edit!(db, tx, at, target, by, text, now),
                Revision::Delete { .. } => delete!(db, tx, at, target, by, now),
                Revision::Restore => restore!(db, tx, at, target, by, now),
                Revision::React(emoji) => react!(tx, at, target, by, emoji, now),
                Revision::Unreact(emoji) => unreact!(tx, at, target, by, emoji, now),
                Revision::Pin => pin!(tx, at, target, by, now),
                Revision::Unpin => unpin!(tx, at, target, by, now),
            },
        }
    });
    if let Some(changes) = changes {
        db.has_changed(changes);
    }
    Ok(revised)
}

/// Forgets what deleted messages have said, once it can no longer be taken back.
///
/// # Errors
/// The database fails.
pub async fn forget_deleted(db: &Db, now: Timestamp) -> Result<()> {
    let is_there: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select message_id from message_versions where kept_until < $1 limit 1"
    )
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    if is_there.is_none() {
        return Ok(());
    }
    in_tx!(db, |tx| {
        for forget in FORGET {
            sqlx::query(forget).bind(now.0).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// What people have kept of such messages for themselves goes with what they said.
const FORGET: [&str; 5] = [
    "update messages set forwarded_user = null, forwarded_text = null, forwarded_thread = null,
            forwarded_seq = null
     where forwarded_thread is not null and id in
       (select message_id from message_versions where kept_until < $1)",
    "delete from saved where message_id in
       (select message_id from message_versions where kept_until < $1)",
    "delete from reminders where message_id in
       (select message_id from message_versions where kept_until < $1)",
    "delete from activity where message_id in
       (select message_id from message_versions where kept_until < $1)",
    "delete from message_versions where kept_until < $1",
];
