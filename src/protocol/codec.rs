//! How server functions are called and answered: in JSON, which is read as everybody here reads it.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::json::parse;

/// How server functions are called and answered.
pub type Json = Post<Plain>;

/// JSON, read by [`parse`].
pub struct Plain;

impl ContentType for Plain {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Plain {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Plain {
    type Error = serde_json::Error;

    fn encode(value: &T) -> serde_json::Result<Bytes> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Plain {
    type Error = serde_json::Error;

    fn decode(json: Bytes) -> serde_json::Result<T> {
        parse(&json)
    }
}
