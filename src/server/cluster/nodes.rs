//! The other servers: who they are, who is connected to them, and whether all they said has come.
//!
//! A plain value without a clock or a bus, so that lost, late and doubled messages can be tested one by
//! one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::wire::{Beat, Header, People, Weight};
use crate::server::realtime::NodeInfo;

/// A server that left, or fell silent, is remembered for so long: if it comes back, what was missed
/// meanwhile is noticed.
const REMEMBERED: Duration = Duration::from_mins(10);
/// Missing messages of one server that are told apart.
const MISSING: u64 = 1000;

/// The other servers.
#[derive(Debug, Default)]
pub struct Nodes(HashMap<Uuid, Node>);

#[derive(Debug)]
struct Node {
    heard: Instant,
    is_there: bool,
    /// It has said so, and comes back under another id.
    has_left: bool,
    newest: u64,
    /// What was said before the newest and has not come, and since when that is known.
    missing: BTreeMap<u64, Instant>,
    beat: Option<Beat>,
    /// The version of who is connected that is known in whole.
    version: u64,
    users: HashSet<String>,
    coming: Coming,
}

/// The parts that have come of who is connected.
#[derive(Debug, Default)]
struct Coming {
    version: u64,
    parts: HashSet<usize>,
    users: HashSet<String>,
}

/// What a message is, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The first of a server that was not there.
    New,
    InOrder,
    /// It has come, or was given up.
    Before,
}

impl Nodes {
    /// Takes note of a message. Of a server that was not known, all that it said before is missing too,
    /// but for who `is_new_here`: then nobody has relied on having heard it.
    pub fn hear(&mut self, header: Header, now: Instant, is_new_here: bool) -> Heard {
        let Header {
            from,
            number,
            weight,
        } = header;
        let node = self.0.entry(from).or_insert_with(|| {
            let before = match is_new_here {
                true => number.saturating_sub(u64::from(weight == Weight::Counted)),
                false => 0,
            };
            Node::new(before, now)
        });
        if node.has_left {
            return Heard::Before;
        }
        node.heard = now;
        let was_there = std::mem::replace(&mut node.is_there, true);
        if number <= node.newest && weight == Weight::Counted {
            return match node.missing.remove(&number) {
                Some(_) => Heard::InOrder,
                None => Heard::Before,
            };
        }
        // What is said in passing tells how much was said before.
        let all_before = number.saturating_add(u64::from(weight == Weight::Passing));
        let from = all_before.saturating_sub(MISSING).max(node.newest + 1);
        node.missing.extend((from..all_before).map(|n| (n, now)));
        node.newest = node.newest.max(number);
        match was_there {
            true => Heard::InOrder,
            false => Heard::New,
        }
    }

    /// Whether something has been missing for that long; it is given up then.
    pub fn have_lost(&mut self, now: Instant, patience: Duration) -> bool {
        let mut lost = false;
        for node in self.0.values_mut() {
            let before = node.missing.len();
            node.missing
                .retain(|_, since| now.duration_since(*since) < patience);
            lost |= node.missing.len() < before;
        }
        lost
    }

    /// The servers that have not been heard of for so long, although this one has heard what there was
    /// to hear `since` then: they are not there any more.
    pub fn fallen_silent(&mut self, now: Instant, since: Instant, patience: Duration) -> Vec<Uuid> {
        self.0
            .retain(|_, node| node.is_there || now.duration_since(node.heard) < REMEMBERED);
        let mut silent = Vec::new();
        for (id, node) in &mut self.0 {
            if node.is_there && now.duration_since(node.heard.max(since)) >= patience {
                node.leaves();
                silent.push(*id);
            }
        }
        silent
    }

    /// A server has said that it leaves.
    pub fn left(&mut self, id: Uuid) {
        if let Some(node) = self.0.get_mut(&id) {
            node.leaves();
            node.has_left = true;
        }
    }

    /// A server is there. Whether it has people of whom nothing is known.
    pub fn beats(&mut self, id: Uuid, beat: Beat) -> bool {
        let Some(node) = self.0.get_mut(&id) else {
            return false;
        };
        let was_said = beat.version;
        node.beat = Some(beat);
        node.version != was_said
    }

    /// Who is connected to a server, once all parts are there.
    pub fn has_people(&mut self, id: Uuid, people: People) {
        let Some(node) = self.0.get_mut(&id) else {
            return;
        };
        if node.coming.version != people.version {
            node.coming = Coming {
                version: people.version,
                ..Coming::default()
            };
        }
        node.coming.parts.insert(people.part);
        node.coming.users.extend(people.users);
        if node.coming.parts.len() >= people.parts {
            let whole = std::mem::take(&mut node.coming);
            (node.version, node.users) = (whole.version, whole.users);
        }
    }

    /// Everybody who is connected to one of them; some more than once.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.there()
            .flat_map(|(_, node)| node.users.iter().map(String::as_str))
    }

    pub fn info(&self) -> Vec<NodeInfo> {
        let known = self.there();
        known
            .filter_map(|(id, node)| Some(node.beat.as_ref()?.info(*id)))
            .collect()
    }

    pub fn ids(&self) -> Vec<Uuid> {
        self.there().map(|(id, _)| *id).collect()
    }

    fn there(&self) -> impl Iterator<Item = (&Uuid, &Node)> {
        self.0.iter().filter(|(_, node)| node.is_there)
    }
}

impl Node {
    fn new(number: u64, now: Instant) -> Self {
        Self {
            heard: now,
            is_there: false,
            has_left: false,
            newest: number,
            missing: BTreeMap::new(),
            beat: None,
            version: 0,
            users: HashSet::new(),
            coming: Coming::default(),
        }
    }

    fn leaves(&mut self) {
        self.is_there = false;
        self.beat = None;
        self.version = 0;
        self.users = HashSet::new();
        self.coming = Coming::default();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::server::realtime::Counts;

    const PATIENCE: Duration = Duration::from_secs(1);

    fn node(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn heard(nodes: &mut Nodes, number: u64, at: Instant) -> Heard {
        let header = Header {
            from: node(1),
            number,
            weight: Weight::Counted,
        };
        nodes.hear(header, at, true)
    }

    fn beats(nodes: &mut Nodes, number: u64, at: Instant) -> Heard {
        let header = Header {
            from: node(1),
            number,
            weight: Weight::Passing,
        };
        nodes.hear(header, at, true)
    }

    #[test]
    fn what_a_server_said_that_came_while_one_could_not_hear_is_missing() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        let header = Header {
            from: node(1),
            number: 3,
            weight: Weight::Counted,
        };
        assert_eq!(nodes.hear(header, now, false), Heard::New);
        assert!(nodes.have_lost(now + PATIENCE, PATIENCE), "1 and 2");
        let first = Header {
            from: node(2),
            number: 1,
            ..header
        };
        assert_eq!(nodes.hear(first, now, false), Heard::New);
        assert!(!nodes.have_lost(now + PATIENCE, PATIENCE), "all of it");
    }

    #[test]
    fn the_last_thing_that_was_said_is_missed_with_the_next_beat_and_a_beat_is_not_missed() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        for _ in 0..3 {
            assert_eq!(beats(&mut nodes, 1, now), Heard::InOrder);
        }
        assert!(!nodes.have_lost(now + PATIENCE, PATIENCE));
        assert_eq!(beats(&mut nodes, 2, now), Heard::InOrder);
        assert!(nodes.have_lost(now + PATIENCE, PATIENCE), "2 never came");
        assert_eq!(heard(&mut nodes, 3, now), Heard::InOrder);
        assert!(!nodes.have_lost(now + 2 * PATIENCE, PATIENCE));
    }

    #[test]
    fn nobody_has_gone_because_one_could_not_hear_them() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        let hears_again = now + 9 * PATIENCE;
        let soon = hears_again + PATIENCE / 2;
        assert!(nodes.fallen_silent(soon, hears_again, PATIENCE).is_empty());
        let later = hears_again + PATIENCE;
        assert_eq!(nodes.fallen_silent(later, hears_again, PATIENCE), [node(1)]);
    }

    #[test]
    fn what_was_said_before_one_listened_is_not_missed() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        assert_eq!(heard(&mut nodes, 100, now), Heard::New);
        assert_eq!(heard(&mut nodes, 101, now), Heard::InOrder);
        assert_eq!(heard(&mut nodes, 101, now), Heard::Before, "a double");
        assert!(!nodes.have_lost(now + 2 * PATIENCE, PATIENCE));
    }

    #[test]
    fn a_gap_is_a_loss_only_if_it_is_not_filled_in_time() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        assert_eq!(heard(&mut nodes, 4, now), Heard::InOrder);
        assert_eq!(heard(&mut nodes, 2, now), Heard::InOrder, "late");
        assert!(!nodes.have_lost(now + PATIENCE / 2, PATIENCE));
        assert!(nodes.have_lost(now + PATIENCE, PATIENCE), "3 is lost");
        assert!(!nodes.have_lost(now + 2 * PATIENCE, PATIENCE), "once");
        assert_eq!(heard(&mut nodes, 3, now + 2 * PATIENCE), Heard::Before);
    }

    #[test]
    fn a_server_that_comes_back_has_said_things_that_nobody_heard() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        let later = now + 5 * PATIENCE;
        assert_eq!(nodes.fallen_silent(later, now, PATIENCE), [node(1)]);
        assert!(nodes.fallen_silent(later, now, PATIENCE).is_empty(), "once");
        assert_eq!(heard(&mut nodes, 2, later), Heard::New);
        assert!(
            !nodes.have_lost(later + PATIENCE, PATIENCE),
            "it was only slow"
        );
        nodes.fallen_silent(later + PATIENCE, now, PATIENCE);
        assert_eq!(heard(&mut nodes, 9, later), Heard::New);
        assert!(nodes.have_lost(later + PATIENCE, PATIENCE));
        nodes.left(node(1));
        assert_eq!(heard(&mut nodes, 10, later), Heard::Before, "it is gone");
        assert!(nodes.ids().is_empty());
    }

    #[test]
    fn a_gap_of_any_size_takes_little_room() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        heard(&mut nodes, u64::MAX, now);
        assert!(nodes.have_lost(now + PATIENCE, PATIENCE));
    }

    fn people(version: u64, part: usize, parts: usize, users: &[&str]) -> People {
        People {
            version,
            part,
            parts,
            users: users.iter().map(ToString::to_string).collect(),
        }
    }

    fn beat(version: u64) -> Beat {
        Beat::new(PATIENCE, version, Counts::default())
    }

    #[test]
    fn people_are_known_when_all_parts_have_come_and_forgotten_with_their_server() {
        let (mut nodes, now) = (Nodes::default(), Instant::now());
        heard(&mut nodes, 1, now);
        assert!(nodes.beats(node(1), beat(5)), "nothing is known of them");
        nodes.has_people(node(1), people(5, 1, 2, &["b"]));
        assert_eq!(nodes.users().count(), 0);
        nodes.has_people(node(1), people(5, 0, 2, &["a"]));
        let known: HashSet<&str> = nodes.users().collect();
        assert_eq!(known, HashSet::from(["a", "b"]));
        assert!(!nodes.beats(node(1), beat(5)));
        assert!(nodes.beats(node(1), beat(6)));
        nodes.has_people(node(1), people(6, 0, 1, &["a"]));
        assert_eq!(nodes.users().collect::<Vec<_>>(), ["a"]);
        assert_eq!(nodes.info().len(), 1);
        nodes.fallen_silent(now + PATIENCE, now, PATIENCE);
        assert_eq!((nodes.users().count(), nodes.info().len()), (0, 0));
    }
}
