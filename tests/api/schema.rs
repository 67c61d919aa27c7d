//! Both engines have the same tables, columns and indexes: what one text is run on must be alike.

use std::collections::BTreeSet;

use hubbub::server::db::Pool;

use crate::support::TestApp;

/// `table.column null|not null`, and `index name`.
async fn schema(app: &TestApp) -> BTreeSet<String> {
    let (columns, indexes): (Vec<(String,)>, Vec<(String,)>) = match app.db.reader() {
        Pool::Sqlite(pool) => (
            sqlx::query_as(
                "select t.name || '.' || c.name || case
                          when c.\"notnull\" = 1 or c.pk > 0 then ' not null' else ' null' end
                 from sqlite_master t join pragma_table_info(t.name) c
                 where t.type = 'table' and t.name not like 'sqlite_%'",
            )
            .fetch_all(pool)
            .await
            .unwrap(),
            sqlx::query_as(
                "select name from sqlite_master where type = 'index' and sql is not null",
            )
            .fetch_all(pool)
            .await
            .unwrap(),
        ),
        Pool::Postgres(pool) => (
            sqlx::query_as(
                "select table_name || '.' || column_name
                        || case is_nullable when 'NO' then ' not null' else ' null' end
                 from information_schema.columns where table_schema = 'public'",
            )
            .fetch_all(pool)
            .await
            .unwrap(),
            sqlx::query_as(
                "select indexname::text from pg_indexes where schemaname = 'public'
                 and indexname like '%\\_by\\_%'",
            )
            .fetch_all(pool)
            .await
            .unwrap(),
        ),
    };
    let indexes = indexes.into_iter().map(|(name,)| format!("index {name}"));
    let columns = columns.into_iter().map(|(name,)| name);
    columns
        .chain(indexes)
        .filter(|name| !name.contains("_sqlx_migrations"))
        // The index of search is what each engine makes of it.
        .filter(|name| !name.contains("message_search"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let sqlite = schema(&TestApp::on_sqlite().await).await;
    assert!(sqlite.contains("messages.number not null"), "{sqlite:?}");
    match TestApp::on_postgres().await {
        Some(app) => assert_eq!(sqlite, schema(&app).await),
        None => assert!(
            std::env::var_os("CI").is_none(),
            "TEST_POSTGRES_URL is not set"
        ),
    }
}
