//! The three languages the generator speaks, reduced to what it has to say and to hear.
//!
//! A message arrives as one or more lines. Each is told apart by its first bytes, and by the mark
//! of a payload within: JSON is parsed only where a scenario asks for more. So a delivery costs
//! the generator a search, whatever the server wraps it in.

use memchr::memmem;

use crate::payload::{Payload, Reader};

/// Whom the generator talks to, and so how.
#[derive(Debug)]
pub enum Dialect {
    /// Centrifugo's protocol, with tokens and durable posts.
    Hubbub(Tokens),
    /// Centrifugo itself: anonymous, one channel, in memory.
    Centrifugo,
    /// The small JSON protocol of the programs in `benches/peers`.
    Plain,
    /// Engine.IO 4 over a WebSocket, Socket.IO 5 in it.
    SocketIo,
}

/// One token for each part that connections play.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Has joined no thread.
    pub reader: String,
    /// Has joined the threads it posts in, and does not want to hear them.
    pub writer: String,
    pub writer_threads: Vec<u32>,
    /// Has joined exactly one thread.
    pub idle: String,
    /// Has joined three.
    pub storm: String,
}

impl Tokens {
    /// The same token for every part.
    pub fn of_one(token: &str) -> Self {
        let token = token.to_owned();
        Self {
            reader: token.clone(),
            writer: token.clone(),
            writer_threads: Vec::new(),
            idle: token.clone(),
            storm: token,
        }
    }
}

/// The part a connection plays.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Hears everything said in a thread (peers have but one room).
    Reader { thread: u32 },
    /// Posts, and hears nothing but answers.
    Writer,
    /// Is there, with three subscriptions.
    Idle,
}

/// How a connection enters: what it asks for, what it says first, how many answers it awaits.
#[derive(Clone, Debug)]
pub struct Door {
    pub path: &'static str,
    pub greeting: String,
    pub answers: u32,
}

/// What a line from a server means.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message of the room.
    Post { payload: Payload, offset: u64 },
    /// The answer to a command.
    Answer { id: u32, is_refused: bool },
    /// Something to be answered with these words.
    Calls(&'static str),
    /// Nothing that matters here.
    Noise,
}

impl Dialect {
    /// How a connection that plays the given part enters.
    pub fn door(&self, part: Part) -> Door {
        match self {
            Self::Hubbub(tokens) => match part {
                Part::Reader { thread } => hubbub(&tokens.reader, &format!("thread:{thread}")),
                Part::Writer => deaf(hubbub(&tokens.writer, ""), &tokens.writer_threads),
                Part::Idle => hubbub(&tokens.idle, ""),
            },
            Self::Centrifugo => match part {
                Part::Reader { .. } => centrifugo(&["bench"]),
                Part::Writer => centrifugo(&[]),
                Part::Idle => centrifugo(&["a", "b", "c"]),
            },
            Self::Plain => door(plain_path(part), String::new(), 0),
            Self::SocketIo => door(socket_io_path(part), String::new(), 1),
        }
    }

    /// Appends the command that posts a message.
    pub fn post(&self, out: &mut Vec<u8>, id: u32, thread: u32, payload: Payload) {
        let (before, after) = match self {
            Self::Hubbub(_) => (
                format!(
                    r#"{{"id":{id},"rpc":{{"method":"thread:publish","data":{{"id":{thread},"client_id":"benchmark-{id:022}","message":""#
                ),
                r#""}}}"#,
            ),
            Self::Centrifugo => (
                format!(r#"{{"id":{id},"publish":{{"channel":"bench","data":{{"text":""#),
                r#""}}}"#,
            ),
            Self::Plain => (format!(r#"{{"id":{id},"text":""#), r#""}"#),
            Self::SocketIo => (format!(r#"42{id}["m",""#), r#""]"#),
        };
        out.extend_from_slice(before.as_bytes());
        payload.write(out);
        out.extend_from_slice(after.as_bytes());
    }

    /// What a line means.
    pub fn hear(&self, line: &[u8], reader: &Reader) -> Heard {
        match self {
            Self::Hubbub(_) | Self::Centrifugo => hear_centrifugo(line, reader),
            Self::Plain => hear_plain(line, reader),
            Self::SocketIo => hear_socket_io(line, reader),
        }
    }
}

fn door(path: &'static str, greeting: String, answers: u32) -> Door {
    Door {
        path,
        greeting,
        answers,
    }
}

/// A connection with a token, and one subscription of its own unless the channel is empty.
fn hubbub(token: &str, channel: &str) -> Door {
    let connect = format!(r#"{{"id":1,"connect":{{"token":"{token}"}}}}"#);
    if channel.is_empty() {
        return door(CENTRIFUGO_PATH, connect, 1);
    }
    let subscribe = format!(r#"{{"id":2,"subscribe":{{"channel":"{channel}"}}}}"#);
    door(CENTRIFUGO_PATH, format!("{connect}\n{subscribe}"), 2)
}

/// The same, without what the server subscribes it to by itself.
fn deaf(mut door: Door, threads: &[u32]) -> Door {
    for (id, thread) in (2..).zip(threads) {
        let unsubscribe =
            format!("\n{{\"id\":{id},\"unsubscribe\":{{\"channel\":\"thread:{thread}\"}}}}");
        door.greeting.push_str(&unsubscribe);
        door.answers += 1;
    }
    door
}

pub const CENTRIFUGO_PATH: &str = "/connection/websocket";

fn centrifugo(channels: &[&str]) -> Door {
    let mut commands = vec![r#"{"id":1,"connect":{}}"#.to_owned()];
    let subscribe =
        |(id, channel)| format!(r#"{{"id":{id},"subscribe":{{"channel":"{channel}"}}}}"#);
    commands.extend((2..).zip(channels).map(subscribe));
    door(CENTRIFUGO_PATH, commands.join("\n"), commands.len() as u32)
}

fn plain_path(part: Part) -> &'static str {
    match part {
        Part::Reader { .. } => "/read",
        Part::Writer => "/write",
        Part::Idle => "/idle",
    }
}

fn socket_io_path(part: Part) -> &'static str {
    match part {
        Part::Reader { .. } => "/socket.io/?EIO=4&transport=websocket&part=read",
        Part::Writer => "/socket.io/?EIO=4&transport=websocket&part=write",
        Part::Idle => "/socket.io/?EIO=4&transport=websocket&part=idle",
    }
}

fn hear_centrifugo(line: &[u8], reader: &Reader) -> Heard {
    if line == b"{}" {
        return Heard::Calls("{}");
    }
    if line.starts_with(b"{\"push\"") {
        return match reader.read(line) {
            Some(payload) => Heard::Post {
                payload,
                offset: last_offset(line),
            },
            None => Heard::Noise,
        };
    }
    let Some(id) = number_after(line, b"\"id\":") else {
        return Heard::Noise;
    };
    let head = &line[..line.len().min(40)];
    let is_refused = memmem::find(head, b"\"error\":").is_some();
    Heard::Answer { id, is_refused }
}

fn hear_plain(line: &[u8], reader: &Reader) -> Heard {
    match line.strip_prefix(b"{\"ack\":") {
        Some(digits) => Heard::Answer {
            id: number(digits) as u32,
            is_refused: false,
        },
        None => heard_post(line, reader),
    }
}

fn hear_socket_io(line: &[u8], reader: &Reader) -> Heard {
    match *line {
        [b'0', ..] => Heard::Calls("40"),
        [b'2'] => Heard::Calls("3"),
        [b'4', b'0', ..] => Heard::Answer {
            id: 0,
            is_refused: false,
        },
        [b'4', b'3', ref rest @ ..] => Heard::Answer {
            id: number(rest) as u32,
            is_refused: false,
        },
        [b'4', b'4', ..] => Heard::Answer {
            id: 0,
            is_refused: true,
        },
        _ => heard_post(line, reader),
    }
}

fn heard_post(line: &[u8], reader: &Reader) -> Heard {
    match reader.read(line) {
        Some(payload) => Heard::Post { payload, offset: 0 },
        None => Heard::Noise,
    }
}

/// A publication's offset stands behind its data: the last one in the line. Zero without one.
fn last_offset(line: &[u8]) -> u64 {
    let key = b"\"offset\":";
    let tail = &line[line.len().saturating_sub(40)..];
    memmem::rfind(tail, key).map_or(0, |at| number(&tail[at + key.len()..]))
}

fn number_after(line: &[u8], key: &[u8]) -> Option<u32> {
    let at = memmem::find(line, key)? + key.len();
    Some(number(&line[at..]) as u32)
}

/// The digits something begins with, as a number.
fn number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests;
