//! The past of threads' channels: the durable events in the database, offset for offset.

use crate::protocol::frame::{Publication, raw};
use crate::protocol::{ChannelName, Seq, ThreadId};
use crate::server::db::{Db, messages, threads};
use crate::server::error::{Error, Result};
use crate::server::realtime::History;
use crate::server::realtime::history::Answer;

/// See the module's text.
#[derive(Debug)]
pub struct ThreadHistory(pub Db);

impl History for ThreadHistory {
    fn epoch(&self) -> &str {
        self.0.epoch()
    }

    fn top<'a>(&'a self, channel: &'a str) -> Answer<'a, u64> {
        Box::pin(async move {
            let head = threads::head(&self.0, thread(channel)?).await?;
            Ok(head.ok_or(Error::NotFound)?.offset())
        })
    }

    fn after<'a>(
        &'a self,
        channel: &'a str,
        offset: u64,
        limit: u32,
    ) -> Answer<'a, Vec<Publication>> {
        Box::pin(async move {
            let after = Seq::from_offset(offset);
            let events = messages::events_after(&self.0, thread(channel)?, after, limit).await?;
            events
                .into_iter()
                .map(|(seq, event)| {
                    Ok(Publication {
                        data: raw(&event).map_err(Error::internal)?,
                        offset: seq.offset(),
                    })
                })
                .collect()
        })
    }
}

fn thread(channel: &str) -> Result<ThreadId> {
    match ChannelName::parse(channel) {
        Some(ChannelName::Thread(id)) => Ok(id),
        _ => Err(Error::NotFound),
    }
}
