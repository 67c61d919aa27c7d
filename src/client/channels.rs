//! The channels of a connection: who wants each, and how far it was seen.
//!
//! One sorted list instead of a set or map for each question: there are some hundreds at most, and
//! what is said of a channel stands in one place.

use crate::protocol::frame::StreamPosition;

/// What a connection knows of one channel.
#[derive(Debug)]
struct Channel {
    name: String,
    /// The client itself asks for it.
    is_wanted: bool,
    /// The server has subscribed this connection to it.
    is_given: bool,
    position: Option<StreamPosition>,
}

/// All channels of a connection, by name.
#[derive(Debug, Default)]
pub struct Channels(Vec<Channel>);

impl Channels {
    fn find(&self, name: &str) -> Option<&Channel> {
        let at = self.place(name).ok()?;
        self.0.get(at)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|channel| channel.name.as_str().cmp(name))
    }

    fn entry(&mut self, name: &str) -> &mut Channel {
        let at = self.place(name).unwrap_or_else(|at| {
            let channel = Channel {
                name: name.to_owned(),
                is_wanted: false,
                is_given: false,
                position: None,
            };
            self.0.insert(at, channel);
            at
        });
        &mut self.0[at]
    }

    /// Whether the client asks for it.
    pub fn is_wanted(&self, name: &str) -> bool {
        self.find(name).is_some_and(|channel| channel.is_wanted)
    }

    /// Whether the server has subscribed us to it.
    pub fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some_and(|channel| channel.is_given)
    }

    /// Notes whether the client asks for it. Whether that was so before.
    pub fn want(&mut self, name: &str, wanted: bool) -> bool {
        std::mem::replace(&mut self.entry(name).is_wanted, wanted)
    }

    /// Notes whether the server has subscribed us.
    pub fn give(&mut self, name: &str, given: bool) {
        self.entry(name).is_given = given;
    }

    /// A new connection: nothing is given yet.
    pub fn take_all_back(&mut self) {
        for channel in &mut self.0 {
            channel.is_given = false;
        }
    }

    /// How far it was seen.
    pub fn position(&self, name: &str) -> Option<&StreamPosition> {
        self.find(name)?.position.as_ref()
    }

    pub fn set_position(&mut self, name: &str, position: StreamPosition) {
        self.entry(name).position = Some(position);
    }

    /// It has come as far as that.
    pub fn reach(&mut self, name: &str, offset: u64) {
        if let Ok(at) = self.place(name)
            && let Some(position) = &mut self.0[at].position
        {
            position.offset = position.offset.max(offset);
        }
    }

    /// Nothing more is known of it.
    pub fn forget(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    /// Those with a position to resume from.
    pub fn positions(&self) -> impl Iterator<Item = (&str, &StreamPosition)> {
        self.0
            .iter()
            .filter_map(|channel| Some((channel.name.as_str(), channel.position.as_ref()?)))
    }

    /// Those that are wanted and not given.
    pub fn missing(&self) -> Vec<String> {
        let missing = |channel: &&Channel| channel.is_wanted && !channel.is_given;
        let channels = self.0.iter().filter(missing);
        channels.map(|channel| channel.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> StreamPosition {
        StreamPosition {
            offset,
            epoch: "e".to_owned(),
        }
    }

    #[test]
    fn what_is_wanted_and_not_given_is_missing() {
        let mut channels = Channels::default();
        assert!(!channels.want("b", true));
        assert!(channels.want("b", true), "it was wanted before");
        channels.want("a", true);
        channels.give("b", true);
        channels.give("c", true);
        assert_eq!(channels.missing(), ["a"]);
        channels.take_all_back();
        assert_eq!(channels.missing(), ["a", "b"]);
        channels.want("a", false);
        assert_eq!(channels.missing(), ["b"]);
        assert!(!channels.is_wanted("a") && !channels.is_given("b"));
    }

    #[test]
    fn a_position_goes_on_and_never_back_until_it_is_forgotten() {
        let mut channels = Channels::default();
        channels.reach("a", 5);
        assert_eq!(channels.position("a"), None, "it is not followed");
        channels.set_position("a", at(3));
        channels.reach("a", 5);
        channels.reach("a", 4);
        assert_eq!(channels.position("a"), Some(&at(5)));
        let known: Vec<_> = channels.positions().collect();
        assert_eq!(known, [("a", &at(5))]);
        channels.forget("a");
        channels.forget("never known");
        assert_eq!(channels.position("a"), None);
    }
}
