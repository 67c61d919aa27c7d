//! Time as the generator sees it: nanoseconds since its first look at the clock.
//!
//! One number of one monotonic clock is all a stamp in a message needs, because the process that
//! writes it is the one that reads it again.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the start. Never zero, so that zero can mean "never".
pub fn now() -> u64 {
    START.elapsed().as_nanos() as u64 + 1
}

/// A length of time in the unit of [`now`].
pub fn nanos(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}

/// A length of time, in the unit people read.
pub fn milliseconds(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}
