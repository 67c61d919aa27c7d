//! How a subscription begins: at the top of its stream, or after what the client already has.
//!
//! A recovery is whole or it is none. With too much missed for one reply, or from a position that
//! this stream never had, the client is told the top and pages through history itself.

use super::engine::Engine;
use super::history::History;
use super::registration::{Refusal, Rule};
use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::{
    self, HistoryRequest, HistoryResult, SubscribeRequest, SubscribeResult,
};
use crate::server::error::Error;

/// Publications in one reply to `history`.
const HISTORY_PUBLICATIONS: u32 = 300;

/// How a subscription begins, and from which offset it goes on (`None`: it has no offsets).
pub struct Start {
    pub result: SubscribeResult,
    pub position: Option<u64>,
}

/// Where a subscription starts. `top` is the newest offset, if it was read already since the
/// subscriber was registered; `budget` is how many bytes the reply may still recover.
///
/// # Errors
/// The history cannot be read.
pub async fn start<U>(
    engine: &Engine<U>,
    rule: Option<&Rule<U>>,
    channel: &str,
    request: &SubscribeRequest,
    top: Option<u64>,
    budget: &mut usize,
) -> Result<Start, Refusal> {
    let Some(history) = rule.and_then(|rule| rule.history.as_ref()) else {
        let result = SubscribeResult {
            was_recovering: request.recover,
            ..SubscribeResult::default()
        };
        return Ok(Start {
            result,
            position: None,
        });
    };
    let top = match top {
        Some(top) => top,
        None => history.top(channel).await.map_err(failed)?,
    };
    let at_top = SubscribeResult {
        recoverable: true,
        positioned: true,
        epoch: history.epoch().to_owned(),
        offset: top,
        was_recovering: request.recover,
        ..SubscribeResult::default()
    };
    let missed = match request.recover {
        true => missed(engine, history.as_ref(), channel, request, top, budget).await?,
        false => None,
    };
    let Some(publications) = missed else {
        return Ok(Start {
            result: at_top,
            position: Some(top),
        });
    };
    let position = publications
        .last()
        .map_or(request.offset, |publication| publication.offset);
    Ok(Start {
        result: SubscribeResult {
            recovered: true,
            offset: request.offset,
            publications,
            ..at_top
        },
        position: Some(position),
    })
}

/// All that came after the client's position, or nothing if that cannot be told in one reply.
async fn missed<U>(
    engine: &Engine<U>,
    history: &dyn History,
    channel: &str,
    request: &SubscribeRequest,
    top: u64,
    budget: &mut usize,
) -> Result<Option<Vec<frame::Publication>>, Refusal> {
    let limit = engine.options.recovery_publications;
    let known_epoch = request.epoch.is_empty() || request.epoch == history.epoch();
    if !known_epoch || request.offset > top || top - request.offset > u64::from(limit) {
        return Ok(None);
    }
    if request.offset == top {
        return Ok(Some(Vec::new()));
    }
    let publications = history
        .after(channel, request.offset, limit)
        .await
        .map_err(failed)?;
    let expected = request.offset + 1..;
    let contiguous = publications
        .iter()
        .zip(expected)
        .all(|(publication, offset)| publication.offset == offset);
    let reaches_top = publications.last().is_some_and(|last| last.offset >= top);
    let bytes: usize = publications
        .iter()
        .map(|publication| publication.data.get().len())
        .sum();
    if !contiguous || !reaches_top || bytes > *budget {
        return Ok(None);
    }
    *budget -= bytes;
    Ok(Some(publications))
}

/// A page of a channel's history.
///
/// # Errors
/// A position of another epoch, or the history cannot be read.
pub async fn page(
    history: &dyn History,
    request: &HistoryRequest,
) -> Result<HistoryResult, Refusal> {
    if request.reverse {
        return Err(ErrorCode::NotAvailable.into());
    }
    let epoch = history.epoch().to_owned();
    let since = match &request.since {
        Some(since) if !since.epoch.is_empty() && since.epoch != epoch => {
            return Err(ErrorCode::UnrecoverablePosition.into());
        }
        Some(since) => since.offset,
        None => 0,
    };
    let offset = history.top(&request.channel).await.map_err(failed)?;
    let limit = u32::try_from(request.limit).unwrap_or(HISTORY_PUBLICATIONS);
    let publications = match limit.min(HISTORY_PUBLICATIONS) {
        0 => Vec::new(),
        limit => history
            .after(&request.channel, since, limit)
            .await
            .map_err(failed)?,
    };
    Ok(HistoryResult {
        publications,
        epoch,
        offset,
    })
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: Error) -> Refusal {
    error.log();
    Refusal::Error(error.to_reply())
}
