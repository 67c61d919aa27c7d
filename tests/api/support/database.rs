//! A database for one test: a file in a temporary folder, or a fresh `PostgreSQL` database.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection;
use tempfile::TempDir;

/// Where a test's data live; a folder is removed with it.
pub struct TestDatabase {
    pub url: String,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite://{}/test.db", folder.path().display()),
            _folder: Some(folder),
        }
    }

    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            _folder: None,
        }
    }

    pub async fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_POSTGRES_URL").ok()?;
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hubbub_{}_{n}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self {
            url: format!("{base}/{name}"),
            _folder: None,
        })
    }
}
