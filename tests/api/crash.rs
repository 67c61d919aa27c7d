//! The server is killed while people write: what it acknowledged is there, once and in order.
//!
//! Real processes and `kill -9`. (The server has a loopback address of its own, so that no other test
//! can take its port while it is down.) At the end the stream is read from the database and compared with
//! what everybody was told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::clients::{self, Ports, STORED};
use crate::support::{Server, command, free_port};

const WRITERS: usize = 20;
const READERS: usize = 4;
const ROUNDS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_minus_nine_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["seed"]);
    let token = ["token", "create", "--user", "john", "--name", "t"];
    let token = command(folder.path(), &token);
    let port = free_port();
    let mut server = Server::start(folder.path(), port).await;

    let ports = Ports::of(&[port]);
    let stop = Arc::new(AtomicBool::new(false));
    let goal = Arc::new(Mutex::new(None));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let writing = clients::write(ports.clone(), token.clone(), n, stop.clone());
            tokio::spawn(writing)
        })
        .collect();
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(clients::read(ports.clone(), token.clone(), goal.clone())))
        .collect();
    for round in 0..ROUNDS {
        // A moment that differs from round to round, in the middle of the traffic.
        let moment = 150 + (u64::from(std::process::id()) * 37 + round * 211) % 400;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server = server.kill_and_restart().await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);

    let mut acknowledged = HashMap::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let many = acknowledged.len();
    assert!(many > 100, "only {many} were written");

    let url = format!("sqlite://{}/data/hubbub.db", folder.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let stored: Vec<(i64, String)> = sqlx::query_as(STORED).fetch_all(&pool).await.unwrap();
    let stored: Vec<(u64, String)> = stored
        .into_iter()
        .map(|(seq, id)| (u64::try_from(seq).unwrap(), id))
        .collect();
    *goal.lock().unwrap() = Some(stored.len() as u64);
    clients::check(&stored, &acknowledged);
    for reader in readers {
        let seen = tokio::time::timeout(Duration::from_mins(1), reader);
        let seen = seen.await.expect("every reader arrives").unwrap();
        assert!(seen == stored, "a reader saw another stream");
    }
    drop(server);
}
