//! From a token to an identity, and the life of a session.
//!
//! A session ends after a time without use and at the latest after a fixed time; both are checked
//! when it is looked up, so an expired one is dead even if nobody has swept it away yet. Its last
//! use is written at most once a minute.

use std::collections::HashSet;

use super::token::{self, TokenKind};
use super::{Credential, Identity, RequestSource};
use crate::protocol::{SessionId, SessionInfo, Timestamp, User};
use crate::server::db::{sessions, tokens};
use crate::server::error::{Error, Result};
use crate::server::state::App;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const USER_AGENT_CHARS: usize = 200;
/// Credentials checked with one statement.
const CHUNK: usize = 500;

/// Who holds this token, if anybody does.
///
/// # Errors
/// The database fails.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Identity>> {
    match TokenKind::of(token) {
        Some(TokenKind::Session) => by_session(app, token).await,
        Some(TokenKind::Api) => {
            let found = tokens::find(&app.db, &token::hash(token)).await?;
            Ok(found.map(|token| Identity {
                user: token.user,
                credential: Credential::ApiToken(token.id),
                since: token.created_at,
                expires_at: None,
                may_serve: token.may_serve,
            }))
        }
        Some(TokenKind::Invite) | None => Ok(None),
    }
}

async fn by_session(app: &App, token: &str) -> Result<Option<Identity>> {
    let now = app.clock.now();
    let (hash, idle_since) = (token::hash(token), idle_since(app, now));
    let Some(session) = sessions::find_live(&app.db, &hash, now, idle_since).await? else {
        return Ok(None);
    };
    if now.0 - session.last_seen_at.0 >= MINUTE {
        // Somebody who may read must not be kept out because nothing can be written.
        if let Err(error) = sessions::touch(&app.db, session.id, now).await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
    Ok(Some(Identity {
        user: session.user,
        credential: Credential::Session(session.id),
        since: session.created_at,
        expires_at: Some(session.expires_at),
        may_serve: false,
    }))
}

/// Begins a session and gives its token.
///
/// # Errors
/// The database fails.
pub async fn begin(app: &App, user: &User, source: &RequestSource) -> Result<String> {
    let token = token::generate(TokenKind::Session, &app.entropy);
    let now = app.clock.now();
    let session = sessions::NewSession {
        user: user.id,
        token_hash: &token::hash(&token),
        now,
        expires_at: Timestamp(now.0 + i64::from(app.accounts.session_max_days) * DAY),
        user_agent: &source
            .user_agent
            .chars()
            .take(USER_AGENT_CHARS)
            .collect::<String>(),
        address: &source.address.to_string(),
    };
    sessions::insert(&app.db, session).await?;
    Ok(token)
}

/// Ends the session with that token; its sockets are closed at once.
///
/// # Errors
/// The database fails.
pub async fn end(app: &App, token: &str) -> Result<()> {
    let (db, announcer, hash) = (app.db.clone(), app.announcer.clone(), token::hash(token));
    let ending = async move {
        if let Some((user, id)) = sessions::delete_by_token(&db, &hash).await? {
            announcer.session_ended(user, id);
        }
        Ok(())
    };
    Ok(app.writer.in_order(ending).await?)
}

/// My sessions, the one used last first.
///
/// # Errors
/// `Forbidden` with an API token: a program need not know where its owner is. Or the database
/// fails.
pub async fn list(app: &App, me: &Identity) -> Result<Vec<SessionInfo>> {
    in_person(me)?;
    let now = app.clock.now();
    let sessions = sessions::list_live(&app.db, me.user.id, now, idle_since(app, now)).await?;
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
pub async fn revoke(app: &App, me: &Identity, id: SessionId) -> Result<()> {
    in_person(me)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let revoking = async move {
        let found = sessions::delete(&db, user, id).await?;
        if found {
            announcer.session_ended(user, id);
        }
        Ok(found)
    };
    match app.writer.in_order(revoking).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

fn in_person(me: &Identity) -> Result<()> {
    match me.credential {
        Credential::Session(_) => Ok(()),
        Credential::ApiToken(_) => Err(Error::Forbidden),
    }
}

/// Closes the sockets whose credential is no longer good: expired, or revoked by another process,
/// such as the command line. A session with an open socket counts as used.
///
/// # Errors
/// The database fails.
pub async fn recheck(app: &App) -> Result<()> {
    let open: HashSet<String> = app.hub.credentials().into_iter().collect();
    let parsed: Vec<Credential> = open.iter().filter_map(|l| Credential::parse(l)).collect();
    let now = app.clock.now();
    let mut good: HashSet<String> = HashSet::new();
    for chunk in parsed.chunks(CHUNK) {
        let (mut of_sessions, mut of_tokens) = (Vec::new(), Vec::new());
        for credential in chunk {
            match credential {
                Credential::Session(id) => of_sessions.push(*id),
                Credential::ApiToken(id) => of_tokens.push(*id),
            }
        }
        let idle_since = idle_since(app, now);
        let live = sessions::live_among(&app.db, &of_sessions, now, idle_since).await?;
        let unused_since = Timestamp(now.0 - MINUTE);
        // Whether a right still holds does not depend on whether its use can be noted.
        if let Err(error) = sessions::touch_all(&app.db, &live, now, unused_since).await {
            tracing::warn!(%error, "the use of sessions could not be noted");
        }
        good.extend(live.into_iter().map(|id| Credential::Session(id).label()));
        let live = tokens::live_among(&app.db, &of_tokens).await?;
        good.extend(live.into_iter().map(|id| Credential::ApiToken(id).label()));
    }
    for label in open.difference(&good) {
        tracing::info!(credential = label, "sockets closed: no longer valid");
        if let Some(credential) = Credential::parse(label) {
            app.announcer.credential_ended(credential);
        }
    }
    Ok(())
}

/// Sweeps away sessions that have ended.
///
/// # Errors
/// The database fails.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.clock.now();
    Ok(sessions::delete_expired(&app.db, now, idle_since(app, now)).await?)
}

fn idle_since(app: &App, now: Timestamp) -> Timestamp {
    Timestamp(now.0 - i64::from(app.accounts.session_idle_days) * DAY)
}
