//! What is kept in the browser: messages on their way, and drafts.
//!
//! Each message has a key of its own, so that two tabs of one person do not overwrite each other's.
//! Keys begin with the server's own name and the person's number: another server at the same address,
//! or somebody else, finds nothing.

use leptos::ev;
use leptos::leptos_dom::helpers::{window, window_event_listener};
use web_sys::Storage;

use crate::client::stores::outbox::Entry;
use crate::protocol::frame::parse;
use crate::protocol::{ClientId, FileInfo, ThreadId, UserId};

/// What one person keeps here of one server.
#[derive(Clone, Debug)]
pub struct Kept {
    outbox: String,
    drafts: String,
}

impl Kept {
    pub fn of(origin: &str, user: UserId) -> Self {
        Self {
            outbox: format!("hubbub.{origin}.{user}.outbox."),
            drafts: format!("hubbub.{origin}.{user}.draft."),
        }
    }

    /// What earlier pages left to be sent.
    pub fn outbox(&self) -> Vec<Entry> {
        let Some(storage) = storage() else {
            return Vec::new();
        };
        let count = storage.length().unwrap_or_default();
        (0..count)
            .filter_map(|at| storage.key(at).ok().flatten())
            .filter(|key| key.starts_with(&self.outbox))
            .filter_map(|key| storage.get_item(&key).ok().flatten())
            .filter_map(|json| parse(&json).ok())
            .collect()
    }

    /// False if it cannot be kept: the storage is full, or switched off.
    pub fn keep(&self, entry: &Entry) -> bool {
        match (storage(), serde_json::to_string(&entry.to_store())) {
            (Some(storage), Ok(json)) => {
                storage.set_item(&self.key(&entry.client_id), &json).is_ok()
            }
            _ => false,
        }
    }

    pub fn forget(&self, client_id: &ClientId) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.key(client_id));
        }
    }

    pub fn draft(&self, thread: ThreadId) -> String {
        found(&format!("{}{thread}", self.drafts))
    }

    pub fn keep_draft(&self, thread: ThreadId, text: &str) {
        put(&format!("{}{thread}", self.drafts), text);
    }

    /// What was uploaded for it.
    pub fn draft_files(&self, thread: ThreadId) -> Vec<FileInfo> {
        parse(&found(&format!("{}{thread}.files", self.drafts))).unwrap_or_default()
    }

    pub fn keep_draft_files(&self, thread: ThreadId, files: &[FileInfo]) {
        let json = serde_json::to_string(files).unwrap_or_default();
        let text = if files.is_empty() { "" } else { &json };
        put(&format!("{}{thread}.files", self.drafts), text);
    }

    /// Calls back for what other tabs are done with, as long as the page lives.
    pub fn watch(&self, call: impl Fn(ClientId) + 'static) {
        let prefix = self.outbox.clone();
        // Dropping the handle does not remove the listener.
        let _ = window_event_listener(ev::storage, move |event| {
            let key = event.key().filter(|_| event.new_value().is_none());
            let id = key.as_deref().and_then(|key| key.strip_prefix(&prefix));
            if let Some(Ok(id)) = id.map(ClientId::parse) {
                call(id);
            }
        });
    }

    fn key(&self, client_id: &ClientId) -> String {
        format!("{}{client_id}", self.outbox)
    }
}

/// What is kept under a key; empty if nothing is.
pub(super) fn found(key: &str) -> String {
    let found = storage().and_then(|storage| storage.get_item(key).ok().flatten());
    found.unwrap_or_default()
}

/// Nothing is kept of what is empty.
pub(super) fn put(key: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = match text.is_empty() {
            true => storage.remove_item(key),
            false => storage.set_item(key, text),
        };
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
