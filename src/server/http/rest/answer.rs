//! What the REST API answers when it refuses, and how it reads a body.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::ApiError;
use crate::server::error::Error;

pub type Answer<T> = Result<T, Refusal>;

/// A refusal: what to do about it, for people (`message`) and for programs.
#[derive(Debug)]
pub enum Refusal {
    Refused(Error),
    /// The request is not what the route takes.
    BadRequest(String),
    /// The route is there, but not for this method.
    NotAllowed,
    TooLarge,
}

#[derive(Serialize)]
struct Told {
    code: u16,
    message: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<String, String>,
}

impl Refusal {
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::BadRequest(reason.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Refused(error) => error,
            Self::BadRequest(message) => {
                return told(StatusCode::BAD_REQUEST, message, BTreeMap::new());
            }
            Self::NotAllowed => {
                let message = "That cannot be done here.".to_owned();
                return told(StatusCode::METHOD_NOT_ALLOWED, message, BTreeMap::new());
            }
            Self::TooLarge => {
                let message = "That is too much at once.".to_owned();
                return told(StatusCode::PAYLOAD_TOO_LARGE, message, BTreeMap::new());
            }
        };
        error.log();
        let api = error.to_api();
        let mut response = told(error.status(), api.to_string(), errors(&api));
        if let Some(seconds) = error.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn told(status: StatusCode, message: String, errors: BTreeMap<String, String>) -> Response {
    let code = status.as_u16();
    let told = Told {
        code,
        message,
        errors,
    };
    (status, Json(told)).into_response()
}

fn errors(error: &ApiError) -> BTreeMap<String, String> {
    let ApiError::Invalid { fields } = error else {
        return BTreeMap::new();
    };
    fields
        .iter()
        .filter_map(|field| {
            let name = serde_json::to_value(field.field).ok()?;
            // As the request calls them.
            let name = match name.as_str()? {
                "thread_name" => "name",
                "text" => "message",
                other => other,
            };
            Some((name.to_owned(), field.sentence()))
        })
        .collect()
}

/// Ids in the path. What is no id is nothing's.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(ids)| Self(ids))
            .map_err(|_| Error::NotFound.into())
    }
}

/// A body of JSON, whatever its content type says.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
            _ => Refusal::bad_request(error.body_text()),
        })?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(bytes)
            .map(Body)
            .map_err(|error| Refusal::bad_request(format!("The body is not understood: {error}")))
    }
}
