//! The chat's registration with the real-time engine: who may connect, subscribe and call what.
//!
//! A browser connects with its session's cookie, a program with a token, either as `token` or as
//! `data.authToken`. Everybody is subscribed on the server's side to the threads they joined, to
//! their own channel and to the directory of threads; programs that use `authToken` also to
//! `chat`, as the tutorial's clients expect.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError};
use crate::protocol::error::Field;
use crate::protocol::frame::{Raw, raw};
use crate::protocol::{
    ChannelName, ClientId, HistoryRequest, MessageText, PostRequest, ThreadId, User,
};
use crate::server::auth::{Credential, Identity, session};
use crate::server::chat::history::ThreadHistory;
use crate::server::chat::{messages, threads};
use crate::server::db;
use crate::server::error::{Error, Result};
use crate::server::realtime::{
    Accepted, Confirmed, Connect, Handler, Refusal, Registration, Rpc, Rule, Subscribe,
};
use crate::server::state::App;

/// Server-side subscriptions of one connection.
const JOINED: u32 = 500;

/// What the upgrade route found in the request: the cookie's token, if it may be used.
#[derive(Clone, Debug)]
pub struct CookieToken(pub Option<String>);

/// Who a connection belongs to.
#[derive(Clone, Debug)]
pub struct Caller {
    pub me: Identity,
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

/// Everything the engine may do for the chat.
pub fn registration(app: &Arc<App>) -> Registration<Caller> {
    let history = Arc::new(ThreadHistory(app.db.clone()));
    Registration {
        connect: handler(app, connect),
        confirm: handler(app, confirm),
        rpc: Some(handler(app, rpc)),
        rules: vec![
            Rule::new("thread:{id}", handler(app, subscribe_thread)).history(history),
            Rule::new("user:{id}", handler(app, subscribe_user)),
            Rule::new("threads", Handler::new(|_| async { Ok(()) })),
            Rule::new("chat", handler(app, subscribe_chat)),
        ],
    }
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
    let me = session::authenticate(&app, &token)
        .await
        .map_err(refusal)?
        .ok_or_else(forbidden)?;
    let welcome = raw(&Welcome { user: &me.user }).map_err(internal)?;
    let caller = Caller {
        me,
        token: token.into(),
        wants_chat,
    };
    let channels = channels(&app, &caller).await?;
    Ok(Accepted {
        credential: caller.me.credential.label(),
        data: Some(welcome),
        channels: channels.into_iter().map(|c| c.channel).collect(),
        identity: caller,
    })
}

/// The credential may have been revoked before the connection could be closed by it.
async fn confirm(app: Arc<App>, caller: Caller) -> Result<Vec<Confirmed>, Refusal> {
    let still = session::authenticate(&app, &caller.token)
        .await
        .map_err(refusal)?;
    let credential = still.map(|me| me.credential);
    if credential != Some(caller.me.credential) {
        return Err(Refusal::Disconnect(DisconnectCode::InvalidToken));
    }
    channels(&app, &caller).await
}

/// Everything one is subscribed to by the server, with where each thread's stream stands.
async fn channels(app: &App, caller: &Caller) -> Result<Vec<Confirmed>, Refusal> {
    let me = caller.me.user.id;
    let joined = db::threads::joined_heads(&app.db, me, JOINED)
        .await
        .map_err(|error| refusal(error.into()))?;
    let threads = joined
        .into_iter()
        .map(|(id, head)| (ChannelName::Thread(id), Some(head.offset())));
    let own = [(ChannelName::User(me), None), (ChannelName::Threads, None)];
    let chat = caller.wants_chat.then_some((ChannelName::Chat, None));
    let all = threads.chain(own).chain(chat);
    Ok(all
        .map(|(channel, top)| Confirmed {
            channel: channel.to_string(),
            top,
        })
        .collect())
}

async fn subscribe_thread(app: Arc<App>, event: Subscribe<Caller>) -> Result<(), Refusal> {
    let Some(ChannelName::Thread(id)) = ChannelName::parse(&event.channel) else {
        return Err(ErrorCode::UnknownChannel.into());
    };
    match threads::find(&app, &event.identity.me, id).await {
        Ok(_) => Ok(()),
        Err(Error::NotFound) => Err(ErrorCode::PermissionDenied.into()),
        Err(error) => Err(refusal(error)),
    }
}

async fn subscribe_user(_app: Arc<App>, event: Subscribe<Caller>) -> Result<(), Refusal> {
    match ChannelName::parse(&event.channel) {
        Some(ChannelName::User(id)) if id == event.identity.me.user.id => Ok(()),
        Some(ChannelName::User(_)) => Err(ErrorCode::PermissionDenied.into()),
        _ => Err(ErrorCode::UnknownChannel.into()),
    }
}

/// A firehose is for programs, not for every browser.
async fn subscribe_chat(_app: Arc<App>, event: Subscribe<Caller>) -> Result<(), Refusal> {
    match event.identity.me.credential {
        Credential::ApiToken(_) => Ok(()),
        Credential::Session(_) if event.identity.wants_chat => Ok(()),
        Credential::Session(_) => Err(ErrorCode::PermissionDenied.into()),
    }
}

async fn rpc(app: Arc<App>, call: Rpc<Caller>) -> Result<Raw, Refusal> {
    let me = &call.identity.me;
    match call.method.as_str() {
        "ping" => raw(&"pong").map_err(internal),
        "thread:history" => {
            let request: HistoryRequest = parse(call.data.as_ref())?;
            answer(messages::history(&app, me, request).await)
        }
        "thread:publish" => {
            let request = publish_request(call.data.as_ref())?;
            answer(messages::post(&app, me, request).await)
        }
        _ => Err(Refusal::Error(ReplyError::new(404, "Not found"))),
    }
}

/// A post as it comes: the text is parsed apart, so that what is wrong with it can be said.
#[derive(Deserialize)]
struct UncheckedPost {
    id: ThreadId,
    message: String,
    #[serde(default)]
    client_id: Option<String>,
}

fn publish_request(data: Option<&Raw>) -> Result<PostRequest, Refusal> {
    let unchecked: UncheckedPost = parse(data)?;
    let message = MessageText::parse(&unchecked.message).map_err(|error| {
        let field = Field::Text;
        refusal(Error::Invalid { field, error })
    })?;
    let client_id = unchecked.client_id.as_deref().map(ClientId::parse);
    let client_id = client_id.transpose().map_err(|error| {
        let field = Field::ClientId;
        refusal(Error::Invalid { field, error })
    })?;
    Ok(PostRequest {
        id: unchecked.id,
        message,
        client_id,
    })
}

fn parse<T: serde::de::DeserializeOwned>(data: Option<&Raw>) -> Result<T, Refusal> {
    data.and_then(|data| serde_json::from_str(data.get()).ok())
        .ok_or_else(|| ErrorCode::BadRequest.into())
}

fn answer<T: Serialize>(outcome: Result<T>) -> Result<Raw, Refusal> {
    raw(&outcome.map_err(refusal)?).map_err(internal)
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
