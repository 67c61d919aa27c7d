//! Who is there. Nothing is stored: whoever has a connection is online, and whoever has done nothing
//! for a while on any device is idle.
//!
//! Coming online costs nothing by itself. As long as somebody looks, what has changed is put together
//! once a second and published on one channel; as long as nobody does, not even that. So a person in
//! three hundred threads is one entry in one publication to those who look. What is known of people is
//! asked of [`WhoIsThere`]: with several servers it is the one that asks the others too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::protocol::{ChannelName, Presence, PresenceNews, PresenceRequest, Timestamp, UserId};
use crate::server::auth::Identity;
use crate::server::error::{Error, Result};
use crate::server::realtime::Hub;
use crate::server::state::App;

/// People in one publication; the rest follows a second later.
const AT_ONCE: usize = 1000;

/// Knows who is connected, wherever that is.
pub trait WhoIsThere: Send + Sync + 'static {
    /// Everybody who is connected.
    fn connected(&self) -> Vec<UserId>;

    /// Whether somebody is connected.
    fn is_connected(&self, user: UserId) -> bool;

    /// Whether anybody looks at who comes and goes.
    fn is_watched(&self) -> bool;
}

impl WhoIsThere for Arc<Hub> {
    fn connected(&self) -> Vec<UserId> {
        let users = self.users().into_iter();
        users
            .filter_map(|id| Some(UserId(id.parse().ok()?)))
            .collect()
    }

    fn is_connected(&self, user: UserId) -> bool {
        self.count_of(&user.to_string()) > 0
    }

    fn is_watched(&self) -> bool {
        self.presence_stats(&ChannelName::Presence.to_string())
            .num_clients
            > 0
    }
}

/// What is known of people's presence, and what of it those who look have been told.
pub struct Presences {
    there: Box<dyn WhoIsThere>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When each person has last done something, as far as their devices have said so.
    active: HashMap<UserId, Timestamp>,
    /// What has been told, as long as somebody looks.
    told: Option<HashMap<UserId, Presence>>,
    /// Grows with each publication.
    version: u64,
}

impl Presences {
    pub fn new(there: impl WhoIsThere) -> Self {
        Self {
            there: Box::new(there),
            state: Mutex::default(),
        }
    }

    /// Somebody has done something at that time, on one of their devices.
    pub fn active(&self, user: UserId, at: Timestamp) {
        let mut state = self.state();
        let last = state.active.entry(user).or_insert(at);
        *last = at.max(*last);
    }

    /// How it stands with these people.
    pub fn of(&self, users: &[UserId], now: Timestamp) -> PresenceNews {
        let mut state = self.state();
        if state.told.is_none() {
            state.told = Some(self.all(&state, now));
        }
        let mut news = PresenceNews {
            version: state.version,
            ..PresenceNews::default()
        };
        for id in users {
            let presence = match self.there.is_connected(*id) {
                true => state.of(*id, now),
                false => Presence::Offline,
            };
            news.say(*id, presence);
        }
        news
    }

    /// What has changed since this was last asked, if somebody wants to know.
    pub fn news(&self, now: Timestamp) -> Option<PresenceNews> {
        let mut state = self.state();
        if !self.there.is_watched() {
            state.told = None;
            return None;
        }
        let current = self.all(&state, now);
        let Some(told) = &mut state.told else {
            state.told = Some(current);
            return None;
        };
        let gone = told.keys().filter(|id| !current.contains_key(id));
        let gone = gone.map(|id| (*id, Presence::Offline));
        let changed = current.iter().map(|(id, presence)| (*id, *presence));
        let changed = changed.filter(|(id, presence)| told.get(id) != Some(presence));
        let changed: Vec<_> = changed.chain(gone).take(AT_ONCE).collect();
        if changed.is_empty() {
            return None;
        }
        let mut news = PresenceNews::default();
        for (id, presence) in changed {
            match presence {
                Presence::Offline => told.remove(&id),
                presence => told.insert(id, presence),
            };
            news.say(id, presence);
        }
        state.version += 1;
        news.version = state.version;
        Some(news)
    }

    /// Forgets what those who are gone have done.
    pub fn sweep(&self) {
        let mut state = self.state();
        state
            .active
            .retain(|user, _| self.there.is_connected(*user));
    }

    fn all(&self, state: &State, now: Timestamp) -> HashMap<UserId, Presence> {
        let connected = self.there.connected().into_iter();
        connected.map(|id| (id, state.of(id, now))).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Of somebody who is connected. Programs do not say what they do: they are online.
    fn of(&self, user: UserId, now: Timestamp) -> Presence {
        match self.active.get(&user) {
            Some(last) if now.0 - last.0 >= Presence::IDLE_AFTER => Presence::Idle,
            _ => Presence::Online,
        }
    }
}

/// How it stands with people. Who is there is no secret among those who have signed in.
///
/// # Errors
/// `Forbidden` for more people than a panel lists.
pub fn of(app: &App, _me: &Identity, request: &PresenceRequest) -> Result<PresenceNews> {
    if request.users.len() > PresenceRequest::MOST {
        return Err(Error::Forbidden);
    }
    Ok(app.presences.of(&request.users, app.clock.now()))
}

/// Notes that I have done something, so many milliseconds ago.
pub fn active(app: &App, me: &Identity, ago: i64) {
    let at = Timestamp(app.clock.now().0.saturating_sub(ago.max(0)));
    app.presences.active(me.user.id, at);
}

/// Tells those who look what has changed, once a second, until dropped.
pub async fn watch(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(news) = app.presences.news(app.clock.now()) {
            app.announcer.presence(&news);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct There(Arc<Mutex<(Vec<UserId>, bool)>>);

    impl There {
        fn set(&self, users: &[i64], is_watched: bool) {
            let users = users.iter().map(|id| UserId(*id)).collect();
            *self.0.lock().unwrap() = (users, is_watched);
        }
    }

    impl WhoIsThere for There {
        fn connected(&self) -> Vec<UserId> {
            self.0.lock().unwrap().0.clone()
        }

        fn is_connected(&self, user: UserId) -> bool {
            self.connected().contains(&user)
        }

        fn is_watched(&self) -> bool {
            self.0.lock().unwrap().1
        }
    }

    const LATER: Timestamp = Timestamp(Presence::IDLE_AFTER);

    fn told(presences: &Presences, now: Timestamp) -> Vec<(i64, Presence)> {
        let news = presences.news(now).unwrap_or_default();
        let all = news.online.iter().chain(&news.idle).chain(&news.offline);
        let mut told: Vec<_> = all.map(|id| (id.0, news.of(*id).unwrap())).collect();
        told.sort_by_key(|(id, _)| *id);
        told
    }

    #[test]
    fn whoever_looks_is_told_once_of_who_comes_falls_silent_and_goes() {
        let there = There::default();
        let presences = Presences::new(there.clone());
        there.set(&[1], false);
        assert_eq!(presences.news(Timestamp(0)), None, "nobody looks");
        there.set(&[1], true);
        let now = presences.of(&[UserId(1), UserId(2)], Timestamp(0));
        assert_eq!(now.of(UserId(1)), Some(Presence::Online));
        assert_eq!(now.of(UserId(2)), Some(Presence::Offline));
        there.set(&[1, 2], true);
        presences.active(UserId(2), Timestamp(1));
        assert_eq!(told(&presences, Timestamp(2)), [(2, Presence::Online)]);
        assert_eq!(told(&presences, Timestamp(3)), [], "once");
        let later = Timestamp(LATER.0 + 1);
        assert_eq!(told(&presences, later), [(2, Presence::Idle)]);
        presences.active(UserId(2), later);
        there.set(&[2], true);
        let both = [(1, Presence::Offline), (2, Presence::Online)];
        assert_eq!(told(&presences, later), both);
    }

    #[test]
    fn a_change_between_the_question_and_the_first_round_is_not_lost() {
        let there = There::default();
        let presences = Presences::new(there.clone());
        there.set(&[1, 2], true);
        let asked = presences.of(&[UserId(2)], Timestamp(0));
        there.set(&[1], true);
        let news = presences.news(Timestamp(1)).unwrap();
        assert_eq!(news.of(UserId(2)), Some(Presence::Offline));
        assert!(news.version > asked.version);
    }

    #[test]
    fn a_crowd_is_told_in_portions() {
        let there = There::default();
        let presences = Presences::new(there.clone());
        there.set(&[], true);
        presences.of(&[], Timestamp(0));
        let crowd: Vec<i64> = (1..=1500).collect();
        there.set(&crowd, true);
        assert_eq!(told(&presences, Timestamp(1)).len(), AT_ONCE);
        assert_eq!(told(&presences, Timestamp(2)).len(), 500);
        assert_eq!(told(&presences, Timestamp(3)).len(), 0);
    }
}
