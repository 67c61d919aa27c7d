//! What an engine does by itself, once a second: pings, gaps closed from the history, lost
//! announcements found.
//!
//! The three go on side by side: a history may take its time, and pings must not wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use super::Engine;
use super::recovery::continues;
use crate::server::realtime::hub::resequencer::Missing;
use crate::server::realtime::registration::history::{Entry, StreamRange};

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// Does what is due once a second, until dropped: pings, prunes, closes gaps in the order.
    pub async fn tend(self: Arc<Self>) {
        // Apart, because a history may take its time.
        let sweep = async {
            let mut ticks = every_second();
            loop {
                ticks.tick().await;
                self.hub.sweep(&self.options.deadlines);
            }
        };
        let fill = async {
            let mut ticks = every_second();
            loop {
                ticks.tick().await;
                for (channel, missing) in self.hub.overdue(self.options.reordering) {
                    self.fill(&channel, missing).await;
                }
            }
        };
        let compare = async {
            let mut ticks = every(self.options.comparing);
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = self.compare_now.notified() => {}
                }
                self.compare().await;
            }
        };
        futures::future::join3(sweep, fill, compare).await;
    }

    /// Compares how far channels' publications have gone out with how far their streams have come:
    /// what came last may have been lost on its way, with nothing after it to show the gap.
    async fn compare(&self) {
        for rule in &self.registration.rules {
            let Some(history) = rule.source() else {
                continue;
            };
            let channels: Vec<String> = self
                .hub
                .positions()
                .into_iter()
                .map(|(channel, _)| channel)
                .filter(|channel| rule.matches(channel).is_some())
                .collect();
            for some in channels.chunks(COMPARED_AT_ONCE) {
                match history.heads(some).await {
                    Ok(heads) => {
                        for (channel, head) in heads {
                            if let Some(missing) = self.hub.is_behind(&channel, head) {
                                self.fill(&channel, missing).await;
                            }
                        }
                    }
                    // The next time.
                    Err(error) => return error.log(),
                }
            }
        }
    }

    /// What did not come by the broker is read from the history, page by page. What is not there
    /// either is a gap: subscribers notice it, and subscribe again.
    async fn fill(&self, channel: &str, missing: Missing) {
        let history = self.registration.find(channel);
        let history = history.and_then(|(rule, _)| rule.source().cloned());
        let mut after = missing.after;
        while let Some(history) = &history
            && after + 1 < missing.before
        {
            let range = StreamRange::after(after, self.options.history_publications);
            match history.entries(channel, range).await {
                Ok(found) if found.is_empty() || !continues(found.iter().map(offset), after) => {
                    break;
                }
                Ok(found) => {
                    for entry in found {
                        after = offset(&entry);
                        match entry.ends {
                            Some(_) => self.hub.publish_ending(channel, entry),
                            None => self.hub.publish(channel, || vec![entry.publication]),
                        }
                    }
                }
                // The history is away, not without an answer: the next round asks again.
                Err(error) => return error.log(),
            }
        }
        // As long as something is found, the next round goes on.
        let overdue = self.hub.overdue(self.options.reordering);
        let mut still = overdue.iter().filter(|(name, _)| name == channel);
        if still.any(|(_, still)| still.after == missing.after) {
            tracing::warn!(channel, ?missing, "publications lost between servers");
            self.hub.give_up(channel);
        }
    }
}

/// Channels whose streams are compared with one question.
const COMPARED_AT_ONCE: usize = 500;

fn offset(entry: &Entry) -> u64 {
    entry.publication.offset
}

fn every_second() -> Interval {
    every(Duration::from_secs(1))
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
