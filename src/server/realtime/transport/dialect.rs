//! In which words a connection is spoken to: the format, and what is put around each frame.
//!
//! Whatever goes to many is made once for each dialect that somebody among them reads, when the
//! first of them is written to, and shared from then on.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use super::protobuf;
use super::wire::WireBytes;
use crate::protocol::frame::{self, Push, Reply};

/// How what is said looks on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    SocketJson,
    SocketProtobuf,
    /// A response that goes on, one reply to a line.
    StreamJson,
    /// The same, each reply behind its length.
    StreamProtobuf,
    /// Server-sent events.
    Events,
}

/// How the protocol's objects are written, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Protobuf,
}

impl Dialect {
    pub const COUNT: usize = 5;
    const ALL: [Self; Self::COUNT] = [
        Self::SocketJson,
        Self::SocketProtobuf,
        Self::StreamJson,
        Self::StreamProtobuf,
        Self::Events,
    ];

    pub fn format(self) -> Format {
        match self {
            Self::SocketJson | Self::StreamJson | Self::Events => Format::Json,
            Self::SocketProtobuf | Self::StreamProtobuf => Format::Protobuf,
        }
    }

    pub fn encode(self, reply: &Reply) -> WireBytes {
        match self {
            Self::SocketJson => WireBytes::text(&line(reply)),
            Self::SocketProtobuf => WireBytes::binary(&protobuf::encode_reply(reply)),
            Self::StreamJson => WireBytes::raw(format!("{}\n", line(reply)).as_bytes()),
            Self::StreamProtobuf => WireBytes::raw(&protobuf::encode_reply(reply)),
            Self::Events => WireBytes::raw(format!("data: {}\n\n", line(reply)).as_bytes()),
        }
    }

    /// The protocol's ping.
    pub fn ping(self) -> &'static WireBytes {
        static PINGS: LazyLock<[WireBytes; Dialect::COUNT]> =
            LazyLock::new(|| Dialect::ALL.map(|dialect| dialect.encode(&Reply::default())));
        &PINGS[self as usize]
    }

    /// What is said last: the connection ends, and why.
    pub fn farewell(self, code: u16, reason: &str) -> WireBytes {
        match self {
            Self::SocketJson | Self::SocketProtobuf => WireBytes::close(code, reason),
            Self::StreamJson | Self::StreamProtobuf | Self::Events => {
                self.encode(&Reply::push(Push::disconnect(code, reason)))
            }
        }
    }
}

/// A reply has nothing in it that JSON cannot say: numbers, texts, and JSON that was parsed. If one had
/// nevertheless, an empty line would stand for it, and who counts positions would miss it.
fn line(reply: &Reply) -> String {
    frame::to_line(reply).unwrap_or_else(|error| {
        tracing::error!(%error, "a reply could not be encoded");
        String::new()
    })
}

/// How one of many reads what is told to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    pub dialect: Dialect,
    /// By which number it knows the channel, if it was told one.
    pub number: Option<u64>,
}

impl From<Dialect> for Reader {
    fn from(dialect: Dialect) -> Self {
        Self {
            dialect,
            number: None,
        }
    }
}

/// The same in every form that somebody reads, each made when it is needed for the first time. The
/// number of a channel is the same for all.
#[derive(Debug)]
pub struct Forms {
    reply: Reply,
    full: ByDialect,
    compact: ByDialect,
}

type ByDialect = [OnceLock<WireBytes>; Dialect::COUNT];

impl Forms {
    pub fn of(reply: Reply) -> Self {
        Self {
            reply,
            full: [const { OnceLock::new() }; Dialect::COUNT],
            compact: [const { OnceLock::new() }; Dialect::COUNT],
        }
    }

    pub fn form(&self, reader: Reader) -> &WireBytes {
        let Reader { dialect, number } = reader;
        match number {
            None => self.full[dialect as usize].get_or_init(|| dialect.encode(&self.reply)),
            Some(number) => self.compact[dialect as usize]
                .get_or_init(|| dialect.encode(&self.compacted(number))),
        }
    }

    /// The tags of what is published.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let push = self.reply.push.as_ref();
        let publication = push.and_then(|push| push.publication.as_ref());
        publication.map_or(&NONE, |publication| &publication.tags)
    }

    /// What is told on a channel, without its name.
    fn compacted(&self, id: u64) -> Reply {
        let push = self.reply.push.as_ref();
        Reply {
            push: push.map(|push| Push {
                id,
                publication: push.publication.clone(),
                join: push.join.clone(),
                leave: push.leave.clone(),
                ..Push::default()
            }),
            ..Reply::default()
        }
    }

    #[cfg(test)]
    pub fn all_the_same(bytes: &WireBytes) -> Self {
        let all = || [(); Dialect::COUNT].map(|()| bytes.clone().into());
        Self {
            reply: Reply::default(),
            full: all(),
            compact: all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::{PING, Publication};

    #[test]
    fn a_ping_is_an_empty_object_in_either_format() {
        assert_eq!(*Dialect::SocketJson.ping(), WireBytes::text(PING));
        assert_eq!(*Dialect::SocketProtobuf.ping(), WireBytes::binary(&[0]));
        assert_eq!(&Dialect::StreamJson.ping()[..], b"{}\n");
        assert_eq!(Dialect::StreamProtobuf.ping()[..], [0]);
        assert_eq!(&Dialect::Events.ping()[..], b"data: {}\n\n");
    }

    #[test]
    fn a_stream_is_told_why_it_ends_and_a_socket_is_closed() {
        let why = br#"{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}"#;
        let stream = Dialect::StreamJson.farewell(3001, "shutdown");
        assert_eq!(stream[..], [&why[..], b"\n"].concat());
        let socket = Dialect::SocketProtobuf.farewell(3001, "shutdown");
        assert_eq!(socket, WireBytes::close(3001, "shutdown"));
    }

    #[test]
    fn who_was_told_a_number_reads_that_and_not_the_name() {
        let publication = Publication::new(frame::raw(&7).unwrap(), 3);
        let forms = Forms::of(Reply::publication("news", publication));
        let compact = Reader {
            dialect: Dialect::StreamJson,
            number: Some(12),
        };
        let full = forms.form(Dialect::StreamJson.into());
        let name = br#"{"push":{"channel":"news","pub":{"data":7,"offset":3}}}"#;
        assert_eq!(full[..], [&name[..], b"\n"].concat());
        let number = br#"{"push":{"id":12,"pub":{"data":7,"offset":3}}}"#;
        assert_eq!(forms.form(compact)[..], [&number[..], b"\n"].concat());
    }

    #[test]
    fn each_form_is_made_once() {
        let forms = Forms::of(Reply::default());
        for dialect in Dialect::ALL {
            let [one, other] = [(); 2].map(|()| forms.form(dialect.into()));
            assert!(std::ptr::eq(&raw const one[0], &raw const other[0]));
        }
    }
}
