//! WebSocket frames, as far as this program meets them.
//!
//! Frames are read in place, without copying. Those sent are masked, as a client's must be, with
//! the key zero: the standard wants an unpredictable key to protect proxies, of which there are
//! none here, and zero leaves the text as it is. Servers do the same work for any key.

use anyhow::{Result, bail};

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Instead of a length: it follows in two bytes, or in eight.
const SHORT: u8 = 0x7e;
const LONG: u8 = 0x7f;
const KEY: [u8; 4] = [0; 4];

/// One whole frame at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub opcode: u8,
    pub payload: &'a [u8],
    /// Bytes it takes in the buffer.
    pub length: usize,
}

/// The frame a buffer begins with, once all of it has arrived.
///
/// # Errors
/// It is one of several fragments, or masked with a key other than ours.
pub fn first(buffer: &[u8]) -> Result<Option<Frame<'_>>> {
    let [head, size, ..] = *buffer else {
        return Ok(None);
    };
    if head & FINAL == 0 {
        bail!("a message came in fragments, which this program does not put together");
    }
    let (start, length) = match size & !MASKED {
        SHORT => match buffer.get(2..4) {
            Some(&[a, b]) => (4, usize::from(u16::from_be_bytes([a, b]))),
            _ => return Ok(None),
        },
        LONG => match buffer.get(2..10).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => (10, u64::from_be_bytes(bytes) as usize),
            None => return Ok(None),
        },
        length => (2, usize::from(length)),
    };
    let is_masked = size & MASKED != 0;
    let start = if is_masked { start + KEY.len() } else { start };
    let Some(payload) = buffer.get(start..start + length) else {
        return Ok(None);
    };
    if is_masked && buffer[start - KEY.len()..start] != KEY {
        bail!("a frame is masked with a key that is not this program's");
    }
    Ok(Some(Frame {
        opcode: head & 0x0f,
        payload,
        length: start + length,
    }))
}

/// Appends a frame as a client sends it.
pub fn from_client(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    header(out, opcode, payload.len(), MASKED);
    out.extend_from_slice(&KEY);
    out.extend_from_slice(payload);
}

/// Appends a frame as a server sends it.
pub fn from_server(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    header(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

fn header(out: &mut Vec<u8>, opcode: u8, length: usize, mask: u8) {
    out.push(FINAL | opcode);
    match length {
        0..=125 => out.push(mask | length as u8),
        126..=0xffff => {
            out.push(mask | SHORT);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(mask | LONG);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// The code of a close frame, if it gives one.
pub fn close_code(payload: &[u8]) -> Option<u16> {
    match *payload {
        [a, b, ..] => Some(u16::from_be_bytes([a, b])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_size_are_read_back_and_only_when_complete() {
        for size in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'a'; size];
            for write in [from_client, from_server] {
                let mut bytes = Vec::new();
                write(&mut bytes, TEXT, &payload);
                let frame = first(&bytes).unwrap().unwrap();
                assert_eq!((frame.payload, frame.length), (&payload[..], bytes.len()));
                assert_eq!(first(&bytes[..bytes.len() - 1]).unwrap(), None);
            }
        }
    }

    #[test]
    fn a_fragment_is_refused_rather_than_miscounted() {
        assert!(first(&[TEXT, 1, b'a']).is_err());
    }
}
