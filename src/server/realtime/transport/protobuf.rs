//! The same frames in Protobuf, as clients speak it that know no JSON.
//!
//! The types of [`crate::protocol::frame`] stay the only truth: what is here has the shapes and the
//! numbers of Centrifugo's published definition, and is turned into them or made from them at once.
//! A frame holds messages one after another, each behind its length; an empty one is a ping or a
//! pong. What is embedded is JSON here too, as bytes: so whoever publishes in one format is read in
//! the other. Both directions are written, though a server needs one of each: tests, a fuzzer and
//! load generators are the other side.

mod command;
mod embedded;
mod reply;
#[cfg(test)]
mod tests;

use prost::Message;

pub use self::embedded::Malformed;
use crate::protocol::frame::{Command, Reply};

/// A reply, behind its length.
pub fn encode_reply(reply: &Reply) -> Vec<u8> {
    reply::Reply::from(reply).encode_length_delimited_to_vec()
}

/// A command, behind its length.
pub fn encode_command(command: &Command) -> Vec<u8> {
    command::Command::from(command).encode_length_delimited_to_vec()
}

/// Takes the next command off the front of a frame; nothing, if there is no more.
///
/// # Errors
/// What comes next is no command, or is cut off.
pub fn take_command(frame: &mut &[u8]) -> Result<Option<Command>, Malformed> {
    match take::<command::Command>(frame)? {
        Some(command) => command.try_into().map(Some),
        None => Ok(None),
    }
}

/// Takes the next reply off the front of a frame; nothing, if there is no more.
///
/// # Errors
/// What comes next is no reply, or is cut off.
pub fn take_reply(frame: &mut &[u8]) -> Result<Option<Reply>, Malformed> {
    match take::<reply::Reply>(frame)? {
        Some(reply) => reply.try_into().map(Some),
        None => Ok(None),
    }
}

/// What a client sends to an open stream, apart from it.
#[derive(Clone, PartialEq, Message)]
pub struct Emulated {
    #[prost(string, tag = "1")]
    pub node: String,
    #[prost(string, tag = "2")]
    pub session: String,
    /// A frame.
    #[prost(bytes = "vec", tag = "3")]
    pub data: Vec<u8>,
}

impl Emulated {
    /// # Errors
    /// It is none.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        Ok(Self::decode(body)?)
    }
}

fn take<M: Message + Default>(frame: &mut &[u8]) -> Result<Option<M>, Malformed> {
    if frame.is_empty() {
        return Ok(None);
    }
    let length = prost::decode_length_delimiter(&mut *frame)?;
    let (message, rest) = frame.split_at_checked(length).ok_or(Malformed)?;
    *frame = rest;
    Ok(Some(M::decode(message)?))
}
