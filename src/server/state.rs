//! The application: everything a request, a socket or a command may need, made once.
//!
//! It is passed as the first argument wherever it is used; there are no globals.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use super::auth::pace::Pace;
use super::auth::password::Passwords;
use super::auth::session::Sessions;
use super::auth::throttle::Throttle;
use super::chat::announce::Announcer;
use super::chat::files::Files;
use super::chat::presence::Presences;
use super::chat::setup::{self, Setup};
use super::chat::typing;
use super::clock::{Clock, Entropy};
use super::cluster::tally::{Counted, Note};
use super::cluster::{Cluster, Told};
use super::config::{Accounts, Config, Registration};
use super::db::Db;
use super::db::writer::Writer;
use super::realtime::{Broker, Hub, InProcess};
use crate::protocol::UserId;

/// What handlers, functions and background tasks of one server share.
pub struct App {
    pub db: Db,
    pub writer: Writer,
    /// Who is connected to this process.
    pub hub: Arc<Hub>,
    /// The way to who is connected anywhere.
    pub broker: Arc<dyn Broker>,
    /// The other servers, if there can be any.
    pub cluster: Option<Arc<Cluster>>,
    pub announcer: Announcer,
    pub clock: Clock,
    pub entropy: Entropy,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub accounts: Accounts,
    /// So long one may edit and delete what one has written; 0 is for ever.
    pub edit_minutes: u32,
    /// What people upload.
    pub files: Files,
    /// What the server is called, and whether it has anybody yet.
    pub setup: Arc<Setup>,
    /// The address people type, if somebody has said so.
    pub public_url: Option<String>,
    /// Who may post how much.
    pub pace: Pace,
    /// Who may say how often that they are writing.
    pub typing: typing::Paces,
    /// Who is there.
    pub presences: Presences,
    /// Who may start and change how much of what others see, and invite.
    pub changes: Pace,
    /// Who may look people up how often.
    pub lookups: Pace,
    /// Searches that run at once.
    pub searching: Semaphore,
    /// Who may register, decided for where this server listens.
    registration: Registration,
    /// Whether that is only so because this server seemed to be there for this machine alone.
    is_open_by_default: bool,
    /// Somebody came by a proxy: the server is there for others too.
    has_noticed_a_proxy: AtomicBool,
}

impl App {
    /// Puts the application together over an open database that no other server uses, and starts the
    /// writer.
    pub fn start(config: &Config, db: Db, clock: Clock, entropy: Entropy) -> Arc<Self> {
        Self::start_among(config, db, clock, entropy, Arc::default(), None)
    }

    /// The same as one of several servers, if there is a cluster that knows this hub.
    pub fn start_among(
        config: &Config,
        db: Db,
        clock: Clock,
        entropy: Entropy,
        hub: Arc<Hub>,
        cluster: Option<Arc<Cluster>>,
    ) -> Arc<Self> {
        let broker: Arc<dyn Broker> = match &cluster {
            Some(cluster) => cluster.clone(),
            None => Arc::new(InProcess(hub.clone())),
        };
        let announcer = Announcer::new(broker.clone());
        let announcer_of_writer = announcer.clone();
        let writer = Writer::start(db.clone(), clock.clone(), move |committed| {
            announcer_of_writer.committed(committed);
        });
        let limits = &config.limits;
        let sessions = Sessions::new(
            db.clone(),
            writer.clone(),
            announcer.clone(),
            clock.clone(),
            entropy.clone(),
            &config.accounts,
        );
        let presences = match &cluster {
            Some(cluster) => Presences::new(cluster.clone()),
            None => Presences::new(hub.clone()),
        };
        let pace = |pace: Pace, counted: fn(UserId) -> Counted| match &cluster {
            Some(cluster) => {
                let tally = cluster.tally.clone();
                pace.noted(Note::of(move |who: &UserId| tally.add(counted(*who))))
            }
            None => pace,
        };
        let mut throttle = Throttle::new(
            limits.login_per_account_per_minute,
            limits.login_per_address_per_minute,
        );
        if let Some(cluster) = &cluster {
            let tally = cluster.tally.clone();
            throttle = throttle.noted(Note::of(move |(account, network): &(String, IpAddr)| {
                tally.add(Counted::Attempt(account.clone(), *network));
            }));
        }
        Arc::new(Self {
            db,
            writer,
            hub,
            broker,
            announcer,
            sessions,
            passwords: Passwords::new(entropy.clone()),
            throttle,
            pace: pace(
                Pace::new(limits.posts_per_second, limits.posts_burst),
                Counted::Post,
            ),
            typing: typing::Paces::default(),
            presences,
            changes: pace(
                Pace::by_the_minute(limits.changes_per_minute),
                Counted::Change,
            ),
            lookups: pace(
                Pace::by_the_minute(limits.lookups_per_minute),
                Counted::Lookup,
            ),
            cluster,
            searching: Semaphore::new(2),
            accounts: config.accounts.clone(),
            edit_minutes: config.messages.edit_minutes,
            files: Files::new(config),
            setup: Arc::default(),
            public_url: config.server.public_url.clone(),
            registration: config.registration(),
            is_open_by_default: config.accounts.registration == Registration::Auto,
            has_noticed_a_proxy: AtomicBool::new(false),
            clock,
            entropy,
        })
    }

    /// Who may register.
    pub fn registration(&self) -> Registration {
        let seemed_alone = self.is_open_by_default && self.registration == Registration::Open;
        match seemed_alone && self.has_noticed_a_proxy.load(Ordering::Relaxed) {
            true => Registration::Invite,
            false => self.registration,
        }
    }

    /// Tells the other servers something, if there can be any.
    pub fn tell_others(&self, told: impl FnOnce() -> Told) {
        if let Some(cluster) = &self.cluster {
            cluster.tell(told());
        }
    }

    /// Takes in what another server has told.
    pub fn told(&self, told: Told) {
        match told {
            Told::Active(people) => {
                for (user, at) in people {
                    self.presences.active(user, at);
                }
            }
            Told::Counted(counted) => {
                for (counted, times) in counted {
                    self.counted_elsewhere(counted, times);
                }
            }
            Told::Named(name) => setup::named_elsewhere(self, &name),
        }
    }

    fn counted_elsewhere(&self, counted: Counted, times: u32) {
        match counted {
            Counted::Post(who) => self.pace.elsewhere(who, times),
            Counted::Change(who) => self.changes.elsewhere(who, times),
            Counted::Lookup(who) => self.lookups.elsewhere(who, times),
            Counted::Attempt(account, network) => {
                self.throttle.elsewhere(&(account, network), times);
            }
        }
    }

    /// A request came by a proxy. If nobody has said where the server is to be found, it was not
    /// meant to be open to everybody there.
    pub fn noticed_a_proxy(&self) {
        let is_new = !self.has_noticed_a_proxy.swap(true, Ordering::Relaxed);
        if is_new && self.is_open_by_default && self.registration == Registration::Open {
            tracing::warn!(
                "requests come by a proxy, and there is no public URL: registration is by \
                 invitation from now on. Set HUBBUB_PUBLIC_URL, so that cookies are secure too"
            );
        }
    }
}
