//! One WebSocket, as a task that turns it into events of the state machine.
//!
//! A browser drops what is sent on a closing socket without a word; that is why every message is
//! acknowledged in the protocol and kept in the outbox until then.

use std::future::poll_fn;
use std::pin::Pin;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};
use futures::{Sink, SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use leptos::task::spawn_local;

use crate::client::connection::Event;

/// "Closed without a close frame", as browsers call it.
pub const ABNORMAL: u16 = 1006;

/// The sending end. Dropping it closes the socket.
#[derive(Debug)]
pub struct Socket {
    outgoing: UnboundedSender<String>,
}

impl Socket {
    /// What stands in for one: whatever takes the frames that are sent.
    pub fn of(take: impl FnOnce(UnboundedReceiver<String>)) -> Self {
        let (outgoing, queue) = unbounded();
        take(queue);
        Self { outgoing }
    }

    /// Opens a socket and passes on what happens to it.
    pub fn open(url: String, on_event: impl Fn(Event) + 'static) -> Self {
        Self::of(|queue| spawn_local(run(url, queue, on_event)))
    }

    pub fn send(&self, frame: String) {
        // If the task has ended, its last event said so.
        let _ = self.outgoing.unbounded_send(frame);
    }
}

async fn run(url: String, mut queue: UnboundedReceiver<String>, on_event: impl Fn(Event)) {
    let Ok(mut socket) = WebSocket::open(&url) else {
        on_event(Event::Closed(ABNORMAL));
        return;
    };
    // One that is given up while it is still opening must go too: browsers open one socket to a
    // host at a time, and the next would wait behind it.
    let opened = poll_fn(|context| Pin::new(&mut socket).poll_ready(context));
    if let Either::Right((None, _)) = select(opened, queue.next()).await {
        return;
    }
    if matches!(socket.state(), State::Open) {
        on_event(Event::Opened);
    }
    loop {
        match select(queue.next(), socket.next()).await {
            Either::Left((Some(frame), _)) => {
                // On a closing socket it would be dropped and complained about.
                if matches!(socket.state(), State::Open) {
                    let _ = socket.send(Message::Text(frame)).await;
                }
            }
            Either::Left((None, _)) => return,
            Either::Right((Some(Ok(Message::Text(frame))), _)) => on_event(Event::Frame(frame)),
            Either::Right((Some(Err(WebSocketError::ConnectionClose(close))), _)) => {
                on_event(Event::Closed(close.code));
                return;
            }
            Either::Right((Some(_), _)) => {}
            Either::Right((None, _)) => {
                on_event(Event::Closed(ABNORMAL));
                return;
            }
        }
    }
}
