//! The first person of a server: whoever has the link that it printed when it started.
//!
//! The link's code is kept in the memory of this process, as a hash, and is good until somebody has
//! used it. So a server that anybody can reach can be taken only by whoever can read what it printed.
//! Whether it is still without anybody is asked of the database until it no longer is: the demo, or
//! the command line, may fill it meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::accounts::{self, Register, SignedIn};
use crate::protocol::error::{ApiError, Field, FieldError};
use crate::protocol::{Description, Place, ServerName, ThreadKind, ThreadName, Timestamp, UserId};
use crate::server::auth::token::{self, TokenKind};
use crate::server::auth::{Identity, RequestSource, names};
use crate::server::cluster::Told;
use crate::server::db::starting::{self, Started};
use crate::server::db::users::{Named, NewUser};
use crate::server::db::{Db, setup};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What this process knows of how the server was set up.
#[derive(Debug, Default)]
pub struct Setup {
    name: RwLock<Arc<str>>,
    code_hash: RwLock<Option<[u8; 32]>>,
    is_done: AtomicBool,
}

impl Setup {
    /// What the server is called; empty if nobody has named it.
    pub fn name(&self) -> Arc<str> {
        let name = self.name.read().unwrap_or_else(PoisonError::into_inner);
        name.clone()
    }

    fn set_name(&self, name: &str) {
        *self.name.write().unwrap_or_else(PoisonError::into_inner) = name.into();
    }

    fn is_code(&self, code: &str) -> bool {
        let known = self.code_hash.read();
        *known.unwrap_or_else(PoisonError::into_inner) == Some(token::hash(code))
    }

    fn set_code(&self, hash: Option<[u8; 32]>) {
        let mut known = self.code_hash.write();
        **known.as_mut().unwrap_or_else(|error| error.get_mut()) = hash;
    }
}

/// Looks at what is there. Where nobody is, the place of the administrator to be, with a code that
/// is given this once.
///
/// # Errors
/// The database fails.
pub async fn begin(app: &App) -> Result<Option<Place>> {
    let server = setup::find(&app.db).await?;
    app.setup.set_name(&server.name);
    app.setup.is_done.store(server.is_set_up, Ordering::Relaxed);
    if server.is_set_up {
        return Ok(None);
    }
    let code = token::generate(TokenKind::Setup, &app.entropy);
    app.setup.set_code(Some(token::hash(&code)));
    Ok(Some(Place::Setup { code }))
}

/// Another server of the same database calls it so.
pub fn named_elsewhere(app: &App, name: &str) {
    app.setup.set_name(name);
}

/// Asks anew what the server is called: another one may have said so without being heard.
///
/// # Errors
/// The database fails.
pub async fn look_again(app: &App) -> Result<()> {
    let server = setup::find(&app.db).await?;
    app.setup.set_name(&server.name);
    Ok(())
}

/// Whether the server has anybody.
///
/// # Errors
/// The database fails.
pub async fn is_done(app: &App) -> Result<bool> {
    if app.setup.is_done.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let server = setup::find(&app.db).await?;
    if server.is_set_up {
        app.setup.set_name(&server.name);
        app.setup.set_code(None);
        app.setup.is_done.store(true, Ordering::Relaxed);
    }
    Ok(server.is_set_up)
}

/// Whether a code is the one that was printed.
pub fn is_invited(app: &App, code: &str) -> bool {
    app.setup.is_code(code)
}

/// What whoever sets a server up calls it, and its first thread.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    pub server: &'a str,
    pub thread: &'a str,
}

impl Names<'_> {
    fn parse(self) -> std::result::Result<(ServerName, ThreadName), Vec<FieldError>> {
        match (
            ServerName::parse(self.server),
            ThreadName::parse(self.thread),
        ) {
            (Ok(server), Ok(thread)) => Ok((server, thread)),
            (server, thread) => {
                let server = server.err().map(|e| FieldError::new(Field::ServerName, &e));
                let thread = thread.err().map(|e| FieldError::new(Field::ThreadName, &e));
                Err(server.into_iter().chain(thread).collect())
            }
        }
    }
}

/// Makes the administrator, names the server, starts a thread that everybody will belong to, and
/// begins the first session.
///
/// # Errors
/// `NotFound` without the code, or if it was used; fields that do not parse; too many attempts.
pub async fn finish(
    app: &App,
    code: &str,
    wanted: Names<'_>,
    form: Register,
    source: &RequestSource,
) -> Result<SignedIn> {
    app.throttle.attempt("setup", source.address)?;
    if !app.setup.is_code(code) {
        return Err(Error::NotFound);
    }
    let (called, person) = (wanted.parse(), accounts::parse_registration(&form));
    let ((name, thread), (username, display, password)) = match (called, person) {
        (Ok(called), Ok(person)) => (called, person),
        (called, person) => {
            let mut fields = called.err().unwrap_or_default();
            if let Err(ApiError::Invalid { fields: others }) = person {
                fields.extend(others);
            }
            return Err(Error::InvalidForm(ApiError::Invalid { fields }));
        }
    };
    if names::is_reserved(&username) {
        return Err(Error::UsernameTaken);
    }
    let hash: Arc<str> = app.passwords.hash(&password).await?.into();
    let new_hash = hash.clone();
    let (db, announcer, now) = (app.db.clone(), app.announcer.clone(), app.clock.now());
    let called = name.to_string();
    let finishing = async move {
        let new = NewUser {
            username: &username,
            name: &display,
            password_hash: &new_hash,
        };
        let named = setup::finish(&db, &name, new, now).await?;
        if let Some(Named::Done(newcomer)) = &named {
            announcer.belongs_from_the_start(newcomer);
            // The server is set up, whatever becomes of this: a thread can be started by hand.
            if let Err(error) = start_first(&db, &thread, newcomer.user.id, now).await {
                tracing::warn!(%error, "the first thread could not be started");
            }
        }
        Ok(named)
    };
    let named = app.writer.in_order(finishing).await?;
    let user = accounts::added(named.ok_or(Error::NotFound)?, false)?.user;
    app.setup.set_name(&called);
    app.tell_others(|| Told::Named(called));
    app.setup.set_code(None);
    app.setup.is_done.store(true, Ordering::Relaxed);
    let token = app.sessions.begin(&user, &hash, source).await?;
    Ok(SignedIn { user, token })
}

/// Starts the thread that people find themselves in on their first day. Nobody is there yet who could
/// be told.
async fn start_first(db: &Db, name: &ThreadName, me: UserId, now: Timestamp) -> Result<()> {
    let new = starting::NewThread {
        name,
        description: &Description::default(),
        kind: ThreadKind::Public,
        creator: me,
        people: &[],
    };
    if let Started::Done(thread) = starting::start(db, new, now).await? {
        starting::make_everybodys(db, thread.id).await?;
    }
    Ok(())
}

/// Calls the server something else; everybody who is connected hears of it.
///
/// # Errors
/// The name does not parse; `Forbidden` for who is no administrator.
pub async fn rename(app: &App, me: &Identity, name: &str) -> Result<()> {
    me.in_person()?;
    let name = ServerName::parse(name).map_err(|error| Error::Invalid {
        field: Field::ServerName,
        error,
    })?;
    let (db, announcer, known) = (app.db.clone(), app.announcer.clone(), app.setup.clone());
    let (by, now) = (me.user.id, app.clock.now());
    // In the writer's queue: of two names, the one that is stored last is also the one that is shown.
    let renaming = async move {
        let renamed = setup::rename(&db, by, &name, now).await?;
        if renamed {
            known.set_name(name.as_str());
            announcer.server_renamed(name.as_str());
        }
        Ok(renamed)
    };
    match app.writer.in_order(renaming).await? {
        true => {
            app.tell_others(|| Told::Named(app.setup.name().to_string()));
            Ok(())
        }
        false => Err(Error::Forbidden),
    }
}
