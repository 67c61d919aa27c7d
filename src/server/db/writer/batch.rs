//! One batch of posts in one transaction.

mod plan;

use std::collections::{BTreeSet, HashSet};

use self::plan::Plan;
use serde::Deserialize;

use super::{Mark, Post, Unposted};
use crate::protocol::{Message, Posted, ReadPosition, Seq, ThreadId, Timestamp, UserId};
use crate::server::db::activity::NOTE_MEANT;
use crate::server::db::calling::{CALL, CALLED, NOTE_CALLED};
use crate::server::db::files::{ATTACH, UPLOADED, UploadRow};
use crate::server::db::finding::INDEX;
use crate::server::db::messages::{KNOWN, MessageRow, QuoteColumns, quoted_text};
use crate::server::db::permissions::{is_administrator, may_post, may_read, muted_until};
use crate::server::db::reactions;
use crate::server::db::rows::{Statement, as_json, parse, rows};
use crate::server::db::succession::{Heir, appoint_heir};
use crate::server::db::threads::{ThreadRow, thread_columns};
use crate::server::db::turns::TAKE_THREADS;
use crate::server::db::users::UserRow;
use crate::server::db::{Db, Result};

/// What came of a post.
pub(super) enum Outcome {
    Fresh {
        posted: Posted,
        /// The author belongs to the thread since this event.
        joined: Option<Seq>,
    },
    /// The client id was known.
    Repeated(Posted),
    Refused(Unposted),
}

impl Outcome {
    /// A commit that failed may have happened all the same (the answer was lost): what is found
    /// written was perhaps never announced. Subscribers drop a double by its number.
    pub(super) fn announced_again(self) -> Self {
        match self {
            Self::Repeated(posted) => Self::Fresh {
                posted,
                joined: None,
            },
            other => other,
        }
    }

    pub(super) fn into_posted(self) -> std::result::Result<Posted, Unposted> {
        match self {
            Self::Fresh { posted, .. } | Self::Repeated(posted) => Ok(posted),
            Self::Refused(why) => Err(why),
        }
    }
}

/// What a batch came to.
#[derive(Default)]
pub(super) struct Written {
    /// One for each post, in their order.
    pub outcomes: Vec<Outcome>,
    /// The marks that moved on.
    pub read: Vec<(UserId, ThreadId, ReadPosition)>,
    /// Who is in charge of a thread that nobody was in charge of.
    pub heirs: Vec<Heir>,
    /// Whom something of it is for.
    pub told: Vec<UserId>,
    /// For whom messages are that have words of theirs.
    pub meant: Vec<(UserId, ThreadId, i64)>,
    /// How many events without a message there were with that.
    pub changes: Option<i64>,
}

/// Authors in the threads that they may read, and whether they may post there.
const POSTABLE: Statement = as_json!(
    {
        author: [user_id, username, name, avatar],
        thread: [
            thread, thread_name, description, kind, last_seq, message_count, active_at, archived_at,
            people, for_everybody, announcements, slow_seconds
        ],
        standing: [is_member, may_post, is_blocked, next_at, muted_until, has_keywords]
    },
    "select case when m.user_id is null then 0 else 1 end as is_member,
            case when ",
    may_post!("u.id"),
    " then 1 else 0 end as may_post,
            case when exists (select 1 from blocks b where b.blocked_id = u.id)
                 then 1 else 0 end as is_blocked,
            case when exists (select 1 from keywords) then 1 else 0 end as has_keywords,
            case when t.slow_seconds > 0 and coalesce(m.role, '') <> 'owner' and not ",
    is_administrator!("u.id"),
    "
                 then coalesce((select s.posted_at + t.slow_seconds * 1000 from slow_posts s
                                where s.thread_id = t.id and s.user_id = u.id), 0)
                 end as next_at, ",
    muted_until!("u.id"),
    " as muted_until,
            u.id as user_id, u.username, u.name, u.avatar, ",
    thread_columns!(),
    " from json_each($1) e
     join threads t on t.id = cast(e.value ->> 0 as bigint)
     join users u on u.id = cast(e.value ->> 1 as bigint) and u.banned_at is null
     left join memberships m on m.thread_id = t.id and m.user_id = u.id
     where ",
    may_read!("u.id")
);

#[derive(Deserialize)]
struct Standing {
    is_member: i64,
    may_post: i64,
    /// Somebody has blocked the author.
    is_blocked: i64,
    /// When the author may post again, where the thread is in slow mode for them.
    next_at: Option<i64>,
    muted_until: Option<i64>,
    /// Anybody at all has words of their own.
    has_keywords: i64,
}

impl Standing {
    fn lets_post(&self, now: Timestamp) -> bool {
        let is_muted = self.muted_until.is_some_and(|until| until > now.0);
        self.may_post == 1 && !is_muted
    }
}

#[derive(Deserialize)]
struct PostableRow {
    author: UserRow,
    thread: ThreadRow,
    standing: Standing,
}

impl PostableRow {
    /// They may not post there, or not yet.
    fn refuses(&self, now: Timestamp) -> bool {
        let is_too_soon = self.standing.next_at.is_some_and(|at| at > now.0);
        !self.standing.lets_post(now) || is_too_soon
    }
}

/// The messages that are answered, by thread and place.
const ANSWERED: &str = concat!(
    "select q.thread_id, q.seq as quoted, ",
    quoted_text!(),
    " as quoted_text,
           u.id as quoted_user, u.username as quoted_username, u.name as quoted_name
    from json_each($1) e
    join messages q on q.thread_id = cast(e.value ->> 0 as bigint)
                   and q.seq = cast(e.value ->> 1 as bigint)
    join users u on u.id = q.author_id"
);

#[derive(sqlx::FromRow)]
struct AnsweredRow {
    thread_id: i64,
    #[sqlx(flatten)]
    quote: QuoteColumns,
}

/// What was written to these threads after these numbers.
const WRITTEN: Statement = as_json!(
    { message: [id, thread_id, seq] },
    "select m.id, m.thread_id, m.seq
     from json_each($1) e
     join messages m
       on m.thread_id = cast(e.value ->> 0 as bigint) and m.seq > cast(e.value ->> 1 as bigint)"
);

#[derive(Deserialize)]
struct WrittenMessage {
    id: i64,
    thread_id: i64,
    seq: i64,
}

#[derive(Deserialize)]
struct WrittenRow {
    message: WrittenMessage,
}

/// How often a batch is tried again that others were in the way of.
const TRIES: u32 = 3;

/// Whether this and another server's batch have waited for each other: how far people have read, and
/// what belongs to no thread, they take in any order.
fn is_a_circle(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    error.code().is_some_and(|code| code == "40P01")
}

/// Whether to look for posts that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeats {
    NotExpected,
    LookedFor,
}

/// Who posts belongs to it.
const JOIN: &str = "
    insert into memberships
        (thread_id, user_id, joined_at, last_read_seq, last_read_number)
      select t.id, cast(e.value ->> 1 as bigint), $2, t.last_seq, t.message_count
      from json_each($1) e join threads t on t.id = cast(e.value ->> 0 as bigint)
      where true
      on conflict (thread_id, user_id) do nothing";

/// Time does not run backwards within a thread, whatever the clock does.
const ADVANCE: &str = "
    with added as (
        select cast(e.value ->> 0 as bigint) as thread,
               cast(e.value ->> 1 as bigint) as events,
               cast(e.value ->> 2 as bigint) as messages
        from json_each($1) e)
      update threads set last_seq = last_seq + added.events,
             message_count = message_count + added.messages,
             active_at = case when active_at > $2 then active_at else $2 end
      from added where id = added.thread";

const ADD_MESSAGES: &str = "
    insert into messages
        (thread_id, author_id, seq, number, text, client_id, created_at, reply_to, files)
      select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint),
             cast(e.value ->> 2 as bigint), cast(e.value ->> 3 as bigint),
             e.value ->> 4, e.value ->> 5, cast(e.value ->> 6 as bigint),
             cast(e.value ->> 7 as bigint), e.value ->> 8
      from json_each($1) e";

const ADD_EVENTS: &str = "
    insert into thread_events
        (thread_id, seq, kind, message_id, user_id, created_at)
      select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint),
             e.value ->> 2, cast(e.value ->> 3 as bigint),
             cast(e.value ->> 4 as bigint), cast(e.value ->> 5 as bigint)
      from json_each($1) e";

/// Whoever had read all that was there and posts has read that too. (Who had not may have written it
/// without looking, from a queue.) Their devices know that from the post, so it is not announced.
const WROTE: &str = "
    with wrote as (
        select cast(e.value ->> 0 as bigint) as thread,
               cast(e.value ->> 1 as bigint) as author,
               cast(e.value ->> 2 as bigint) as before,
               cast(e.value ->> 3 as bigint) as seq,
               cast(e.value ->> 4 as bigint) as number
        from json_each($1) e)
      update memberships set last_read_seq = wrote.seq, last_read_number = wrote.number
      from wrote
      where thread_id = wrote.thread and user_id = wrote.author
        and last_read_number = wrote.before";

/// Whoever has blocked an author and had read all that was there has nothing new to read: what they
/// write is no reason to come.
const PASSED_OVER: &str = "
    with wrote as (
        select cast(e.value ->> 0 as bigint) as thread, b.user_id as reader,
               cast(e.value ->> 2 as bigint) as before,
               cast(e.value ->> 3 as bigint) as seq,
               cast(e.value ->> 4 as bigint) as number
        from json_each($1) e join blocks b on b.blocked_id = cast(e.value ->> 1 as bigint))
      update memberships set last_read_seq = wrote.seq, last_read_number = wrote.number
      from wrote
      where thread_id = wrote.thread and user_id = wrote.reader
        and last_read_number = wrote.before
      returning user_id, thread_id, last_read_seq, last_read_number";

/// Whom a message is for is found by their names, among those who belong to the thread. What somebody
/// writes whom they have blocked is not for them.
const MEANT: &str = "
    with meant as (
        select cast(e.value ->> 0 as bigint) as thread, u.id as who,
               max(cast(e.value ->> 1 as bigint)) as number
        from json_each($1) e join users u on u.username = e.value ->> 2
        where not exists (select 1 from blocks b where b.user_id = u.id
                          and b.blocked_id = cast(e.value ->> 3 as bigint))
        group by cast(e.value ->> 0 as bigint), u.id)
      update memberships set for_me = meant.number
      from meant
      where thread_id = meant.thread and user_id = meant.who and for_me < meant.number";

/// Whose words a message has is found by the words, each of which is looked up in an index of all that
/// anybody has, among those who belong to the thread and have not muted it. What somebody writes whom
/// they have blocked is not for them, nor what they write themselves.
const HAS_WORD: &str = "
    with meant as (
        select cast(e.value ->> 0 as bigint) as thread, k.user_id as who,
               max(cast(e.value ->> 1 as bigint)) as number
        from json_each($1) e join keywords k on k.word = e.value ->> 2
        where k.user_id <> cast(e.value ->> 3 as bigint)
          and not exists (select 1 from blocks b where b.user_id = k.user_id
                          and b.blocked_id = cast(e.value ->> 3 as bigint))
        group by cast(e.value ->> 0 as bigint), k.user_id)
      update memberships set for_me = meant.number
      from meant
      where thread_id = meant.thread and user_id = meant.who and for_me < meant.number
        and notify <> 'nothing'
      returning user_id, thread_id, for_me";

/// From when on somebody waits, where a thread is in slow mode for them.
const HAS_POSTED: &str = "
    insert into slow_posts (thread_id, user_id, posted_at)
      select cast(e.value ->> 0 as bigint), cast(e.value ->> 1 as bigint),
             cast(e.value ->> 2 as bigint)
      from json_each($1) e where true
      on conflict (thread_id, user_id) do update set posted_at = excluded.posted_at";

/// What messages pass on.
const FORWARDED: &str = "
    with passed as (
        select cast(e.value ->> 0 as bigint) as message, cast(e.value ->> 1 as bigint) as who,
               e.value ->> 2 as said, cast(e.value ->> 3 as bigint) as thread,
               cast(e.value ->> 4 as bigint) as place
        from json_each($1) e)
      update messages set forwarded_user = passed.who, forwarded_text = passed.said,
             forwarded_thread = passed.thread, forwarded_seq = passed.place
      from passed where id = passed.message";

/// Nobody un-reads.
const MARK: &str = "
    with marked as (
        select cast(e.value ->> 0 as bigint) as thread,
               cast(e.value ->> 1 as bigint) as reader,
               cast(e.value ->> 2 as bigint) as seq,
               cast(e.value ->> 3 as bigint) as number
        from json_each($1) e)
      update memberships set last_read_seq = marked.seq, last_read_number = marked.number
      from marked
      where thread_id = marked.thread and user_id = marked.reader
        and last_read_seq < marked.seq
      returning user_id, thread_id, last_read_seq, last_read_number";

/// Writes a batch: all of it or nothing.
///
/// Posts that come again are rare. So they are looked for only after the database has refused one
/// for its client id (or a number that is taken), and with it the whole attempt.
pub(super) async fn write(
    db: &Db,
    posts: &[Post],
    marks: &[Mark],
    now: Timestamp,
) -> Result<Written> {
    let mut repeats = Repeats::NotExpected;
    for _ in 0..TRIES {
        match attempt(db, posts, marks, now, repeats).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                repeats = Repeats::LookedFor;
            }
            Err(error) if is_a_circle(&error) => {}
            outcome => return outcome,
        }
    }
    attempt(db, posts, marks, now, repeats).await
}

/// Those of these posts that are there already, as they are now.
macro_rules! find_known {
    ($db:expr, $tx:ident, $posts:expr) => {{
        let keys = $posts
            .iter()
            .map(|post| (post.author.id.0, post.client_id.as_str()));
        let json: String = sqlx::query_scalar(KNOWN.on($db.writer()))
            .bind(rows(keys.collect()))
            .fetch_one(&mut *$tx)
            .await?;
        let found: Vec<MessageRow> = parse(&json)?;
        let mut known: Vec<Message> = found.into_iter().map(Message::from).collect();
        let ids = known.iter().map(|message| (message.id.0,)).collect();
        let given: Vec<reactions::Given> = sqlx::query_as(reactions::OF)
            .bind(rows(ids))
            .fetch_all(&mut *$tx)
            .await?;
        for message in &mut known {
            reactions::put(message, &given);
        }
        known
    }};
}

/// Takes the threads of these posts, where other servers write to them too.
macro_rules! take_threads {
    ($db:expr, $tx:ident, $posts:expr) => {
        if $db.is_shared() {
            let threads: BTreeSet<i64> = $posts.iter().map(|post| post.thread.0).collect();
            sqlx::query(TAKE_THREADS)
                .bind(rows(threads.into_iter().map(|id| (id,)).collect()))
                .execute(&mut *$tx)
                .await?;
        }
    };
}

/// Notes whom the messages of a batch are for, if they are for anybody. Who that is.
macro_rules! note_meant {
    ($tx:ident, $plan:expr) => {{
        let meant = $plan.meant();
        if meant.is_empty() {
            Vec::new()
        } else {
            sqlx::query(MEANT)
                .bind(rows(meant.clone()))
                .execute(&mut *$tx)
                .await?;
            let told: Vec<i64> = sqlx::query_scalar(NOTE_MEANT)
                .bind(rows(meant))
                .fetch_all(&mut *$tx)
                .await?;
            told.into_iter().map(UserId).collect()
        }
    }};
}

/// Lets the messages of a batch call on their threads, if their authors may, and notes whom they are for.
macro_rules! note_calls {
    ($tx:ident, $plan:expr, $written:expr) => {{
        let mut calling = $plan.calling();
        if !calling.is_empty() {
            let calls: Vec<i64> = sqlx::query_scalar(CALL)
                .bind(rows(calling.clone()))
                .fetch_all(&mut *$tx)
                .await?;
            calling.retain(|(message, ..)| calls.contains(message));
            $plan.call(calls);
            // Of most that look like it, the author may not.
            if !calling.is_empty() {
                let here = $plan.here();
                let told: Vec<i64> = sqlx::query_scalar(NOTE_CALLED)
                    .bind(rows(calling.clone()))
                    .bind(rows(here.clone()))
                    .fetch_all(&mut *$tx)
                    .await?;
                $written.told.extend(told.into_iter().map(UserId));
                let meant: Vec<(i64, i64, i64)> = sqlx::query_as(CALLED)
                    .bind(rows(calling))
                    .bind(rows(here))
                    .fetch_all(&mut *$tx)
                    .await?;
                $written.meant.extend(meant.into_iter().map(meant_for));
            }
        }
    }};
}

/// Notes whose words the messages of a batch have, and gives who they are.
macro_rules! note_words {
    ($tx:ident, $plan:expr) => {{
        let found: Vec<(i64, i64, i64)> = sqlx::query_as(HAS_WORD)
            .bind(rows($plan.words()))
            .fetch_all(&mut *$tx)
            .await?;
        found.into_iter().map(meant_for).collect()
    }};
}

/// Notes all whom the messages of a batch are for.
macro_rules! note_for_whom {
    ($tx:ident, $plan:expr, $written:expr, $have_keywords:expr) => {{
        $written.told = note_meant!($tx, $plan);
        if $have_keywords {
            $written.meant = note_words!($tx, $plan);
        }
        note_calls!($tx, $plan, $written);
    }};
}

/// Notes from when on authors wait, where threads are in slow mode for them.
macro_rules! note_slow {
    ($tx:ident, $plan:expr) => {{
        let slow = $plan.slow();
        if !slow.is_empty() {
            sqlx::query(HAS_POSTED)
                .bind(rows(slow))
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

/// What these posts answer.
macro_rules! find_answered {
    ($tx:ident, $posts:expr) => {{
        let answers = $posts.iter();
        let answers: Vec<(i64, i64)> = answers
            .filter_map(|post| Some((post.thread.0, post.reply_to?.0)))
            .collect();
        match answers.is_empty() {
            true => Vec::new(),
            false => {
                sqlx::query_as(ANSWERED)
                    .bind(rows(answers))
                    .fetch_all(&mut *$tx)
                    .await?
            }
        }
    }};
}

/// The files of these posts.
macro_rules! find_uploaded {
    ($tx:ident, $posts:expr) => {{
        let files = $posts.iter().flat_map(|post| &post.files);
        let files: Vec<(i64,)> = files.map(|file| (file.0,)).collect();
        match files.is_empty() {
            true => Vec::new(),
            false => {
                sqlx::query_as(UPLOADED)
                    .bind(rows(files))
                    .fetch_all(&mut *$tx)
                    .await?
            }
        }
    }};
}

/// Files belong to their messages from now on.
macro_rules! attach {
    ($tx:ident, $plan:expr) => {{
        let attached = $plan.attached();
        if !attached.is_empty() {
            sqlx::query(ATTACH)
                .bind(rows(attached))
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

/// Messages say what they pass on, if they do.
macro_rules! pass_on {
    ($tx:ident, $plan:expr) => {{
        let forwarded = $plan.forwarded();
        if !forwarded.is_empty() {
            sqlx::query(FORWARDED)
                .bind(rows(forwarded))
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

/// One transaction.
async fn attempt(
    db: &Db,
    posts: &[Post],
    marks: &[Mark],
    now: Timestamp,
    repeats: Repeats,
) -> Result<Written> {
    Ok(in_batch!(db, |tx| {
        let mut written = Written::default();
        if !posts.is_empty() {
            let authors: HashSet<(i64, i64)> = posts
                .iter()
                .map(|post| (post.thread.0, post.author.id.0))
                .collect();
            take_threads!(db, tx, posts);
            let postable: String = sqlx::query_scalar(POSTABLE.on(db.writer()))
                .bind(rows(authors.into_iter().collect()))
                .fetch_one(&mut *tx)
                .await?;

            let postable: Vec<PostableRow> = parse(&postable)?;
            // What was posted before a thread was closed, or just now, is still known by its client id.
            let is_closed = postable.iter().any(|row| row.refuses(now));
            let have_keywords = postable.iter().any(|row| row.standing.has_keywords == 1);
            let are_blocked = postable.iter().any(|row| row.standing.is_blocked == 1);
            let mut known: Vec<Message> = Vec::new();
            if is_closed || repeats == Repeats::LookedFor {
                known = find_known!(db, tx, posts);
            }
            let answered: Vec<AnsweredRow> = find_answered!(tx, posts);
            let uploaded: Vec<UploadRow> = find_uploaded!(tx, posts);
            // A post that comes again finds its files taken: by itself.
            if known.is_empty() && uploaded.iter().any(UploadRow::is_taken) {
                known = find_known!(db, tx, posts);
            }
            let mut plan = Plan::new(posts, postable, known, answered, uploaded, now)?;
            let joining = plan.joining();
            if !joining.is_empty() {
                sqlx::query(JOIN)
                    .bind(rows(joining.clone()))
                    .bind(now.0)
                    .execute(&mut *tx)
                    .await?;
            }
            if !plan.is_empty() {
                sqlx::query(ADVANCE)
                    .bind(rows(plan.added()))
                    .bind(now.0)
                    .execute(&mut *tx)
                    .await?;
                // Where the threads stand was read in this transaction. Whoever else has written there
                // meanwhile (a command of the command line, on PostgreSQL) has the number that would
                // be given here: it is refused as a double, and the next attempt reads anew.
                let before = plan.number(now)?;

                sqlx::query(ADD_MESSAGES)
                    .bind(rows(plan.messages()?))
                    .execute(&mut *tx)
                    .await?;
                let ids: String = sqlx::query_scalar(WRITTEN.on(db.writer()))
                    .bind(rows(before))
                    .fetch_one(&mut *tx)
                    .await?;
                plan.identify(&parse(&ids)?)?;

                attach!(tx, plan);
                pass_on!(tx, plan);
                sqlx::query(INDEX.on(db.writer()))
                    .bind(rows(plan.tokens()))
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(ADD_EVENTS)
                    .bind(rows(plan.events()))
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(WROTE)
                    .bind(rows(plan.read()))
                    .execute(&mut *tx)
                    .await?;
                if are_blocked {
                    let passed: Vec<(i64, i64, i64, i64)> = sqlx::query_as(PASSED_OVER)
                        .bind(rows(plan.read()))
                        .fetch_all(&mut *tx)
                        .await?;
                    written.read.extend(passed.into_iter().map(moved));
                }
                note_for_whom!(tx, plan, written, have_keywords);
                note_slow!(tx, plan);
            }
            let joined: BTreeSet<ThreadId> = joining.iter().map(|(id, _)| ThreadId(*id)).collect();
            for thread in joined {
                if let Some((heir, changes)) = appoint_heir!(tx, thread, now) {
                    written.heirs.push(heir);
                    written.changes = Some(changes);
                }
            }
            written.outcomes = plan.outcomes();
        }
        if !marks.is_empty() {
            let marks = marks
                .iter()
                .map(|mark| (mark.thread.0, mark.user.0, mark.to.seq.0, mark.to.number));
            let marked: Vec<(i64, i64, i64, i64)> = sqlx::query_as(MARK)
                .bind(rows(marks.collect()))
                .fetch_all(&mut *tx)
                .await?;
            written.read.extend(marked.into_iter().map(moved));
        }
        written
    }))
}

/// Whom a message is for, and its number.
fn meant_for((user, thread, number): (i64, i64, i64)) -> (UserId, ThreadId, i64) {
    (UserId(user), ThreadId(thread), number)
}

/// A mark that has moved on.
fn moved((user, thread, seq, number): (i64, i64, i64, i64)) -> (UserId, ThreadId, ReadPosition) {
    let read = ReadPosition {
        seq: Seq(seq),
        number,
    };
    (UserId(user), ThreadId(thread), read)
}
