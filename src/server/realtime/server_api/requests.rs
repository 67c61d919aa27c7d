//! Each method of the server API: what it takes, what it does, what it gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::NoResult;
use crate::protocol::codes::{Disconnect, DisconnectCode, ErrorCode, ReplyError, UnsubscribeCode};
use crate::protocol::frame::{Empty, HistoryRequest, Publication, Raw, StreamPosition, raw};
use crate::server::realtime::engine::{Engine, Keep};
use crate::server::realtime::registration::whom::Whom;

/// What there is.
pub const METHODS: [&str; 12] = [
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
    BATCH,
];

/// Several of the others in one request.
pub const BATCH: &str = "batch";

/// Fields of Centrifugo's that change what a request means, and that we do not have: to leave them
/// out of account would do something else than was asked for.
const UNSUPPORTED: [&str; 7] = [
    "b64data",
    "b64info",
    "expire_at",
    "info",
    "recover_since",
    "session",
    "whitelist",
];

type Result<T, E = NoResult> = std::result::Result<T, E>;

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
        "presence" => {
            let channel = named(parse::<Channel>(body)?.channel)?;
            encode(&engine.presence(&channel).await?)
        }
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
        "info" => encode(&info(engine)),
        _ => Err(ErrorCode::MethodNotFound.into()),
    }
}

fn parse<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T> {
    let malformed = |error| NoResult::Malformed(format!("{error}\n"));
    // Some languages cannot tell an object without fields from a list without elements.
    if body.is_empty() || matches!(body.trim_ascii(), b"null" | b"[]" | b"{}") {
        return Ok(T::default());
    }
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(body).map_err(malformed)?;
    fields.retain(|name, value| *name == "data" || !is_zero(value.get()));
    if let Some(field) = UNSUPPORTED.iter().find(|field| fields.contains_key(*field)) {
        let message = format!("{field} is not supported");
        return Err(NoResult::Refused(ReplyError::new(
            ErrorCode::BadRequest as u32,
            message,
        )));
    }
    let text = serde_json::to_string(&fields).map_err(malformed)?;
    serde_json::from_str(&text).map_err(malformed)
}

/// Whether a field says nothing: the protocol leaves such fields out, and not every client does.
fn is_zero(json: &str) -> bool {
    matches!(json, "null" | "\"\"" | "0" | "false" | "[]" | "{}")
        || (json.starts_with(['[', '{']) && json.len() < 64 && {
            let inner = json[1..json.len() - 1].trim();
            inner.is_empty()
        })
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
    /// Whoever asks again with the same one is answered as the first time.
    idempotency_key: String,
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

    async fn to<U>(
        &self,
        engine: &Arc<Engine<U>>,
        channel: &str,
        publication: Publication,
    ) -> Result<StreamPosition>
    where
        U: Clone + Send + Sync + 'static,
    {
        let (keep, key) = (self.keep(), self.idempotency_key.as_str());
        let position = if key.is_empty() {
            engine.publish(channel, publication, keep).await?
        } else {
            let once = engine.publish_once(channel, publication, keep, key);
            once.await?
        };
        Ok(position.unwrap_or_default())
    }
}

async fn publish<U>(engine: &Arc<Engine<U>>, request: Publish) -> Result<StreamPosition>
where
    U: Clone + Send + Sync + 'static,
{
    let publication = request.publication()?;
    let channel = named(request.channel.clone())?;
    request.to(engine, &channel, publication).await
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
async fn broadcast<U>(engine: &Arc<Engine<U>>, request: Publish) -> Result<Responses>
where
    U: Clone + Send + Sync + 'static,
{
    let publication = request.publication()?;
    if request.channels.is_empty() {
        return Err(ErrorCode::BadRequest.into());
    }
    let mut responses = Vec::with_capacity(request.channels.len());
    for channel in &request.channels {
        let outcome = request.to(engine, channel, publication.clone());
        responses.push(match outcome.await {
            Ok(position) => Response::Result(position),
            Err(NoResult::Refused(error)) => Response::Error(error),
            Err(NoResult::Malformed(_)) => Response::Error(ReplyError::of(ErrorCode::BadRequest)),
        });
    }
    Ok(Responses { responses })
}

/// Which connections: all of a user (of the anonymous ones, if it is empty), or one.
fn whom(user: Option<String>, client: &str) -> Result<Whom> {
    if client.is_empty() {
        let user = user.ok_or(ErrorCode::BadRequest)?;
        return Ok(Whom::User(user));
    }
    let client = Uuid::parse_str(client).map_err(|_| ErrorCode::BadRequest)?;
    let user = user.filter(|user| !user.is_empty());
    Ok(Whom::Client { user, client })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subscribe {
    user: Option<String>,
    client: String,
    channel: String,
    data: Option<Raw>,
}

fn subscribe<U>(engine: &Engine<U>, request: Subscribe) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let channel = named(request.channel)?;
    let whom = whom(request.user, &request.client)?;
    engine.subscribe(whom, &channel, request.data)?;
    Ok(Empty {})
}

fn unsubscribe<U>(engine: &Engine<U>, request: Subscribe) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let channel = named(request.channel)?;
    let code = UnsubscribeCode::Server;
    engine.unsubscribe(whom(request.user, &request.client)?, &channel, code);
    Ok(Empty {})
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DisconnectRequest {
    user: Option<String>,
    client: String,
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
    engine.disconnect(whom(request.user, &request.client)?, disconnect);
    Ok(Empty {})
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refresh {
    user: Option<String>,
    client: String,
    /// Ends the connections.
    expired: bool,
    /// Seconds from now; without this, for ever.
    ttl: Option<u32>,
}

fn refresh<U>(engine: &Engine<U>, request: Refresh) -> Result<Empty>
where
    U: Clone + Send + Sync + 'static,
{
    let whom = whom(request.user, &request.client)?;
    if request.expired {
        engine.disconnect(whom, DisconnectCode::ConnectionExpired.into());
    } else {
        let ttl = request.ttl.map(|ttl| Duration::from_secs(ttl.into()));
        engine.refresh(whom, ttl);
    }
    Ok(Empty {})
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
    let found = engine.channels(&request.pattern).await;
    let channels = found
        .into_iter()
        .map(|(name, num_clients)| (name, ChannelInfo { num_clients }));
    ChannelList {
        channels: channels.collect(),
    }
}

#[derive(Serialize)]
struct Info {
    nodes: Vec<Node>,
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

fn info<U>(engine: &Engine<U>) -> Info
where
    U: Clone + Send + Sync + 'static,
{
    let nodes = engine.info().into_iter().map(|info| Node {
        uid: info.id,
        name: "hubbub",
        version: env!("CARGO_PKG_VERSION"),
        num_clients: info.counts.clients,
        num_users: info.counts.users,
        num_subs: info.counts.subscriptions,
        num_channels: info.counts.channels,
        uptime: info.uptime.as_secs(),
    });
    Info {
        nodes: nodes.collect(),
    }
}
