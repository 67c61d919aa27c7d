//! Where a recoverable channel's past comes from.
//!
//! The engine asks; what keeps the stream (here: the database) answers. The live stream never
//! waits for it.

use std::future::Future;
use std::pin::Pin;

use crate::protocol::frame;
use crate::server::error::Result;

pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The past of some channels.
pub trait History: Send + Sync + 'static {
    /// Identifies the streams: offsets of another epoch mean nothing.
    fn epoch(&self) -> &str;

    /// The newest offset of a channel.
    fn top<'a>(&'a self, channel: &'a str) -> Answer<'a, u64>;

    /// At most `limit` publications after an offset, in order and without gaps.
    fn after<'a>(
        &'a self,
        channel: &'a str,
        offset: u64,
        limit: u32,
    ) -> Answer<'a, Vec<frame::Publication>>;
}
