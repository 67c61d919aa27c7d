//! The outbox: what was written and is not acknowledged yet.
//!
//! Messages of one thread are sent one after the other, so they arrive in the order they were
//! written; several threads may be on their way at once. Whatever was on its way when the
//! connection broke is sent again with the same client id, which the server recognises. Only a
//! definite refusal makes a message *failed*, and then the person decides. Every entry can be
//! stored and loaded, so the outbox survives a reload.

use serde::{Deserialize, Serialize};

use super::backoff::Backoff;
use crate::protocol::{ClientId, MessageText, ThreadId, Timestamp};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub client_id: ClientId,
    pub thread: ThreadId,
    pub text: MessageText,
    pub written_at: Timestamp,
    pub state: EntryState,
}

/// How far it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    /// Waits for its turn or for the connection.
    Queued,
    /// Sent; the answer to this call will tell. Never stored: see [`Entry::to_store`].
    #[serde(skip)]
    InFlight(u32),
    /// Refused for the moment: waits until it may be tried again. Never stored either.
    #[serde(skip)]
    Resting,
    /// Refused, in the server's words.
    Failed(String),
}

impl Entry {
    /// The entry as the next page should find it: what is on its way counts as not sent.
    #[must_use]
    pub fn to_store(&self) -> Self {
        let state = match &self.state {
            EntryState::InFlight(_) | EntryState::Resting => EntryState::Queued,
            other => other.clone(),
        };
        Self {
            state,
            ..self.clone()
        }
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Entry>,
    backoff: Backoff,
}

impl Outbox {
    /// Takes up what an earlier page left behind, in the order it was written.
    pub fn load(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if !self
                .entries
                .iter()
                .any(|known| known.client_id == entry.client_id)
            {
                self.entries.push(entry);
            }
        }
        self.entries.sort_by_key(|entry| entry.written_at);
    }

    /// Adds a message.
    pub fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// What is on its way to a thread, in the order it was written.
    pub fn of(&self, thread: ThreadId) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.thread == thread)
    }

    pub fn get(&self, client_id: &ClientId) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.client_id == *client_id)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What may be sent now: the first of each thread, unless it is on its way already or resting.
    /// A failed one does not hold up those after it.
    pub fn sendable(&self) -> Vec<Entry> {
        let mut threads = Vec::new();
        let mut sendable = Vec::new();
        for entry in &self.entries {
            if matches!(entry.state, EntryState::Failed(_)) || threads.contains(&entry.thread) {
                continue;
            }
            threads.push(entry.thread);
            if entry.state == EntryState::Queued {
                sendable.push(entry.clone());
            }
        }
        sendable
    }

    /// A message was handed to the connection as this call.
    pub fn sent(&mut self, client_id: &ClientId, call: u32) {
        if let Some(entry) = self.find(client_id) {
            entry.state = EntryState::InFlight(call);
        }
    }

    /// A message is known to the server, by its answer or by the thread's stream.
    pub fn acknowledged(&mut self, client_id: &ClientId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.client_id != *client_id);
        self.backoff.reset();
        self.entries.len() < before
    }

    /// A call was refused. A temporary refusal gives the milliseconds until it should be
    /// [`rested`](Self::rested) and tried again.
    pub fn refused(
        &mut self,
        call: u32,
        reason: &str,
        temporary: bool,
        random: f64,
    ) -> Option<u32> {
        let entry = self
            .entries
            .iter_mut()
            .find(|entry| entry.state == EntryState::InFlight(call))?;
        if temporary {
            entry.state = EntryState::Resting;
            return Some(self.backoff.next(random));
        }
        entry.state = EntryState::Failed(reason.to_owned());
        None
    }

    /// What was refused for the moment may be tried again.
    pub fn rested(&mut self) {
        for entry in &mut self.entries {
            if entry.state == EntryState::Resting {
                entry.state = EntryState::Queued;
            }
        }
    }

    /// The message behind a call.
    pub fn by_call(&self, call: u32) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.state == EntryState::InFlight(call))
    }

    /// The answers to these calls will not come: their messages wait for the next connection.
    pub fn lost(&mut self, calls: &[u32]) {
        for entry in &mut self.entries {
            if matches!(entry.state, EntryState::InFlight(call) if calls.contains(&call)) {
                entry.state = EntryState::Queued;
            }
        }
    }

    /// The person wants a failed message tried again.
    pub fn retry(&mut self, client_id: &ClientId) {
        if let Some(entry) = self.find(client_id) {
            entry.state = EntryState::Queued;
        }
    }

    /// The person gives a message up.
    pub fn discard(&mut self, client_id: &ClientId) {
        self.entries.retain(|entry| entry.client_id != *client_id);
    }

    fn find(&mut self, client_id: &ClientId) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.client_id == *client_id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn entry(n: u32, thread: i64) -> Entry {
        Entry {
            client_id: ClientId::parse(&format!("c{n}")).unwrap(),
            thread: ThreadId(thread),
            text: MessageText::parse(&format!("text {n}")).unwrap(),
            written_at: Timestamp(i64::from(n)),
            state: EntryState::Queued,
        }
    }

    fn outbox(entries: impl IntoIterator<Item = Entry>) -> Outbox {
        let mut outbox = Outbox::default();
        entries.into_iter().for_each(|entry| outbox.add(entry));
        outbox
    }

    fn ids(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|e| e.client_id.as_str()).collect()
    }

    #[test]
    fn one_message_per_thread_is_on_its_way_at_a_time() {
        let mut outbox = outbox([entry(1, 1), entry(2, 1), entry(3, 2)]);
        assert_eq!(ids(&outbox.sendable()), ["c1", "c3"]);
        outbox.sent(&ClientId::parse("c1").unwrap(), 7);
        assert_eq!(ids(&outbox.sendable()), ["c3"]);
        assert!(outbox.acknowledged(&ClientId::parse("c1").unwrap()));
        assert_eq!(ids(&outbox.sendable()), ["c2", "c3"]);
    }

    #[test]
    fn what_was_on_its_way_is_sent_again_first() {
        let mut outbox = outbox([entry(1, 1), entry(2, 1)]);
        outbox.sent(&ClientId::parse("c1").unwrap(), 7);
        outbox.lost(&[7]);
        assert_eq!(ids(&outbox.sendable()), ["c1"]);
    }

    #[test]
    fn a_definite_refusal_fails_the_message_and_lets_the_next_pass() {
        let mut outbox = outbox([entry(1, 1), entry(2, 1)]);
        outbox.sent(&ClientId::parse("c1").unwrap(), 7);
        assert_eq!(outbox.refused(7, "Not found", false, 1.0), None);
        assert_eq!(ids(&outbox.sendable()), ["c2"]);
        outbox.retry(&ClientId::parse("c1").unwrap());
        assert_eq!(ids(&outbox.sendable()), ["c1"]);
    }

    #[test]
    fn a_temporary_refusal_waits_and_keeps_the_order() {
        let mut outbox = outbox([entry(1, 1), entry(2, 1)]);
        outbox.sent(&ClientId::parse("c1").unwrap(), 7);
        assert!(outbox.refused(7, "busy", true, 1.0).is_some());
        assert!(outbox.sendable().is_empty(), "not before it has rested");
        outbox.rested();
        assert_eq!(ids(&outbox.sendable()), ["c1"]);
    }

    #[test]
    fn it_survives_a_reload_and_what_was_on_its_way_is_queued() {
        let mut entry = entry(1, 1);
        let mut on_its_way = entry.clone();
        on_its_way.state = EntryState::InFlight(7);
        let json = serde_json::to_string(&on_its_way.to_store()).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);
        entry.state = EntryState::Failed("no".into());
        let json = serde_json::to_string(&entry).unwrap();
        let mut outbox = outbox([]);
        outbox.load(vec![serde_json::from_str(&json).unwrap()]);
        assert!(outbox.sendable().is_empty());
        assert_eq!(outbox.of(ThreadId(1)).count(), 1);
    }

    /// What a lying network does to one call.
    #[derive(Clone, Copy, Debug)]
    enum Fate {
        Answered,
        /// The server has it, but the answer is lost with the connection.
        AnswerLost,
        /// The command never arrives.
        CommandLost,
        Busy,
    }

    proptest! {
        #[test]
        fn over_a_lying_network_every_message_arrives_once_and_in_order(
            threads in proptest::collection::vec(1i64..4, 1..20),
            fates in proptest::collection::vec(
                prop_oneof![
                    3 => Just(Fate::Answered),
                    1 => Just(Fate::AnswerLost),
                    1 => Just(Fate::CommandLost),
                    1 => Just(Fate::Busy),
                ],
                0..60,
            ),
        ) {
            let written: Vec<Entry> = threads.iter().zip(0..).map(|(t, n)| entry(n, *t)).collect();
            let mut outbox = outbox(written.clone());
            // The server: per thread, client ids in the order it took them.
            let mut server: BTreeMap<ThreadId, Vec<ClientId>> = BTreeMap::new();
            let mut fates = fates.into_iter();
            let mut call = 0;
            while !outbox.is_empty() {
                for entry in outbox.sendable() {
                    call += 1;
                    outbox.sent(&entry.client_id, call);
                    let fate = fates.next().unwrap_or(Fate::Answered);
                    let arrives = matches!(fate, Fate::Answered | Fate::AnswerLost);
                    let stored = server.entry(entry.thread).or_default();
                    if arrives && !stored.contains(&entry.client_id) {
                        stored.push(entry.client_id.clone());
                    }
                    match fate {
                        Fate::Answered => {
                            outbox.acknowledged(&entry.client_id);
                        }
                        Fate::AnswerLost | Fate::CommandLost => outbox.lost(&[call]),
                        Fate::Busy => {
                            prop_assert!(outbox.refused(call, "busy", true, 0.5).is_some());
                        }
                    }
                }
                outbox.rested();
            }
            for (thread, stored) in server {
                let expected: Vec<ClientId> = written
                    .iter()
                    .filter(|entry| entry.thread == thread)
                    .map(|entry| entry.client_id.clone())
                    .collect();
                prop_assert_eq!(stored, expected);
            }
        }
    }
}
