//! The application: everything a request, a socket or a command may need, made once.
//!
//! It is passed as the first argument wherever it is used; there are no globals.

use std::sync::Arc;

use super::auth::password::Passwords;
use super::auth::throttle::Throttle;
use super::chat::announce::Announcer;
use super::clock::{Clock, Entropy};
use super::config::{Accounts, Config, Registration};
use super::db::writer::Writer;
use super::db::{Db, OpenError};
use super::realtime::{Broker, Hub, InProcess};

/// See the module's text.
pub struct App {
    pub db: Db,
    pub writer: Writer,
    /// Who is connected to this process.
    pub hub: Arc<Hub>,
    /// The way to who is connected anywhere.
    pub broker: Arc<dyn Broker>,
    pub announcer: Announcer,
    pub clock: Clock,
    pub entropy: Entropy,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub accounts: Accounts,
    /// Who may register, decided for where this server listens.
    pub registration: Registration,
}

impl App {
    /// Opens the database and starts the writer.
    ///
    /// # Errors
    /// The database cannot be opened or migrated.
    pub async fn start(
        config: &Config,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Arc<Self>, OpenError> {
        let url = config.database_url();
        let db = Db::open(
            &url,
            config.database.max_connections.get(),
            &clock,
            &entropy,
        )
        .await?;
        let hub = Arc::new(Hub::default());
        let broker: Arc<dyn Broker> = Arc::new(InProcess(hub.clone()));
        let announcer = Announcer::new(broker.clone());
        let announcer_of_writer = announcer.clone();
        let writer = Writer::start(db.clone(), clock.clone(), move |committed| {
            announcer_of_writer.committed(committed);
        });
        Ok(Arc::new(Self {
            db,
            writer,
            hub,
            broker,
            announcer,
            passwords: Passwords::new(entropy.clone()),
            throttle: Throttle::new(
                config.limits.login_per_account_per_minute,
                config.limits.login_per_address_per_minute,
            ),
            accounts: config.accounts.clone(),
            registration: config.registration(),
            clock,
            entropy,
        }))
    }
}
