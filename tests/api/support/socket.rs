//! A program on the socket, in the protocol's own words.
//!
//! A test says and reads JSON; what goes over the wire is what [`speaking`] says.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use hubbub::protocol::frame::parse_lines;
use hubbub::server::realtime::protobuf;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use super::stream::TestStream;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a program speaks.
#[derive(Clone, Copy, Debug)]
pub enum Speech {
    Json,
    Protobuf,
    /// JSON in a response that goes on, and in requests beside it.
    Stream,
    ProtobufStream,
    /// Server-sent events.
    Events,
}

tokio::task_local! {
    static SPEECH: Speech;
}

/// All sockets that this opens speak like that; without it, JSON.
pub async fn speaking<T>(speech: Speech, test: impl Future<Output = T>) -> T {
    SPEECH.scope(speech, test).await
}

/// What has come.
pub(super) enum Came {
    Lines(Vec<Value>),
    Closed(u16),
    Nothing,
}

enum Transport {
    Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Stream(Box<TestStream>),
}

pub struct TestSocket {
    speech: Speech,
    transport: Transport,
    next_id: u32,
    /// Pushes that came while an answer was waited for.
    pushes: VecDeque<Value>,
    /// How often it was told that its person has signed in once more. Tests sign in all the time, so
    /// that is counted only.
    pub sessions_begun: usize,
    /// Lines of the last frame that were not looked at yet.
    lines: VecDeque<Value>,
}

/// The code with which this ends.
pub async fn closed(mut socket: TestSocket) -> u16 {
    loop {
        if let Came::Closed(code) = socket.next().await {
            return code;
        }
    }
}

/// Everything that it hears before it ends, and the code with which it does.
pub async fn heard_until_closed(mut socket: TestSocket) -> (Vec<Value>, u16) {
    let mut heard: Vec<Value> = socket
        .pushes
        .drain(..)
        .chain(socket.lines.drain(..))
        .collect();
    loop {
        match socket.next().await {
            Came::Closed(code) => return (heard, code),
            Came::Lines(lines) => heard.extend(lines),
            Came::Nothing => {}
        }
    }
}

/// Says goodbye; the code that the server answers with.
pub async fn say_goodbye(mut socket: TestSocket, code: u16) -> u16 {
    let frame = CloseFrame {
        code: code.into(),
        reason: "bye".into(),
    };
    socket.send_message(Message::Close(Some(frame))).await;
    closed(socket).await
}

impl TestSocket {
    /// Opens a socket as a program does: without an origin, without a cookie.
    pub async fn open(base: &str) -> Self {
        Self::open_with(base, &[]).await.unwrap()
    }

    /// Opens a socket with headers; the status of the refusal otherwise.
    pub async fn open_with(base: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let speech = SPEECH.try_with(|speech| *speech).unwrap_or(Speech::Json);
        let query = match speech {
            Speech::Json => "",
            Speech::Protobuf => "?format=protobuf",
            Speech::Stream | Speech::ProtobufStream | Speech::Events => {
                return Ok(Self::over(
                    Transport::Stream(TestStream::new(base, speech).into()),
                    speech,
                ));
            }
        };
        let url = format!("{}/connection/websocket{query}", base.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self::over(Transport::Socket(stream.into()), speech)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a socket whose kernel takes next to nothing in advance.
    pub async fn open_narrow(base: &str) -> Self {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4 * 1024).unwrap();
        let addr = base.strip_prefix("http://").unwrap().parse().unwrap();
        let tcp = tcp.connect(addr).await.unwrap();
        let url = format!("ws://{addr}/connection/websocket");
        let tcp = MaybeTlsStream::Plain(tcp);
        let (stream, _) = client_async(url, tcp).await.unwrap();
        Self::over(Transport::Socket(stream.into()), Speech::Json)
    }

    fn over(transport: Transport, speech: Speech) -> Self {
        Self {
            speech,
            transport,
            next_id: 0,
            pushes: VecDeque::new(),
            sessions_begun: 0,
            lines: VecDeque::new(),
        }
    }

    pub async fn send_raw(&mut self, text: &str) {
        let message = match self.speech {
            Speech::Json | Speech::Stream | Speech::Events => Message::text(text),
            Speech::Protobuf | Speech::ProtobufStream => {
                let commands = parse_lines(text).unwrap();
                let bytes = commands.iter().flat_map(protobuf::encode_command);
                Message::binary(bytes.collect::<Vec<u8>>())
            }
        };
        self.send_message(message).await;
    }

    /// Sends a message as it is.
    pub async fn send_message(&mut self, message: Message) {
        match &mut self.transport {
            Transport::Socket(socket) => socket.send(message).await.unwrap(),
            Transport::Stream(stream) => stream.send(message.into_data()).await,
        }
    }

    /// Sends a command and gives its reply.
    pub async fn ask(&mut self, name: &str, request: Value) -> Value {
        let id = self.send(name, request).await;
        self.answer(id).await
    }

    /// Sends a command without waiting.
    pub async fn send(&mut self, name: &str, request: Value) -> u32 {
        self.next_id += 1;
        let command = json!({ "id": self.next_id, name: request });
        self.send_raw(&command.to_string()).await;
        self.next_id
    }

    pub async fn answer(&mut self, id: u32) -> Value {
        loop {
            let line = self.line().await;
            if line["id"] == id {
                return line;
            }
            if line.get("push").is_some() {
                self.pushes.push_back(line["push"].clone());
            }
        }
    }

    pub async fn connect_with(&mut self, token: &str) -> Value {
        let reply = self.ask("connect", json!({ "token": token })).await;
        assert!(reply.get("connect").is_some(), "{reply}");
        reply["connect"].clone()
    }

    /// Calls a method and gives its data.
    pub async fn rpc(&mut self, method: &str, data: Value) -> Value {
        let reply = self.call(method, data).await;
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["rpc"]["data"].clone()
    }

    /// Calls a method and gives the whole reply.
    pub async fn call(&mut self, method: &str, data: Value) -> Value {
        self.ask("rpc", json!({ "method": method, "data": data }))
            .await
    }

    /// The code with which a command is refused.
    pub async fn refusal(&mut self, name: &str, request: Value) -> i64 {
        let reply = self.ask(name, request).await;
        reply["error"]["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("not refused: {reply}"))
    }

    pub async fn subscribe(&mut self, channel: &str) -> Value {
        let reply = self.ask("subscribe", json!({ "channel": channel })).await;
        assert!(reply.get("subscribe").is_some(), "{reply}");
        reply["subscribe"].clone()
    }

    /// The next publication: channel, offset, data.
    pub async fn publication(&mut self) -> (String, u64, Value) {
        let push = match self.pushes.pop_front() {
            Some(push) => push,
            None => loop {
                let line = self.line().await;
                if line.get("push").is_some() {
                    break line["push"].clone();
                }
            },
        };
        let publication = &push["pub"];
        (
            push["channel"].as_str().unwrap().to_owned(),
            publication["offset"].as_u64().unwrap_or(0),
            publication["data"].clone(),
        )
    }

    /// The pushes that came before this was answered, which is all there were.
    pub async fn everything_so_far(&mut self) -> Vec<Value> {
        let id = self.send("rpc", json!({ "method": "ping" })).await;
        self.answer(id).await;
        self.pushes_so_far()
    }

    /// The pushes that came before the last answer.
    pub fn pushes_so_far(&mut self) -> Vec<Value> {
        self.pushes.drain(..).collect()
    }

    /// Waits for a ping and answers it.
    pub async fn pong(&mut self) {
        loop {
            match self.next().await {
                Came::Lines(lines) if lines.contains(&json!({})) => break,
                Came::Closed(code) => panic!("closed with {code}"),
                Came::Lines(_) | Came::Nothing => {}
            }
        }
        self.send_raw("{}").await;
    }

    /// The next answer, or `{"closed": code}` if the server ends it.
    pub async fn answer_or_end(&mut self) -> Value {
        loop {
            match self.next().await {
                Came::Closed(code) => return json!({ "closed": code }),
                Came::Lines(lines) => {
                    if let Some(answer) = lines.into_iter().find(|line| line.get("id").is_some()) {
                        return answer;
                    }
                }
                Came::Nothing => {}
            }
        }
    }

    /// The next line that is not a ping.
    pub async fn line(&mut self) -> Value {
        loop {
            while let Some(line) = self.lines.pop_front() {
                if line["push"]["pub"]["data"]["type"] != "session_begun" {
                    return line;
                }
                self.sessions_begun += 1;
            }
            match self.next().await {
                Came::Lines(lines) => {
                    let lines = lines.into_iter().filter(|line| *line != json!({}));
                    self.lines.extend(lines);
                }
                Came::Closed(code) => panic!("closed with {code} instead"),
                Came::Nothing => {}
            }
        }
    }

    /// The next frame, in the words that were agreed on.
    async fn next(&mut self) -> Came {
        let next = async {
            match &mut self.transport {
                Transport::Socket(socket) => frame(socket.next().await, self.speech),
                Transport::Stream(stream) => stream.next().await,
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("something comes in time")
    }
}

fn frame(message: Option<Result<Message, Error>>, speech: Speech) -> Came {
    match (message, speech) {
        (Some(Ok(Message::Text(text))), Speech::Json) => {
            let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
            Came::Lines(lines.collect())
        }
        (Some(Ok(Message::Binary(bytes))), Speech::Protobuf) => Came::Lines(replies(&bytes)),
        (Some(Ok(Message::Ping(_) | Message::Pong(_))), _) => Came::Nothing,
        (Some(Ok(Message::Close(Some(frame)))), _) => Came::Closed(frame.code.into()),
        (other, speech) => panic!("instead of a frame in {speech:?}: {other:?}"),
    }
}

fn replies(mut frame: &[u8]) -> Vec<Value> {
    let mut replies = Vec::new();
    while let Some(reply) = protobuf::take_reply(&mut frame).unwrap() {
        replies.push(serde_json::to_value(reply).unwrap());
    }
    replies
}
