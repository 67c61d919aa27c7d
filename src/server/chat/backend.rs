//! An application's own backend: who may use the server API (API tokens that were made for it), and what
//! it has published under keys of its own, which is written down for all servers together.

use std::sync::Arc;
use std::time::Duration;

use crate::protocol::Timestamp;
use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::StreamPosition;
use crate::server::clock::Clock;
use crate::server::db::Db;
use crate::server::db::receipts::{self, TakenKey};
use crate::server::error::Result;
use crate::server::realtime::history::{Answer, HistoryError};
use crate::server::realtime::receipts::{AT_IT, KEPT, Key, Receipts, Taken};
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

/// Receipts in the database.
#[derive(Debug)]
pub struct WrittenDown {
    db: Db,
    clock: Clock,
}

impl WrittenDown {
    pub fn of(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            clock: app.clock.clone(),
        }
    }
}

impl Receipts for WrittenDown {
    fn take(&self, key: Key) -> Answer<'_, Taken> {
        Box::pin(async move {
            let now = self.clock.now();
            let (at_it, kept) = (ago(now, AT_IT), ago(now, KEPT));
            let taken = receipts::take(&self.db, key.bytes(), now, at_it, kept).await?;
            Ok(match taken {
                TakenKey::ByYou => Taken::ByYou,
                TakenKey::BySomebody => Taken::BySomebody,
                TakenKey::Done(position) => {
                    let position = serde_json::from_str(&position).map_err(unreadable)?;
                    Taken::Published(position)
                }
            })
        })
    }

    fn leave(&self, key: Key, position: Option<StreamPosition>) -> Answer<'_, ()> {
        Box::pin(async move {
            let position = serde_json::to_string(&position).map_err(unreadable)?;
            Ok(receipts::leave(&self.db, key.bytes(), &position).await?)
        })
    }

    fn give_back(&self, key: Key) -> Answer<'_, ()> {
        Box::pin(async move { Ok(receipts::give_back(&self.db, key.bytes()).await?) })
    }
}

/// Forgets the receipts that nobody is given any more.
///
/// # Errors
/// The database fails.
pub async fn forget_receipts(app: &App) -> Result<()> {
    let before = ago(app.clock.now(), KEPT);
    Ok(receipts::forget(&app.db, before).await?)
}

fn ago(now: Timestamp, time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(millis))
}

#[allow(clippy::needless_pass_by_value)]
fn unreadable(error: serde_json::Error) -> HistoryError {
    HistoryError::Failed(error.to_string())
}
