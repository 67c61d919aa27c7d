//! What is so: by the database, and by what the server says to somebody who has just come.

use std::collections::{HashMap, HashSet};

use hubbub::api::Mine;
use hubbub::protocol::{HistoryPage, Message, Seq, Shared, ThreadId, UserId};
use hubbub::server::db::{Db, Pool};

use crate::support::device::Network;

/// A thread that is played in.
#[derive(Clone, Debug)]
pub struct Played {
    pub id: ThreadId,
    pub name: String,
    pub kind: String,
    pub last_seq: Seq,
}

impl Played {
    pub fn is_private(&self) -> bool {
        self.kind == "private"
    }

    /// What it is told apart by, as long as it is there: the beginning of its name.
    pub fn label(&self) -> &str {
        let end = self.name.find('-').map_or(0, |at| at + 1);
        &self.name[..end]
    }

    /// With this begins what is said in it. The name is no part of that.
    pub fn said(&self) -> String {
        let digits = self.label().chars().filter(char::is_ascii_digit);
        format!("said{}-", digits.collect::<String>())
    }
}

/// Which threads there are, and who is in them.
pub struct Facts {
    pub threads: Vec<Played>,
    pub members: HashSet<(ThreadId, UserId)>,
    pub owners: HashSet<(ThreadId, UserId)>,
}

async fn rows<T>(db: &Db, sql: &'static str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
        + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
        + Send
        + Unpin,
{
    match db.reader() {
        Pool::Sqlite(pool) => sqlx::query_as(sql).fetch_all(pool).await,
        Pool::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await,
    }
    .unwrap()
}

impl Facts {
    pub async fn of(db: &Db) -> Self {
        let threads = "select id, name, kind, last_seq from threads order by id";
        let threads: Vec<(i64, String, String, i64)> = rows(db, threads).await;
        let threads = threads.into_iter().map(|(id, name, kind, seq)| Played {
            id: ThreadId(id),
            name,
            kind,
            last_seq: Seq(seq),
        });
        let members = "select thread_id, user_id, role from memberships";
        let members: Vec<(i64, i64, String)> = rows(db, members).await;
        let member = |(thread, user, _): &(i64, i64, String)| (ThreadId(*thread), UserId(*user));
        let owners = members.iter().filter(|(_, _, role)| role == "owner");
        Self {
            threads: threads.collect(),
            owners: owners.map(member).collect(),
            members: members.iter().map(member).collect(),
        }
    }

    pub fn is_member(&self, thread: ThreadId, user: UserId) -> bool {
        self.members.contains(&(thread, user))
    }

    pub fn thread(&self, id: ThreadId) -> Option<&Played> {
        self.threads.iter().find(|thread| thread.id == id)
    }
}

/// Everybody who has come to a thread or left it since that was so.
pub async fn moved_since(db: &Db, before: &Facts) -> HashSet<(ThreadId, UserId)> {
    let moved = "select thread_id, user_id, seq from thread_events
        where kind in ('joined', 'left') and user_id is not null";
    let moved: Vec<(i64, i64, i64)> = rows(db, moved).await;
    let since = moved.into_iter().filter(|(thread, _, seq)| {
        let known = before.thread(ThreadId(*thread));
        known.is_none_or(|known| Seq(*seq) > known.last_seq)
    });
    since
        .map(|(thread, user, _)| (ThreadId(thread), UserId(user)))
        .collect()
}

/// How often each message is there, by what its author's device called it.
pub async fn times_written(db: &Db) -> HashMap<String, usize> {
    let ids: Vec<(String,)> = rows(db, "select client_id from messages").await;
    let mut times = HashMap::new();
    for (id,) in ids {
        *times.entry(id).or_insert(0) += 1;
    }
    times
}

/// Asks as somebody who has just come.
pub struct Asker {
    network: Network,
    histories: HashMap<ThreadId, (Seq, Vec<Message>)>,
}

impl Asker {
    pub fn new(network: Network) -> Self {
        Self {
            network,
            histories: HashMap::new(),
        }
    }

    pub async fn shared(&self) -> Shared {
        self.network.call("shared", "").await.unwrap()
    }

    /// All messages of a thread; nothing if they may not read it.
    pub async fn history(&mut self, thread: &Played) -> Option<&[Message]> {
        let known = self.histories.get(&thread.id);
        if known.is_none_or(|(through, _)| *through != thread.last_seq) {
            let mut all: Vec<Message> = Vec::new();
            loop {
                let before = all.first().map(|message| message.seq);
                let before = before.map_or(String::new(), |seq| format!("&request[before]={seq}"));
                let form = format!("request[id]={}&request[limit]=200{before}", thread.id);
                let page = self
                    .network
                    .call::<Mine<HistoryPage>>("thread_history", &form);
                let page = page.await.ok()?.answer;
                let is_whole = page.after == Seq::START;
                all.splice(0..0, page.messages);
                if is_whole {
                    break;
                }
            }
            self.histories.insert(thread.id, (thread.last_seq, all));
        }
        Some(&self.histories[&thread.id].1)
    }
}
