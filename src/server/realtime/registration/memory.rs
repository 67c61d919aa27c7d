//! A history in memory: the newest publications of each channel, for as long as it is used.
//!
//! For streams that need not survive a restart. With many channels, those not used for a while are
//! forgotten; one that comes back has another epoch and higher offsets, so nobody takes its new
//! publications for the old ones.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::history::{Answer, Direction, History, StreamRange};
use crate::protocol::frame::{Publication, StreamPosition};
use crate::server::clock::Entropy;
use crate::server::hex::hex;
use crate::server::realtime::lock;

/// Channels from which on the forgotten ones are looked for.
const SWEEP_FROM: usize = 1024;

/// A history that lives as long as the process: the newest publications of each channel.
#[derive(Debug)]
pub struct MemoryHistory {
    /// Publications kept of each channel.
    size: usize,
    /// How long a channel is remembered after its last use.
    ttl: Duration,
    entropy: Entropy,
    streams: Mutex<Streams>,
}

#[derive(Debug)]
struct Streams {
    by_channel: HashMap<String, Stream>,
    sweep_at: usize,
    /// One beyond the highest offset of any stream that was forgotten. New streams begin after it:
    /// who still listens to a forgotten one notices the gap, and takes nothing for a double or for
    /// the next.
    forgotten: u64,
}

#[derive(Debug)]
struct Stream {
    epoch: String,
    top: u64,
    kept: VecDeque<Publication>,
    used: Instant,
}

impl MemoryHistory {
    pub fn new(size: usize, ttl: Duration, entropy: Entropy) -> Self {
        Self {
            size,
            ttl,
            entropy,
            streams: Mutex::new(Streams {
                by_channel: HashMap::new(),
                sweep_at: SWEEP_FROM,
                forgotten: 0,
            }),
        }
    }

    /// Looks at a channel's stream, which begins with the first look.
    fn with<T>(&self, channel: &str, look: impl FnOnce(&mut Stream) -> T) -> T {
        let mut streams = lock(&self.streams);
        let now = Instant::now();
        if !streams.by_channel.contains_key(channel) {
            streams.make_room(now, self.ttl);
            let fresh = Stream {
                epoch: hex(&self.entropy.bytes::<4>()),
                top: streams.forgotten,
                kept: VecDeque::new(),
                used: now,
            };
            streams.by_channel.insert(channel.to_owned(), fresh);
        }
        // It was put there just now, if it was not there before.
        #[allow(clippy::expect_used)]
        let stream = streams.by_channel.get_mut(channel).expect("a stream");
        stream.used = now;
        look(stream)
    }
}

impl Streams {
    /// Forgets what was not used for long, now and then.
    fn make_room(&mut self, now: Instant, ttl: Duration) {
        if self.by_channel.len() >= self.sweep_at {
            let mut forgotten = self.forgotten;
            self.by_channel.retain(|_, stream| {
                let is_used = now.duration_since(stream.used) < ttl;
                if !is_used {
                    forgotten = forgotten.max(stream.top + 1);
                }
                is_used
            });
            self.forgotten = forgotten;
            self.sweep_at = SWEEP_FROM.max(2 * self.by_channel.len());
        }
    }
}

impl Stream {
    fn position(&self) -> StreamPosition {
        StreamPosition {
            offset: self.top,
            epoch: self.epoch.clone(),
        }
    }

    fn append(&mut self, publication: &Publication, size: usize) -> StreamPosition {
        self.top += 1;
        self.kept.push_back(Publication {
            offset: self.top,
            ..publication.clone()
        });
        while self.kept.len() > size {
            self.kept.pop_front();
        }
        self.position()
    }

    fn read(&self, range: StreamRange) -> Vec<Publication> {
        let limit = range.limit as usize;
        match range.direction {
            Direction::OldestFirst => {
                let since = range.since.unwrap_or(0);
                let newer = self.kept.iter().filter(|p| p.offset > since);
                newer.take(limit).cloned().collect()
            }
            Direction::NewestFirst => {
                let since = range.since.unwrap_or(u64::MAX);
                let older = self.kept.iter().rev().filter(|p| p.offset < since);
                older.take(limit).cloned().collect()
            }
        }
    }
}

impl History for MemoryHistory {
    fn position<'a>(&'a self, channel: &'a str) -> Answer<'a, StreamPosition> {
        let position = self.with(channel, |stream| stream.position());
        Box::pin(async { Ok(position) })
    }

    fn read<'a>(&'a self, channel: &'a str, range: StreamRange) -> Answer<'a, Vec<Publication>> {
        let publications = self.with(channel, |stream| stream.read(range));
        Box::pin(async { Ok(publications) })
    }

    fn heads<'a>(&'a self, channels: &'a [String]) -> Answer<'a, Vec<(String, u64)>> {
        let streams = lock(&self.streams);
        let top = |channel: &String| Some((channel.clone(), streams.by_channel.get(channel)?.top));
        let heads = channels.iter().filter_map(top).collect();
        Box::pin(async { Ok(heads) })
    }

    fn append<'a>(
        &'a self,
        channel: &'a str,
        publication: &'a Publication,
    ) -> Answer<'a, Option<StreamPosition>> {
        let position = self.with(channel, |stream| stream.append(publication, self.size));
        Box::pin(async { Ok(Some(position)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::raw;

    fn history() -> MemoryHistory {
        MemoryHistory::new(3, Duration::from_mins(5), Entropy::system())
    }

    async fn append(history: &MemoryHistory, channel: &str) -> u64 {
        let publication = Publication::new(raw(&0).unwrap(), 0);
        let position = history.append(channel, &publication).await.unwrap();
        position.unwrap().offset
    }

    async fn offsets(
        history: &MemoryHistory,
        since: Option<u64>,
        direction: Direction,
    ) -> Vec<u64> {
        let range = StreamRange {
            since,
            limit: 2,
            direction,
        };
        let publications = history.read("c", range).await.unwrap();
        publications.iter().map(|p| p.offset).collect()
    }

    #[tokio::test]
    async fn the_newest_are_kept_and_read_both_ways() {
        let history = history();
        for offset in 1..=5 {
            assert_eq!(append(&history, "c").await, offset);
        }
        let forward = Direction::OldestFirst;
        assert_eq!(offsets(&history, None, forward).await, [3, 4]);
        assert_eq!(offsets(&history, Some(4), forward).await, [5]);
        assert_eq!(offsets(&history, Some(1), forward).await, [3, 4]);
        let backward = Direction::NewestFirst;
        assert_eq!(offsets(&history, None, backward).await, [5, 4]);
        assert_eq!(offsets(&history, Some(4), backward).await, [3]);
        assert_eq!(offsets(&history, Some(3), backward).await, [0u64; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_forgotten_channel_comes_back_with_another_epoch() {
        let history = history();
        append(&history, "c").await;
        let before = history.position("c").await.unwrap();
        tokio::time::advance(Duration::from_secs(301)).await;
        for n in 0..SWEEP_FROM {
            append(&history, &n.to_string()).await;
        }
        let after = history.position("c").await.unwrap();
        assert_ne!(before.epoch, after.epoch);
        assert!(
            append(&history, "c").await > before.offset + 1,
            "a gap, and not a double"
        );
    }
}
