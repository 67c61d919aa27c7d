//! From one file to a database server: everything is there, and goes on as if nothing had happened.

use hubbub::server::db::copying::TABLES;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use crate::support::{Server, TestApp, TestSocket, command, free_port, hubbub};

/// A seeded database in a folder, and an empty one to copy it to.
async fn begun() -> Option<(tempfile::TempDir, String)> {
    let Some(url) = TestApp::a_postgres_database().await else {
        assert!(
            std::env::var_os("CI").is_none(),
            "TEST_POSTGRES_URL is not set"
        );
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let amounts = [
        "seed",
        "--users",
        "30",
        "--threads",
        "6",
        "--messages",
        "1200",
    ];
    command(folder.path(), &amounts);
    Some((folder, url))
}

async fn source(folder: &tempfile::TempDir) -> SqlitePool {
    let file = folder.path().join("data/hubbub.db");
    let url = format!("sqlite://{}", file.display());
    SqlitePool::connect(&url).await.unwrap()
}

fn refused(folder: &tempfile::TempDir, to: &str) -> String {
    let output = hubbub(folder.path())
        .args(["copy", "--to", to, "--data-dir", "data"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_copied_whole_and_the_search_and_the_numbers_go_on() {
    let Some((folder, url)) = begun().await else {
        return;
    };
    let path = folder.path();
    let token = [
        "token",
        "create",
        "--user",
        "john",
        "--name",
        "t",
        "--server-api",
    ];
    let token = command(path, &token);
    let from = source(&folder).await;
    let made = "insert into invites (code_hash, uses_left, expires_at, created_at, created_by)
                values (x'00ff10', 3, 99, 7, 1) returning id";
    let invitation: i64 = sqlx::query_scalar(made).fetch_one(&from).await.unwrap();
    sqlx::query("update users set invited_by = $1 where username = 'bill'")
        .bind(invitation)
        .execute(&from)
        .await
        .unwrap();
    let last: i64 = sqlx::query_scalar("select max(id) from messages")
        .fetch_one(&from)
        .await
        .unwrap();

    let said = command(path, &["copy", "--to", &url]);
    let messages: i64 = sqlx::query_scalar("select count(*) from messages")
        .fetch_one(&from)
        .await
        .unwrap();
    assert!(
        messages >= 1200 && said.contains(&format!("{messages} messages")),
        "{said}"
    );
    let to = PgPool::connect(&url).await.unwrap();
    for table in TABLES {
        let count = format!("select count(*) from {table}");
        let before: i64 = sqlx::query_scalar(AssertSqlSafe(count.clone()))
            .fetch_one(&from)
            .await
            .unwrap();
        let after: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&to)
            .await
            .unwrap();
        assert_eq!(after, before, "{table}");
    }
    let texts = "select text, seq, number from messages order by id";
    let before: Vec<(String, i64, i64)> = sqlx::query_as(texts).fetch_all(&from).await.unwrap();
    let after: Vec<(String, i64, i64)> = sqlx::query_as(texts).fetch_all(&to).await.unwrap();
    assert_eq!(after, before);
    let came: (Vec<u8>, String) = sqlx::query_as(
        "select i.code_hash, u.username from invites i join users u on u.invited_by = i.id",
    )
    .fetch_one(&to)
    .await
    .unwrap();
    assert_eq!(came, (vec![0, 255, 16], "bill".to_owned()));
    let identity = "select epoch, origin from server_identity";
    let old: (String, String) = sqlx::query_as(identity).fetch_one(&from).await.unwrap();
    let new: (String, String) = sqlx::query_as(identity).fetch_one(&to).await.unwrap();
    assert_ne!(new.0, old.0, "streams begin anew");
    assert_eq!(new.1, old.1, "what was not sent yet is still theirs");

    assert!(refused(&folder, &url).contains("is not empty"));
    let port = free_port();
    let _server = Server::start_with(path, port, &["--database-url", &url]).await;
    let base = format!("http://127.0.0.77:{port}");
    let mut socket = TestSocket::open(&base).await;
    socket.connect_with(&token).await;
    let word = before[0].0.split_whitespace().next().unwrap().to_owned();
    let found = async {
        loop {
            let found = socket.rpc("get:search", json!({ "q": word })).await;
            if found["hits"]
                .as_array()
                .is_some_and(|hits| !hits.is_empty())
            {
                return;
            }
        }
    };
    let patience = std::time::Duration::from_secs(30);
    tokio::time::timeout(patience, found)
        .await
        .expect("the index is filled");
    let posted = socket
        .rpc("thread:publish", json!({ "id": 1, "message": "goes on" }))
        .await;
    assert_eq!(posted["message"]["id"], Value::from(last + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_served_or_goes_elsewhere_is_not_copied() {
    let Some((folder, url)) = begun().await else {
        return;
    };
    assert!(refused(&folder, "sqlite://other.db").contains("from SQLite to PostgreSQL"));
    let port = free_port();
    let server = Server::start(folder.path(), port).await;
    assert!(refused(&folder, &url).contains("stop it first"));
    drop(server);
}

#[tokio::test]
async fn no_table_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["migrate"]);
    let pool = source(&folder).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
         and name not like 'message_search%' and name <> '_sqlx_migrations' order by name",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let mut known = TABLES.to_vec();
    known.sort_unstable();
    assert_eq!(tables, known);
}
