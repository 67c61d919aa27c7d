//! What happens to bytes that arrive: handshakes, frames, lines.

use anyhow::{Result, ensure};

use super::link::Stage;
use super::{Listener, Swarm};
use crate::clock;
use crate::dialect::Heard;
use crate::net::frame;

impl Swarm {
    /// Reads once from a connection and deals with all that is complete.
    pub(super) fn read(&mut self, index: usize, listener: &mut impl Listener) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let outcome = self.read_into(&mut buffer, index, listener);
        self.buffer = buffer;
        outcome
    }

    fn read_into(
        &mut self,
        buffer: &mut Vec<u8>,
        index: usize,
        listener: &mut impl Listener,
    ) -> Result<()> {
        let link = &mut self.links[index];
        let filled = match link.read(buffer) {
            Ok(None) => return Ok(()),
            Ok(Some(filled)) => filled,
            Err(_) => {
                self.end(index, None, listener);
                return Ok(());
            }
        };
        let bytes = &buffer[..filled];
        let used = match link.stage {
            Stage::Connecting | Stage::Upgrading => self.upgraded(index, bytes)?,
            Stage::Open => 0,
        };
        let used = used + self.understand(index, &bytes[used..], listener)?;
        self.links[index].keep(&bytes[used..]);
        Ok(())
    }

    /// Reads the answer to the handshake and greets. Returns how many bytes it took.
    fn upgraded(&mut self, index: usize, bytes: &[u8]) -> Result<usize> {
        let link = &mut self.links[index];
        let Some(used) = link.upgraded(bytes)? else {
            return Ok(0);
        };
        let door = link.door.clone();
        if door.answers == 0 {
            self.entering -= 1;
        }
        if !door.greeting.is_empty() {
            self.say(index, door.greeting.as_bytes());
        }
        Ok(used)
    }

    fn understand(
        &mut self,
        index: usize,
        bytes: &[u8],
        listener: &mut impl Listener,
    ) -> Result<usize> {
        if self.links[index].stage != Stage::Open {
            return Ok(0);
        }
        let now = clock::now();
        let mut at = 0;
        while let Some(frame) = frame::first(&bytes[at..])? {
            at += frame.length;
            match frame.opcode {
                frame::TEXT => self.hear(index, frame.payload, now, listener)?,
                frame::PING => {
                    frame::from_client(&mut self.links[index].out, frame::PONG, frame.payload);
                    self.dirty.push(index);
                }
                frame::CLOSE => {
                    self.end(index, frame::close_code(frame.payload), listener);
                    return Ok(bytes.len());
                }
                _ => {}
            }
        }
        Ok(at)
    }

    fn hear(
        &mut self,
        index: usize,
        text: &[u8],
        now: u64,
        listener: &mut impl Listener,
    ) -> Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            match self.dialect.hear(line, &self.reader) {
                Heard::Post { payload, offset } => listener.post(index, payload, offset, now),
                Heard::Answer { id, is_refused } => {
                    self.answered(index, is_refused, line)?;
                    listener.answer(index, id, is_refused, line, now);
                }
                Heard::Calls(words) => self.say(index, words.as_bytes()),
                Heard::Noise => {}
            }
        }
        Ok(())
    }

    fn answered(&mut self, index: usize, is_refused: bool, words: &[u8]) -> Result<()> {
        let link = &mut self.links[index];
        if link.missing == 0 {
            return Ok(());
        }
        ensure!(
            !is_refused,
            "a connection was refused: {}",
            String::from_utf8_lossy(words)
        );
        link.missing -= 1;
        if link.missing == 0 {
            self.entering -= 1;
        }
        Ok(())
    }
}
