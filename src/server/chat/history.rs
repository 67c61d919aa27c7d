//! The past of threads' channels: the durable events in the database, offset for offset.

use crate::protocol::frame::{Publication, StreamPosition, raw};
use crate::protocol::{ChannelName, Seq, ThreadId};
use crate::server::db::messages::Events;
use crate::server::db::{Db, messages, threads};
use crate::server::error::{Error, Result};
use crate::server::realtime::History;
use crate::server::realtime::history::{Answer, Direction, Page};

/// See the module's text.
#[derive(Debug)]
pub struct ThreadHistory(pub Db);

impl History for ThreadHistory {
    fn position<'a>(&'a self, channel: &'a str) -> Answer<'a, StreamPosition> {
        Box::pin(async move {
            let head = threads::head(&self.0, thread(channel)?).await?;
            Ok(StreamPosition {
                offset: head.ok_or(Error::NotFound)?.offset(),
                epoch: self.0.epoch().to_owned(),
            })
        })
    }

    fn page<'a>(&'a self, channel: &'a str, page: Page) -> Answer<'a, Vec<Publication>> {
        Box::pin(async move {
            let since = page.since.map(Seq::from_offset);
            let which = match page.direction {
                Direction::OldestFirst => Events::After(since.unwrap_or(Seq::START)),
                Direction::NewestFirst => Events::Before(since.unwrap_or(Seq(i64::MAX))),
            };
            let events = messages::events(&self.0, thread(channel)?, which, page.limit).await?;
            events
                .into_iter()
                .map(|(seq, event)| {
                    let data = raw(&event).map_err(Error::internal)?;
                    Ok(Publication::new(data, seq.offset()))
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
