//! Where a recoverable channel's past comes from.
//!
//! The engine asks; what keeps the stream (a database, or [`super::memory`]) answers. The live
//! stream never waits for it.

use std::future::Future;
use std::pin::Pin;

use thiserror::Error;

use super::whom::Whom;
use crate::protocol::codes::{ErrorCode, ReplyError};
use crate::protocol::frame::{Publication, StreamPosition};

/// Why a history has no answer. Nothing of its inside is told to a client.
#[derive(Debug, Error)]
pub enum HistoryError {
    #[error("there is no such stream")]
    NoSuchStream,
    /// It is worth asking again, soon.
    #[error("it is away for the moment: {0}")]
    Away(String),
    #[error("it failed: {0}")]
    Failed(String),
}

pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, HistoryError>> + Send + 'a>>;

impl HistoryError {
    pub fn log(&self) {
        match self {
            Self::NoSuchStream => tracing::debug!(error = %self, "history"),
            Self::Away(_) => tracing::warn!(error = %self, "history"),
            Self::Failed(_) => tracing::error!(error = %self, "history"),
        }
    }

    pub fn to_reply(&self) -> ReplyError {
        ReplyError::of(match self {
            Self::NoSuchStream => ErrorCode::UnknownChannel,
            Self::Away(_) | Self::Failed(_) => ErrorCode::Internal,
        })
    }
}

/// Which part of a stream to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRange {
    /// Where reading begins: the first publication is the one next to this offset in the direction
    /// of reading. Without it, from the beginning (or the end) of the stream.
    pub since: Option<u64>,
    pub limit: u32,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    OldestFirst,
    NewestFirst,
}

/// An entry of a channel's stream: what goes out, and what it does to those who listen.
#[derive(Clone, Debug)]
pub struct Entry {
    pub publication: Publication,
    /// The connections whose subscription ends with this entry. They receive neither the entry nor
    /// what follows it.
    pub ends: Option<Whom>,
}

impl From<Publication> for Entry {
    fn from(publication: Publication) -> Self {
        Self {
            publication,
            ends: None,
        }
    }
}

/// The past of some channels.
pub trait History: Send + Sync + 'static {
    /// Where a channel stands. Offsets of another epoch mean nothing.
    fn position<'a>(&'a self, channel: &'a str) -> Answer<'a, StreamPosition>;

    /// Publications of a channel, in the direction asked for. What is not kept any more is left
    /// out.
    fn read<'a>(&'a self, channel: &'a str, range: StreamRange) -> Answer<'a, Vec<Publication>>;

    /// The same publications as entries, for the engine to hand out what did not come by the broker.
    fn entries<'a>(&'a self, channel: &'a str, range: StreamRange) -> Answer<'a, Vec<Entry>> {
        Box::pin(async move {
            let publications = self.read(channel, range).await?;
            Ok(publications.into_iter().map(Entry::from).collect())
        })
    }

    /// The newest offset of each of these channels. The engine compares it with what has gone out:
    /// an announcement that a broker has lost is found by that. A history that only this process
    /// writes to may leave channels out.
    fn heads<'a>(&'a self, channels: &'a [String]) -> Answer<'a, Vec<(String, u64)>> {
        let _ = channels;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Keeps a publication and gives its position; nothing where the application itself writes
    /// the stream, so that what anybody else publishes passes by and is not kept.
    fn append<'a>(
        &'a self,
        channel: &'a str,
        publication: &'a Publication,
    ) -> Answer<'a, Option<StreamPosition>> {
        let _ = (channel, publication);
        Box::pin(async { Ok(None) })
    }
}

impl StreamRange {
    /// The first publications after an offset.
    pub fn after(offset: u64, limit: u32) -> Self {
        Self {
            since: Some(offset),
            limit,
            direction: Direction::OldestFirst,
        }
    }
}
