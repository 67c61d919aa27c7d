//! A request to become a WebSocket.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;
use tungstenite::handshake::server::create_response_with_body;

/// Extracts a valid request to upgrade, and refuses any other.
#[derive(Debug)]
pub struct Upgrade {
    /// The answer that accepts.
    pub(in crate::server::realtime) response: Response,
    pub(in crate::server::realtime) connection: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let mut request = http::Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.version_mut() = parts.version;
        request.headers_mut().clone_from(&parts.headers);
        let format = Format::asked_for(&parts.headers, parts.uri.query());
        let format = format.ok_or_else(|| {
            refuse("only JSON is spoken here: use the subprotocol centrifuge-json, or none")
        })?;
        let mut response = create_response_with_body(&request, axum::body::Body::empty)
            .map_err(|error| refuse(&error.to_string()))?;
        if format == Format::NamedJson {
            let json = HeaderValue::from_static(JSON);
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, json);
        }
        let connection = parts.extensions.remove::<OnUpgrade>();
        let connection = connection.ok_or_else(|| refuse("the connection cannot be upgraded"))?;
        Ok(Self {
            response,
            connection,
        })
    }
}

/// The subprotocols of Centrifugo's clients.
const JSON: &str = "centrifuge-json";
const PROTOBUF: &str = "centrifuge-protobuf";

/// In which format a client wants to talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    /// A browser gives up unless what it named is named in the answer.
    NamedJson,
}

impl Format {
    /// Nothing, if it is none that we have.
    fn asked_for(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let named: Vec<&str> = headers
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(',').map(str::trim))
            .collect();
        if named.contains(&JSON) {
            return Some(Self::NamedJson);
        }
        let by_query = query.is_some_and(|query| {
            query
                .split('&')
                .any(|pair| pair == "format=protobuf" || pair == "cf_protocol=protobuf")
        });
        let wants_protobuf = by_query || named.contains(&PROTOBUF);
        (!wants_protobuf).then_some(Self::Json)
    }
}

fn refuse(why: &str) -> Response {
    let text = format!("this address is for WebSockets: {why}\n");
    (StatusCode::BAD_REQUEST, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_spoken_by_either_name_and_protobuf_is_not() {
        let asked = |protocols: &str, query: Option<&str>| {
            let mut headers = HeaderMap::new();
            if !protocols.is_empty() {
                headers.insert(SEC_WEBSOCKET_PROTOCOL, protocols.parse().unwrap());
            }
            Format::asked_for(&headers, query)
        };
        assert_eq!(asked("", None), Some(Format::Json));
        assert_eq!(asked("centrifuge-json", None), Some(Format::NamedJson));
        assert_eq!(
            asked("centrifuge-protobuf, centrifuge-json", None),
            Some(Format::NamedJson)
        );
        assert_eq!(asked("centrifuge-protobuf", None), None);
        assert_eq!(asked("", Some("format=protobuf")), None);
        assert_eq!(asked("", Some("format=json")), Some(Format::Json));
    }
}
