//! All events are made here, and only after their change is committed.

use std::sync::Arc;

use crate::protocol::frame::raw;
use crate::protocol::{ChannelName, ChatNotice, Posted, Thread, ThreadEvent, ThreadKind};
use crate::server::realtime::Hub;

/// Announces what the writer has committed: on each thread's own channel with its place in the
/// stream, and for public threads on `chat`, for programs.
pub fn posted(hub: Arc<Hub>) -> impl Fn(&[Posted]) + Send + Sync + 'static {
    move |batch| {
        for posted in batch {
            let message = &posted.message;
            let channel = ChannelName::Thread(message.thread_id).to_string();
            hub.publish(&channel, message.seq.offset(), || {
                let message = message.clone();
                raw(&ThreadEvent::Posted { message }).ok()
            });
            if posted.thread.kind == ThreadKind::Public {
                hub.publish(&ChannelName::Chat.to_string(), 0, || {
                    let Posted { message, thread } = posted.clone();
                    raw(&ChatNotice::Message { message, thread }).ok()
                });
            }
        }
    }
}

/// Announces a new public thread. Nobody else is told of a private one.
pub fn thread_created(hub: &Hub, thread: &Thread) {
    if thread.kind == ThreadKind::Public {
        hub.publish(&ChannelName::Threads.to_string(), 0, || {
            let thread = thread.clone();
            raw(&ChatNotice::ThreadCreated { thread }).ok()
        });
    }
}
