//! In which words a connection is spoken to: the format, and what is put around each frame.
//!
//! Whatever goes to many is made once for each dialect that somebody among them reads, when the
//! first of them is written to, and shared from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock, Weak};

use serde::Serialize;

use super::wire::WireBytes;
use super::{fossil, protobuf};
use crate::protocol::frame::{self, ConnectResult, Publication, Push, Raw, Reply};

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
    /// The same three for who says nothing but how it connects: what it reads are pushes alone.
    OneWaySocket,
    OneWayStream,
    OneWayEvents,
}

/// How the protocol's objects are written, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Protobuf,
}

impl Dialect {
    pub const COUNT: usize = 8;
    const ALL: [Self; Self::COUNT] = [
        Self::SocketJson,
        Self::SocketProtobuf,
        Self::StreamJson,
        Self::StreamProtobuf,
        Self::Events,
        Self::OneWaySocket,
        Self::OneWayStream,
        Self::OneWayEvents,
    ];

    pub fn format(self) -> Format {
        match self {
            Self::SocketProtobuf | Self::StreamProtobuf => Format::Protobuf,
            _ => Format::Json,
        }
    }

    /// Whether the client says nothing after it has connected: no commands, and no pongs.
    pub fn is_one_way(self) -> bool {
        matches!(
            self,
            Self::OneWaySocket | Self::OneWayStream | Self::OneWayEvents
        )
    }

    pub fn encode(self, reply: &Reply) -> WireBytes {
        match self {
            Self::SocketJson => WireBytes::text(&line(reply)),
            Self::SocketProtobuf => WireBytes::binary(&protobuf::encode_reply(reply)),
            Self::StreamJson => WireBytes::raw(format!("{}\n", line(reply)).as_bytes()),
            Self::StreamProtobuf => WireBytes::raw(&protobuf::encode_reply(reply)),
            Self::Events => WireBytes::raw(format!("data: {}\n\n", line(reply)).as_bytes()),
            Self::OneWaySocket => WireBytes::text(&pushed(reply)),
            Self::OneWayStream => WireBytes::raw(format!("{}\n", pushed(reply)).as_bytes()),
            Self::OneWayEvents => WireBytes::raw(format!("data: {}\n\n", pushed(reply)).as_bytes()),
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
            Self::SocketJson | Self::SocketProtobuf | Self::OneWaySocket => {
                WireBytes::close(code, reason)
            }
            _ => self.encode(&Reply::push(Push::disconnect(code, reason))),
        }
    }
}

/// A reply has nothing in it that JSON cannot say: numbers, texts, and JSON that was parsed. If one had
/// nevertheless, an empty line would stand for it, and who counts positions would miss it.
fn line(reply: &impl Serialize) -> String {
    frame::to_line(reply).unwrap_or_else(|error| {
        tracing::error!(%error, "a reply could not be encoded");
        String::new()
    })
}

/// A reply as who asks for nothing reads it: a push by itself, and how the connection begins is one too.
/// (No push has that elsewhere, so it is none in [`crate::protocol::frame`], which browsers load.)
fn pushed(reply: &Reply) -> String {
    #[derive(Serialize)]
    struct Begun<'a> {
        connect: &'a ConnectResult,
    }
    match (&reply.push, &reply.connect) {
        (Some(push), _) => line(push),
        (None, Some(connect)) => line(&Begun { connect }),
        (None, None) => frame::PING.to_owned(),
    }
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
    /// For who reads everything whole.
    plain: Written,
    /// For who reads patches: what stands in JSON as a text, so that the text is the same for both sides.
    quoted: OnceLock<Box<Written>>,
    patch: OnceLock<Patch>,
}

/// A reply in each dialect, with the channel's name and with its number.
#[derive(Debug)]
struct Written {
    reply: Reply,
    full: ByDialect,
    compact: ByDialect,
}

/// What makes a publication out of the one before.
#[derive(Debug)]
struct Patch {
    /// Which that is. (It is not kept for this: else each would keep all before it.)
    base: Weak<Forms>,
    /// Nothing where a patch would be no shorter.
    written: Option<Box<Written>>,
}

type ByDialect = [OnceLock<WireBytes>; Dialect::COUNT];

impl Forms {
    pub fn of(reply: Reply) -> Self {
        Self {
            plain: Written::of(reply),
            quoted: OnceLock::new(),
            patch: OnceLock::new(),
        }
    }

    pub fn form(&self, reader: Reader) -> &WireBytes {
        self.plain.form(reader)
    }

    /// The same for who reads patches, and has read `base` last. All who have read the same share one;
    /// who has read something else, or nothing yet, gets it whole.
    pub fn patched(&self, base: Option<&Arc<Self>>, reader: Reader) -> &WireBytes {
        let patch = base.and_then(|base| {
            let patch = self.patch.get_or_init(|| Patch::new(base, self));
            let is_theirs = std::ptr::eq(patch.base.as_ptr(), Arc::as_ptr(base));
            patch.written.as_ref().filter(|_| is_theirs)
        });
        if let Some(patch) = patch {
            return patch.form(reader);
        }
        match reader.dialect.format() {
            Format::Protobuf => self.form(reader),
            Format::Json => {
                let quoted = self.quoted.get_or_init(|| Box::new(self.quote()));
                quoted.form(reader)
            }
        }
    }

    /// The tags of what is published.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let publication = self.publication();
        publication.map_or(&NONE, |publication| &publication.tags)
    }

    fn publication(&self) -> Option<&Publication> {
        self.plain.reply.push.as_ref()?.publication.as_ref()
    }

    fn data(&self) -> &str {
        self.publication().map_or("", |p| p.data.get())
    }

    fn quote(&self) -> Written {
        self.with(self.data(), false)
    }

    /// The same with other data, as a text.
    fn with(&self, text: &str, delta: bool) -> Written {
        let push = self.plain.reply.push.as_ref();
        let publication = self.publication().map(|publication| Publication {
            data: quoted(text),
            delta,
            ..publication.clone()
        });
        Written::of(Reply::push(Push {
            channel: push.map(|push| push.channel.clone()).unwrap_or_default(),
            publication,
            ..Push::default()
        }))
    }

    #[cfg(test)]
    pub fn all_the_same(bytes: &WireBytes) -> Self {
        let all = || [(); Dialect::COUNT].map(|()| bytes.clone().into());
        Self {
            plain: Written {
                reply: Reply::default(),
                full: all(),
                compact: all(),
            },
            quoted: OnceLock::new(),
            patch: OnceLock::new(),
        }
    }
}

/// JSON as a text within JSON.
pub fn quoted(text: &str) -> Raw {
    // Every text is one in JSON.
    frame::raw(&text).unwrap_or_default()
}

impl Written {
    fn of(reply: Reply) -> Self {
        Self {
            reply,
            full: [const { OnceLock::new() }; Dialect::COUNT],
            compact: [const { OnceLock::new() }; Dialect::COUNT],
        }
    }

    fn form(&self, reader: Reader) -> &WireBytes {
        let Reader { dialect, number } = reader;
        match number {
            None => self.full[dialect as usize].get_or_init(|| dialect.encode(&self.reply)),
            Some(number) => self.compact[dialect as usize]
                .get_or_init(|| dialect.encode(&self.compacted(number))),
        }
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
}

impl Patch {
    fn new(base: &Arc<Forms>, forms: &Forms) -> Self {
        let (before, after) = (base.data(), forms.data());
        let patch = fossil::delta(before, after);
        let is_shorter = patch.len() < after.len();
        Self {
            base: Arc::downgrade(base),
            written: is_shorter.then(|| Box::new(forms.with(&patch, true))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::frame::PING;

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
    fn who_says_nothing_reads_pushes_alone() {
        let publication = Publication::new(frame::raw(&7).unwrap(), 3);
        let news = Reply::publication("news", publication);
        let begun = Reply {
            id: 1,
            connect: Some(ConnectResult {
                client: "c".to_owned(),
                ping: 25,
                ..ConnectResult::default()
            }),
            ..Reply::default()
        };
        for (reply, expected) in [
            (&news, r#"{"channel":"news","pub":{"data":7,"offset":3}}"#),
            (
                &begun,
                r#"{"connect":{"client":"c","version":"","ping":25}}"#,
            ),
            (&Reply::default(), "{}"),
        ] {
            assert_eq!(
                Dialect::OneWaySocket.encode(reply),
                WireBytes::text(expected)
            );
            let line = Dialect::OneWayStream.encode(reply);
            assert_eq!(line[..], *format!("{expected}\n").as_bytes());
            let event = Dialect::OneWayEvents.encode(reply);
            assert_eq!(event[..], *format!("data: {expected}\n\n").as_bytes());
        }
        let why = Dialect::OneWayStream.farewell(3001, "shutdown");
        assert_eq!(
            &why[..],
            b"{\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\"}}\n"
        );
        let why = Dialect::OneWaySocket.farewell(3001, "shutdown");
        assert_eq!(why, WireBytes::close(3001, "shutdown"));
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

    fn published(data: &serde_json::Value) -> Arc<Forms> {
        let publication = Publication::new(frame::raw(data).unwrap(), 3);
        Arc::new(Forms::of(Reply::publication("news", publication)))
    }

    /// The publication in a line of a stream.
    fn read(bytes: &WireBytes) -> Publication {
        let text = std::str::from_utf8(bytes).unwrap();
        let reply: Reply = frame::parse(text).unwrap();
        reply.push.unwrap().publication.unwrap()
    }

    fn text(publication: &Publication) -> String {
        frame::parse(publication.data.get()).unwrap()
    }

    #[test]
    fn who_reads_patches_gets_one_of_what_it_read_last_and_otherwise_the_whole_as_a_text() {
        let long = "a long story, told again and again".repeat(3);
        let [one, two, other] = [json!([1, long]), json!([2, long]), json!([3, "short"])];
        let forms = [&one, &two, &other].map(published);
        let reader = Reader::from(Dialect::StreamJson);
        let whole = read(forms[0].patched(None, reader));
        assert!(!whole.delta);
        assert_eq!(text(&whole), one.to_string());
        let patch = read(forms[1].patched(Some(&forms[0]), reader));
        assert!(patch.delta && patch.offset == 3);
        let made = fossil::tests::apply(&one.to_string(), &text(&patch));
        assert_eq!(made, Some(two.to_string()));
        // Shared by all who have read the same, and of no use to who has not.
        let [one_of_them, another] = [(); 2].map(|()| forms[1].patched(Some(&forms[0]), reader));
        assert!(std::ptr::eq(
            &raw const one_of_them[0],
            &raw const another[0]
        ));
        assert_eq!(
            text(&read(forms[1].patched(Some(&forms[2]), reader))),
            two.to_string()
        );
        // No shorter than the whole.
        let short = read(forms[2].patched(Some(&forms[1]), reader));
        assert!(!short.delta);
        // Who reads all of it in the same dialect has nothing of that.
        assert_eq!(read(forms[1].form(reader)).data.get(), two.to_string());
        let in_protobuf = Reader::from(Dialect::StreamProtobuf);
        assert_eq!(
            forms[0].patched(None, in_protobuf),
            forms[0].form(in_protobuf)
        );
    }

    #[test]
    fn what_came_before_is_not_kept_for_the_sake_of_patches() {
        let [one, two] = [json!("a".repeat(50)), json!("a".repeat(51))].map(|d| published(&d));
        two.patched(Some(&one), Dialect::StreamJson.into());
        assert_eq!(Arc::strong_count(&one), 1);
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
