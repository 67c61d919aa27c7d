//! Whatever a stranger sends: parsed as a client's frame and as a server's, in JSON and in Protobuf,
//! without a panic and within bounded memory; and what was understood survives being written and read again.
//!
//! The parser's own files are compiled in, not the whole crate: so the fuzzer is built in seconds,
//! and every branch it counts is the parser's.

#![no_main]

#[allow(dead_code, unused_imports)]
#[path = "../../src/protocol"]
mod protocol {
    pub mod channel;
    pub mod codes;
    pub mod frame;
    pub mod ids;
    pub mod json;
    pub mod text;

    pub use ids::{MessageId, Seq, ThreadId, Timestamp, UserId};
}

#[path = "../../src/server/realtime/transport"]
mod transport {
    pub mod protobuf;
}

use libfuzzer_sys::fuzz_target;
use protocol::channel::ChannelName;
use protocol::frame::{Command, Reply, parse_lines};
use protocol::text::{ClientId, MessageText, Username};
use serde::Serialize;
use serde::de::DeserializeOwned;
use transport::protobuf::{Emulated, encode_command, encode_reply, take_command, take_reply};

fuzz_target!(|data: &[u8]| {
    survives_in_protobuf(data, take_command, encode_command);
    survives_in_protobuf(data, take_reply, encode_reply);
    let _ = Emulated::parse(data);
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    survives::<Command>(text);
    survives::<Reply>(text);
    if let Some(channel) = ChannelName::parse(text) {
        assert_eq!(channel.to_string(), text, "a channel has one spelling");
    }
    let _ = Username::parse(text);
    let _ = ClientId::parse(text);
    if let Ok(message) = MessageText::parse(text) {
        let again = MessageText::parse(message.as_str()).map(|again| again == message);
        assert!(again.unwrap_or(false), "what was cleaned stays as it is");
    }
});

/// What is understood is written as something that is understood the same way.
fn survives<T: DeserializeOwned + Serialize>(text: &str) {
    let Ok(lines) = parse_lines::<T>(text) else {
        return;
    };
    for line in lines {
        let written = serde_json::to_string(&line).expect("what was parsed can be written");
        let again = parse_lines::<T>(&written).expect("what was written can be parsed");
        let rewritten: Vec<String> = again
            .iter()
            .map(|line| serde_json::to_string(line).expect("and written again"))
            .collect();
        assert_eq!(rewritten, [written]);
    }
}

/// The same for the other format.
fn survives_in_protobuf<T: Serialize, E>(
    mut frame: &[u8],
    take: fn(&mut &[u8]) -> Result<Option<T>, E>,
    encode: fn(&T) -> Vec<u8>,
) {
    while let Ok(Some(object)) = take(&mut frame) {
        let written = encode(&object);
        let again = take(&mut &written[..]).ok().flatten();
        let again = again.expect("what was written can be parsed");
        let [one, other] = [&object, &again].map(|object| serde_json::to_string(object).ok());
        assert_eq!(one, other);
    }
}
