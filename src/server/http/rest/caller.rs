//! Who calls the REST API.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::answer::Refusal;
use crate::server::auth::Identity;
use crate::server::error::Error;
use crate::server::state::App;

/// Whoever holds the token, or was known already.
pub struct Me(pub Arc<Identity>);

impl FromRequestParts<Arc<App>> for Me {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        // Only requests made in this process carry an identity: nothing from outside can.
        if let Some(known) = parts.extensions.get::<Arc<Identity>>() {
            return Ok(Self(known.clone()));
        }
        let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
        let me = app.sessions.authenticate(token).await?;
        Ok(Self(Arc::new(me.ok_or(Error::Unauthenticated)?)))
    }
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
