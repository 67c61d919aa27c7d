//! Who writes what was published: a few tasks for all connections, as many as there are processors.
//!
//! A publication to a thousand readers would wake a thousand tasks, each to write a few bytes.
//! Instead the connections that have something to be written are listed, and one task goes down the
//! list: the only thing it touches of a connection is its outbox. A connection's own task is needed
//! only when its socket is full. Whatever is published while the list is worked off joins what
//! waits already.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::thread::available_parallelism;

use super::link::Link;
use crate::protocol::codes::DisconnectCode;
use crate::server::realtime::lock;

/// Connections written to before others get their turn on the processor.
const BATCH: usize = 32;
/// What an idle list keeps of the room that a busy one needed.
const SPARE: usize = 1024;

/// All lists. A connection is always on the same, so that no two tasks contend for it.
#[derive(Debug)]
pub struct Flushers {
    lists: Vec<Arc<Flusher>>,
    is_taken: AtomicBool,
}

/// One list.
#[derive(Debug, Default)]
pub struct Flusher(Mutex<Due>);

#[derive(Debug, Default)]
struct Due {
    links: Vec<Arc<Link>>,
    /// The task, while it waits.
    waker: Option<Waker>,
}

impl Default for Flushers {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self::new(processors)
    }
}

impl Flushers {
    fn new(lists: usize) -> Self {
        Self {
            lists: (0..lists).map(|_| Arc::default()).collect(),
            is_taken: AtomicBool::new(false),
        }
    }

    /// All lists, so that a task can be started for each. They are given once: nothing after that,
    /// because no list may have two tasks.
    pub fn hand_out(&self) -> Option<Vec<Arc<Flusher>>> {
        let was_taken = self.is_taken.swap(true, Ordering::SeqCst);
        (!was_taken).then(|| self.lists.clone())
    }

    /// These have something to be written.
    pub fn add(&self, links: Vec<Arc<Link>>) {
        match &self.lists[..] {
            [only] => only.extend(links.into_iter()),
            several => {
                for (index, flusher) in several.iter().enumerate() {
                    let mine = |link: &&Arc<Link>| self.index(link.id) == index;
                    flusher.extend(links.iter().filter(mine).cloned());
                }
            }
        }
    }

    fn index(&self, id: u64) -> usize {
        // The remainder is below a usize.
        #[allow(clippy::cast_possible_truncation)]
        let index = (id % self.lists.len() as u64) as usize;
        index
    }
}

impl Flusher {
    fn extend(&self, links: impl Iterator<Item = Arc<Link>>) {
        let mut links = links.peekable();
        if links.peek().is_none() {
            return;
        }
        let mut due = self.lock();
        due.links.extend(links);
        let waker = due.waker.take();
        drop(due);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Writes for ever.
    pub async fn run(self: Arc<Self>) {
        let mut links = Vec::new();
        loop {
            self.take(&mut links).await;
            for batch in links.chunks(BATCH) {
                for link in batch {
                    // One connection that fails in a way nobody has thought of mutes no other.
                    let flush = AssertUnwindSafe(|| link.flush());
                    if catch_unwind(flush).is_err() {
                        tracing::error!("writing to a socket met with a panic");
                        link.close(DisconnectCode::Internal.into());
                    }
                }
                tokio::task::yield_now().await;
            }
            links.clear();
            links.shrink_to(SPARE);
        }
    }

    /// Waits until there is something on the list, and takes it.
    async fn take(&self, into: &mut Vec<Arc<Link>>) {
        poll_fn(|context| {
            let mut due = self.lock();
            if due.links.is_empty() {
                due.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
            std::mem::swap(&mut due.links, into);
            Poll::Ready(())
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Due> {
        lock(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::realtime::testing::{Pipe, open_with_id};
    use crate::server::realtime::transport::wire::WireBytes;

    fn links(count: u64) -> Vec<(Arc<Link>, Arc<Pipe>)> {
        (1..=count).map(open_with_id).collect()
    }

    fn put(links: &[(Arc<Link>, Arc<Pipe>)], text: &str) -> Vec<Arc<Link>> {
        let due = links
            .iter()
            .filter(|(link, _)| link.put(&WireBytes::text(text)));
        due.map(|(link, _)| link.clone()).collect()
    }

    #[tokio::test]
    async fn whatever_list_a_connection_is_on_it_is_written_to_once() {
        let flushers = Flushers::new(3);
        let links = links(100);
        for flusher in flushers.hand_out().unwrap() {
            tokio::spawn(flusher.run());
        }
        for text in ["a", "b"] {
            flushers.add(put(&links, text));
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        for (_, pipe) in &links {
            assert_eq!(pipe.texts(), ["a", "b"]);
        }
    }

    #[tokio::test]
    async fn what_is_published_before_the_list_is_worked_off_leaves_in_one_write() {
        let flushers = Flushers::new(1);
        let links = links(1);
        for text in ["a", "b", "c"] {
            flushers.add(put(&links, text));
        }
        let [flusher] = &flushers.hand_out().unwrap()[..] else {
            panic!("there is one list");
        };
        let run = tokio::spawn(flusher.clone().run());
        tokio::task::yield_now().await;
        assert_eq!(links[0].1.texts(), ["a", "b", "c"]);
        assert_eq!(links[0].1.writes(), 1);
        run.abort();
    }

    #[test]
    fn lists_are_handed_out_once() {
        let flushers = Flushers::new(2);
        assert!(flushers.hand_out().is_some());
        assert!(flushers.hand_out().is_none());
    }
}
