//! The past of threads' channels: the durable events in the database, offset for offset.

use crate::protocol::frame::{Publication, StreamPosition, raw};
use crate::protocol::{ChannelName, Seq, ThreadEvent, ThreadId, ThreadKind};
use crate::server::chat::announce::{all_but, person};
use crate::server::db::events::{self, Events};
use crate::server::db::{Db, memberships, threads};
use crate::server::error::Error;
use crate::server::realtime::History;
use crate::server::realtime::history::{Answer, Direction, Entry, HistoryError, StreamRange};

/// The past of threads' channels, read from the database.
#[derive(Debug)]
pub struct ThreadHistory(pub Db);

impl History for ThreadHistory {
    fn position<'a>(&'a self, channel: &'a str) -> Answer<'a, StreamPosition> {
        Box::pin(async move {
            let head = threads::head(&self.0, thread(channel)?).await?;
            Ok(StreamPosition {
                offset: head.ok_or(HistoryError::NoSuchStream)?.offset(),
                epoch: self.0.epoch().to_owned(),
            })
        })
    }

    fn read<'a>(&'a self, channel: &'a str, range: StreamRange) -> Answer<'a, Vec<Publication>> {
        Box::pin(async move {
            let events = self.events(thread(channel)?, range).await?;
            events.iter().map(publication).collect()
        })
    }

    fn entries<'a>(&'a self, channel: &'a str, range: StreamRange) -> Answer<'a, Vec<Entry>> {
        Box::pin(async move {
            let thread = thread(channel)?;
            let events = self.events(thread, range).await?;
            // It may have become private with one of them.
            let is_closed = |event: &ThreadEvent| match event {
                ThreadEvent::Changed { thread } => thread.kind == ThreadKind::Private,
                _ => false,
            };
            let others = match events.iter().any(|(_, event)| is_closed(event)) {
                true => Some(all_but(&memberships::ids(&self.0, thread).await?)),
                false => None,
            };
            let entry = |event: &(Seq, ThreadEvent)| {
                Ok(Entry {
                    publication: publication(event)?,
                    ends: match &event.1 {
                        ThreadEvent::Left { user } => Some(person(user.id)),
                        changed if is_closed(changed) => others.clone(),
                        _ => None,
                    },
                })
            };
            events.iter().map(entry).collect()
        })
    }

    fn heads<'a>(&'a self, channels: &'a [String]) -> Answer<'a, Vec<(String, u64)>> {
        Box::pin(async move {
            let ids: Vec<ThreadId> = channels.iter().filter_map(|c| thread(c).ok()).collect();
            let heads = threads::heads(&self.0, &ids).await?;
            Ok(heads
                .into_iter()
                .map(|(id, seq)| (ChannelName::Thread(id).to_string(), seq.offset()))
                .collect())
        })
    }
}

impl From<sqlx::Error> for HistoryError {
    fn from(error: sqlx::Error) -> Self {
        match Error::from(error) {
            Error::Unavailable(problem) => Self::Away(problem),
            Error::Database(source) => Self::Failed(source.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl ThreadHistory {
    async fn events(
        &self,
        thread: ThreadId,
        range: StreamRange,
    ) -> Result<Vec<(Seq, ThreadEvent)>, HistoryError> {
        let since = range.since.map(Seq::from_offset);
        let which = match range.direction {
            Direction::OldestFirst => Events::After(since.unwrap_or(Seq::START)),
            Direction::NewestFirst => Events::Before(since.unwrap_or(Seq(i64::MAX))),
        };
        Ok(events::events(&self.0, thread, which, range.limit).await?)
    }
}

fn publication((seq, event): &(Seq, ThreadEvent)) -> Result<Publication, HistoryError> {
    let data = raw(event).map_err(|error| HistoryError::Failed(error.to_string()))?;
    Ok(Publication::new(data, seq.offset()))
}

fn thread(channel: &str) -> Result<ThreadId, HistoryError> {
    match ChannelName::parse(channel) {
        Some(ChannelName::Thread(id)) => Ok(id),
        _ => Err(HistoryError::NoSuchStream),
    }
}
