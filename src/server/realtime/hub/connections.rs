//! All open connections, by id and by user.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::link::Link;
use crate::server::realtime::registration::peer::Peer;
use crate::server::realtime::registration::whom::Whom;

/// The open connections, by id and by user.
#[derive(Debug, Default)]
pub struct Connections {
    by_id: HashMap<u64, Arc<Link>>,
    by_user: HashMap<String, HashSet<u64>>,
}

impl Connections {
    pub fn insert(&mut self, link: Arc<Link>) {
        self.by_id.insert(link.id, link);
    }

    pub fn identify(&mut self, link: &Link, peer: Peer) {
        let user = peer.user.clone();
        if let Some(before) = link.identify(Arc::new(peer)) {
            self.forget_user(&before.user, link.id);
        }
        self.by_user.entry(user).or_default().insert(link.id);
    }

    pub fn remove(&mut self, link: &Link) {
        self.by_id.remove(&link.id);
        if let Some(peer) = link.peer() {
            self.forget_user(&peer.user, link.id);
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Link>> {
        self.by_id.values()
    }

    pub fn count_of(&self, user: &str) -> usize {
        self.by_user.get(user).map_or(0, HashSet::len)
    }

    pub fn users(&self) -> Vec<String> {
        let named = self.by_user.keys().filter(|user| !user.is_empty());
        named.cloned().collect()
    }

    /// Those that authenticated, and how many users they belong to.
    pub fn counts(&self) -> (usize, usize) {
        let clients = self.by_user.values().map(HashSet::len).sum();
        (clients, self.by_user.len())
    }

    pub fn credentials(&self) -> Vec<String> {
        let all = self.all().filter_map(|link| link.peer());
        let labels: HashSet<String> = all.filter_map(|i| i.credential.clone()).collect();
        labels.into_iter().collect()
    }

    pub fn find(&self, whom: &Whom) -> Vec<Arc<Link>> {
        match whom {
            Whom::Everybody => self.all().cloned().collect(),
            Whom::User(user) => self.of_user(user).collect(),
            Whom::Client { user, client } => match user {
                Some(user) => self.of_user(user).filter(|l| l.client == *client).collect(),
                None => self
                    .all()
                    .filter(|l| l.client == *client)
                    .cloned()
                    .collect(),
            },
            Whom::AllBut(users) => self
                .all()
                .filter(|link| link.peer().is_some_and(|peer| !users.contains(&peer.user)))
                .cloned()
                .collect(),
            Whom::Credential(label) => self
                .all()
                .filter(|link| {
                    let peer = link.peer();
                    peer.is_some_and(|i| i.credential.as_ref() == Some(label))
                })
                .cloned()
                .collect(),
        }
    }

    fn of_user(&self, user: &str) -> impl Iterator<Item = Arc<Link>> {
        let ids = self.by_user.get(user).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id).cloned())
    }

    fn forget_user(&mut self, user: &str, id: u64) {
        if let Some(ids) = self.by_user.get_mut(user) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_user.remove(user);
            }
        }
    }
}
