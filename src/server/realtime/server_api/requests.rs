//! Each method of the server API: what it takes, what it does, what it gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Problem;
use crate::protocol::codes::{Disconnect, DisconnectCode, ErrorCode, ReplyError, UnsubscribeCode};
use crate::protocol::frame::{
    Empty, HistoryRequest, PresenceResult, Publication, Raw, StreamPosition, raw,
};
use crate::server::realtime::engine::{Engine, Keep};
use crate::server::realtime::rules::Glob;
use crate::server::realtime::whom::Whom;

/// What there is.
pub const METHODS: [&str; 11] = [
    "publish",
    "broadcast",
    "subscribe",
    "unsubscribe",
    "disconnect",
    "refresh",
    "presence",
    "presence_stats",
    "history",
    "channels",
    "info",
];

type Result<T, E = Problem> = std::result::Result<T, E>;

/// Answers one request.
pub(super) async fn answer<U>(engine: &Arc<Engine<U>>, method: &str, body: &[u8]) -> Result<Raw>
where
    U: Clone + Send + Sync + 'static,
{
    match method {
        "publish" => encode(&publish(engine, parse(body)?).await?),
        "broadcast" => encode(&broadcast(engine, parse(body)?).await?),
        "subscribe" => encode(&subscribe(engine, parse(body)?)?),
        "unsubscribe" => encode(&unsubscribe(engine, parse(body)?)?),
        "disconnect" => encode(&disconnect(engine, parse(body)?)?),
        "refresh" => encode(&refresh(engine, parse(body)?)?),
        "presence" => encode(&presence(engine, parse(body)?).await?),
        "presence_stats" => {
            let channel = named(parse::<Channel>(body)?.channel)?;
            encode(&engine.presence_stats(&channel).await?)
        }
        "history" => {
            let request: HistoryRequest = parse(body)?;
            named(request.channel.clone())?;
            encode(&engine.history(&request).await?)
        }
        "channels" => encode(&channels(engine, parse(body)?).await),
        "info" => encode(&info(engine).await),
        _ => Err(ErrorCode::MethodNotFound.into()),
    }
}

fn parse<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Problem::Malformed(format!("{error}\n")))
}

fn encode(result: &impl Serialize) -> Result<Raw> {
    raw(result).map_err(|error| {
        tracing::error!(%error, "a result could not be encoded");
        ErrorCode::Internal.into()
    })
}

fn named(channel: String) -> Result<String> {
    match channel.is_empty() {
        true => Err(ErrorCode::BadRequest.into()),
        false => Ok(channel),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Channel {
    channel: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Publish {
    channel: String,
    channels: Vec<String>,
    data: Option<Raw>,
    skip_history: bool,
    tags: BTreeMap<String, String>,
}

impl Publish {
    fn publication(&self) -> Result<Publication> {
        let data = self.data.clone().ok_or(ErrorCode::BadRequest)?;
        Ok(Publication {
            tags: self.tags.clone(),
            ..Publication::new(data, 0)
        })
    }

    fn keep(&self) -> Keep {
        match self.skip_history {
            true => Keep::No,
            false => Keep::InHistory,
        }
    }
}

async fn publish<U>(engine: &Engine<U>, request: Publish) -> Result<StreamPosition>
where
    U: Clone + Send + Sync + 'static,
{
    let publication = request.publication()?;
    let keep = request.keep();
    let channel = named(request.channel)?;
    let position = engine.publish(&channel, publication, keep).await?;
    Ok(position.unwrap_or_default())
}

#[derive(Serialize)]
struct Responses {
    responses: Vec<Response>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Response {
    Result(StreamPosition),
    Error(ReplyError),
}

/// The same to several channels; each has its own outcome.
async fn broadcast<U>(engine: &Engine<U>, request: Publish) -> Result<Responses>
where
    U: Clone + Send + Sync + 'static,
{
    let publication = request.publication()?;
    if request.channels.is_empty() {
        return Err(ErrorCode::BadRequest.into());
    }
    let mut responses = Vec::with_capacity(request.channels.len());
    for channel in &request.channels {
        let outcome = engine.publish(channel, publication.clone(), request.keep());
        responses.push(match outcome.await.map_err(Problem::from) {
            Ok(position) => Response::Result(position.unwrap_or_default()),
            Err(Problem::Refused(error)) => Response::Error(error),
            Err(Problem::Malformed(_)) => Response::Error(ReplyError::of(ErrorCode::BadRequest)),
        });
    }
    Ok(Responses { responses })
}

/// Which connections: all of a user (of the anonymous ones, if it is empty), or one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    user: Option<String>,
    client: String,
}

impl Target {
    fn whom(self) -> Result<Whom> {
        if self.client.is_empty() {
            let user = self.user.ok_or(ErrorCode::BadRequest)?;
            return Ok(Whom::User(user));
        }
        let client = Uuid::parse_str(&self.client).map_err(|_| ErrorCode::BadRequest)?;
        let user = self.user.filter(|user| !user.is_empty());
        Ok(Whom::Client { user, client })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subscribe {
    #[serde(flatten)]
    target: Target,
    channel: String,
    data: Option<serde_json::Value>,
}

fn subscribe<U>(engine: &Engine<U>, request: Subscribe) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let channel = named(request.channel)?;
    let data = request.data.map(|data| encode(&data)).transpose()?;
    engine.subscribe(request.target.whom()?, &channel, data)?;
    Ok(Empty {})
}

fn unsubscribe<U>(engine: &Engine<U>, request: Subscribe) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let channel = named(request.channel)?;
    let code = UnsubscribeCode::Server;
    engine.unsubscribe(request.target.whom()?, &channel, code);
    Ok(Empty {})
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DisconnectRequest {
    #[serde(flatten)]
    target: Target,
    disconnect: Option<Why>,
}

#[derive(Deserialize)]
struct Why {
    code: u16,
    #[serde(default)]
    reason: String,
}

fn disconnect<U>(engine: &Engine<U>, request: DisconnectRequest) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let disconnect = match request.disconnect {
        Some(why) if (3000..5000).contains(&why.code) => Disconnect::new(why.code, &why.reason),
        Some(_) => return Err(ErrorCode::BadRequest.into()),
        None => DisconnectCode::ForceDisconnect.into(),
    };
    engine.disconnect(request.target.whom()?, disconnect);
    Ok(Empty {})
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refresh {
    #[serde(flatten)]
    target: Target,
    /// Ends the connections.
    expired: bool,
    /// Seconds from now; without this, for ever.
    ttl: Option<u32>,
}

fn refresh<U>(engine: &Engine<U>, request: Refresh) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let whom = request.target.whom()?;
    if request.expired {
        engine.disconnect(whom, DisconnectCode::ConnectionExpired.into());
    } else {
        let ttl = request.ttl.map(|ttl| Duration::from_secs(ttl.into()));
        engine.refresh(whom, ttl);
    }
    Ok(Empty {})
}

async fn presence<U>(engine: &Engine<U>, request: Channel) -> Result<PresenceResult>
where
    U: Clone + Send + Sync + 'static,
{
    let clients = engine.presence(&named(request.channel)?).await?;
    let presence = clients.into_iter().map(|info| (info.client.clone(), info));
    Ok(PresenceResult {
        presence: presence.collect(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Channels {
    pattern: String,
}

#[derive(Serialize)]
struct ChannelList {
    channels: BTreeMap<String, ChannelInfo>,
}

#[derive(Serialize)]
struct ChannelInfo {
    num_clients: usize,
}

async fn channels<U>(engine: &Engine<U>, request: Channels) -> ChannelList
where
    U: Clone + Send + Sync + 'static,
{
    let found = engine.channels(&Glob::new(&request.pattern)).await;
    let channels = found
        .into_iter()
        .map(|(name, num_clients)| (name, ChannelInfo { num_clients }));
    ChannelList {
        channels: channels.collect(),
    }
}

#[derive(Serialize)]
struct Info {
    nodes: [Node; 1],
}

#[derive(Serialize)]
struct Node {
    uid: String,
    name: &'static str,
    version: &'static str,
    num_clients: usize,
    num_users: usize,
    num_subs: usize,
    num_channels: usize,
    /// Seconds.
    uptime: u64,
}

async fn info<U>(engine: &Engine<U>) -> Info
where
    U: Clone + Send + Sync + 'static,
{
    let info = engine.info().await;
    Info {
        nodes: [Node {
            uid: info.id,
            name: "hubbub",
            version: env!("CARGO_PKG_VERSION"),
            num_clients: info.counts.clients,
            num_users: info.counts.users,
            num_subs: info.counts.subscriptions,
            num_channels: info.counts.channels,
            uptime: info.uptime.as_secs(),
        }],
    }
}
