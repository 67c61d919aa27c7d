//! The streams of this server, by their sessions, for what clients send beside them.
//!
//! A session is a secret: whoever names it may speak for the connection. Where the stream was opened
//! with a cookie, that cookie must come along as well, so a session that got about is of no use to
//! others. Of the cookie only a digest is kept, and told to other servers. Not there and not yours is the
//! same answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tungstenite::Message;

use crate::server::hex::hex;
use crate::server::realtime::lock;

/// Requests of one client that may wait until their turn has come.
const WAITING: usize = 8;

/// The open streams.
#[derive(Debug, Default)]
pub struct OpenStreams(Mutex<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    owner: Option<String>,
    incoming: Sender<Message>,
}

/// A stream that is open; dropping this takes it off the list.
#[derive(Debug)]
pub struct Listed {
    session: String,
    streams: Arc<OpenStreams>,
}

/// What is known of whose a stream is.
pub fn digest(owner: &str) -> String {
    hex(&Sha256::digest(owner))
}

impl OpenStreams {
    /// Adds a stream that begins with this; what is sent beside it comes out of the receiver too.
    pub fn list(
        self: &Arc<Self>,
        session: String,
        owner: Option<String>,
        first: Message,
    ) -> (Listed, Receiver<Message>) {
        let (incoming, receiver) = mpsc::channel(WAITING);
        // There is room: nobody else knows of it yet.
        let _ = incoming.try_send(first);
        let entry = Entry { owner, incoming };
        lock(&self.0).insert(session.clone(), entry);
        let listed = Listed {
            session,
            streams: self.clone(),
        };
        (listed, receiver)
    }

    /// Where to put what the client of that stream sends, if it is theirs.
    pub fn find(&self, session: &str, owner: Option<&str>) -> Option<Sender<Message>> {
        let streams = lock(&self.0);
        let entry = streams.get(session)?;
        (entry.owner.as_deref() == owner).then(|| entry.incoming.clone())
    }
}

impl Listed {
    pub fn session(&self) -> &str {
        &self.session
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.streams.0).remove(&self.session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_found_by_its_owner_as_long_as_it_is_open() {
        let streams = Arc::new(OpenStreams::default());
        let (listed, _receiver) =
            streams.list("s".to_owned(), Some("ann".to_owned()), Message::text("{}"));
        assert!(streams.find("s", Some("ann")).is_some());
        assert!(streams.find("s", Some("ben")).is_none());
        assert!(streams.find("s", None).is_none());
        assert!(streams.find("t", Some("ann")).is_none());
        drop(listed);
        assert!(streams.find("s", Some("ann")).is_none());
    }
}
