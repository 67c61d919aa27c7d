//! Several servers on one database.
//!
//! The database is the only truth. What a server announces, the others hear by a bus (`NATS`), and a bus
//! may lose things: so nothing hangs on it but how soon one hears. What has a place in a stream is found
//! by its number ([`crate::server::realtime::hub`] compares positions with the database, at once where
//! something is known to be missing, and every few seconds in any case). What has none (who belongs to a
//! thread's listeners, how far somebody has read on another device) cannot be found like that; where such
//! a message is lost, which the servers notice because they number what they say, everybody who is
//! connected connects again and begins with what is stored.
//!
//! * [`wire`] is what servers say to each other, [`bus`] how it gets there and back.
//! * [`nodes`] knows who else is there, and whether everything they said has come.
//! * [`Cluster`] is the broker of the engine and whoever is asked who is there, and
//!   [`Cluster::run`] the one task that listens.
//! * [`tally`] counts for all servers together what somebody does too often.

mod bus;
mod nodes;
mod questions;
mod speaking;
pub mod tally;
mod wire;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use self::bus::Bus;
pub use self::bus::BusError;
use self::nodes::{Heard, Nodes};
use self::questions::Questions;
use self::tally::Tally;
pub use self::wire::Told;
use self::wire::{Beat, People, Said};
use super::chat::presence::{Watched, WhoIsThere};
use super::chat::socket::Caller;
use super::clock::Entropy;
use super::realtime::broker::{Answer, Question};
use super::realtime::{Engine, Hub};
use super::state::App;
use crate::protocol::UserId;

/// How often a server says that it is there, and who is connected to it.
const BEAT: Duration = Duration::from_secs(1);
/// So long a message may be on its way after a later one of the same server has come.
const LATE: Duration = Duration::from_millis(500);
/// After so long, everybody who was there when this server came has been heard.
const NEW_HERE: Duration = Duration::from_secs(5);
/// A server that has been silent for so long is gone.
const SILENT: Duration = Duration::from_secs(4);
/// A server that has not heard itself for so long is cut off. Shorter than [`SILENT`] by more than a
/// beat: who is cut off must know it before it takes the others for dead.
const DEAF: Duration = Duration::from_millis(2500);
/// Everybody connects again within so long, where something was lost that is in no stream.
const BEGIN_ANEW_OVER: Duration = Duration::from_secs(4);
/// People whose last activity is in one message.
const ACTIVE_AT_ONCE: usize = 10_000;
/// How long joining may take.
const JOINING: Duration = Duration::from_secs(10);

/// This server among the others.
pub struct Cluster {
    bus: Bus,
    hub: Arc<Hub>,
    nodes: Mutex<Nodes>,
    questions: Questions,
    pub tally: Tally,
    mine: Mutex<Mine>,
    /// Something was lost.
    lost: Notify,
}

/// What this server has told of itself.
struct Mine {
    /// When it last heard itself, once it did.
    heard: Option<Instant>,
    /// When it heard itself for the first time.
    joined: Option<Instant>,
    /// Since when it has heard itself all the time.
    hears_since: Option<Instant>,
    users: HashSet<String>,
    version: u64,
    /// Somebody is there who has not been told.
    is_news: bool,
}

impl Cluster {
    /// Connects to the bus. `origin` tells the servers of one database from those of another.
    ///
    /// # Errors
    /// The address is not understood, or nothing answers there.
    pub async fn connect(
        url: &str,
        origin: &str,
        hub: Arc<Hub>,
        entropy: &Entropy,
    ) -> Result<Arc<Self>, BusError> {
        let id = uuid::Builder::from_random_bytes(entropy.bytes()).into_uuid();
        let bus = tokio::time::timeout(JOINING, Bus::connect(url, id, origin));
        let bus = bus.await.map_err(|_| BusError::silent(url))??;
        Ok(Arc::new(Self {
            bus,
            hub,
            nodes: Mutex::default(),
            questions: Questions::default(),
            tally: Tally::default(),
            mine: Mutex::new(Mine {
                heard: None,
                joined: None,
                hears_since: None,
                users: HashSet::new(),
                version: 1,
                is_news: true,
            }),
            lost: Notify::new(),
        }))
    }

    /// Listens to the others, tells them what they must know, and makes up for what was lost, until
    /// dropped.
    pub async fn run(self: Arc<Self>, app: Arc<App>, engine: Arc<Engine<Caller>>) {
        tokio::select! {
            () = self.listen(&app, &engine) => {}
            () = self.make_up(&app, &engine) => {}
        }
    }

    async fn listen(&self, app: &App, engine: &Engine<Caller>) {
        let mut incoming = loop {
            match self.bus.listen().await {
                Ok(incoming) => break incoming,
                Err(error) => tracing::warn!(%error, "the bus does not listen"),
            }
            tokio::time::sleep(BEAT).await;
        };
        let mut ticks = tokio::time::interval(LATE / 2);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next_beat = Instant::now();
        loop {
            tokio::select! {
                biased;
                _ = ticks.tick() => {
                    let now = Instant::now();
                    if now >= next_beat {
                        next_beat = now + BEAT;
                        self.beat(app);
                    }
                    self.tell_counts();
                    if self.has_lost_something(now) {
                        self.lost.notify_one();
                    }
                }
                message = incoming.next() => match message {
                    Some(message) => self.hear(&message.payload, app, engine),
                    None => return tracing::warn!("the bus has ended"),
                },
            }
        }
    }

    /// Whenever something was lost that is in no stream, everybody connects again: also if more is lost
    /// meanwhile, since some have come back already.
    async fn make_up(&self, app: &App, engine: &Engine<Caller>) {
        loop {
            self.lost.notified().await;
            tracing::warn!("something that other servers said was lost: everybody connects again");
            if let Err(error) = super::chat::setup::look_again(app).await {
                error.log();
            }
            engine.begin_anew(BEGIN_ANEW_OVER).await;
        }
    }

    /// Waits until this server hears itself by the bus: from then on it hears the others too.
    ///
    /// # Errors
    /// It does not.
    pub async fn joined(&self) -> Result<(), BusError> {
        let hears = async {
            while !self.is_hearing() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let hears = tokio::time::timeout(JOINING, hears).await;
        hears.map_err(|_| BusError::silent(self.bus.shown()))
    }

    /// Whether what is said on the bus comes here.
    pub fn is_hearing(&self) -> bool {
        let heard = self.mine().heard;
        heard.is_some_and(|at| at.elapsed() < DEAF)
    }

    /// Says that this server leaves: nobody has to wait for it, and what it said last has arrived.
    pub async fn leave(&self) {
        self.bus.say(&Said::Leaving);
        self.bus.finish().await;
    }

    /// Tells the other servers something of the application's.
    pub fn tell(&self, told: Told) {
        self.bus.say(&Said::Told(told));
    }

    /// Takes in what somebody has said; what has come before is dropped.
    fn hear(&self, payload: &[u8], app: &App, engine: &Engine<Caller>) {
        let Some((header, body)) = wire::unpack(payload) else {
            return tracing::warn!("a message on the bus is not ours");
        };
        if header.from == self.bus.id() {
            return self.mine().hears(Instant::now());
        }
        let now = Instant::now();
        // Who has only just begun to listen has not missed what was said before.
        let joined = self.mine().joined;
        let is_new_here = joined.is_none_or(|at| now.duration_since(at) < NEW_HERE);
        match self.nodes().hear(header, now, is_new_here) {
            Heard::Before => return,
            Heard::InOrder => {}
            Heard::New => {
                tracing::info!(node = %header.from, "another server is there");
                self.mine().is_news = true;
            }
        }
        match serde_json::from_slice(body) {
            Ok(said) => self.take(header.from, said, app, engine),
            // A newer version may say what this one does not know.
            Err(error) => tracing::debug!(%error, "what another server says is not understood"),
        }
    }

    fn take(&self, from: Uuid, said: Said, app: &App, engine: &Engine<Caller>) {
        match said {
            Said::Announced(announced) => announced.pass_to(&self.hub),
            Said::Beat(beat) => {
                if self.nodes().beats(from, beat) {
                    self.bus.say_in_passing(&Said::WhoIsThere);
                }
            }
            Said::WhoIsThere => self.mine().is_news = true,
            Said::People(people) => self.nodes().has_people(from, people),
            Said::Leaving => {
                tracing::info!(node = %from, "another server has left");
                self.nodes().left(from);
            }
            Said::Asked { id, question } => {
                let answer = match question {
                    Question::Beside(beside) => Answer::Beside(engine.take_beside(beside)),
                    question => self.hub.answer(&question),
                };
                for said in Questions::answers(from, id, answer) {
                    self.bus.say_in_passing(&said);
                }
            }
            Said::Answered(answered) if answered.to == self.bus.id() => {
                self.questions.answered(from, answered);
            }
            Said::Answered(_) => {}
            Said::Told(told) => app.told(told),
        }
    }

    /// Says that this server is there, and who is connected to it if that has changed.
    fn beat(&self, app: &App) {
        let users: HashSet<String> = self.hub.users().into_iter().collect();
        let (version, is_news) = {
            let mut mine = self.mine();
            if mine.users != users {
                mine.users.clone_from(&users);
                mine.version += 1;
                mine.is_news = true;
            }
            (mine.version, std::mem::take(&mut mine.is_news))
        };
        if is_news {
            for people in People::of(version, users) {
                self.bus.say_in_passing(&Said::People(people));
            }
            // What is missed of these is said again with the next news.
            for some in app.presences.activity().chunks(ACTIVE_AT_ONCE) {
                let told = Told::Active(some.to_vec());
                self.bus.say_in_passing(&Said::Told(told));
            }
        }
        let counts = self.hub.counts();
        let beat = Beat::new(self.bus.age(), version, counts);
        self.bus.say_in_passing(&Said::Beat(beat));
    }

    fn tell_counts(&self) {
        let counted = self.tally.take();
        if !counted.is_empty() {
            self.tell(Told::Counted(counted));
        }
    }

    /// Whether something was said that will not come any more: a gap in what a server said, or a
    /// server that has gone without a word, whose last words nobody may have heard.
    fn has_lost_something(&self, now: Instant) -> bool {
        // Who hears nothing does not know who has gone.
        if !self.is_hearing() {
            return false;
        }
        let Some(since) = self.mine().hears_since else {
            return false;
        };
        let mut nodes = self.nodes();
        let silent = nodes.fallen_silent(now, since, SILENT);
        for node in &silent {
            tracing::warn!(%node, "another server has fallen silent");
        }
        nodes.have_lost(now, LATE) || !silent.is_empty()
    }

    fn nodes(&self) -> MutexGuard<'_, Nodes> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mine(&self) -> MutexGuard<'_, Mine> {
        self.mine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mine {
    fn hears(&mut self, now: Instant) {
        let heard = self.heard.replace(now);
        self.joined.get_or_insert(now);
        if heard.is_none_or(|before| now.duration_since(before) >= DEAF) {
            self.hears_since = Some(now);
        }
    }
}

impl WhoIsThere for Arc<Cluster> {
    fn connected(&self) -> Vec<UserId> {
        let mut users = self.hub.connected();
        let others = self.nodes();
        let others = others
            .users()
            .filter_map(|id| Some(UserId(id.parse().ok()?)));
        users.extend(others);
        users
    }

    /// By those who are connected here: each server tells its own.
    fn watched(&self) -> Watched {
        self.hub.watched()
    }
}
