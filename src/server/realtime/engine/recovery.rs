//! How a subscription begins: at the top of its stream, or after what the client already has.
//!
//! A recovery is whole or it is none. With too much missed for one reply, or from a position that
//! this stream never had, the client is told the top and pages through history itself.

use super::options::Options;
use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::{
    HistoryRequest, HistoryResult, Publication, StreamPosition, SubscribeRequest, SubscribeResult,
};
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::registration::history::{
    Direction, History, HistoryError, StreamRange,
};

/// How a subscription begins, and from which offset it goes on (`None`: it has no offsets).
#[derive(Debug)]
pub struct Start {
    pub result: SubscribeResult,
    pub position: Option<u64>,
}

/// What one reply may carry.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    publications: u32,
    bytes: usize,
}

impl Budget {
    pub fn new(options: &Options) -> Self {
        Self {
            publications: options.recovery_publications,
            bytes: options.recovery_bytes,
        }
    }
}

/// Where a subscription starts. `known` is where the stream stands, if it was read already since
/// the subscriber was registered.
///
/// # Errors
/// The history cannot be read.
pub async fn start(
    history: Option<&dyn History>,
    channel: &str,
    request: &SubscribeRequest,
    known: Option<StreamPosition>,
    budget: &mut Budget,
) -> Result<Start, Refusal> {
    let Some(history) = history else {
        let result = SubscribeResult {
            was_recovering: request.recover,
            ..SubscribeResult::default()
        };
        return Ok(Start {
            result,
            position: None,
        });
    };
    let top = match known {
        Some(position) => position,
        None => history.position(channel).await.map_err(failed)?,
    };
    let missed = match request.recover {
        true => missed(history, channel, request, &top, budget).await?,
        false => None,
    };
    let at_top = SubscribeResult {
        recoverable: true,
        positioned: true,
        epoch: top.epoch,
        offset: top.offset,
        was_recovering: request.recover,
        ..SubscribeResult::default()
    };
    let Some(publications) = missed else {
        if request.recover && request.flag & SubscribeRequest::UNLESS_UNRECOVERED != 0 {
            return Err(ErrorCode::UnrecoverablePosition.into());
        }
        return Ok(Start {
            position: Some(at_top.offset),
            result: at_top,
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
async fn missed(
    history: &dyn History,
    channel: &str,
    request: &SubscribeRequest,
    top: &StreamPosition,
    budget: &mut Budget,
) -> Result<Option<Vec<Publication>>, Refusal> {
    let known_epoch = request.epoch.is_empty() || request.epoch == top.epoch;
    let limit = budget.publications;
    let is_near = request.offset <= top.offset && top.offset - request.offset <= u64::from(limit);
    if !known_epoch || !is_near {
        return Ok(None);
    }
    if request.offset == top.offset {
        return Ok(Some(Vec::new()));
    }
    let mut publications: Vec<Publication> = Vec::new();
    // A little at a time, so that what does not fit is not read to be thrown away.
    let mut after = request.offset;
    while after < top.offset {
        let wanted = u32::try_from(top.offset - after).unwrap_or(limit);
        let range = StreamRange::after(after, wanted.min(READ_AT_ONCE));
        let read = history.read(channel, range).await.map_err(failed)?;
        if read.is_empty() || !continues(read.iter().map(|p| p.offset), after) {
            return Ok(None);
        }
        for publication in read {
            let bytes = publication.data.get().len();
            if bytes > budget.bytes {
                budget.bytes = 0;
                return Ok(None);
            }
            budget.bytes -= bytes;
            after = publication.offset;
            publications.push(publication);
        }
    }
    budget.publications -= u32::try_from(publications.len())
        .unwrap_or(limit)
        .min(limit);
    Ok(Some(publications))
}

/// Publications read with one question while recovering.
const READ_AT_ONCE: u32 = 100;

/// Whether these follow an offset without a hole.
pub fn continues(offsets: impl IntoIterator<Item = u64>, after: u64) -> bool {
    offsets
        .into_iter()
        .zip(after + 1..)
        .all(|(offset, expected)| offset == expected)
}

/// A page of a channel's history.
///
/// # Errors
/// A position of another epoch, or the history cannot be read.
pub async fn page(
    history: &dyn History,
    request: &HistoryRequest,
    options: &Options,
) -> Result<HistoryResult, Refusal> {
    let most = options.history_publications;
    let top = history.position(&request.channel).await.map_err(failed)?;
    if let Some(since) = &request.since
        && !since.epoch.is_empty()
        && since.epoch != top.epoch
    {
        return Err(ErrorCode::UnrecoverablePosition.into());
    }
    let limit = u32::try_from(request.limit).unwrap_or(most).min(most);
    let range = StreamRange {
        since: request.since.as_ref().map(|since| since.offset),
        limit,
        direction: match request.reverse {
            true => Direction::NewestFirst,
            false => Direction::OldestFirst,
        },
    };
    let mut publications = match limit {
        0 => Vec::new(),
        _ => history
            .read(&request.channel, range)
            .await
            .map_err(failed)?,
    };
    fit(&mut publications, options.recovery_bytes);
    Ok(HistoryResult {
        publications,
        epoch: top.epoch,
        offset: top.offset,
    })
}

/// Keeps as many from the beginning as fit, but at least one.
fn fit(publications: &mut Vec<Publication>, mut bytes: usize) {
    let fitting = publications.iter().take_while(|publication| {
        let size = publication.data.get().len();
        let fits = size <= bytes;
        bytes = bytes.saturating_sub(size);
        fits
    });
    let fitting = fitting.count().max(1);
    publications.truncate(fitting);
}

#[allow(clippy::needless_pass_by_value)]
pub fn failed(error: HistoryError) -> Refusal {
    error.log();
    Refusal::Error(error.to_reply())
}
