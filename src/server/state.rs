//! The application: everything a request, a socket or a command may need, made once.
//!
//! It is passed as the first argument wherever it is used; there are no globals.

use std::sync::Arc;

use super::auth::password::Passwords;
use super::auth::throttle::Throttle;
use super::chat::announce;
use super::clock::{Clock, Entropy};
use super::config::{Accounts, Config, Registration};
use super::db::writer::Writer;
use super::db::{Db, OpenError};
use super::realtime::Hub;

/// See the module's text.
#[derive(Debug)]
pub struct App {
    pub db: Db,
    pub writer: Writer,
    pub hub: Arc<Hub>,
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
        let announcer = announce::posted(hub.clone());
        let writer = Writer::start(db.clone(), clock.clone(), announcer);
        Ok(Arc::new(Self {
            db,
            writer,
            hub,
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
