//! The frame a client sent last, parsed as its commands begin: line by line, or message by message.
//!
//! A frame may hold thousands of commands: parsing them one at a time keeps what they
//! need of memory to the frame itself.

use serde::Deserialize;
use tungstenite::{Bytes, Utf8Bytes};

use crate::protocol::frame::{self, Command};
use crate::server::realtime::transport::protobuf::{self, Malformed};

/// What a client has sent in one go.
#[derive(Debug)]
pub enum Frame {
    /// A command to a line.
    Json(Utf8Bytes),
    /// Commands one after another, each behind its length.
    Protobuf(Bytes),
    /// How a client connects that says nothing else: no command, but the request in it.
    Connect(Utf8Bytes),
}

impl Frame {
    pub fn len(&self) -> usize {
        match self {
            Self::Json(text) | Self::Connect(text) => text.len(),
            Self::Protobuf(bytes) => bytes.len(),
        }
    }

    /// The next command after that many bytes, and where it ends.
    fn next(&self, at: usize) -> Result<Option<(Box<Command>, usize)>, Malformed> {
        match self {
            Self::Json(text) => next_line(text, at),
            Self::Connect(text) if at < text.len() => {
                let connect = object(text.trim()).map_err(|_| Malformed)?;
                let command = Command {
                    id: 1,
                    connect: Some(connect),
                    ..Command::default()
                };
                Ok(Some((Box::new(command), text.len())))
            }
            Self::Connect(_) => Ok(None),
            Self::Protobuf(bytes) => {
                let mut rest = &bytes[at..];
                let command = protobuf::take_command(&mut rest)?;
                Ok(command.map(|command| (Box::new(command), bytes.len() - rest.len())))
            }
        }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::Json(Utf8Bytes::default())
    }
}

/// What a client has sent and was not dealt with yet, command by command.
#[derive(Debug, Default)]
pub struct Inbox {
    frame: Frame,
    at: usize,
    /// Parsed, but it may not begin yet.
    parked: Option<Box<Command>>,
}

impl Inbox {
    /// Takes a new frame. The one before must be used up.
    pub fn fill(&mut self, frame: Frame) {
        self.frame = frame;
        self.at = 0;
    }

    pub fn is_empty(&self) -> bool {
        self.parked.is_none() && self.at >= self.frame.len()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The next command, if it may begin.
    ///
    /// # Errors
    /// What comes next is no command.
    pub fn next(
        &mut self,
        may_begin: impl Fn(&Command) -> bool,
    ) -> Result<Option<Box<Command>>, Malformed> {
        if self.parked.is_none() {
            self.parked = self.parse()?;
        }
        Ok(self.parked.take_if(|command| may_begin(command)))
    }

    fn parse(&mut self) -> Result<Option<Box<Command>>, Malformed> {
        if let Some((command, end)) = self.frame.next(self.at)? {
            self.at = end;
            return Ok(Some(command));
        }
        // What was read need not be kept until the next frame comes.
        self.clear();
        Ok(None)
    }
}

/// The command on the next line that is not empty, and where that line ends.
fn next_line(text: &str, mut at: usize) -> Result<Option<(Box<Command>, usize)>, Malformed> {
    while at < text.len() {
        let line = text[at..].split('\n').next().unwrap_or_default();
        at += line.len() + 1;
        let line = line.trim();
        if !line.is_empty() {
            let command = object(line).map_err(|_| Malformed)?;
            return Ok(Some((Box::new(command), at)));
        }
    }
    Ok(None)
}

/// A command is an object: serde alone would take an array of its fields as well.
fn object<'a, T: Deserialize<'a>>(line: &'a str) -> serde_json::Result<T> {
    match line.starts_with('{') {
        true => frame::parse(line),
        false => Err(serde::de::Error::custom("not an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_one_by_one_and_one_that_must_wait_is_kept() {
        let mut inbox = Inbox::default();
        inbox.fill(Frame::Json("{\"id\":1}\n\n{\"id\":2}\n".into()));
        let any = |_: &Command| true;
        assert_eq!(inbox.next(any).unwrap().unwrap().id, 1);
        assert!(inbox.next(|_| false).unwrap().is_none());
        assert!(!inbox.is_empty());
        assert_eq!(inbox.next(any).unwrap().unwrap().id, 2);
        assert!(inbox.next(any).unwrap().is_none());
        assert!(inbox.is_empty());
    }

    #[test]
    fn what_is_no_command_is_an_error_when_its_turn_has_come() {
        let mut inbox = Inbox::default();
        for nonsense in ["hello", "[]", "[1]", "1", "null"] {
            inbox.fill(Frame::Json(format!("{{\"id\":1}}\n{nonsense}").into()));
            assert!(inbox.next(|_| true).unwrap().is_some());
            assert!(inbox.next(|_| true).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn who_says_nothing_else_says_how_it_connects() {
        let mut inbox = Inbox::default();
        inbox.fill(Frame::Connect(" {\"token\":\"t\",\n\"subs\":{}}\n".into()));
        let command = inbox.next(|_| true).unwrap().unwrap();
        assert_eq!(
            (command.id, command.connect.unwrap().token.as_str()),
            (1, "t")
        );
        assert!(inbox.next(|_| true).unwrap().is_none());
        assert!(inbox.is_empty());
        for nonsense in ["hello", "[]", "{\"token\":1}", " ", "{}{}"] {
            inbox.fill(Frame::Connect(nonsense.into()));
            assert!(inbox.next(|_| true).is_err(), "{nonsense}");
            inbox.clear();
        }
    }

    #[test]
    fn in_the_other_format_commands_come_one_by_one_too() {
        let command = |id| {
            let command = Command {
                id,
                ..Command::default()
            };
            protobuf::encode_command(&command)
        };
        let mut inbox = Inbox::default();
        let bytes = [command(1), command(2), vec![9]].concat();
        inbox.fill(Frame::Protobuf(bytes.into()));
        let any = |_: &Command| true;
        assert_eq!(inbox.next(any).unwrap().unwrap().id, 1);
        assert!(inbox.next(|_| false).unwrap().is_none());
        assert_eq!(inbox.next(any).unwrap().unwrap().id, 2);
        assert!(inbox.next(any).is_err(), "what is cut off");
    }
}
