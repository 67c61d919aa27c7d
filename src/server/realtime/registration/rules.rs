//! Which channels there are: patterns, each with its permissions and options.
//!
//! A channel belongs to the first rule whose pattern matches; no rule, no channel.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::events::{Access, Granted, Publish, Published, SubRefresh, Subscribe};
use super::handler::Handler;
use super::history::History;

/// The values of a pattern's parameters.
pub type Params = BTreeMap<String, String>;

/// Who hears that somebody joined or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinLeave {
    Nobody,
    /// Subscriptions that ask for it.
    OnRequest,
    /// Every subscription.
    Everybody,
}

/// Permissions and options of the channels a pattern matches.
#[derive(Clone)]
pub struct Rule<U> {
    pub(in crate::server::realtime) pattern: &'static str,
    /// Asked after the subscriber is registered, so that a right lost meanwhile is noticed.
    pub(in crate::server::realtime) subscribe: Handler<Subscribe<U>, Granted>,
    pub(in crate::server::realtime) publish: Option<Handler<Publish<U>, Published>>,
    pub(in crate::server::realtime) sub_refresh: Option<Handler<SubRefresh<U>, Granted>>,
    pub(in crate::server::realtime) history: Option<Recoverable<U>>,
    pub(in crate::server::realtime) presence: Option<Handler<Access<U>, ()>>,
    pub(in crate::server::realtime) join_leave: JoinLeave,
}

/// A channel's past, and who may read it. (Whoever may subscribe may recover.)
pub(in crate::server::realtime) struct Recoverable<U> {
    pub source: Arc<dyn History>,
    pub permission: Handler<Access<U>, ()>,
}

impl<U> Clone for Recoverable<U> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            permission: self.permission.clone(),
        }
    }
}

impl<U> Rule<U> {
    /// `thread:{id}` matches `thread:7` with `id` = `7`; a `*` at the end matches anything.
    pub fn new(pattern: &'static str, subscribe: Handler<Subscribe<U>, Granted>) -> Self {
        Self {
            pattern,
            subscribe,
            publish: None,
            sub_refresh: None,
            history: None,
            presence: None,
            join_leave: JoinLeave::Nobody,
        }
    }

    /// Clients may publish what this handler lets through.
    #[must_use]
    pub fn publish(mut self, handler: Handler<Publish<U>, Published>) -> Self {
        self.publish = Some(handler);
        self
    }

    /// Clients may refresh subscriptions that expire.
    #[must_use]
    pub fn sub_refresh(mut self, handler: Handler<SubRefresh<U>, Granted>) -> Self {
        self.sub_refresh = Some(handler);
        self
    }

    /// The channels have a past: they are recoverable, and those let through may read it.
    #[must_use]
    pub fn history(mut self, source: Arc<dyn History>, permission: Handler<Access<U>, ()>) -> Self {
        self.history = Some(Recoverable { source, permission });
        self
    }

    /// Those let through may ask who is subscribed.
    #[must_use]
    pub fn presence(mut self, permission: Handler<Access<U>, ()>) -> Self {
        self.presence = Some(permission);
        self
    }

    #[must_use]
    pub fn join_leave(mut self, heard_by: JoinLeave) -> Self {
        self.join_leave = heard_by;
        self
    }

    pub fn pattern(&self) -> &'static str {
        self.pattern
    }

    pub(in crate::server::realtime) fn matches(&self, channel: &str) -> Option<Params> {
        match_pattern(self.pattern, channel)
    }

    pub(in crate::server::realtime) fn source(&self) -> Option<&Arc<dyn History>> {
        self.history.as_ref().map(|history| &history.source)
    }
}

/// A parameter takes one or more characters other than `:`.
fn match_pattern(pattern: &str, name: &str) -> Option<Params> {
    if let Some(start) = pattern.strip_suffix('*') {
        return name.starts_with(start).then(Params::new);
    }
    let mut params = Params::new();
    let (mut parts, mut values) = (pattern.split(':'), name.split(':'));
    loop {
        match (parts.next(), values.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(value)) => {
                let param = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
                match param {
                    Some(param) if !value.is_empty() => {
                        params.insert(param.to_owned(), value.to_owned());
                    }
                    None if part == value => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// Names with `*` for any characters, to look for channels.
#[derive(Clone, Debug)]
pub struct Glob {
    parts: Vec<String>,
}

impl Glob {
    /// Without a pattern, every name.
    pub fn new(pattern: &str) -> Self {
        let pattern = if pattern.is_empty() { "*" } else { pattern };
        Self {
            parts: pattern.split('*').map(str::to_owned).collect(),
        }
    }

    pub fn matches(&self, name: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else {
            return true;
        };
        let Some((last, middle)) = others.split_last() else {
            return name == first;
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gives_its_parameters() {
        let params = match_pattern("thread:{id}", "thread:7").unwrap();
        assert_eq!(params["id"], "7");
        assert!(match_pattern("chat", "chat").unwrap().is_empty());
        assert!(match_pattern("test*", "test").is_some());
        assert!(match_pattern("test*", "test:7:8").is_some());
    }

    #[test]
    fn a_pattern_does_not_match_more_or_less_than_it_says() {
        for name in ["thread:", "thread", "thread:7:8", "threads:7", "", ":7"] {
            assert!(match_pattern("thread:{id}", name).is_none(), "{name:?}");
        }
        assert!(match_pattern("test*", "tes").is_none());
        assert!(match_pattern("recovery:*", "recovery").is_none());
    }

    #[test]
    fn a_glob_finds_names() {
        for (pattern, name, found) in [
            ("", "a", true),
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("*b*d", "abcd", true),
            ("*b*d", "abdc", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), found, "{pattern} {name}");
        }
    }
}
