//! A request to become a WebSocket.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;
use tungstenite::handshake::server::create_response_with_body;

use super::dialect::Dialect;

/// Extracts a valid request to upgrade, and refuses any other.
#[derive(Debug)]
pub struct Upgrade {
    /// The answer that accepts.
    pub(in crate::server::realtime) response: Response,
    pub(in crate::server::realtime) dialect: Dialect,
    /// What the query says of how the client connects.
    pub(in crate::server::realtime) connect: Option<String>,
    pub(in crate::server::realtime) connection: OnUpgrade,
}

/// The connect command, or the request in it, where it comes in a query.
pub(in crate::server::realtime) fn connect_in(query: Option<&str>) -> Option<String> {
    let query = query.unwrap_or_default().as_bytes();
    let mut pairs = url::form_urlencoded::parse(query);
    let connect = pairs.find(|(name, _)| name == "cf_connect");
    connect.map(|(_, command)| command.into_owned())
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let mut request = http::Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.version_mut() = parts.version;
        request.headers_mut().clone_from(&parts.headers);
        let (dialect, name) = asked_for(&parts.headers, parts.uri.query());
        let mut response = create_response_with_body(&request, axum::body::Body::empty)
            .map_err(|error| refuse(&error.to_string()))?;
        // A browser gives up unless what it named is named in the answer.
        if let Some(name) = name {
            let name = HeaderValue::from_static(name);
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
        }
        let connection = parts.extensions.remove::<OnUpgrade>();
        let connection = connection.ok_or_else(|| refuse("the connection cannot be upgraded"))?;
        Ok(Self {
            response,
            dialect,
            connect: connect_in(parts.uri.query()),
            connection,
        })
    }
}

/// The subprotocols of Centrifugo's clients.
const JSON: &str = "centrifuge-json";
const PROTOBUF: &str = "centrifuge-protobuf";

/// In which words a client wants to talk, and by which name it has said so: of those it names the
/// first that we have, or what the query says.
fn asked_for(headers: &HeaderMap, query: Option<&str>) -> (Dialect, Option<&'static str>) {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let named = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim));
    for name in named {
        match name {
            JSON => return (Dialect::SocketJson, Some(JSON)),
            PROTOBUF => return (Dialect::SocketProtobuf, Some(PROTOBUF)),
            _ => {}
        }
    }
    match is_protobuf(query) {
        true => (Dialect::SocketProtobuf, None),
        false => (Dialect::SocketJson, None),
    }
}

/// Whether the query asks for Protobuf.
fn is_protobuf(query: Option<&str>) -> bool {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    let mut pairs =
        pairs.filter(|pair| matches!(*pair, "format=protobuf" | "cf_protocol=protobuf"));
    pairs.next().is_some()
}

fn refuse(why: &str) -> Response {
    let text = format!("this address is for WebSockets: {why}\n");
    (StatusCode::BAD_REQUEST, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_format_that_a_client_names_is_spoken_and_named_in_the_answer() {
        let asked = |protocols: &str, query: Option<&str>| {
            let mut headers = HeaderMap::new();
            if !protocols.is_empty() {
                headers.insert(SEC_WEBSOCKET_PROTOCOL, protocols.parse().unwrap());
            }
            asked_for(&headers, query)
        };
        let (json, protobuf) = (Dialect::SocketJson, Dialect::SocketProtobuf);
        for (protocols, query, expected) in [
            ("", None, (json, None)),
            ("something-else", None, (json, None)),
            (JSON, None, (json, Some(JSON))),
            (PROTOBUF, None, (protobuf, Some(PROTOBUF))),
            (
                "x, centrifuge-protobuf, centrifuge-json",
                None,
                (protobuf, Some(PROTOBUF)),
            ),
            (
                "centrifuge-json, centrifuge-protobuf",
                None,
                (json, Some(JSON)),
            ),
            ("", Some("format=protobuf"), (protobuf, None)),
            ("", Some("a=b&cf_protocol=protobuf"), (protobuf, None)),
            ("", Some("format=json"), (json, None)),
            (JSON, Some("format=protobuf"), (json, Some(JSON))),
        ] {
            assert_eq!(asked(protocols, query), expected, "{protocols} {query:?}");
        }
    }
}
