//! A program that only listens: it says how it connects, and reads pushes.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(20);

/// Over what it listens.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Socket,
    /// A socket whose address says how it connects.
    SocketAtOnce,
    Stream,
    Events,
    EventsByPost,
}

pub const WAYS: [Way; 5] = [
    Way::Socket,
    Way::SocketAtOnce,
    Way::Stream,
    Way::Events,
    Way::EventsByPost,
];

pub enum Listener {
    Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Stream {
        response: Box<Response>,
        text: String,
    },
}

impl Listener {
    /// Connects with that request.
    pub async fn open(base: &str, way: Way, connect: &Value) -> Self {
        let client = reqwest::Client::new();
        let address = |name: &str| format!("{base}/connection/{name}");
        let with_query = |name: &str| {
            let pairs = [("cf_connect", connect.to_string())];
            url::Url::parse_with_params(&address(name), pairs).unwrap()
        };
        let request = match way {
            Way::Socket | Way::SocketAtOnce => {
                let address = match way {
                    Way::Socket => address("uni_websocket"),
                    _ => with_query("uni_websocket").to_string(),
                };
                let (mut socket, _) = connect_async(address.replace("http", "ws")).await.unwrap();
                if let Way::Socket = way {
                    socket
                        .send(Message::text(connect.to_string()))
                        .await
                        .unwrap();
                }
                return Self::Socket(Box::new(socket));
            }
            Way::Stream => client
                .post(address("uni_http_stream"))
                .body(connect.to_string()),
            Way::Events => client.get(with_query("uni_sse")),
            Way::EventsByPost => client.post(address("uni_sse")).body(connect.to_string()),
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{way:?}");
        Self::Stream {
            response: Box::new(response),
            text: String::new(),
        }
    }

    /// The next push. Why it has ended, where that comes in a frame of its own, looks like one.
    pub async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.read());
        next.await.expect("something comes in time")
    }

    async fn read(&mut self) -> Value {
        match self {
            Self::Socket(socket) => loop {
                match socket.next().await.unwrap().unwrap() {
                    Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                    Message::Close(Some(why)) => {
                        let (code, reason) = (u16::from(why.code), why.reason.as_str());
                        return json!({ "disconnect": { "code": code, "reason": reason } });
                    }
                    other => assert!(other.is_ping() || other.is_pong(), "{other:?}"),
                }
            },
            Self::Stream { response, text } => loop {
                if let Some(end) = text.find('\n') {
                    let line: String = text.drain(..=end).collect();
                    let line = line.strip_prefix("data: ").unwrap_or(&line).trim_end();
                    if !line.is_empty() {
                        return serde_json::from_str(line).unwrap();
                    }
                    continue;
                }
                let chunk = response.chunk().await.unwrap().expect("it goes on");
                text.push_str(std::str::from_utf8(&chunk).unwrap());
            },
        }
    }

    /// Says something, where it can.
    pub async fn say(&mut self, text: &str) {
        if let Self::Socket(socket) = self {
            socket.send(Message::text(text)).await.unwrap();
        }
    }
}
