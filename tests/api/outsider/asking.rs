//! Somebody who asks: by pages, forms and functions with a cookie, by REST and over the socket with a
//! token, or with nothing at all.
//!
//! An answer is everything that came back, as one text, with what differs between any two answers
//! taken out and each placeholder put back: so answers about two threads can be compared.

use std::time::Duration;

use hubbub::protocol::User;
use hubbub::protocol::frame::{
    ChannelRequest, Command, ConnectRequest, HistoryRequest, PublishRequest, RefreshRequest,
    RpcRequest, SendRequest, StreamPosition, SubRefreshRequest, SubscribeRequest,
};
use serde_json::{Value, json};

use crate::support::listener::{Listener, Way};
use crate::support::{Browser, TestApp, TestSocket};

/// What the placeholders stand for.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub thread: i64,
    pub user: i64,
    /// What is looked for, where something is.
    pub name: &'a str,
}

pub struct Asker {
    pub name: &'static str,
    me: i64,
    /// Of the streams that there are.
    epoch: String,
    browser: Browser,
    /// Nobody in particular has none.
    token: Option<String>,
    socket: Option<TestSocket>,
}

impl Asker {
    /// Somebody with a browser and a program.
    pub async fn signed_in(app: &TestApp, name: &'static str, user: &User) -> Self {
        Self {
            name,
            me: user.id.0,
            epoch: app.db.epoch().to_owned(),
            browser: app.signed_in(user.username.as_str()).await,
            token: Some(app.token(user).await),
            socket: Some(app.socket_of_again(user).await),
        }
    }

    /// Who is not signed in.
    pub fn stranger(app: &TestApp) -> Self {
        Self {
            name: "a stranger",
            me: 0,
            epoch: app.db.epoch().to_owned(),
            browser: app.browser(),
            token: None,
            socket: None,
        }
    }

    fn fill(&self, text: &str, about: About<'_>) -> String {
        text.replace("{thread}", &about.thread.to_string())
            .replace("{user}", &about.user.to_string())
            .replace("{me}", &self.me.to_string())
            .replace("{name}", about.name)
            .replace("{username}", about.name)
            .replace("{id}", "4711")
            .replace("{seq}", "1")
            .replace("{emoji}", "%F0%9F%91%8D")
            .replace("{epoch}", &self.epoch)
    }

    pub async fn page(&self, address: &str, about: About<'_>) -> String {
        let request = self.request("GET", &self.fill(address, about));
        answer(request.header("accept", "text/html"), about).await
    }

    /// Calls a server function, as the script does.
    pub async fn function(&self, name: &str, body: &str, about: About<'_>) -> String {
        let content = match body.starts_with('{') {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        let request = self.request("POST", &format!("/api/{name}"));
        let request = request
            .header("accept", "application/json")
            .header("content-type", content);
        answer(request.body(self.fill(body, about)), about).await
    }

    /// Posts a form, as a browser without script does.
    pub async fn form(&self, name: &str, body: &str, about: About<'_>) -> String {
        let request = self.request("POST", &format!("/api/{name}"));
        let request = request
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded");
        answer(request.body(self.fill(body, about)), about).await
    }

    pub async fn rest(&self, call: (&str, &str, &str), about: About<'_>) -> String {
        let (method, path, body) = call;
        let path = format!("/api/v1{}", self.fill(path, about));
        let mut request = self.request(method, &path).body(self.fill(body, about));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        answer(request, about).await
    }

    /// The same call over the socket, if there is one.
    pub async fn proxied(&mut self, call: (&str, &str, &str), about: About<'_>) -> String {
        let (method, path, body) = call;
        let method = format!("{}:{}", method.to_lowercase(), path.trim_start_matches('/'));
        let body = if body.is_empty() { "{}" } else { body };
        self.method(&method, body, about).await
    }

    /// Calls a method over the socket, if there is one; again, where it was too soon.
    pub async fn method(&mut self, method: &str, data: &str, about: About<'_>) -> String {
        let (method, data) = (self.fill(method, about), self.fill(data, about));
        let data: Value = serde_json::from_str(&data).unwrap();
        let Some(socket) = &mut self.socket else {
            return String::new();
        };
        loop {
            let mut reply = socket.call(&method, data.clone()).await;
            if reply["error"]["code"] != 111 {
                reply["id"] = Value::Null;
                return comparable(&reply.to_string(), about);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Sends a command over a socket of its own, and gives the reply or the code that ends it.
    pub async fn command(&self, name: &str, request: &str, about: About<'_>) -> String {
        let mut socket = TestSocket::open(&self.browser.base).await;
        let mut request: Value = serde_json::from_str(&self.fill(request, about)).unwrap();
        match (&self.token, name) {
            (Some(token), "connect") => request["token"] = json!(token),
            (Some(token), _) => {
                socket.connect_with(token).await;
            }
            (None, _) => {}
        }
        // A message has no number, and asks for no answer.
        match name {
            "send" => {
                socket
                    .send_raw(&json!({ "send": request }).to_string())
                    .await;
            }
            _ => drop(socket.send(name, request).await),
        }
        let mut reply = socket.answer_or_end().await;
        if let Some(connect) = reply.get_mut("connect") {
            connect["client"] = Value::Null;
            connect["session"] = Value::Null;
        }
        comparable(&reply.to_string(), about)
    }

    /// Connects to listen, and gives what is told at once.
    pub async fn one_way(&self, way: Way, channel: &str, about: About<'_>) -> String {
        let position = r#"{"recover":true,"epoch":"{epoch}","offset":0}"#;
        let request = format!(r#"{{"subs":{{"{channel}":{position}}}}}"#);
        let mut request: Value = serde_json::from_str(&self.fill(&request, about)).unwrap();
        if let Some(token) = &self.token {
            request["token"] = json!(token);
        }
        let mut listener = Listener::open(&self.browser.base, way, &request).await;
        let mut told = listener.next().await;
        if let Some(connect) = told.get_mut("connect") {
            connect["client"] = Value::Null;
        }
        comparable(&told.to_string(), about)
    }

    /// Calls the server API with what there is for a key.
    pub async fn server_api(&self, method: &str, body: &str, about: About<'_>) -> String {
        let mut request = self.request("POST", &format!("/api/{method}"));
        if let Some(token) = &self.token {
            request = request.header("x-api-key", token);
        }
        answer(request.body(self.fill(body, about)), about).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.browser.base);
        let request = self.browser.client.request(method, url);
        request.header("origin", &self.browser.base)
    }

    /// What this one's socket has heard, and everything it was answered is passed over.
    pub async fn heard(&mut self) -> Vec<Value> {
        match &mut self.socket {
            Some(socket) => socket.everything_so_far().await,
            None => Vec::new(),
        }
    }

    pub async fn listen(&mut self, channel: &str) -> Value {
        let socket = self.socket.as_mut().unwrap();
        socket.ask("subscribe", json!({ "channel": channel })).await
    }
}

/// Every command there is about a channel, with its request as JSON. Another one could not be left
/// out: what is sent is a whole [`Command`].
pub fn commands(channel: &str) -> Vec<(String, String)> {
    let named = || ChannelRequest {
        channel: channel.to_owned(),
    };
    let from = |offset| SubscribeRequest {
        channel: channel.to_owned(),
        recover: true,
        epoch: "{epoch}".to_owned(),
        offset,
        ..SubscribeRequest::default()
    };
    let history = |limit, since| HistoryRequest {
        channel: channel.to_owned(),
        limit,
        since,
        reverse: false,
    };
    let since = StreamPosition {
        offset: 1,
        epoch: "{epoch}".to_owned(),
    };
    let all = |subscribe, history| Command {
        id: 0,
        connect: Some(ConnectRequest {
            subs: [(channel.to_owned(), from(1))].into(),
            ..ConnectRequest::default()
        }),
        subscribe: Some(subscribe),
        unsubscribe: Some(named()),
        publish: Some(PublishRequest {
            channel: channel.to_owned(),
            data: serde_json::from_str(r#"{"message":"hello"}"#).unwrap(),
        }),
        presence: Some(named()),
        presence_stats: Some(named()),
        history: Some(history),
        rpc: Some(RpcRequest {
            method: "get:threads/{thread}".to_owned(),
            data: None,
        }),
        refresh: Some(RefreshRequest {
            token: "{thread}".to_owned(),
        }),
        sub_refresh: Some(SubRefreshRequest {
            channel: channel.to_owned(),
            token: String::new(),
        }),
        send: Some(SendRequest {
            data: serde_json::from_str(r#""{thread}""#).unwrap(),
        }),
    };
    let plain = SubscribeRequest {
        channel: channel.to_owned(),
        ..SubscribeRequest::default()
    };
    let mut commands = Vec::new();
    for command in [
        all(plain, history(0, None)),
        all(from(1), history(-1, None)),
        all(from(0), history(5, Some(since))),
    ] {
        let Value::Object(fields) = serde_json::to_value(command).unwrap() else {
            unreachable!("a command is an object");
        };
        commands.extend(
            fields
                .into_iter()
                .map(|(name, request)| (name, request.to_string())),
        );
    }
    commands
}

async fn answer(request: reqwest::RequestBuilder, about: About<'_>) -> String {
    let response = request.send().await.unwrap();
    let status = response.status();
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = response.text().await.unwrap();
    comparable(
        &format!("{status}\n{}\n\n{body}", headers.join("\n")),
        about,
    )
}

/// An answer without what is made anew for each, and with the thread's number and what was looked for
/// taken out.
fn comparable(text: &str, about: About<'_>) -> String {
    let mut text = text.replace(&about.thread.to_string(), "{thread}");
    if !about.name.is_empty() {
        text = text.replace(about.name, "{name}");
    }
    // The policy names the nonce of the page, whose scripts carry it.
    let nonce = text.split_once("'nonce-").map(|(_, rest)| rest);
    match nonce.and_then(|rest| rest.split('\'').next()) {
        Some(nonce) => text.replace(nonce, "{nonce}"),
        None => text,
    }
}
