//! What a socket tells besides bytes: that it has room again, and that it has ended.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tungstenite::Message;
use tungstenite::error::ProtocolError;

use crate::protocol::codes::{Disconnect, DisconnectCode, ErrorCode};
use crate::server::realtime::hub::link::Link;
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::transport::outbox::Flushed;
use crate::server::realtime::transport::socket::{Discarded, Socket};

pub(super) type Received = Result<Message, tungstenite::Error>;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// The other side left.
    Gone,
    /// We close it.
    Close(Disconnect),
    TooBig,
    /// What came was no WebSocket frame, or not what it may hold; with WebSocket's own code.
    Broken(u16),
}

/// Why a connection ends that cannot begin, where no reply says so: whether it is worth coming back is in
/// the code.
pub(super) fn instead_of(refusal: Refusal) -> Disconnect {
    let error = match refusal {
        Refusal::Disconnect(disconnect) => return disconnect,
        Refusal::Error(error) => error,
    };
    let is = |code: ErrorCode| error.code == code as u32;
    let code = if is(ErrorCode::TokenExpired) || is(ErrorCode::Expired) {
        DisconnectCode::ConnectionExpired
    } else if is(ErrorCode::TooManyRequests) {
        DisconnectCode::TooManyRequests
    } else if error.temporary {
        DisconnectCode::Internal
    } else {
        DisconnectCode::InvalidToken
    };
    code.into()
}

/// WebSocket's own codes: "protocol error", "invalid frame payload data".
pub(super) const NOT_A_FRAME: u16 = 1002;
pub(super) const NOT_TEXT: u16 = 1007;

/// Whether it only says that the other side has gone without a goodbye.
pub(super) fn is_an_end(problem: &ProtocolError) -> bool {
    matches!(
        problem,
        ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::SendAfterClosing
            | ProtocolError::ReceivedAfterClosing
    )
}

impl From<DisconnectCode> for End {
    fn from(code: DisconnectCode) -> Self {
        Self::Close(code.into())
    }
}

/// How long a close frame may take to leave.
pub(super) const FAREWELL: Duration = Duration::from_secs(10);
/// How long a client may be silent, after it was told that its frame is too big, until that counts
/// as understood.
const SILENCE: Duration = Duration::from_secs(1);
/// WebSocket's own "message too big".
const TOO_BIG: u16 = 1009;

/// What a socket has to say.
pub(super) enum Heard {
    /// There may be room for more.
    Room,
    Message(Option<Received>),
}

/// Waits for room if the socket is full, for a message otherwise.
pub(super) async fn hear(socket: &mut impl Socket, is_full: bool) -> Heard {
    poll_fn(|context| match is_full {
        true => socket.poll_writable(context).map(|()| Heard::Room),
        false => socket.poll_next_unpin(context).map(Heard::Message),
    })
    .await
}

/// Says why, and stays until the other side has seen it: closing at once could discard it on the
/// way. If it was the other side that said goodbye, it gets its answer.
pub(super) async fn close(mut socket: impl Socket, link: Arc<Link>, end: End) {
    let has_unread = matches!(end, End::TooBig | End::Broken(_));
    let dialect = link.outbox.dialect();
    let farewell = match &end {
        End::Gone => None,
        End::Close(disconnect) => Some(dialect.farewell(disconnect.code, &disconnect.reason)),
        End::Broken(code) => Some(dialect.farewell(*code, "")),
        End::TooBig => Some(dialect.farewell(TOO_BIG, "message too big")),
    };
    if let Some(farewell) = farewell {
        link.outbox.end(farewell);
    }
    write_all(&socket, &link).await;
    socket.finish();
    // The library sees to the handshake, and then the stream ends.
    while let Some(Ok(_)) = socket.next().await {}
    write_all(&socket, &link).await;
    // It reads no further than a frame it cannot take: what is left unread would undo the farewell.
    if has_unread {
        discard(&socket).await;
    }
}

async fn discard(socket: &impl Socket) {
    loop {
        let discarded = poll_fn(|context| socket.poll_discard(context));
        match tokio::time::timeout(SILENCE, discarded).await {
            Ok(Discarded::Some) => {}
            Ok(Discarded::End) | Err(_) => return,
        }
    }
}

async fn write_all(socket: &impl Socket, link: &Link) {
    while let Ok(Flushed::Partly) = link.outbox.flush() {
        poll_fn(|context| socket.poll_writable(context)).await;
    }
}
