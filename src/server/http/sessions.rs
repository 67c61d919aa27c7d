//! `/api/v1/sessions`: how a program signs in with a name and a password, and out again.
//!
//! Routes for programs know tokens only and never look at cookies. That is why pages of other
//! origins may be allowed to use them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::rest::{RestAnswer, RestBody, bearer};
use crate::protocol::User;
use crate::server::auth::{Credential, RequestSource};
use crate::server::chat::accounts::{self, SignIn};
use crate::server::error::Error;
use crate::server::state::App;

/// A name and a password.
#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

/// A token to connect with, and whose it is.
#[derive(Serialize)]
pub struct NewSession {
    token: String,
    user: User,
}

/// Begins a session.
///
/// # Errors
/// As for the form.
pub async fn create(
    State(app): State<Arc<App>>,
    Extension(source): Extension<RequestSource>,
    RestBody(credentials): RestBody<Credentials>,
) -> RestAnswer<(StatusCode, Json<NewSession>)> {
    let form = SignIn {
        username: credentials.username,
        password: credentials.password,
    };
    let signed_in = accounts::sign_in(&app, form, &source).await?;
    let session = NewSession {
        token: signed_in.token,
        user: signed_in.user,
    };
    Ok((StatusCode::CREATED, Json(session)))
}

/// Ends the session whose token the request carries.
///
/// # Errors
/// `Unauthenticated` without such a token, `Forbidden` with one that is no session's.
pub async fn delete(State(app): State<Arc<App>>, headers: HeaderMap) -> RestAnswer<StatusCode> {
    let token = bearer(&headers).ok_or(Error::Unauthenticated)?;
    let me = app
        .sessions
        .authenticate(token)
        .await?
        .ok_or(Error::Unauthenticated)?;
    if matches!(me.credential, Credential::ApiToken(_)) {
        // Made on the command line, and revoked there.
        return Err(Error::Forbidden.into());
    }
    app.sessions.end(token).await?;
    Ok(StatusCode::NO_CONTENT)
}
