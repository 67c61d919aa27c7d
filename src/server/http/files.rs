//! Files in and out: for the browser by its cookie, for programs by their token.
//!
//! What comes is a body as it is, with the name in the address, so it is never in memory as a whole. What
//! goes out says what it is by what the server has found in it, runs nothing, and is asked for again each
//! time whether it may still be had: a message that was deleted takes its files along.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    HeaderValue,
};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::rest::{At, Me, Refusal, RestAnswer};
use super::visitor::Visitor;
use crate::protocol::{FileId, FileInfo, file};
use crate::server::auth::Identity;
use crate::server::chat::files;
use crate::server::db::files::KeptFile;
use crate::server::error::Error;
use crate::server::state::App;

/// What opens in a browser by itself may do nothing, and load nothing from elsewhere.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; img-src 'self'; media-src 'self'; sandbox");
/// Kept by the browser, and asked about each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
const SAME_SITE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// For the browser.
pub fn routes<S: Clone + Send + Sync + 'static>(app: &Arc<App>) -> Router<S> {
    Router::new()
        .route("/upload", post(upload::<Visiting>))
        .route("/upload/{id}", delete(discard::<Visiting>))
        .route("/files/{id}/{name}", get(by_name))
        .layer(DefaultBodyLimit::disable())
        .with_state(app.clone())
}

/// For programs.
pub fn routes_for_programs<S: Clone + Send + Sync + 'static>(app: &Arc<App>) -> Router<S> {
    Router::new()
        .route("/api/v1/files", post(upload::<Me>))
        .route("/api/v1/files/{id}", get(by_id).delete(discard::<Me>))
        .layer(DefaultBodyLimit::disable())
        .with_state(app.clone())
}

/// Whoever the request comes from, by cookie or by token.
pub trait Asking: FromRequestParts<Arc<App>, Rejection = Refusal> + Send + 'static {
    fn me(&self) -> &Identity;
}

/// Whose cookie it is.
pub struct Visiting(Identity);

impl FromRequestParts<Arc<App>> for Visiting {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Refusal> {
        let visitor = parts.extensions.get::<Visitor>();
        let identity = visitor.and_then(|visitor| visitor.identity.clone());
        identity
            .map(Self)
            .ok_or_else(|| Error::Unauthenticated.into())
    }
}

impl Asking for Visiting {
    fn me(&self) -> &Identity {
        &self.0
    }
}

impl Asking for Me {
    fn me(&self) -> &Identity {
        &self.0
    }
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

async fn upload<A: Asking>(
    State(app): State<Arc<App>>,
    asking: A,
    Query(Named { name }): Query<Named>,
    body: Body,
) -> RestAnswer<(StatusCode, Json<FileInfo>)> {
    let uploaded = files::upload(&app, asking.me(), &name, body.into_data_stream()).await?;
    Ok((StatusCode::CREATED, Json(uploaded)))
}

async fn discard<A: Asking>(
    State(app): State<Arc<App>>,
    asking: A,
    At(id): At<i64>,
) -> RestAnswer<StatusCode> {
    files::discard(&app, asking.me(), FileId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn by_name(
    State(app): State<Arc<App>>,
    visiting: Visiting,
    At((id, _name)): At<(i64, String)>,
    request: Request,
) -> RestAnswer<Response> {
    let found = files::find(&app, visiting.me(), FileId(id)).await?;
    Ok(send(&app, &found, request).await)
}

async fn by_id(
    State(app): State<Arc<App>>,
    me: Me,
    At(id): At<i64>,
    request: Request,
) -> RestAnswer<Response> {
    let found = files::find(&app, me.me(), FileId(id)).await?;
    Ok(send(&app, &found, request).await)
}

/// Sends what is in a file, or a part of it: its smaller form, where that is asked for and there is one.
async fn send(app: &App, found: &KeptFile, request: Request) -> Response {
    let wants_small = request.uri().query() == Some("small");
    let (content, kind) = match (&found.small, &found.small_kind) {
        (Some(small), Some(kind)) if wants_small => (small, kind),
        _ => (&found.content, &found.kind),
    };
    serve(app, content, kind, &found.name, request).await
}

/// Sends what is kept under a digest, or a part of it.
pub(super) async fn serve(
    app: &App,
    content: &str,
    kind: &str,
    name: &str,
    request: Request,
) -> Response {
    let path = app.files.store.path(content);
    let Ok(response) = ServeFile::new(path).oneshot(request).await;
    let mut response = response.map(Body::new);
    if response.status() == StatusCode::NOT_FOUND {
        tracing::error!(content, "a file is not where it should be");
        return Error::NotFound.into_response();
    }
    describe(response.headers_mut(), kind, name);
    response
}

/// Says what a file is and that nothing in it is to be run.
fn describe(headers: &mut HeaderMap, kind: &str, name: &str) {
    let kind = HeaderValue::from_str(kind);
    headers.insert(
        CONTENT_TYPE,
        kind.unwrap_or(HeaderValue::from_static(FileInfo::UNKNOWN)),
    );
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CACHE_CONTROL, ASK_AGAIN);
    headers.insert(SAME_SITE, HeaderValue::from_static("same-origin"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(kind_is_shown(headers), name)) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
}

/// Whether browsers show it; all else they are told to save.
fn kind_is_shown(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind != FileInfo::UNKNOWN)
}

/// What to do with it, and what it is called: in letters that old programs know, and as it is.
fn disposition(is_shown: bool, name: &str) -> String {
    let plain = |c: char| match c {
        ' '..='~' if !matches!(c, '"' | '\\' | '%') => c,
        _ => '_',
    };
    let what = if is_shown { "inline" } else { "attachment" };
    let old: String = name.chars().map(plain).collect();
    format!(
        "{what}; filename=\"{old}\"; filename*=UTF-8''{}",
        file::escaped(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header_or_add_to_it() {
        assert_eq!(
            disposition(false, "a\"; x=\"Ü.txt"),
            "attachment; filename=\"a_; x=__.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22%C3%9C.txt"
        );
        assert!(disposition(true, "a.png").starts_with("inline; filename=\"a.png\""));
    }
}
