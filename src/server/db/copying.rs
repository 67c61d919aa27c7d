//! A whole `SQLite` database, copied into an empty `PostgreSQL` one: for whoever outgrows one machine.
//!
//! Both have the same tables, so rows travel as JSON, and `PostgreSQL` reads each column as what it is
//! there. All of it is one transaction. What browsers have not sent yet stays theirs to send (the origin
//! is the same); streams begin a new epoch, because the old database may live on. The index of search is
//! not copied: a server fills it.

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, SqliteConnection, SqlitePool};
use thiserror::Error;

use super::finding::NOTHING_IS_INDEXED;
use super::lock::{Holding, Lock};
use super::open::{Location, OpenError, postgres_options};
use super::{Db, OpenPools, Purpose, Result};
use crate::server::clock::{Clock, Entropy};
use crate::server::hex::hex;

/// All tables, each after those that its rows name.
pub const TABLES: [&str; 27] = [
    "server_identity",
    "users",
    "former_usernames",
    "invites",
    "sessions",
    "api_tokens",
    "threads",
    "invite_threads",
    "memberships",
    "slow_posts",
    "messages",
    "thread_events",
    "message_versions",
    "reactions",
    "scheduled",
    "files",
    "avatars",
    "saved",
    "reminders",
    "activity",
    "blocks",
    "keywords",
    "contacts",
    "audit_log",
    "mutes",
    "reports",
    "receipts",
];

/// Names a row of a later table: put in when that is there.
const LATER: (&str, &str) = ("users", "invited_by");

/// Rows, and bytes of them, in one statement.
const ROWS: usize = 1000;
const BYTES: usize = 4 * 1024 * 1024;

/// Why nothing was copied: one sentence for the operator.
#[derive(Debug, Error)]
pub enum CopyError {
    #[error("copying goes from SQLite to PostgreSQL: from {from} to {to} it does not")]
    NotThatWay { from: Location, to: Location },
    #[error("a server is using the database {0}: stop it first")]
    Served(Location),
    #[error("the database {0} is not empty: name another one")]
    NotEmpty(Location),
    #[error("the table {0} is not the same on both sides: this is a fault of the program")]
    Unlike(String),
    #[error("the database cannot be copied")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// How much was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub people: i64,
    pub threads: i64,
    pub messages: i64,
}

/// Copies everything.
///
/// # Errors
/// One of them is served, the one to fill is not empty, or one of them fails. Then nothing was copied.
pub async fn copy(
    from: &Location,
    to: &Location,
    clock: &Clock,
    entropy: &Entropy,
) -> Result<Copied, CopyError> {
    let (Location::File(_), Location::Postgres(url)) = (from, to) else {
        return Err(CopyError::NotThatWay {
            from: from.clone(),
            to: to.clone(),
        });
    };
    let (source, _) = Db::open(from, 1, Purpose::Use, clock, entropy).await?;
    let (target, _) = Db::open(to, 1, Purpose::Prepare, clock, entropy).await?;
    target.close().await;
    let mut locks = Vec::new();
    for location in [from, to] {
        let lock = Lock::take(location, Holding::Alone).await?;
        locks.push(lock.ok_or_else(|| CopyError::Served(location.clone()))?);
    }
    let OpenPools::Sqlite { readers, .. } = &source.pools else {
        return Err(CopyError::Served(from.clone()));
    };
    let copied = copy_all(readers, url, to, entropy).await;
    source.close().await;
    for lock in locks {
        lock.release().await;
    }
    copied
}

async fn copy_all(
    from: &SqlitePool,
    url: &str,
    location: &Location,
    entropy: &Entropy,
) -> Result<Copied, CopyError> {
    let mut source = from.acquire().await?;
    // It takes as long as it takes.
    let options = postgres_options(url)?.options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
    ]);
    let mut target = options.connect().await?;
    let mut tx = sqlx::Connection::begin(&mut target).await?;
    let there: i64 =
        sqlx::query_scalar("select (select count(*) from users) + (select count(*) from threads)")
            .fetch_one(&mut *tx)
            .await?;
    if there > 0 {
        return Err(CopyError::NotEmpty(location.clone()));
    }
    sqlx::query("delete from server_identity")
        .execute(&mut *tx)
        .await?;
    for name in TABLES {
        let table = Table::of(name, &mut source, &mut tx).await?;
        table.copy(&mut source, &mut tx).await?;
        table.go_on_counting(&mut source, &mut tx).await?;
    }
    put_in_later(&mut source, &mut tx).await?;
    sqlx::query("update server_identity set epoch = $1, lineage = ''")
        .bind(hex(&entropy.bytes::<8>()))
        .execute(&mut *tx)
        .await?;
    sqlx::query(NOTHING_IS_INDEXED).execute(&mut *tx).await?;
    let (people, threads, messages) = sqlx::query_as(
        "select (select count(*) from users), (select count(*) from threads),
                (select count(*) from messages)",
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Copied {
        people,
        threads,
        messages,
    })
}

/// A table as both sides have it.
struct Table {
    name: &'static str,
    columns: Vec<Column>,
}

#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    kind: String,
    /// Its values are given by a counter.
    is_counted: bool,
}

impl Table {
    async fn of(
        name: &'static str,
        source: &mut SqliteConnection,
        target: &mut PgConnection,
    ) -> Result<Self, CopyError> {
        let columns: Vec<Column> = sqlx::query_as(
            "select column_name::text as name, data_type::text as kind,
                    (is_identity = 'YES' or coalesce(column_default, '') like 'nextval%')
                        as is_counted
             from information_schema.columns
             where table_schema = current_schema() and table_name = $1 order by column_name",
        )
        .bind(name)
        .fetch_all(target)
        .await?;
        let there: Vec<String> =
            sqlx::query_scalar("select name from pragma_table_info($1) order by name")
                .bind(name)
                .fetch_all(source)
                .await?;
        match columns.iter().map(|column| &column.name).eq(&there) {
            true => Ok(Self { name, columns }),
            false => Err(CopyError::Unlike(name.to_owned())),
        }
    }

    async fn copy(&self, source: &mut SqliteConnection, target: &mut PgConnection) -> Result<()> {
        let name = self.name;
        let fields: Vec<String> = self.columns.iter().map(|c| self.field(c)).collect();
        let read = format!("select json_object({}) from {name}", fields.join(", "));
        let columns: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let columns = columns.join(", ");
        let write = format!(
            "insert into {name} ({columns})
             select {columns} from json_populate_recordset(null::{name}, $1::json)"
        );
        let mut coming = sqlx::query_scalar::<_, String>(AssertSqlSafe(read)).fetch(source);
        let mut rows = Rows::default();
        while let Some(row) = coming.try_next().await? {
            if let Some(full) = rows.add(&row) {
                put(target, &write, full).await?;
            }
        }
        match rows.take() {
            Some(rest) => put(target, &write, rest).await,
            None => Ok(()),
        }
    }

    /// A column as JSON.
    fn field(&self, column: &Column) -> String {
        let name = &column.name;
        if LATER == (self.name, name.as_str()) {
            return format!("'{name}', null");
        }
        match column.kind.as_str() {
            "bytea" => format!("'{name}', '\\x' || lower(hex({name}))"),
            _ => format!("'{name}', {name}"),
        }
    }

    /// What is added from now on gets numbers that were never given.
    async fn go_on_counting(
        &self,
        source: &mut SqliteConnection,
        target: &mut PgConnection,
    ) -> Result<()> {
        let Some(column) = self.columns.iter().find(|column| column.is_counted) else {
            return Ok(());
        };
        let given: Option<i64> =
            sqlx::query_scalar("select seq from sqlite_sequence where name = $1")
                .bind(self.name)
                .fetch_optional(source)
                .await?;
        sqlx::query("select setval(pg_get_serial_sequence($1, $2), $3, false)")
            .bind(self.name)
            .bind(&column.name)
            .bind(given.unwrap_or(0) + 1)
            .execute(target)
            .await?;
        Ok(())
    }
}

async fn put(target: &mut PgConnection, statement: &str, rows: String) -> Result<()> {
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .bind(rows)
        .execute(target)
        .await
        .map(drop)
}

/// Who came by which invitation.
async fn put_in_later(source: &mut SqliteConnection, target: &mut PgConnection) -> Result<()> {
    let invited: String = sqlx::query_scalar(
        "select json_group_array(json_array(id, invited_by)) from users
         where invited_by is not null",
    )
    .fetch_one(source)
    .await?;
    sqlx::query(
        "update users set invited_by = cast(e.value ->> 1 as bigint)
         from jsonb_array_elements($1::jsonb) e (value)
         where users.id = cast(e.value ->> 0 as bigint)",
    )
    .bind(invited)
    .execute(target)
    .await
    .map(drop)
}

/// Rows that go together, as a JSON array.
#[derive(Default)]
struct Rows {
    many: usize,
    text: String,
}

impl Rows {
    /// Adds a row, and gives all of them when they are enough.
    fn add(&mut self, row: &str) -> Option<String> {
        self.text.push(if self.many == 0 { '[' } else { ',' });
        self.text.push_str(row);
        self.many += 1;
        match self.many >= ROWS || self.text.len() >= BYTES {
            true => self.take(),
            false => None,
        }
    }

    fn take(&mut self) -> Option<String> {
        let Self { many, mut text } = std::mem::take(self);
        text.push(']');
        (many > 0).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_arrays_and_nothing_is_none() {
        let mut rows = Rows::default();
        assert_eq!(rows.take(), None);
        assert_eq!(rows.add("{}"), None);
        assert_eq!(rows.add("1"), None);
        assert_eq!(rows.take().as_deref(), Some("[{},1]"));
        assert_eq!(rows.take(), None);
        let full = (0..ROWS).find_map(|_| rows.add("0")).unwrap();
        assert_eq!(full.len(), 2 * ROWS + 1);
    }
}
