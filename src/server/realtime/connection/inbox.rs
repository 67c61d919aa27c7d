//! The frame a client sent last, parsed line by line as its commands begin.
//!
//! A frame may hold thousands of commands: parsing them one at a time keeps what they
//! need of memory to the frame itself.

use tungstenite::Utf8Bytes;

use crate::protocol::frame::{self, Command};

/// What a client has sent and was not dealt with yet, line by line.
#[derive(Debug, Default)]
pub struct Inbox {
    text: Utf8Bytes,
    at: usize,
    /// Parsed, but it may not begin yet.
    parked: Option<Box<Command>>,
}

impl Inbox {
    /// Takes a new frame. The one before must be used up.
    pub fn fill(&mut self, text: Utf8Bytes) {
        self.text = text;
        self.at = 0;
    }

    pub fn is_empty(&self) -> bool {
        self.parked.is_none() && self.at >= self.text.len()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The next command, if it may begin.
    ///
    /// # Errors
    /// The next line is no command.
    pub fn next(
        &mut self,
        may_begin: impl Fn(&Command) -> bool,
    ) -> serde_json::Result<Option<Box<Command>>> {
        if self.parked.is_none() {
            self.parked = self.parse()?;
        }
        Ok(self.parked.take_if(|command| may_begin(command)))
    }

    fn parse(&mut self) -> serde_json::Result<Option<Box<Command>>> {
        while self.at < self.text.len() {
            let rest = &self.text.as_str()[self.at..];
            let line = rest.split('\n').next().unwrap_or_default();
            self.at += line.len() + 1;
            let line = line.trim();
            if !line.is_empty() {
                return command(line).map(Some);
            }
        }
        // What was read need not be kept until the next frame comes.
        self.clear();
        Ok(None)
    }
}

/// A command is an object: serde alone would take an array of its fields as well.
fn command(line: &str) -> serde_json::Result<Box<Command>> {
    match line.starts_with('{') {
        true => frame::parse(line).map(Box::new),
        false => Err(serde::de::Error::custom("not an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_one_by_one_and_one_that_must_wait_is_kept() {
        let mut inbox = Inbox::default();
        inbox.fill("{\"id\":1}\n\n{\"id\":2}\n".into());
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
            inbox.fill(format!("{{\"id\":1}}\n{nonsense}").into());
            assert!(inbox.next(|_| true).unwrap().is_some());
            assert!(inbox.next(|_| true).is_err(), "{nonsense}");
        }
    }
}
