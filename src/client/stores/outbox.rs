//! The outbox: what was written and is not acknowledged yet.
//!
//! Messages of one thread are sent one after the other, so they arrive in the order they were
//! written; several threads may be on their way at once. Whatever was on its way when the
//! connection broke is sent again with the same client id, which the server recognises. Only a
//! definite refusal makes a message *failed*, and then the person decides. Every entry can be
//! stored and loaded, so the outbox survives a reload, and another tab can send what one that was
//! closed has left. What was written in an earlier session is *held*: it is not sent without a word,
//! perhaps months later.

use serde::{Deserialize, Serialize};

use crate::client::backoff::Backoff;
use crate::client::ordering::in_order;
use crate::protocol::codes::ReplyError;
use crate::protocol::{ClientId, FileInfo, MessageText, Quote, ThreadId, Timestamp, text};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub client_id: ClientId,
    pub thread: ThreadId,
    #[serde(deserialize_with = "text::stored")]
    pub text: MessageText,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    pub written_at: Timestamp,
    /// Its place among what was written here: a clock may stand still, or go back.
    #[serde(default)]
    pub ordinal: u64,
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
    /// Written before the person signed out: they say whether it is still to be sent.
    #[serde(skip)]
    Held,
    /// Refused, and why.
    Refused(ReplyError),
}

impl Entry {
    /// The entry as the next page should find it: what is on its way counts as not sent.
    #[must_use]
    pub fn to_store(&self) -> Self {
        let state = match &self.state {
            EntryState::InFlight(_) | EntryState::Resting | EntryState::Held => EntryState::Queued,
            other => other.clone(),
        };
        Self {
            state,
            ..self.clone()
        }
    }
}

/// Messages that were written here and are not acknowledged yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    entries: Vec<Entry>,
    backoff: Backoff,
}

impl Outbox {
    /// Takes up what earlier pages and other tabs left behind, in the order it was written. What
    /// is older than this session is held. True if anything was new.
    pub fn load(&mut self, entries: Vec<Entry>, signed_in_at: Timestamp) -> bool {
        let before = self.entries.len();
        for mut entry in entries {
            if self.get(&entry.client_id).is_some() {
                continue;
            }
            if entry.state == EntryState::Queued && entry.written_at < signed_in_at {
                entry.state = EntryState::Held;
            }
            self.entries.push(entry);
        }
        let place = |entry: &Entry| (entry.ordinal, entry.written_at, entry.client_id.to_string());
        in_order(&mut self.entries, place);
        self.entries.len() > before
    }

    /// Adds a message, behind all others. Gives it as it is to be kept.
    pub fn add(&mut self, mut entry: Entry) -> &Entry {
        let last = self.entries.iter().map(|entry| entry.ordinal).max();
        entry.ordinal = last.unwrap_or_default() + 1;
        let at = self.entries.len();
        self.entries.push(entry);
        &self.entries[at]
    }

    /// All of it, in the order it was written.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Whether something is still to be sent, or on its way.
    pub fn has_unsent(&self) -> bool {
        let is_unsent =
            |entry: &Entry| !matches!(entry.state, EntryState::Refused(_) | EntryState::Held);
        self.entries.iter().any(is_unsent)
    }

    /// Another tab has done with a message: it was sent, or given up there.
    pub fn gone(&mut self, client_id: &ClientId) {
        let is_it = |entry: &Entry| {
            entry.client_id == *client_id && !matches!(entry.state, EntryState::InFlight(_))
        };
        self.entries.retain(|entry| !is_it(entry));
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
            let waits_for_person = matches!(entry.state, EntryState::Refused(_) | EntryState::Held);
            if waits_for_person || threads.contains(&entry.thread) {
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
    pub fn refused(&mut self, call: u32, error: &ReplyError, random: f64) -> Option<u32> {
        let entry = self
            .entries
            .iter_mut()
            .find(|entry| entry.state == EntryState::InFlight(call))?;
        if error.temporary {
            entry.state = EntryState::Resting;
            return Some(self.backoff.next(random));
        }
        entry.state = EntryState::Refused(error.clone());
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
            files: Vec::new(),
            reply_to: None,
            written_at: Timestamp(i64::from(n)),
            ordinal: 0,
            state: EntryState::Queued,
        }
    }

    fn outbox(entries: impl IntoIterator<Item = Entry>) -> Outbox {
        let mut outbox = Outbox::default();
        for entry in entries {
            outbox.add(entry);
        }
        outbox
    }

    fn busy() -> ReplyError {
        ReplyError::of(crate::protocol::codes::ErrorCode::TooManyRequests)
    }

    #[test]
    fn the_order_of_writing_survives_a_clock_that_stands_still_or_goes_back() {
        let written = [entry(3, 1), entry(1, 1), entry(2, 1)];
        let first = outbox(written.map(|entry| Entry {
            written_at: Timestamp(7),
            ..entry
        }));
        let mut stored: Vec<Entry> = first.entries().map(Entry::to_store).collect();
        stored.reverse();
        let mut next = Outbox::default();
        assert!(next.load(stored.clone(), Timestamp(0)));
        let order: Vec<Entry> = next.entries().cloned().collect();
        assert_eq!(ids(&order), ["c3", "c1", "c2"]);
        assert!(!next.load(stored, Timestamp(0)), "all of it is known");
    }

    #[test]
    fn what_an_earlier_session_left_is_sent_only_if_the_person_says_so() {
        let mut outbox = Outbox::default();
        outbox.load(vec![entry(5, 1), entry(9, 1)], Timestamp(7));
        assert_eq!(ids(&outbox.sendable()), ["c9"]);
        outbox.retry(&ClientId::parse("c5").unwrap());
        assert_eq!(ids(&outbox.sendable()), ["c5"]);
    }

    #[test]
    fn what_another_tab_has_sent_is_gone_here_unless_it_is_on_its_way() {
        let mut outbox = outbox([entry(1, 1), entry(2, 2)]);
        outbox.sent(&ClientId::parse("c2").unwrap(), 7);
        for id in ["c1", "c2"] {
            outbox.gone(&ClientId::parse(id).unwrap());
        }
        let left: Vec<Entry> = outbox.entries().cloned().collect();
        assert_eq!(ids(&left), ["c2"]);
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
        assert_eq!(
            outbox.refused(7, &ReplyError::new(404, "Not found"), 1.0),
            None
        );
        assert_eq!(ids(&outbox.sendable()), ["c2"]);
        outbox.retry(&ClientId::parse("c1").unwrap());
        assert_eq!(ids(&outbox.sendable()), ["c1"]);
    }

    #[test]
    fn a_temporary_refusal_waits_and_keeps_the_order() {
        let mut outbox = outbox([entry(1, 1), entry(2, 1)]);
        outbox.sent(&ClientId::parse("c1").unwrap(), 7);
        assert!(outbox.refused(7, &busy(), 1.0).is_some());
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
        entry.state = EntryState::Refused(ReplyError::new(404, "no"));
        let json = serde_json::to_string(&entry).unwrap();
        let mut outbox = outbox([]);
        outbox.load(vec![serde_json::from_str(&json).unwrap()], Timestamp(0));
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
                            prop_assert!(outbox.refused(call, &busy(), 0.5).is_some());
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
