//! The chat's registration with the real-time engine: who may connect, subscribe and call what.
//!
//! A browser connects with its session's cookie, a program with a token, either as `token` or as
//! `data.authToken`. Everybody is subscribed on the server's side to the threads they joined, to
//! their own channel and (but guests) to the directory of threads; programs that use `authToken` also to
//! `chat`, as the tutorial's clients expect.

mod methods;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde::{Deserialize, Serialize};

use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError};
use crate::protocol::frame::{Raw, StreamPosition, raw};
use crate::protocol::settings::Standing;
use crate::protocol::{ChannelName, ThreadId, User};
use crate::server::auth::{Credential, Identity};
use crate::server::chat::backend::WrittenDown;
use crate::server::chat::history::ThreadHistory;
use crate::server::chat::{messages, presence, threads};
use crate::server::db;
use crate::server::error::{Error, Result};
use crate::server::realtime::interceptors::SlowWarning;
use crate::server::realtime::{
    self, Accepted, Access, Confirmed, Connect, Disconnected, Expires, Granted, Handler, Publish,
    Published, Refresh, Refreshed, RefreshedBy, Refusal, Registration, Rule, Subscribe,
};
use crate::server::state::App;

pub use self::methods::METHODS;

/// Server-side subscriptions of one connection.
const JOINED: u32 = 500;

/// What the upgrade route found in the request: the cookie's token, if it may be used.
#[derive(Clone, Debug)]
pub struct CookieToken(pub Option<String>);

/// Who a connection belongs to.
#[derive(Clone, Debug)]
pub struct Caller {
    pub me: Arc<Identity>,
    /// The token itself, to be checked again.
    token: Arc<str>,
    /// Came with `data.authToken`: a client of the tutorial's kind.
    wants_chat: bool,
}

#[derive(Deserialize)]
struct ConnectData {
    #[serde(rename = "authToken")]
    auth_token: Option<String>,
}

#[derive(Serialize)]
struct Welcome<'a> {
    user: &'a User,
}

/// Handlers that take longer are logged.
const SLOW: Duration = Duration::from_secs(2);

/// Everything the engine may do for the chat. `rest` are the routes that calls such as
/// `get:threads` run.
pub fn registration(app: &Arc<App>, rest: Router) -> Registration<Caller> {
    let past = Arc::new(ThreadHistory(app.db.clone()));
    let readable = || handler(app, may_read);
    let thread = Rule::new("thread:{id}", handler(app, subscribe_thread))
        .history(past, readable())
        .presence(readable())
        .following(handler(app, belongs))
        .publish(handler(app, publish));
    let call = move |app, event| methods::call(app, rest.clone(), event);
    Registration::new(handler(app, connect))
        .confirm(handler(app, confirm))
        .refresh(handler(app, refresh))
        .rpc(handler(app, call))
        .disconnected(Handler::new(disconnected))
        .receipts(Arc::new(WrittenDown::of(app)))
        .rule(thread)
        .rule(Rule::new("user:{id}", handler(app, subscribe_user)))
        .rule(Rule::new("threads", handler(app, subscribe_threads)))
        .rule(Rule::new("presence:{id}", handler(app, subscribe_presence)))
        .rule(Rule::new("peers:{id}", handler(app, subscribe_peers)))
        .rule(Rule::new("chat", handler(app, subscribe_chat)))
        .layer(&SlowWarning { after: SLOW })
}

/// A handler that is given the application.
fn handler<E, R, F, Fut>(app: &Arc<App>, handle: F) -> Handler<E, R>
where
    E: Send + 'static,
    R: Send + 'static,
    F: Fn(Arc<App>, E) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Refusal>> + Send + 'static,
{
    let app = app.clone();
    Handler::new(move |event| handle(app.clone(), event))
}

async fn connect(app: Arc<App>, event: Connect) -> Result<Accepted<Caller>, Refusal> {
    let data: Option<ConnectData> = event
        .request
        .data
        .and_then(|data| serde_json::from_str(data.get()).ok());
    let auth_token = data.and_then(|data| data.auth_token);
    let wants_chat = auth_token.is_some();
    let cookie = event
        .upgrade
        .get::<CookieToken>()
        .and_then(|cookie| cookie.0.clone());
    let token = auth_token
        .or_else(|| Some(event.request.token).filter(|token| !token.is_empty()))
        .or(cookie)
        .ok_or_else(forbidden)?;
    let me = app
        .sessions
        .authenticate(&token)
        .await
        .map_err(refusal)?
        .ok_or_else(forbidden)?;
    let caller = Caller {
        me: Arc::new(me),
        token: token.into(),
        wants_chat,
    };
    let channels = channels(&app, &caller.me, caller.wants_chat).await?;
    let user = &caller.me.user;
    Ok(Accepted {
        peer: peer(&caller)?,
        data: Some(raw(&Welcome { user }).map_err(internal)?),
        channels: channels.into_iter().map(|c| c.channel).collect(),
        expires: ttl(&app, &caller.me).map(|ttl| Expires {
            ttl,
            refreshed_by: RefreshedBy::Server,
        }),
        caller,
    })
}

/// Who somebody is, to the engine and to others in a thread.
fn peer(caller: &Caller) -> Result<realtime::Peer, Refusal> {
    let me = &caller.me;
    Ok(realtime::Peer {
        user: me.user.id.to_string(),
        credential: Some(me.credential.label()),
        info: Some(raw(&me.user).map_err(internal)?),
    })
}

/// How long a credential is good for at most.
fn ttl(app: &App, me: &Identity) -> Option<Duration> {
    let left = me.expires_at?.0 - app.clock.now().0;
    Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}

/// The credential may have been revoked before the connection could be closed by it.
async fn confirm(app: Arc<App>, caller: Caller) -> Result<Vec<Confirmed>, Refusal> {
    let still = app
        .sessions
        .authenticate(&caller.token)
        .await
        .map_err(refusal)?;
    match still {
        Some(me) if me.credential == caller.me.credential => {
            channels(&app, &me, caller.wants_chat).await
        }
        _ => Err(DisconnectCode::InvalidToken.into()),
    }
}

/// A program brings a new token of the same person, or the time of the old one is up: then it is
/// looked at once more, for it may have been extended.
async fn refresh(app: Arc<App>, event: Refresh<Caller>) -> Result<Refreshed<Caller>, Refusal> {
    let Caller {
        me: before,
        token,
        wants_chat,
    } = event.caller;
    let brings_one = event.token.is_some();
    let token = event.token.map_or(token, Arc::from);
    let found = app.sessions.authenticate(&token).await.map_err(refusal)?;
    let me = match found {
        Some(me) if me.user.id == before.user.id => me,
        Some(_) => return Err(DisconnectCode::InvalidToken.into()),
        None if brings_one => return Err(DisconnectCode::InvalidToken.into()),
        None => return Err(DisconnectCode::ConnectionExpired.into()),
    };
    let caller = Caller {
        me: Arc::new(me),
        token,
        wants_chat,
    };
    Ok(Refreshed {
        peer: peer(&caller)?,
        ttl: ttl(&app, &caller.me),
        caller,
    })
}

async fn disconnected(event: Disconnected<Caller>) -> Result<(), Refusal> {
    let user = event.caller.me.user.id.0;
    let code = event.disconnect.map(|disconnect| disconnect.code);
    tracing::debug!(user, client = %event.client, code, "disconnected");
    Ok(())
}

/// Everything one is subscribed to by the server, with where each thread's stream stands. A guest hears
/// of their threads and of what concerns them, and of nothing else.
async fn channels(app: &App, me: &Identity, wants_chat: bool) -> Result<Vec<Confirmed>, Refusal> {
    let looks_around = me.standing != Standing::Guest;
    let me = me.user.id;
    let joined = db::threads::joined_heads(&app.db, me, JOINED)
        .await
        .map_err(|error| refusal(error.into()))?;
    let threads = joined.into_iter().map(|(id, head)| {
        let position = StreamPosition {
            offset: head.offset(),
            epoch: app.db.epoch().to_owned(),
        };
        (ChannelName::Thread(id), Some(position))
    });
    let own = [(ChannelName::User(me), None)];
    let everybodys = looks_around.then_some((ChannelName::Threads, None));
    let chat = (looks_around && wants_chat).then_some((ChannelName::Chat, None));
    let all = threads.chain(own).chain(everybodys).chain(chat);
    Ok(all
        .map(|(channel, position)| Confirmed {
            channel: channel.to_string(),
            position,
        })
        .collect())
}

async fn subscribe_thread(app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    readable(&app, &event.caller.me, &event.channel).await?;
    Ok(Granted::default())
}

/// Whoever may read a thread may read its past and see who is there.
async fn may_read(app: Arc<App>, event: Access<Caller>) -> Result<(), Refusal> {
    readable(&app, &event.caller.me, &event.channel).await?;
    Ok(())
}

/// Who belongs to a thread follows it on all their devices.
async fn belongs(app: Arc<App>, event: Access<Caller>) -> Result<(), Refusal> {
    let Some(ChannelName::Thread(thread)) = ChannelName::parse(&event.channel) else {
        return Err(ErrorCode::UnknownChannel.into());
    };
    let me = event.caller.me.user.id;
    let found = db::memberships::among(&app.db, &[thread], &[me]).await;
    match found.map_err(|error| refusal(error.into()))?.is_empty() {
        true => Err(ErrorCode::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// The thread behind a channel, if this person may read it.
async fn readable(app: &App, me: &Identity, channel: &str) -> Result<ThreadId, Refusal> {
    match ChannelName::parse(channel) {
        Some(ChannelName::Thread(id)) => readable_thread(app, me, id).await,
        _ => Err(ErrorCode::UnknownChannel.into()),
    }
}

async fn readable_thread(app: &App, me: &Identity, id: ThreadId) -> Result<ThreadId, Refusal> {
    match threads::find(app, me, id).await {
        Ok(_) => Ok(id),
        Err(Error::NotFound) => Err(ErrorCode::PermissionDenied.into()),
        Err(error) => Err(refusal(error)),
    }
}

/// Whoever may read a thread may see which of its people come and go.
async fn subscribe_presence(app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    match ChannelName::parse(&event.channel) {
        Some(ChannelName::Presence(id)) => {
            readable_thread(&app, &event.caller.me, id).await?;
            Ok(Granted::default())
        }
        _ => Err(ErrorCode::UnknownChannel.into()),
    }
}

/// Which of those one writes to are there is told to oneself alone: with the answer as it is now, and
/// after that as it changes.
async fn subscribe_peers(app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    let me = &event.caller.me;
    match ChannelName::parse(&event.channel) {
        Some(ChannelName::Peers(id)) if id == me.user.id => {
            let news = presence::peers(&app, me).await.map_err(refusal)?;
            Ok(Granted {
                data: Some(raw(&news).map_err(internal)?),
                ..Granted::default()
            })
        }
        Some(ChannelName::Peers(_)) => Err(ErrorCode::PermissionDenied.into()),
        _ => Err(ErrorCode::UnknownChannel.into()),
    }
}

async fn subscribe_user(_app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    match ChannelName::parse(&event.channel) {
        Some(ChannelName::User(id)) if id == event.caller.me.user.id => Ok(Granted::default()),
        Some(ChannelName::User(_)) => Err(ErrorCode::PermissionDenied.into()),
        _ => Err(ErrorCode::UnknownChannel.into()),
    }
}

/// What happens to all threads and people is for everybody but guests, asked of the database: a
/// connection may be older than their being one.
async fn subscribe_threads(app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    let looks_around = db::everybody::looks_around(&app.db, event.caller.me.user.id).await;
    match looks_around.map_err(|error| refusal(error.into()))? {
        true => Ok(Granted::default()),
        false => Err(ErrorCode::PermissionDenied.into()),
    }
}

/// A firehose is for programs, not for every browser.
async fn subscribe_chat(app: Arc<App>, event: Subscribe<Caller>) -> Result<Granted, Refusal> {
    let looks_around = db::everybody::looks_around(&app.db, event.caller.me.user.id).await;
    if !looks_around.map_err(|error| refusal(error.into()))? {
        return Err(ErrorCode::PermissionDenied.into());
    }
    match event.caller.me.credential {
        Credential::ApiToken(_) => Ok(Granted::default()),
        Credential::Session(_) if event.caller.wants_chat => Ok(Granted::default()),
        Credential::Session(_) => Err(ErrorCode::PermissionDenied.into()),
    }
}

/// Publishing to a thread is posting: what goes out is the event of the message on disk.
async fn publish(app: Arc<App>, event: Publish<Caller>) -> Result<Published, Refusal> {
    let me = &event.caller.me;
    let id = readable(&app, me, &event.channel).await?;
    let post = parse(Some(&event.data))?;
    messages::post(&app, me, id, post).await.map_err(refusal)?;
    Ok(Published::Done)
}

fn parse<T: serde::de::DeserializeOwned>(data: Option<&Raw>) -> Result<T, Refusal> {
    data.and_then(|data| serde_json::from_str(data.get()).ok())
        .ok_or_else(|| ErrorCode::BadRequest.into())
}

fn forbidden() -> Refusal {
    Refusal::Error(ReplyError::new(403, "Forbidden"))
}

#[allow(clippy::needless_pass_by_value)]
fn refusal(error: Error) -> Refusal {
    error.log();
    Refusal::Error(error.to_reply())
}

#[allow(clippy::needless_pass_by_value)]
fn internal(error: serde_json::Error) -> Refusal {
    refusal(Error::internal(error))
}
