//! Who may use the server API: API tokens that were made for it.

use std::sync::Arc;

use crate::protocol::codes::ErrorCode;
use crate::server::realtime::server_api::ApiKey;
use crate::server::realtime::{Handler, Refusal};
use crate::server::state::App;

/// The handler that decides.
pub fn authorisation(app: &Arc<App>) -> Handler<ApiKey, ()> {
    let app = app.clone();
    Handler::new(move |ApiKey(key)| {
        let app = app.clone();
        async move {
            let identity = app.sessions.authenticate(&key).await.map_err(|error| {
                error.log();
                Refusal::from(ErrorCode::Internal)
            })?;
            match identity.is_some_and(|identity| identity.may_serve) {
                true => Ok(()),
                false => Err(ErrorCode::Unauthorized.into()),
            }
        }
    })
}
