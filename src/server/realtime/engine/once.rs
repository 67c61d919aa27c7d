//! Publishing under a key: whoever asks again is answered as the first time, and nothing happens.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::operations::{Keep, Result};
use super::{Engine, recovery};
use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::{Publication, StreamPosition};
use crate::server::realtime::registration::receipts::{Key, Taken};

/// How long is waited for somebody else who publishes under the same key.
const PATIENCE: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_millis(25);

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// Publishes, unless something was published on this channel under this key within five minutes:
    /// then it gives the position of that.
    ///
    /// # Errors
    /// As for [`Engine::publish`]; or somebody else is at it for too long, or what was published cannot
    /// be looked up.
    pub async fn publish_once(
        self: &Arc<Self>,
        channel: &str,
        publication: Publication,
        keep: Keep,
        key: &str,
    ) -> Result<Option<StreamPosition>> {
        let (engine, channel) = (self.clone(), channel.to_owned());
        let key = Key::new(&channel, key);
        // In a task of its own: whoever asks may hang up in the middle, and comes with the key again.
        let published = self.tasks.track_future(async move {
            match engine.take_key(key).await? {
                Taken::Published(position) => Ok(position),
                _ => engine.publish_for(key, &channel, publication, keep).await,
            }
        });
        let published = tokio::spawn(published).await;
        published.unwrap_or_else(|error| {
            tracing::error!(%error, "publishing met with a panic");
            Err(ErrorCode::Internal.into())
        })
    }

    /// Takes a key, or gives what was published under it: what somebody is at is waited for.
    async fn take_key(&self, key: Key) -> Result<Taken> {
        let begun = Instant::now();
        loop {
            let taken = self.registration.receipts.take(key).await;
            match taken.map_err(recovery::failed)? {
                Taken::BySomebody if begun.elapsed() > PATIENCE => {
                    return Err(ErrorCode::Internal.into());
                }
                Taken::BySomebody => tokio::time::sleep(SOON).await,
                taken => return Ok(taken),
            }
        }
    }

    async fn publish_for(
        &self,
        key: Key,
        channel: &str,
        publication: Publication,
        keep: Keep,
    ) -> Result<Option<StreamPosition>> {
        let published = self.publish(channel, publication, keep).await;
        let receipts = &self.registration.receipts;
        let noted = match &published {
            Ok(position) => receipts.leave(key, position.clone()).await,
            Err(_) => receipts.give_back(key).await,
        };
        // It is done all the same, and whoever asked is told.
        if let Err(error) = noted {
            error.log();
        }
        published
    }
}
