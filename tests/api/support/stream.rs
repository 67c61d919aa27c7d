//! A program that has no socket: a response that goes on, and requests beside it.

use hubbub::server::realtime::protobuf::{self, Emulated};
use prost::Message;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::socket::{Came, Speech};

pub struct TestStream {
    http: reqwest::Client,
    base: String,
    speech: Speech,
    /// It begins with the first command.
    response: Option<reqwest::Response>,
    /// What has come and was not looked at yet.
    bytes: Vec<u8>,
    /// Server and session, as the connect reply has told them.
    place: Option<(String, String)>,
    /// What came while that was waited for.
    early: Vec<Value>,
}

impl TestStream {
    pub fn new(base: &str, speech: Speech) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: base.to_owned(),
            speech,
            response: None,
            bytes: Vec::new(),
            place: None,
            early: Vec::new(),
        }
    }

    pub async fn send(&mut self, frame: impl AsRef<[u8]>) {
        let frame = frame.as_ref().to_vec();
        if self.response.is_none() {
            self.response = Some(self.begin(frame).await);
            return;
        }
        let (node, session) = loop {
            if let Some(place) = &self.place {
                break place.clone();
            }
            match self.read().await {
                Came::Lines(lines) => self.early.extend(lines),
                Came::Closed(code) => panic!("closed with {code}"),
                Came::Nothing => {}
            }
        };
        let request = self.http.post(format!("{}/emulation", self.base));
        let request = if let Speech::ProtobufStream = self.speech {
            let sent = Emulated {
                node,
                session,
                data: frame,
            };
            let request = request.header(CONTENT_TYPE, "application/octet-stream");
            request.body(sent.encode_to_vec())
        } else {
            let data = String::from_utf8(frame).unwrap();
            request.json(&json!({ "node": node, "session": session, "data": data }))
        };
        assert_eq!(request.send().await.unwrap().status(), 204);
    }

    async fn begin(&self, frame: Vec<u8>) -> reqwest::Response {
        let stream = || {
            self.http
                .post(format!("{}/connection/http_stream", self.base))
        };
        let request = match self.speech {
            Speech::Events => {
                let connect = String::from_utf8(frame).unwrap();
                let address = format!("{}/connection/sse", self.base);
                let address = url::Url::parse_with_params(&address, [("cf_connect", connect)]);
                self.http.get(address.unwrap())
            }
            Speech::ProtobufStream => stream()
                .header(CONTENT_TYPE, "application/octet-stream")
                .body(frame),
            _ => stream().body(frame),
        };
        request.send().await.unwrap().error_for_status().unwrap()
    }

    pub async fn next(&mut self) -> Came {
        match self.early.is_empty() {
            true => self.read().await,
            false => Came::Lines(std::mem::take(&mut self.early)),
        }
    }

    async fn read(&mut self) -> Came {
        loop {
            if let Some(line) = self.take() {
                if let Some(code) = line["push"]["disconnect"]["code"].as_u64() {
                    return Came::Closed(u16::try_from(code).unwrap());
                }
                if let Some(session) = line["connect"]["session"].as_str() {
                    let node = line["connect"]["node"].as_str().unwrap();
                    self.place = Some((node.to_owned(), session.to_owned()));
                }
                return Came::Lines(vec![line]);
            }
            let response = self.response.as_mut().expect("it has begun");
            let chunk = response.chunk().await.unwrap();
            self.bytes.extend(chunk.expect("it says why it ends"));
        }
    }

    /// The next reply, if it has come in full.
    fn take(&mut self) -> Option<Value> {
        let (end, parse): (&[u8], fn(&str) -> &str) = match self.speech {
            Speech::ProtobufStream => {
                let mut rest = &self.bytes[..];
                let reply = protobuf::take_reply(&mut rest).ok()??;
                self.bytes = rest.to_vec();
                return Some(serde_json::to_value(reply).unwrap());
            }
            Speech::Events => (b"\n\n", |event| event.strip_prefix("data: ").unwrap()),
            _ => (b"\n", |line| line),
        };
        let at = self.bytes.windows(end.len()).position(|some| some == end)?;
        let line: Vec<u8> = self.bytes.drain(..at + end.len()).take(at).collect();
        let line = String::from_utf8(line).unwrap();
        Some(serde_json::from_str(parse(&line)).unwrap())
    }
}
