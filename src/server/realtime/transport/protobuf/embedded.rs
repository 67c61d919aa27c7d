//! JSON inside of Protobuf: bytes, of which none means that there is nothing.

use prost::DecodeError;
use serde_json::value::RawValue;

use crate::protocol::frame::Raw;

/// It is not what the protocol allows there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a frame of the protocol")]
pub struct Malformed;

impl From<DecodeError> for Malformed {
    fn from(_: DecodeError) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Malformed {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// What is embedded, if anything is.
pub fn read(bytes: Vec<u8>) -> Result<Option<Raw>, Malformed> {
    match bytes.is_empty() {
        true => Ok(None),
        false => read_some(bytes).map(Some),
    }
}

/// What is embedded where there must be something.
pub fn read_some(bytes: Vec<u8>) -> Result<Raw, Malformed> {
    let text = String::from_utf8(bytes).map_err(|_| Malformed)?;
    RawValue::from_string(text).map_err(|_| Malformed)
}

pub fn write(json: Option<&Raw>) -> Vec<u8> {
    json.map(|json| write_some(json)).unwrap_or_default()
}

pub fn write_some(json: &RawValue) -> Vec<u8> {
    json.get().as_bytes().to_vec()
}

/// A text that is JSON's only because frames have nothing else, by itself.
pub fn write_text(json: &RawValue) -> Vec<u8> {
    let text: String = serde_json::from_str(json.get()).unwrap_or_default();
    text.into_bytes()
}

pub fn read_text(bytes: Vec<u8>) -> Result<Raw, Malformed> {
    let text = String::from_utf8(bytes).map_err(|_| Malformed)?;
    Ok(serde_json::value::to_raw_value(&text)?)
}
