//! The time of a test: it stands still unless the test says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hubbub::protocol::Timestamp;

/// The time of a test, of its server and of its devices. It stands still unless it is made to run.
#[derive(Clone)]
pub struct Time {
    now: Arc<AtomicI64>,
    factor: Arc<AtomicU32>,
}

impl Time {
    pub fn since(start: Timestamp) -> Self {
        Self {
            now: Arc::new(AtomicI64::new(start.0)),
            factor: Arc::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    pub fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// From now on so many seconds pass in one on the wall, as long as the test goes on.
    pub fn run(&self, factor: u32) {
        self.factor.store(factor, Ordering::Relaxed);
        let time = self.clone();
        tokio::spawn(async move {
            let mut last = Instant::now();
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let passed = last.elapsed().as_millis();
                last += Duration::from_millis(u64::try_from(passed).unwrap());
                time.pass(i64::try_from(passed).unwrap() * i64::from(factor));
            }
        });
    }

    /// How long something takes on the wall.
    pub fn lasts(&self, millis: u32) -> Duration {
        let factor = self.factor.load(Ordering::Relaxed).max(1);
        Duration::from_millis(u64::from(millis)) / factor
    }
}
