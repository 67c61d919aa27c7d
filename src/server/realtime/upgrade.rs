//! A request to become a WebSocket.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use hyper::upgrade::OnUpgrade;
use tungstenite::handshake::server::create_response_with_body;

/// Extracts a valid request to upgrade, and refuses any other.
#[derive(Debug)]
pub struct Upgrade {
    /// The answer that accepts.
    pub(super) response: Response,
    pub(super) connection: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let mut request = http::Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.version_mut() = parts.version;
        request.headers_mut().clone_from(&parts.headers);
        let response = create_response_with_body(&request, axum::body::Body::empty)
            .map_err(|error| refuse(&error.to_string()))?;
        let connection = parts.extensions.remove::<OnUpgrade>();
        let connection = connection.ok_or_else(|| refuse("the connection cannot be upgraded"))?;
        Ok(Self {
            response,
            connection,
        })
    }
}

fn refuse(why: &str) -> Response {
    let text = format!("this address is for WebSockets: {why}\n");
    (StatusCode::BAD_REQUEST, text).into_response()
}
