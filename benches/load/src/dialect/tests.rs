//! What servers were seen to send, and what it means.

use super::*;

fn posted(dialect: &Dialect, before: &str, after: &str) -> Heard {
    let mut line = before.as_bytes().to_vec();
    let payload = Payload {
        stamp: 5,
        number: 7,
    };
    payload.write(&mut line);
    line.extend_from_slice(after.as_bytes());
    dialect.hear(&line, &Reader::new())
}

fn post(offset: u64) -> Heard {
    let payload = Payload {
        stamp: 5,
        number: 7,
    };
    Heard::Post { payload, offset }
}

#[test]
fn a_publication_has_an_offset_and_an_answer_that_quotes_it_is_an_answer() {
    let push = r#"{"push":{"channel":"thread:1","pub":{"data":{"text":""#;
    let heard = posted(&Dialect::Centrifugo, push, r#""},"offset":12}}}"#);
    assert_eq!(heard, post(12));
    let reply = r#"{"id":9,"rpc":{"data":{"message":{"text":""#;
    let heard = posted(&Dialect::Centrifugo, reply, r#""}}}}"#);
    assert_eq!(
        heard,
        Heard::Answer {
            id: 9,
            is_refused: false
        }
    );
}

#[test]
fn refusals_and_pings_are_told_apart() {
    let hear = |line: &str| Dialect::Centrifugo.hear(line.as_bytes(), &Reader::new());
    assert_eq!(
        hear(r#"{"id":3,"error":{"code":111,"message":"too many requests"}}"#),
        Heard::Answer {
            id: 3,
            is_refused: true
        }
    );
    assert_eq!(hear("{}"), Heard::Calls("{}"));
}

#[test]
fn the_peers_are_understood() {
    assert_eq!(
        posted(&Dialect::Plain, r#"{"n":1,"text":""#, "\"}"),
        post(0)
    );
    assert_eq!(posted(&Dialect::SocketIo, r#"42["m",""#, "\"]"), post(0));
    let reader = Reader::new();
    let answer = |id| Heard::Answer {
        id,
        is_refused: false,
    };
    assert_eq!(Dialect::Plain.hear(b"{\"ack\":12}", &reader), answer(12));
    assert_eq!(Dialect::SocketIo.hear(b"4312[]", &reader), answer(12));
    assert_eq!(
        Dialect::SocketIo.hear(b"40{\"sid\":\"x\"}", &reader),
        answer(0)
    );
    assert_eq!(Dialect::SocketIo.hear(b"2", &reader), Heard::Calls("3"));
    assert_eq!(Dialect::SocketIo.hear(b"0{}", &reader), Heard::Calls("40"));
}
