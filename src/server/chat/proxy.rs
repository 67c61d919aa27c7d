//! Calls such as `get:threads/1` or `post:threads`: a route of the REST API, run in this process as
//! the person the connection belongs to.
//!
//! The answer is the route's JSON with the status as `code`; what is not an object comes as `data`
//! beside it. The data of a `get` are its query, those of the others its body.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::{Raw, raw};
use crate::server::auth::Identity;
use crate::server::realtime::Refusal;

/// Bytes in an answer.
const BODY: usize = 4 * 1024 * 1024;

/// What a method's name asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Target<'a> {
    method: Method,
    path: &'a str,
}

/// The route behind a method's name, if it names one.
pub fn target(name: &str) -> Option<Target<'_>> {
    let (method, path) = name.split_once(':')?;
    let method = match method {
        "get" => Method::GET,
        "post" => Method::POST,
        "put" => Method::PUT,
        "patch" => Method::PATCH,
        "delete" => Method::DELETE,
        _ => return None,
    };
    let path = path.trim_start_matches('/');
    Some(Target { method, path })
}

/// Runs the route.
///
/// # Errors
/// The name or the data make no request.
pub async fn call(
    rest: Router,
    me: &Arc<Identity>,
    target: Target<'_>,
    data: Option<&Raw>,
) -> Result<Raw, Refusal> {
    let request = request(me, target, data).ok_or(ErrorCode::BadRequest)?;
    let Ok(response) = rest.oneshot(request).await;
    let code = response.status().as_u16();
    let body = to_bytes(response.into_body(), BODY)
        .await
        .map_err(|error| {
            tracing::error!(%error, "an answer could not be read");
            Refusal::from(ErrorCode::Internal)
        })?;
    raw(&with_code(code, &body)).map_err(|_| ErrorCode::Internal.into())
}

fn request(me: &Arc<Identity>, target: Target<'_>, data: Option<&Raw>) -> Option<Request<Body>> {
    let Target { method, path } = target;
    let data = data.map_or("{}", |data| data.get());
    let (query, body) = match method {
        Method::GET => (query(data)?, Body::empty()),
        _ => (String::new(), Body::from(data.to_owned())),
    };
    let separator = match (query.is_empty(), path.contains('?')) {
        (true, _) => "",
        (false, true) => "&",
        (false, false) => "?",
    };
    Request::builder()
        .method(method)
        .uri(format!("/api/v1/{path}{separator}{query}"))
        .header(CONTENT_TYPE, "application/json")
        .extension(me.clone())
        .body(body)
        .ok()
}

/// Plain values of an object, as a query.
fn query(data: &str) -> Option<String> {
    let fields: Map<String, Value> = serde_json::from_str(data).ok()?;
    let pairs = fields.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            _ => return None,
        };
        Some((name, value))
    });
    serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).ok()
}

fn with_code(code: u16, body: &[u8]) -> Value {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("code".to_owned(), code.into());
            Value::Object(fields)
        }
        Ok(other) => json!({ "code": code, "data": other }),
        Err(_) if body.is_empty() => json!({ "code": code }),
        Err(_) => json!({ "code": code, "message": String::from_utf8_lossy(body) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_method_and_a_path() {
        let get = |path| {
            Some(Target {
                method: Method::GET,
                path,
            })
        };
        assert_eq!(target("get:threads/1"), get("threads/1"));
        assert_eq!(target("get:/threads/1"), get("threads/1"));
        assert_eq!(target("thread:history"), None);
        assert_eq!(target("ping"), None);
        assert_eq!(target("trace:threads"), None);
    }

    #[test]
    fn the_data_of_a_get_are_its_query() {
        let written = query(r#"{"limit":3,"q":"a b&c","deep":[1],"on":true}"#).unwrap();
        assert_eq!(written, "limit=3&on=true&q=a+b%26c");
        assert_eq!(query("[]"), None);
    }

    #[test]
    fn an_answer_carries_its_status() {
        assert_eq!(with_code(200, b"{\"a\":1}"), json!({ "a": 1, "code": 200 }));
        assert_eq!(with_code(200, b"[1]"), json!({ "code": 200, "data": [1] }));
        assert_eq!(with_code(204, b""), json!({ "code": 204 }));
        let text = with_code(400, b"what?");
        assert_eq!(text, json!({ "code": 400, "message": "what?" }));
    }
}
