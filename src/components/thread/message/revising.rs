//! Doing something with a message: the call, and what is said of it.

use leptos::task::spawn_local;

use crate::api;
use crate::client::doing::Edited;
use crate::client::session::Session;
use crate::protocol::{Revise, Seq, ThreadId};

/// A message, and what to do with it.
#[derive(Clone, Debug)]
pub struct Revising {
    pub thread: ThreadId,
    pub seq: Seq,
    pub what: Revise,
}

/// Does it. What the message is then comes by the stream; what was refused is said, and a text that
/// was refused is given back.
pub fn revise(session: Session, Revising { thread, seq, what }: Revising) {
    spawn_local(async move {
        let call = api::revise_message(session.my_id(), thread, seq, what.clone());
        match (call.await.and_then(|told| told), what) {
            (Ok(()), Revise::Delete) => {
                session.say("Message deleted.".to_owned(), Some((thread, seq)));
            }
            (Ok(()), _) => {}
            (Err(error), what) => {
                session.say(error.sentence(), None);
                if let Revise::Edit { text } = what {
                    session.give_back(Edited { thread, seq, text });
                }
            }
        }
    });
}
