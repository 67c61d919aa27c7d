//! The message every benchmark sends: a hundred bytes that carry a time and a number.
//!
//! `~~`, sixteen hexadecimal digits of the time it was meant to be sent, eight of its number, then
//! filling. The digits have fixed places, so a reader finds them with one search for `~~` in
//! whatever JSON a server wraps around the text, and never has to parse that JSON.

use memchr::memmem::Finder;

/// Bytes in a message's text.
pub const LENGTH: usize = 100;
const MARK: &[u8] = b"~~";
const STAMP: usize = 16;
const NUMBER: usize = 8;
const FILLING: [u8; LENGTH] = [b'x'; LENGTH];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// What a text carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// When it should have left, whether or not it could.
    pub stamp: u64,
    /// Counts up from 1 over all messages of a run.
    pub number: u32,
}

impl Payload {
    /// Appends the text, which needs no escaping in JSON.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(MARK);
        digits(out, self.stamp, STAMP);
        digits(out, u64::from(self.number), NUMBER);
        out.extend_from_slice(&FILLING[..LENGTH - MARK.len() - STAMP - NUMBER]);
    }
}

/// Finds payloads in what servers send.
#[derive(Debug)]
pub struct Reader(Finder<'static>);

impl Reader {
    pub fn new() -> Self {
        Self(Finder::new(MARK))
    }

    /// The payload within a line, if it has one.
    pub fn read(&self, line: &[u8]) -> Option<Payload> {
        let start = self.0.find(line)? + MARK.len();
        let stamp = line.get(start..start + STAMP)?;
        let number = line.get(start + STAMP..start + STAMP + NUMBER)?;
        Some(Payload {
            stamp: value(stamp)?,
            number: value(number)? as u32,
        })
    }
}

fn digits(out: &mut Vec<u8>, value: u64, count: usize) {
    for place in (0..count).rev() {
        out.push(DIGITS[(value >> (4 * place)) as usize & 15]);
    }
}

fn value(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |sum, &digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(sum << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_from_within_any_json() {
        let payload = Payload {
            stamp: 0x0123_4567_89ab_cdef,
            number: 42,
        };
        let mut line = b"{\"text\":\"".to_vec();
        payload.write(&mut line);
        assert_eq!(line.len(), 9 + LENGTH);
        line.extend_from_slice(b"\"}");
        assert_eq!(Reader::new().read(&line), Some(payload));
    }

    #[test]
    fn a_line_without_a_payload_has_none() {
        assert_eq!(Reader::new().read(b"{\"text\":\"~~zz\"}"), None);
        assert_eq!(Reader::new().read(b"{}"), None);
    }
}
