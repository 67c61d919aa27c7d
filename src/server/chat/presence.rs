//! Who is there. Nothing is stored: whoever has a connection is online, and whoever has done nothing
//! for a while on any device is idle.
//!
//! Coming online costs nothing by itself. As long as somebody looks at the people of a thread, what has
//! changed is put together once a second, and told on the channels of those threads that are looked at
//! and that the changed people belong to; as long as nobody looks, not even that. Whoever has direct
//! threads in their list looks too: they have one channel for all those people, however many they are,
//! and who writes to whom is asked of the database once for all that has changed. A page that is loaded
//! anew is gone for a moment: only who stays away for some seconds has gone. What is known of people is
//! asked of [`WhoIsThere`]: with several servers it is the one that asks the others too.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::protocol::{ChannelName, MyThread, Presence, PresenceNews, ThreadId, Timestamp, UserId};
use crate::server::auth::Identity;
use crate::server::chat::memberships;
use crate::server::cluster::Told;
use crate::server::db;
use crate::server::error::Result;
use crate::server::realtime::{Glob, Hub};
use crate::server::state::App;

/// People whose change is told at once; the rest follows a second later.
const AT_ONCE: usize = 1000;
/// So long somebody may be without a connection before they count as gone, in milliseconds.
const GRACE: i64 = 5_000;

/// Knows who is connected, wherever that is.
pub trait WhoIsThere: Send + Sync + 'static {
    /// Everybody who is connected.
    fn connected(&self) -> Vec<UserId>;

    /// Who is looked at, by those who are connected here.
    fn watched(&self) -> Watched;
}

/// Who is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// By their threads.
    pub threads: Vec<ThreadId>,
    /// By who looks: those whom these people write to directly.
    pub by: HashSet<UserId>,
}

impl Watched {
    fn is_empty(&self) -> bool {
        self.threads.is_empty() && self.by.is_empty()
    }
}

impl WhoIsThere for Arc<Hub> {
    fn connected(&self) -> Vec<UserId> {
        let users = self.users().into_iter();
        users
            .filter_map(|id| Some(UserId(id.parse().ok()?)))
            .collect()
    }

    fn watched(&self) -> Watched {
        let threads = self.channels(&Glob::new("presence:*")).into_iter();
        let threads = threads.filter_map(|(name, _)| match ChannelName::parse(&name) {
            Some(ChannelName::Presence(thread)) => Some(thread),
            _ => None,
        });
        let by = self.channels(&Glob::new("peers:*")).into_iter();
        let by = by.filter_map(|(name, _)| match ChannelName::parse(&name) {
            Some(ChannelName::Peers(user)) => Some(user),
            _ => None,
        });
        Watched {
            threads: threads.collect(),
            by: by.collect(),
        }
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
    /// Who is there as far as it was told, as long as somebody looks.
    told: Option<HashMap<UserId, Presence>>,
    /// Those of them who have no connection, and since when.
    missing: HashMap<UserId, Timestamp>,
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

    /// Everybody who is connected at the moment, wherever that is.
    pub fn everybody(&self) -> Vec<UserId> {
        self.there.connected()
    }

    /// When each person who is here has last done something, for other servers.
    pub fn activity(&self) -> Vec<(UserId, Timestamp)> {
        let state = self.state();
        state.active.iter().map(|(user, at)| (*user, *at)).collect()
    }

    /// Which of these people are there, as it was told: what is not in that comes as news.
    pub fn of(&self, users: impl Iterator<Item = UserId>, now: Timestamp) -> PresenceNews {
        let mut state = self.state();
        let told = match state.told.take() {
            Some(told) => told,
            None => self.connected(&state, now),
        };
        let mut news = PresenceNews {
            version: state.version,
            ..PresenceNews::default()
        };
        for id in users {
            if let Some(presence) = told.get(&id) {
                news.say(id, *presence);
            }
        }
        state.told = Some(told);
        news
    }

    /// What has changed since this was last asked, and who wants to know.
    pub fn news(&self, now: Timestamp) -> Option<(PresenceNews, Watched)> {
        let watched = self.there.watched();
        let mut state = self.state();
        if watched.is_empty() {
            state.told = None;
            state.missing.clear();
            return None;
        }
        let current = self.connected(&state, now);
        let Some(told) = state.told.take() else {
            state.told = Some(current);
            return None;
        };
        let news = state.compare(told, &current, now)?;
        Some((news, watched))
    }

    /// Forgets what those who are gone have done.
    pub fn sweep(&self) {
        let connected = self.there.connected();
        let connected: HashSet<UserId> = connected.into_iter().collect();
        self.state()
            .active
            .retain(|user, _| connected.contains(user));
    }

    fn connected(&self, state: &State, now: Timestamp) -> HashMap<UserId, Presence> {
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

    /// What is not as it was told; it is told with this.
    fn compare(
        &mut self,
        mut told: HashMap<UserId, Presence>,
        current: &HashMap<UserId, Presence>,
        now: Timestamp,
    ) -> Option<PresenceNews> {
        self.missing.retain(|id, _| !current.contains_key(id));
        let mut changed = Vec::new();
        for id in told.keys().filter(|id| !current.contains_key(id)) {
            let since = *self.missing.entry(*id).or_insert(now);
            if now.0 - since.0 >= GRACE {
                changed.push((*id, Presence::Offline));
            }
        }
        let current = current.iter().map(|(id, presence)| (*id, *presence));
        changed.extend(current.filter(|(id, presence)| told.get(id) != Some(presence)));
        changed.truncate(AT_ONCE);
        let mut news = PresenceNews::default();
        for (id, presence) in &changed {
            match presence {
                Presence::Offline => {
                    told.remove(id);
                    self.missing.remove(id);
                }
                presence => {
                    told.insert(*id, *presence);
                }
            }
            news.say(*id, *presence);
        }
        self.told = Some(told);
        if changed.is_empty() {
            return None;
        }
        // By the clock, so that what another server has said before is older.
        self.version = u64::try_from(now.0).unwrap_or(0).max(self.version + 1);
        news.version = self.version;
        Some(news)
    }
}

/// Which of the people of a thread are there.
///
/// # Errors
/// `NotFound` for a thread I may not read.
pub async fn of(app: &App, me: &Identity, thread: ThreadId) -> Result<PresenceNews> {
    let people = memberships::list(app, me, thread).await?;
    let ids = people.iter().map(|user| user.id);
    Ok(app.presences.of(ids, app.clock.now()))
}

/// Which of those I write to directly are there.
///
/// # Errors
/// The database fails.
pub async fn peers(app: &App, me: &Identity) -> Result<PresenceNews> {
    let pairs = db::memberships::peers(&app.db, &[me.user.id]).await?;
    let others = pairs.into_iter().map(|(other, _)| other);
    Ok(app.presences.of(others, app.clock.now()))
}

/// The same by my list, as it was just read.
pub fn in_list(app: &App, me: &Identity, mine: &[MyThread]) -> PresenceNews {
    let listed = mine.iter().filter(|mine| mine.thread.message_count > 0);
    let peers = listed.filter_map(|mine| mine.thread.peer(me.user.id));
    let peers: Vec<UserId> = peers.collect();
    match peers.is_empty() {
        true => PresenceNews::default(),
        false => app.presences.of(peers.into_iter(), app.clock.now()),
    }
}

/// Notes that I have done something, so many milliseconds ago.
pub fn active(app: &App, me: &Identity, ago: i64) {
    let ago = ago.clamp(0, Presence::IDLE_AFTER);
    let at = Timestamp(app.clock.now().0 - ago);
    app.presences.active(me.user.id, at);
    app.tell_others(|| Told::Active(vec![(me.user.id, at)]));
}

/// Tells those who look what has changed, once a second, until dropped.
pub async fn watch(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some((news, watched)) = app.presences.news(app.clock.now())
            && let Err(error) = tell(&app, &news, &watched).await
        {
            tracing::warn!(%error, "presence could not be told");
        }
    }
}

/// Tells each thread that is looked at what concerns its people, and each who looks at those they write
/// to what concerns them.
async fn tell(app: &App, news: &PresenceNews, watched: &Watched) -> db::Result<()> {
    let changed: Vec<UserId> = news.people().collect();
    if !watched.threads.is_empty() {
        let found = db::memberships::among(&app.db, &watched.threads, &changed).await?;
        for (thread, news) in &apart(news, found.into_iter()) {
            app.announcer.presence(*thread, news);
        }
    }
    if !watched.by.is_empty() {
        let found = db::memberships::peers(&app.db, &changed).await?;
        let found = found.into_iter().filter(|(by, _)| watched.by.contains(by));
        for (by, news) in &apart(news, found) {
            app.announcer.peers(*by, news);
        }
    }
    Ok(())
}

/// The news for each to whom some of these people are of interest.
fn apart<K: Ord>(
    news: &PresenceNews,
    pairs: impl Iterator<Item = (K, UserId)>,
) -> BTreeMap<K, PresenceNews> {
    let mut apart: BTreeMap<K, PresenceNews> = BTreeMap::new();
    for (to, user) in pairs {
        let told = apart.entry(to).or_insert_with(|| PresenceNews {
            version: news.version,
            ..PresenceNews::default()
        });
        if let Some(presence) = news.of(user) {
            told.say(user, presence);
        }
    }
    apart
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

        fn watched(&self) -> Watched {
            let is_watched = self.0.lock().unwrap().1;
            Watched {
                threads: is_watched.then_some(ThreadId(1)).into_iter().collect(),
                by: HashSet::new(),
            }
        }
    }

    fn looked_at(users: &[i64]) -> (There, Presences) {
        let there = There::default();
        let presences = Presences::new(there.clone());
        there.set(users, true);
        (there, presences)
    }

    fn asked(presences: &Presences, users: &[i64], now: i64) -> PresenceNews {
        let users = users.iter().map(|id| UserId(*id));
        presences.of(users, Timestamp(now))
    }

    fn told(presences: &Presences, now: i64) -> Vec<(i64, Presence)> {
        let news = presences.news(Timestamp(now));
        let news = news.map(|(news, _)| news).unwrap_or_default();
        let mut told: Vec<_> = news
            .people()
            .map(|id| (id.0, news.of(id).unwrap()))
            .collect();
        told.sort_by_key(|(id, _)| *id);
        told
    }

    #[test]
    fn whoever_looks_is_told_once_of_who_comes_falls_silent_and_goes() {
        let (there, presences) = looked_at(&[1]);
        there.set(&[1], false);
        assert_eq!(presences.news(Timestamp(0)), None, "nobody looks");
        there.set(&[1], true);
        let now = asked(&presences, &[1, 2], 0);
        assert_eq!(now.of(UserId(1)), Some(Presence::Online));
        assert_eq!(now.of(UserId(2)), None);
        there.set(&[1, 2], true);
        presences.active(UserId(2), Timestamp(1));
        assert_eq!(told(&presences, 2), [(2, Presence::Online)]);
        assert_eq!(told(&presences, 3), [], "once");
        let later = Presence::IDLE_AFTER + 1;
        assert_eq!(told(&presences, later), [(2, Presence::Idle)]);
        presences.active(UserId(2), Timestamp(later));
        there.set(&[2], true);
        assert_eq!(told(&presences, later), [(2, Presence::Online)]);
        assert_eq!(told(&presences, later + GRACE), [(1, Presence::Offline)]);
        assert_eq!(told(&presences, later + GRACE + 1), []);
    }

    #[test]
    fn whoever_loads_their_page_anew_has_not_gone() {
        let (there, presences) = looked_at(&[1]);
        asked(&presences, &[1], 0);
        there.set(&[], true);
        assert_eq!(told(&presences, 1), []);
        assert_eq!(asked(&presences, &[1], 2).online, [UserId(1)]);
        there.set(&[1], true);
        assert_eq!(told(&presences, 3_000), []);
        there.set(&[], true);
        assert_eq!(told(&presences, 7_000), [], "it counts from here");
        assert_eq!(told(&presences, 12_000), [(1, Presence::Offline)]);
    }

    #[test]
    fn a_change_between_the_question_and_the_next_round_is_not_lost() {
        let (there, presences) = looked_at(&[1]);
        asked(&presences, &[1], 0);
        there.set(&[1, 2], true);
        let answer = asked(&presences, &[2], 1);
        assert_eq!(answer.of(UserId(2)), None, "it is told as news");
        assert_eq!(told(&presences, 2), [(2, Presence::Online)]);
        there.set(&[1], true);
        let answer = asked(&presences, &[2], 3);
        assert_eq!(answer.of(UserId(2)), Some(Presence::Online));
        told(&presences, 4);
        let (news, watched) = presences.news(Timestamp(4 + GRACE)).unwrap();
        assert_eq!(news.of(UserId(2)), Some(Presence::Offline));
        assert!(news.version > answer.version);
        assert_eq!(watched.threads, [ThreadId(1)]);
    }

    #[test]
    fn each_is_told_of_those_who_are_of_interest_to_them() {
        let mut news = PresenceNews {
            version: 7,
            ..PresenceNews::default()
        };
        news.say(UserId(1), Presence::Online);
        news.say(UserId(2), Presence::Offline);
        let told = apart(
            &news,
            [(8, UserId(1)), (9, UserId(1)), (9, UserId(2))].into_iter(),
        );
        assert_eq!((told[&8].version, told[&8].online.len()), (7, 1));
        assert!(told[&8].offline.is_empty());
        assert_eq!(told[&9].offline, [UserId(2)]);
    }

    #[test]
    fn a_crowd_is_told_in_portions() {
        let (there, presences) = looked_at(&[]);
        asked(&presences, &[], 0);
        let crowd: Vec<i64> = (1..=1500).collect();
        there.set(&crowd, true);
        assert_eq!(told(&presences, 1).len(), AT_ONCE);
        assert_eq!(told(&presences, 2).len(), 500);
        assert_eq!(told(&presences, 3).len(), 0);
    }
}
