//! From a token to an identity, and the life of a session.
//!
//! A session ends after a time without use and at the latest after a fixed time; both are checked
//! when it is looked up, so an expired one is dead even if nobody has swept it away yet. Its last
//! use is written at most once a minute.

use std::collections::HashSet;

use super::token::{self, TokenKind};
use super::{Credential, Identity, RequestSource};
use crate::protocol::settings::{Policy, Who};
use crate::protocol::{Folders, Preferences, Quiet, SessionId, SessionInfo, Timestamp, User};
use crate::server::chat::announce::Announcer;
use crate::server::clock::{Clock, Entropy};
use crate::server::config::{Accounts, Inviters};
use crate::server::db::policy::SetPolicy;
use crate::server::db::writer::Writer;
use crate::server::db::{Db, sessions, tokens};
use crate::server::error::{Error, Result};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const USER_AGENT_CHARS: usize = 200;
/// Credentials checked with one statement.
const CHUNK: usize = 500;

/// All sessions, and the tokens of programs: who holds one, and until when.
pub struct Sessions {
    db: Db,
    writer: Writer,
    announcer: Announcer,
    clock: Clock,
    entropy: Entropy,
    /// Who invites, as long as nobody has set it.
    inviters: Who,
    /// The longest that a session may last.
    max_days: u32,
    /// How long it may lie unused.
    idle_days: u32,
}

impl Sessions {
    pub fn new(
        db: Db,
        writer: Writer,
        announcer: Announcer,
        clock: Clock,
        entropy: Entropy,
        accounts: &Accounts,
    ) -> Self {
        Self {
            db,
            writer,
            announcer,
            clock,
            entropy,
            inviters: match accounts.invitations {
                Inviters::Administrators => Who::Administrators,
                Inviters::Everybody => Who::Members,
            },
            max_days: accounts.session_max_days,
            idle_days: accounts.session_idle_days,
        }
    }

    /// Who holds this token, if anybody does.
    ///
    /// # Errors
    /// The database fails.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Identity>> {
        match TokenKind::of(token) {
            Some(TokenKind::Session) => self.by_session(token).await,
            Some(TokenKind::Api) => {
                let found = tokens::find(&self.db, &token::hash(token)).await?;
                Ok(found.map(|token| Identity {
                    user: token.user,
                    standing: token.standing,
                    policy: self.policy(token.policy),
                    status: None,
                    status_until: None,
                    preferences: Preferences::default(),
                    quiet: Quiet::default(),
                    time_zone: None,
                    folders: Folders::default(),
                    credential: Credential::ApiToken(token.id),
                    since: token.created_at,
                    expires_at: None,
                    may_serve: token.may_serve,
                }))
            }
            Some(TokenKind::Invite | TokenKind::Setup) | None => Ok(None),
        }
    }

    /// Who may do what: as it is configured where nobody has set it.
    fn policy(&self, set: SetPolicy) -> Policy {
        Policy {
            start_public: set.start_public,
            start_private: set.start_private,
            invite: set.invite.unwrap_or(self.inviters),
        }
    }

    async fn by_session(&self, token: &str) -> Result<Option<Identity>> {
        let now = self.clock.now();
        let (hash, idle_since) = (token::hash(token), self.idle_since(now));
        let Some(session) = sessions::find_live(&self.db, &hash, now, idle_since).await? else {
            return Ok(None);
        };
        if now.0 - session.last_seen_at.0 >= MINUTE {
            // Somebody who may read must not be kept out because nothing can be written.
            if let Err(error) = sessions::touch(&self.db, session.id, now).await {
                tracing::warn!(%error, "the use of a session could not be noted");
            }
        }
        Ok(Some(Identity {
            user: session.user,
            standing: session.standing,
            policy: self.policy(session.policy),
            status: session.status,
            status_until: session.status_until,
            preferences: session.preferences,
            quiet: session.quiet,
            time_zone: session.time_zone,
            folders: session.folders,
            credential: Credential::Session(session.id),
            since: session.created_at,
            expires_at: Some(session.expires_at),
            may_serve: false,
        }))
    }

    /// Begins a session of somebody who has proven the password with that hash, and gives its token.
    ///
    /// # Errors
    /// `WrongCredentials` if they have another password by now, or may not be here; or the database
    /// fails.
    pub async fn begin(
        &self,
        user: &User,
        password_hash: &str,
        source: &RequestSource,
    ) -> Result<String> {
        let token = token::generate(TokenKind::Session, &self.entropy);
        let now = self.clock.now();
        let session = sessions::NewSession {
            user: user.id,
            password_hash,
            token_hash: &token::hash(&token),
            now,
            expires_at: Timestamp(now.0 + i64::from(self.max_days) * DAY),
            user_agent: &source
                .user_agent
                .chars()
                .take(USER_AGENT_CHARS)
                .collect::<String>(),
            address: &source.address.to_string(),
        };
        match sessions::insert(&self.db, session).await? {
            true => {
                self.announcer.session_begun(user.id);
                Ok(token)
            }
            false => Err(Error::WrongCredentials),
        }
    }

    /// Ends the session with that token; its sockets are closed at once.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end(&self, token: &str) -> Result<()> {
        let (db, announcer, hash) = (self.db.clone(), self.announcer.clone(), token::hash(token));
        let ending = async move {
            if let Some((user, id)) = sessions::delete_by_token(&db, &hash).await? {
                announcer.session_ended(user, id);
            }
            Ok(())
        };
        Ok(self.writer.in_order(ending).await?)
    }

    /// My sessions, the one used last first.
    ///
    /// # Errors
    /// `Forbidden` with an API token: a program need not know where its owner is. Or the database
    /// fails.
    pub async fn list(&self, me: &Identity) -> Result<Vec<SessionInfo>> {
        me.in_person()?;
        let now = self.clock.now();
        let sessions = sessions::list_live(&self.db, me.user.id, now, self.idle_since(now)).await?;
        let mine = |id| me.credential == Credential::Session(id);
        let describe = |session: sessions::Listed| SessionInfo {
            id: SessionId(session.id),
            is_current: mine(session.id),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            user_agent: session.user_agent,
            address: session.address,
        };
        Ok(sessions.into_iter().map(describe).collect())
    }

    /// Ends one of my sessions; its sockets are closed at once.
    ///
    /// # Errors
    /// `Forbidden` with an API token, `NotFound` if I have no such session, or the database fails.
    pub async fn revoke(&self, me: &Identity, id: SessionId) -> Result<()> {
        me.in_person()?;
        let (db, announcer, user) = (self.db.clone(), self.announcer.clone(), me.user.id);
        let revoking = async move {
            let found = sessions::delete(&db, user, id).await?;
            if found {
                announcer.session_ended(user, id);
            }
            Ok(found)
        };
        match self.writer.in_order(revoking).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }

    /// Ends all of my sessions but this one; their sockets are closed at once.
    ///
    /// # Errors
    /// `Forbidden` with an API token, or the database fails.
    pub async fn revoke_others(&self, me: &Identity) -> Result<()> {
        let kept = me.in_person()?;
        let (db, announcer, user) = (self.db.clone(), self.announcer.clone(), me.user.id);
        let revoking = async move {
            for id in sessions::delete_others(&db, user, kept).await? {
                announcer.session_ended(user, id);
            }
            Ok(())
        };
        Ok(self.writer.in_order(revoking).await?)
    }

    /// Closes the sockets, of those `open` with these credentials, whose credential is no longer good: expired, or revoked by another process,
    /// such as the command line. A session with an open socket counts as used.
    ///
    /// # Errors
    /// The database fails.
    pub async fn recheck(&self, open: Vec<String>) -> Result<()> {
        let open: HashSet<String> = open.into_iter().collect();
        let parsed: Vec<Credential> = open.iter().filter_map(|l| Credential::parse(l)).collect();
        let now = self.clock.now();
        let mut good: HashSet<String> = HashSet::new();
        for chunk in parsed.chunks(CHUNK) {
            let (mut of_sessions, mut of_tokens) = (Vec::new(), Vec::new());
            for credential in chunk {
                match credential {
                    Credential::Session(id) => of_sessions.push(*id),
                    Credential::ApiToken(id) => of_tokens.push(*id),
                }
            }
            let idle_since = self.idle_since(now);
            let live = sessions::live_among(&self.db, &of_sessions, now, idle_since).await?;
            let unused_since = Timestamp(now.0 - MINUTE);
            // Whether a right still holds does not depend on whether its use can be noted.
            if let Err(error) = sessions::touch_all(&self.db, &live, now, unused_since).await {
                tracing::warn!(%error, "the use of sessions could not be noted");
            }
            good.extend(live.into_iter().map(|id| Credential::Session(id).label()));
            let live = tokens::live_among(&self.db, &of_tokens).await?;
            good.extend(live.into_iter().map(|id| Credential::ApiToken(id).label()));
        }
        for label in open.difference(&good) {
            tracing::info!(credential = label, "sockets closed: no longer valid");
            if let Some(credential) = Credential::parse(label) {
                self.announcer.credential_ended(credential);
            }
        }
        Ok(())
    }

    /// Sweeps away sessions that have ended.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sweep(&self) -> Result<u64> {
        let now = self.clock.now();
        Ok(sessions::delete_expired(&self.db, now, self.idle_since(now)).await?)
    }

    fn idle_since(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0 - i64::from(self.idle_days) * DAY)
    }
}
