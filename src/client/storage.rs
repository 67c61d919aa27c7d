//! The outbox in the browser's storage.
//!
//! Each message has a key of its own, so that two tabs of one person do not overwrite each
//! other's. A storage that is full or switched off costs the survival of a reload, nothing else.

use leptos::leptos_dom::helpers::window;
use web_sys::Storage;

use super::outbox::Entry;
use crate::protocol::frame::parse;
use crate::protocol::{ClientId, UserId};

/// Where one person's outbox is kept.
#[derive(Clone, Debug)]
pub struct OutboxStore {
    prefix: String,
}

impl OutboxStore {
    pub fn of(user: UserId) -> Self {
        Self {
            prefix: format!("hubbub.outbox.{user}."),
        }
    }

    /// What an earlier page left behind.
    pub fn load(&self) -> Vec<Entry> {
        let Some(storage) = storage() else {
            return Vec::new();
        };
        let count = storage.length().unwrap_or_default();
        (0..count)
            .filter_map(|at| storage.key(at).ok().flatten())
            .filter(|key| key.starts_with(&self.prefix))
            .filter_map(|key| storage.get_item(&key).ok().flatten())
            .filter_map(|json| parse(&json).ok())
            .collect()
    }

    pub fn keep(&self, entry: &Entry) {
        if let (Some(storage), Ok(json)) = (storage(), serde_json::to_string(&entry.to_store())) {
            let _ = storage.set_item(&self.key(&entry.client_id), &json);
        }
    }

    pub fn forget(&self, client_id: &ClientId) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.key(client_id));
        }
    }

    fn key(&self, client_id: &ClientId) -> String {
        format!("{}{client_id}", self.prefix)
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
