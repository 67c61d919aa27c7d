//! The index of search beside commands that empty it, add to it, and put a copy in its place: a real
//! server finds everything again, without being asked.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Server, command};

/// How many messages that say "hello" are found, once all can be.
async fn found(port: u16, token: &str) -> usize {
    let url = format!("http://127.0.0.77:{port}/api/v1/search?q=hello");
    for _ in 0..200 {
        let asked = reqwest::Client::new().get(&url).bearer_auth(token);
        let page: Value = asked.send().await.unwrap().json().await.unwrap();
        if page.get("is_indexing").is_none() {
            return page["hits"].as_array().unwrap().len();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the index is not filled");
}

async fn post(port: u16, token: &str) {
    let url = format!("http://127.0.0.77:{port}/api/v1/threads/1/messages");
    let asked = reqwest::Client::new().post(&url).bearer_auth(token);
    let asked = asked.header("content-type", "application/json");
    let answer = asked.body(r#"{"message":"hello"}"#).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

#[tokio::test]
async fn what_is_emptied_beside_a_running_server_or_restored_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let free = TcpListener::bind("127.0.0.77:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    command(folder, &["seed"]);
    let token = ["token", "create", "--user", "john", "--name", "test"];
    let token = command(folder, &token);
    let server = Server::start(folder, port).await;
    let before = found(port, &token).await;
    post(port, &token).await;
    post(port, &token).await;
    assert_eq!(found(port, &token).await, before + 2);
    command(folder, &["reindex"]);
    assert_eq!(found(port, &token).await, before + 2);
    command(folder, &["backup", "copy.db"]);
    drop(server);
    command(folder, &["restore", "copy.db"]);
    let _server = Server::start(folder, port).await;
    assert_eq!(found(port, &token).await, before + 2);
    post(port, &token).await;
    assert_eq!(found(port, &token).await, before + 3);
}
