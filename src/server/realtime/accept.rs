//! Accepting sockets: a request to upgrade is answered, and the socket gets a task of its own.
//!
//! It stands above the engine and its connections, so that neither has to know of the other's
//! beginning: a connection needs an engine, and an engine needs no connection.

pub mod streams;

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tungstenite::Message;

use super::connection;
use super::engine::Engine;
use super::transport::admission::Admitted;
use super::transport::dialect::{Dialect, Format};
use super::transport::socket::WebSocket;
use super::transport::upgrade::Upgrade;

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// Answers an upgrade request and serves the socket in a task of its own.
    pub fn upgrade(
        self: &Arc<Self>,
        upgrade: Upgrade,
        address: IpAddr,
        context: http::Extensions,
    ) -> Response {
        self.serve_upgraded(upgrade, None, address, context)
    }

    /// The same for a client that says how it connects (in its query, or in its first message) and
    /// nothing else: it is told of its server-side subscriptions.
    pub fn upgrade_one_way(
        self: &Arc<Self>,
        upgrade: Upgrade,
        address: IpAddr,
        context: http::Extensions,
    ) -> Response {
        if upgrade.dialect.format() != Format::Json {
            return (StatusCode::BAD_REQUEST, "this address speaks JSON only\n").into_response();
        }
        let first = upgrade.connect.as_deref().map(Message::text);
        let upgrade = Upgrade {
            dialect: Dialect::OneWaySocket,
            ..upgrade
        };
        self.serve_upgraded(upgrade, first, address, context)
    }

    fn serve_upgraded(
        self: &Arc<Self>,
        upgrade: Upgrade,
        first: Option<Message>,
        address: IpAddr,
        context: http::Extensions,
    ) -> Response {
        let admitted = match self.admit(address) {
            Ok(admitted) => admitted,
            Err(reason) => return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
        };
        let engine = self.clone();
        // More than we take: the connection answers the frame that is too big itself.
        let ceiling = 2 * self.options.frame_bytes;
        let Upgrade {
            response,
            dialect,
            connection,
            ..
        } = upgrade;
        tokio::spawn(self.tasks.track_future(async move {
            let _admitted = admitted;
            let upgraded = match connection.await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!(%error, "a client left while connecting"),
            };
            if let Ok(socket) = WebSocket::accept(upgraded, dialect, ceiling).await {
                connection::serve_from(engine, socket, context, first).await;
            } else {
                tracing::error!("a socket did not come over TCP");
            }
        }));
        response
    }

    /// A place for one more connection, or why there is none.
    fn admit(&self, address: IpAddr) -> Result<Admitted, &'static str> {
        if self.is_closing() {
            return Err("this server is about to stop");
        }
        if !self.broker.hears_others() {
            return Err("this server is cut off from the others");
        }
        let admitted = self.admission.admit(address, &self.options.ceilings);
        admitted.map_err(|full| {
            let reason = full.reason();
            tracing::warn!(%address, reason, "socket refused");
            reason
        })
    }
}
