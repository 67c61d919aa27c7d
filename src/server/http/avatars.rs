//! Pictures of people in and out: for the browser by its cookie, for programs by their token.
//!
//! What comes is the picture as it was chosen, and in the address which square of it is meant; a form
//! that is posted without JavaScript says nothing of that and gets the one in the middle. What goes out
//! is for whoever has signed in, and may be kept for ever: another picture has another address.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use super::context::Context;
use super::files::{Asking, Visiting, serve};
use super::forms;
use super::rest::{At, Me, RestAnswer};
use super::visitor::Visitor;
use crate::protocol::{AvatarId, Crop, User};
use crate::server::auth::Identity;
use crate::server::chat::avatars;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Kept by the browser of whoever asked, and by nobody between.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// What a picture is called that somebody saves.
const NAME: &str = "picture.jpg";
/// The field of the form.
const FIELD: &str = "picture";

/// For the browser.
pub fn routes(context: &Context) -> Router<Context> {
    let shown = Router::new()
        .route("/avatars/{id}", get(show::<Visiting>))
        .with_state(context.app.clone());
    Router::new()
        .route("/avatar", post(set_own))
        .layer(DefaultBodyLimit::disable())
        .merge(shown)
}

/// For programs.
pub fn routes_for_programs<S: Clone + Send + Sync + 'static>(app: &Arc<App>) -> Router<S> {
    Router::new()
        .route("/api/v1/me/avatar", put(set).delete(remove))
        .route("/api/v1/avatars/{id}", get(show::<Me>))
        .layer(DefaultBodyLimit::disable())
        .with_state(app.clone())
}

async fn set_own(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    if !is_form(&request) {
        let Some(me) = visitor.identity else {
            return refused(Error::Unauthenticated);
        };
        return match take(&context.app, &me, request).await {
            Ok(user) => Json(user).into_response(),
            Err(error) => refused(error),
        };
    }
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let set = match &visitor.identity {
        Some(me) => from_form(&context.app, me, request).await,
        None => Err(Error::Unauthenticated),
    };
    forms::picture(&context, visitor, parts, set).await
}

fn refused(error: Error) -> Response {
    super::rest::Refusal::from(error).into_response()
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

/// Takes the body as it is, and which square of it is meant, if that is said whole.
async fn take(app: &App, me: &Identity, request: Request) -> Result<User> {
    let query = request.uri().query().unwrap_or_default();
    let crop: Option<Crop> = serde_urlencoded::from_str(query).ok();
    avatars::set(app, me, crop, request.into_body().into_data_stream()).await
}

async fn from_form(app: &App, me: &Identity, request: Request) -> Result<()> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::CutOff)?;
    while let Some(field) = form.next_field().await.map_err(|_| Error::CutOff)? {
        if field.name() == Some(FIELD) {
            return avatars::set(app, me, None, field).await.map(drop);
        }
    }
    Err(Error::NotAPicture)
}

async fn set(State(app): State<Arc<App>>, me: Me, request: Request) -> RestAnswer<Json<User>> {
    Ok(Json(take(&app, me.me(), request).await?))
}

async fn remove(State(app): State<Arc<App>>, me: Me) -> RestAnswer<StatusCode> {
    avatars::remove(&app, me.me()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show<A: Asking>(
    State(app): State<Arc<App>>,
    asking: A,
    At(id): At<i64>,
    request: Request,
) -> RestAnswer<Response> {
    let found = avatars::find(&app, asking.me(), AvatarId(id)).await?;
    let content = match request.uri().query() {
        Some("large") => found.large,
        _ => found.small,
    };
    let mut response = serve(&app, &content, "image/jpeg", NAME, request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CACHE_CONTROL, FOR_EVER);
    }
    Ok(response)
}
