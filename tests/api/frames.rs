//! The frames themselves, byte by byte: what breaks the rules is answered with the
//! close code that names it, and a close that keeps them comes back as it was.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestApp;

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![
        first,
        0x80 | u8::try_from(payload.len()).unwrap(),
        0,
        0,
        0,
        0,
    ];
    frame.extend_from_slice(payload);
    frame
}

/// The frames that the server answers these bytes with, until it hangs up: first byte and payload.
async fn answers(app: &TestApp, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    answers_to(app, "", bytes).await
}

async fn answers_to(app: &TestApp, query: &str, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let host = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /connection/websocket{query} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    stream.write_all(bytes).await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    let mut frames = Vec::new();
    let mut rest = &rest[..];
    while let [first, length @ 0..126, after @ ..] = rest {
        let (payload, next) = after.split_at(usize::from(*length));
        frames.push((*first, payload.to_vec()));
        rest = next;
    }
    assert!(rest.is_empty(), "a frame is longer than any expected here");
    frames
}

/// What the server closes with when it gets these bytes.
async fn answer(app: &TestApp, bytes: &[u8]) -> Option<u16> {
    let frames = answers(app, bytes).await;
    let (_, payload) = frames.iter().find(|(first, _)| *first == 0x88)?;
    match payload[..] {
        [] => Some(1005),
        [high, low, ..] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

#[tokio::test]
async fn a_close_that_keeps_the_rules_comes_back_and_one_that_breaks_them_is_named() {
    let app = TestApp::on_sqlite().await;
    for code in [
        1000_u16, 1001, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        let close = frame(0x88, &code.to_be_bytes());
        assert_eq!(answer(&app, &close).await, Some(code));
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        let close = frame(0x88, &code.to_be_bytes());
        assert_eq!(answer(&app, &close).await, Some(1002), "{code}");
    }
    let without_a_code = frame(0x88, &[]);
    assert_eq!(answer(&app, &without_a_code).await, Some(1005));
}

#[tokio::test]
async fn a_broken_frame_is_answered_with_the_code_that_names_it() {
    let app = TestApp::on_sqlite().await;
    let mut too_long_ping = vec![0x89, 0xfe, 0, 126, 0, 0, 0, 0];
    too_long_ping.extend([b'x'; 126]);
    let broken: [(&str, Vec<u8>, u16); 11] = [
        ("a close of one byte", frame(0x88, &[3]), 1002),
        (
            "a close whose reason is no text",
            frame(0x88, &[3, 232, 0xff, 0xfe]),
            1007,
        ),
        ("text that is none", frame(0x81, &[0xff, 0xfe]), 1007),
        ("a reserved bit", frame(0xc1, b"{}"), 1002),
        ("an unknown kind", frame(0x83, b"{}"), 1002),
        ("an unknown kind of control", frame(0x8b, b""), 1002),
        ("without a mask", vec![0x81, 2, b'{', b'}'], 1002),
        ("a continuation of nothing", frame(0x80, b"{}"), 1002),
        ("a ping in pieces", frame(0x09, b""), 1002),
        ("a ping that is too long", too_long_ping, 1002),
        (
            "a beginning within another",
            [frame(0x01, b"{"), frame(0x81, b"{}")].concat(),
            1002,
        ),
    ];
    for (what, bytes, code) in broken {
        assert_eq!(answer(&app, &bytes).await, Some(code), "{what}");
    }
}

#[tokio::test]
async fn what_is_only_unusual_is_read_as_it_is_meant() {
    let app = TestApp::on_sqlite().await;
    let longest = [b'x'; 125];
    // Two pieces of a text: together they are a pong, which nobody sends before connecting.
    let bytes = [frame(0x89, &longest), frame(0x01, b"{"), frame(0x80, b"}")].concat();
    let answers = answers(&app, &bytes).await;
    assert_eq!(answers[0], (0x8a, longest.to_vec()));
    assert_eq!(answers[1].0, 0x88);
    assert_eq!(answers[1].1[..2], 3501_u16.to_be_bytes());
}

/// More than a frame may hold.
const LARGE: usize = 256 * 1024 + 1;

#[tokio::test]
async fn in_protobuf_what_breaks_the_rules_is_answered_with_the_same_codes() {
    let app = TestApp::on_sqlite().await;
    let large = {
        let length = u64::try_from(LARGE).unwrap();
        let mut frame = vec![0x82, 0xff];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(vec![0; LARGE]);
        frame
    };
    let broken: [(&str, Vec<u8>, u16); 7] = [
        ("text", frame(0x81, b"{}"), 3501),
        ("a pong before connecting", frame(0x82, &[0]), 3501),
        (
            "a command before connecting",
            frame(0x82, &[4, 0x08, 1, 0x6a, 0]),
            3501,
        ),
        (
            "a message that is cut off",
            frame(0x82, &[9, 0x08, 1]),
            3501,
        ),
        ("a length without an end", frame(0x82, &[0xff; 11]), 3501),
        (
            "a field that is cut off",
            frame(0x82, &[2, 0x22, 200]),
            3501,
        ),
        ("more than may be", large, 1009),
    ];
    for (what, bytes, code) in broken {
        let answers = answers_to(&app, "?format=protobuf", &bytes).await;
        let (_, payload) = answers.iter().find(|(first, _)| *first == 0x88).unwrap();
        assert_eq!(payload[..2], code.to_be_bytes(), "{what}");
    }
    // And the other way round.
    let bytes = frame(0x82, &[0]);
    let answers = answers(&app, &bytes).await;
    assert_eq!(answers[0].1[..2], 3501_u16.to_be_bytes());
}
