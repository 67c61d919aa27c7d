//! Keeping a message for oneself: the call, and what is said of it.

use leptos::task::spawn_local;

use crate::api;
use crate::client::session::Session;
use crate::protocol::{Keep, Seq, ThreadId};

/// Does it, and says so; or why not.
pub fn keep(session: Session, thread: ThreadId, seq: Seq, what: Keep, said: String) {
    spawn_local(async move {
        let kept = api::keep_message(session.my_id(), thread, seq, what).await;
        session.say(
            match kept.flatten() {
                Ok(_) => said,
                Err(error) => error.sentence(),
            },
            None,
        );
    });
}
