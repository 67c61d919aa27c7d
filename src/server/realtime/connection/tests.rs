//! A connection's task alone: what it makes of instructions that are out of date.

use super::subscriptions::{Side, Terms};
use super::*;
use crate::protocol::codes::UnsubscribeCode;
use crate::protocol::frame::{Publication, raw};
use crate::server::clock::Entropy;
use crate::server::realtime::hub::instruction::{Generation, Instruction};
use crate::server::realtime::testing::Pipe;
use crate::server::realtime::transport::dialect::Dialect;
use crate::server::realtime::{
    Granted, Handler, Hub, InProcess, Options, Peer, Registration, Rule,
};

/// A connection that stands, and what its client receives.
fn connected() -> (Connection<()>, Arc<Pipe>) {
    let hub = Arc::new(Hub::default());
    let connect = Handler::new(|_| async { Ok(Accepted::new((), Peer::default())) });
    let anybody = Handler::new(|_| async { Ok(Granted::default()) });
    let engine = Engine::new(
        hub.clone(),
        Arc::new(InProcess(hub)),
        Registration::new(connect).rule(Rule::new("a", anybody)),
        Options::default(),
        Entropy::system(),
    );
    let pipe = Arc::new(Pipe::new(1 << 20));
    let outbox = Outbox::new(pipe.clone(), Dialect::SocketJson, 1024);
    let mut connection = Connection::new(engine, outbox, http::Extensions::new());
    connection.stage = Stage::Connected(());
    (connection, pipe)
}

/// Subscribes to `a` from that offset on, and gives the generation.
fn subscribe(connection: &mut Connection<()>, side: Side, offset: u64) -> Generation {
    let rule = connection.engine.registration.find("a").unwrap().0.clone();
    let generation = connection.link.next_generation();
    connection.register("a", &rule, side, generation);
    assert!(connection.enter("a", Some(offset), None));
    let terms = Terms {
        position: Some(offset),
        ..Terms::default()
    };
    connection.go_live("a", terms).unwrap();
    generation
}

fn unsubscribe() -> Instruction {
    Instruction::Unsubscribe {
        channel: "a".to_owned(),
        code: UnsubscribeCode::Server,
    }
}

fn recover() -> Instruction {
    Instruction::Recover {
        channel: "a".into(),
    }
}

fn heed(connection: &mut Connection<()>, generation: Generation, instruction: Instruction) -> Flow {
    let instruction = Arc::new(instruction);
    connection.heed_all([Stamped {
        generation,
        instruction,
    }])
}

#[tokio::test]
async fn a_stale_instruction_neither_ends_nor_advances_a_newer_subscription() {
    for side in [Side::Client, Side::Server] {
        let (mut connection, pipe) = connected();
        let older = subscribe(&mut connection, side, 7);
        assert!(connection.leave("a"));
        subscribe(&mut connection, side, 4);
        heed(&mut connection, older, unsubscribe()).unwrap();
        heed(&mut connection, older, recover()).unwrap();
        let publication = Publication::new(raw(&0).unwrap(), 5);
        connection.engine.hub.publish("a", || vec![publication]);
        connection.flush().unwrap();
        let [text] = &pipe.texts()[..] else {
            panic!("the publication, and nothing else");
        };
        assert!(text.contains(r#""offset":5"#), "{text}");
        assert!(connection.subscriptions.contains("a"));
    }
}

#[tokio::test]
async fn an_instruction_about_the_subscription_there_is_ends_it() {
    let (mut connection, _) = connected();
    let generation = subscribe(&mut connection, Side::Client, 4);
    heed(&mut connection, generation, unsubscribe()).unwrap();
    assert!(!connection.subscriptions.contains("a"));
    assert_eq!(connection.engine.hub.counts().subscriptions, 0);
    let generation = subscribe(&mut connection, Side::Server, 4);
    let ended = heed(&mut connection, generation, recover());
    assert!(matches!(ended, Err(End::Close(why)) if why.code == 3010));
}

#[tokio::test]
async fn what_the_server_begins_is_as_old_as_the_instruction_to_begin_it() {
    let (mut connection, pipe) = connected();
    let begin = connection.link.next_generation();
    let unsubscribed_at = connection.link.latest_generation();
    let work = connection
        .begin_subscribe_by_server("a", None, begin, None)
        .unwrap();
    // It was said while the subscription began, and ends it before it goes live.
    heed(&mut connection, unsubscribed_at, unsubscribe()).unwrap();
    let done = work.await;
    assert!(connection.finish(done).unwrap().is_none());
    connection.flush().unwrap();
    assert!(pipe.texts().is_empty());
    assert_eq!(connection.engine.hub.counts().subscriptions, 0);
}
