//! What goes over a socket, ready to be written, and where it is written to.
//!
//! A server's frames are not masked, so the bytes of one are the same for everybody: a publication
//! is put into its frame once, and all who read it share the bytes. What comes in, pongs and the
//! closing handshake are left to the WebSocket library.

use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::sync::Arc;

use tokio::net::TcpStream;

/// The final fragments of a text message and of a binary one.
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
/// The most that the payload of a control frame may hold, beside the code of a close frame.
const REASON_BYTES: usize = 123;

/// Bytes that must be written together: a frame, or several. Copies share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireBytes(Arc<[u8]>);

impl WireBytes {
    pub fn text(payload: &str) -> Self {
        Self::new(TEXT, &[payload.as_bytes()])
    }

    pub fn binary(payload: &[u8]) -> Self {
        Self::new(BINARY, &[payload])
    }

    /// A close frame. A reason that is too long is cut.
    pub fn close(code: u16, reason: &str) -> Self {
        let end = reason.floor_char_boundary(REASON_BYTES);
        let reason = &reason.as_bytes()[..end];
        Self::new(CLOSE, &[&code.to_be_bytes(), reason])
    }

    /// Several frames, to be written as one.
    pub fn join(frames: &[&Self]) -> Self {
        let frames: Vec<&[u8]> = frames.iter().map(|frame| &frame[..]).collect();
        Self(frames.concat().into())
    }

    /// What somebody else has framed, or what needs no frame.
    pub fn raw(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    fn new(opcode: u8, payload: &[&[u8]]) -> Self {
        let length: usize = payload.iter().map(|part| part.len()).sum();
        let mut frame = Vec::with_capacity(length + 10);
        frame.push(opcode);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..=125), _) => frame.push(short),
            (_, Ok(middling)) => {
                frame.push(126);
                frame.extend(middling.to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        for part in payload {
            frame.extend_from_slice(part);
        }
        Self(frame.into())
    }
}

impl std::ops::Deref for WireBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// The sending side of a socket.
pub trait Wire: Debug + Send + Sync + 'static {
    /// Writes as much as the socket takes now.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if it takes nothing now; anything else if it is broken.
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
}

impl Wire for TcpStream {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match slices {
            [one] => self.try_write(one),
            many => self.try_write_vectored(many),
        }
    }
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::frame::FrameHeader;

    use super::*;

    fn payload_length(frame: &WireBytes) -> u64 {
        let mut bytes = io::Cursor::new(&frame[..]);
        let (header, length) = FrameHeader::parse(&mut bytes).unwrap().unwrap();
        assert!(header.is_final && header.mask.is_none());
        assert_eq!(frame.len() as u64 - bytes.position(), length);
        length
    }

    #[test]
    fn the_library_reads_frames_of_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] {
            let frame = WireBytes::text(&"x".repeat(length));
            assert_eq!(payload_length(&frame), length as u64);
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(
            payload_length(&WireBytes::close(3000, &"ü".repeat(100))),
            124
        );
        assert_eq!(payload_length(&WireBytes::close(3000, "bye")), 5);
    }
}
