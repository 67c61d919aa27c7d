//! A stream of lines that stands in for a socket: taking it apart, and what is said beside it.

use serde::{Deserialize, Serialize};

use crate::protocol::frame::{Reply, parse};

/// Lines from what comes in pieces of any size.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that are whole with this piece.
    pub fn take(&mut self, piece: &[u8]) -> Vec<String> {
        self.begun.extend_from_slice(piece);
        let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') else {
            return Vec::new();
        };
        let rest = self.begun.split_off(end + 1);
        let whole = std::mem::replace(&mut self.begun, rest);
        let whole = String::from_utf8_lossy(&whole);
        let lines = whole.lines().filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }
}

/// Under what is sent beside a stream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Session {
    pub session: String,
    pub node: String,
}

#[derive(Deserialize)]
struct Connected {
    connect: Session,
}

/// The session of a stream, if that line tells it.
pub fn session(line: &str) -> Option<Session> {
    parse::<Connected>(line).ok().map(|told| told.connect)
}

/// Why the server ends the stream, if that line says so: what a socket says by its code.
pub fn disconnected(line: &str) -> Option<u16> {
    // Nothing else is looked at twice.
    if !line.contains("\"disconnect\"") {
        return None;
    }
    let reply: Reply = parse(line).ok()?;
    u16::try_from(reply.push?.disconnect?.code).ok()
}

#[derive(Serialize)]
struct Beside<'a> {
    session: &'a str,
    node: &'a str,
    data: &'a str,
}

/// A frame as it is sent beside a stream.
pub fn message(session: &Session, frame: &str) -> String {
    let beside = Beside {
        session: &session.session,
        node: &session.node,
        data: frame,
    };
    serde_json::to_string(&beside).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let text = "{\"a\":\"é\"}\n{}\n\n{\"b\":1}\n";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let pieces = text.as_bytes().chunks(size);
            let all: Vec<String> = pieces.flat_map(|piece| lines.take(piece)).collect();
            assert_eq!(all, ["{\"a\":\"é\"}", "{}", "{\"b\":1}"], "{size}");
        }
        let mut lines = Lines::default();
        assert!(lines.take(b"{\"half\":").is_empty());
    }

    #[test]
    fn a_stream_says_under_what_to_send_and_why_it_ends() {
        let line = r#"{"id":1,"connect":{"client":"c","version":"v","session":"s","node":"n"}}"#;
        let told = session(line).unwrap();
        assert_eq!((told.session.as_str(), told.node.as_str()), ("s", "n"));
        assert_eq!(
            session(r#"{"id":1,"error":{"code":100,"message":"x"}}"#),
            None
        );
        let sent = message(&told, "{\"id\":2}");
        assert_eq!(sent, r#"{"session":"s","node":"n","data":"{\"id\":2}"}"#);
        let end = r#"{"push":{"disconnect":{"code":3500,"reason":"invalid token"}}}"#;
        assert_eq!(disconnected(end), Some(3500));
        for line in [
            "{}",
            r#"{"push":{"channel":"c","pub":{"data":"\"disconnect\""}}}"#,
        ] {
            assert_eq!(disconnected(line), None);
        }
    }
}
