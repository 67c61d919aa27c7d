//! The network of one device: requests as the page makes them, its WebSocket, and the ways in which both
//! fail.
//!
//! A cut takes what is under way with it: the server may have done what was asked, and nobody hears of it.
//! Everything that arrives is written down, so that a test can say of a secret that it never came.

use std::future::pending;
use std::sync::Mutex;

use futures::{SinkExt, StreamExt};
use hubbub::client::connection::Event;
use hubbub::protocol::ApiError;
use hubbub::protocol::frame::parse;
use reqwest::header::COOKIE;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::Browser;

/// "Closed without a close frame", as browsers call it.
const ABNORMAL: u16 = 1006;

/// How there comes to be no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The browser knows at once, and says so.
    Told,
    /// Sockets break and requests fail; nobody says why, nor when it is over.
    Broken,
    /// Nothing comes through any more, and nothing fails either.
    Silent,
}

/// What went over the network.
#[derive(Clone, Debug)]
pub enum Passed {
    Came(String),
    Went(String),
}

pub struct Network {
    base: String,
    client: Client,
    cookie: String,
    cut: watch::Sender<Option<Cut>>,
    passed: Mutex<Vec<Passed>>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Network {
    /// Of a device on which that person has signed in.
    pub async fn signed_in(base: &str, username: &str) -> Self {
        let cookie = Browser::new(base).cookie(username).await;
        let headers = [(COOKIE, cookie.parse().unwrap())];
        let client = Client::builder()
            .default_headers(headers.into_iter().collect())
            .build()
            .unwrap();
        Self {
            base: base.to_owned(),
            client,
            cookie,
            cut: watch::Sender::new(None),
            passed: Mutex::default(),
        }
    }

    pub fn set(&self, cut: Option<Cut>) {
        self.cut.send_replace(cut);
    }

    pub fn cut(&self) -> Option<Cut> {
        *self.cut.borrow()
    }

    /// Everything that has come and gone since this was last asked.
    pub fn take_passed(&self) -> Vec<Passed> {
        std::mem::take(&mut *self.passed.lock().unwrap())
    }

    fn note(&self, what: Passed) {
        self.passed.lock().unwrap().push(what);
    }

    /// A page, if it can be had.
    pub async fn page(&self, address: &str) -> Option<String> {
        let url = format!("{}{address}", self.base);
        let (_, text) = self.come(self.client.get(url)).await?;
        Some(text)
    }

    /// Calls a server function as the script does, with the fields of a form.
    pub async fn call<T>(&self, function: &str, form: &str) -> Result<T, ApiError>
    where
        T: DeserializeOwned,
    {
        let form = form.to_owned();
        self.ask(function, "application/x-www-form-urlencoded", form)
            .await
    }

    /// The same with JSON.
    pub async fn tell<T>(&self, function: &str, json: String) -> Result<T, ApiError>
    where
        T: DeserializeOwned,
    {
        self.ask(function, "application/json", json).await
    }

    async fn ask<T>(&self, function: &str, kind: &str, body: String) -> Result<T, ApiError>
    where
        T: DeserializeOwned,
    {
        self.note(Passed::Went(format!("{function} {body}")));
        let request = self.client.post(format!("{}/api/{function}", self.base));
        let request = request
            .header("accept", "application/json")
            .header("origin", &self.base)
            .header("content-type", kind)
            .body(body);
        let (is_taken, answer) = self.come(request).await.ok_or(ApiError::Unreachable)?;
        match is_taken {
            true => parse(&answer).map_err(|_| ApiError::Internal),
            false => Err(parse(&answer).unwrap_or(ApiError::Internal)),
        }
    }

    /// What a request is answered with, and whether that is what was asked for; nothing without a network.
    async fn come(&self, request: RequestBuilder) -> Option<(bool, String)> {
        let answer = async {
            let answer = request.send().await.ok()?;
            Some((answer.status().is_success(), answer.text().await.ok()?))
        };
        let answer = tokio::select! {
            biased;
            _ = self.is_cut() => None,
            answer = answer => answer,
        };
        match &answer {
            Some((_, text)) => self.note(Passed::Came(text.clone())),
            None => self.fails().await,
        }
        answer
    }

    async fn is_cut(&self) -> Cut {
        let mut cut = self.cut.subscribe();
        let is_cut = cut.wait_for(Option::is_some).await;
        match is_cut.ok().and_then(|cut| *cut) {
            Some(cut) => cut,
            None => pending().await,
        }
    }

    /// Where nothing fails, what was asked fails when it is over.
    async fn fails(&self) {
        let mut cut = self.cut.subscribe();
        let _ = cut.wait_for(|cut| *cut != Some(Cut::Silent)).await;
    }

    /// One WebSocket: what happens to it is told, until nobody has anything to send by it any more.
    pub async fn socket(&self, mut queue: UnboundedReceiver<String>, tell: impl Fn(Event)) {
        // Where nothing fails, it opens when that is over.
        tokio::select! {
            () = self.fails() => {}
            _ = queue.recv() => return,
        }
        let opened = tokio::select! {
            biased;
            cut = self.is_cut() => return breaks(cut, queue, tell).await,
            opened = self.open() => opened,
            // It is given up while it is still opening.
            _ = queue.recv() => return,
        };
        let Some(mut socket) = opened else {
            return tell(Event::Closed(ABNORMAL));
        };
        tell(Event::Opened);
        loop {
            tokio::select! {
                frame = queue.recv() => match frame {
                    Some(frame) => {
                        self.note(Passed::Went(frame.clone()));
                        let _ = socket.send(Message::text(frame)).await;
                    }
                    None => return,
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        self.note(Passed::Came(text.to_string()));
                        tell(Event::Frame(text.to_string()));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map_or(ABNORMAL, |frame| frame.code.into());
                        return tell(Event::Closed(code));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return tell(Event::Closed(ABNORMAL)),
                },
                cut = self.is_cut() => return breaks(cut, queue, tell).await,
            }
        }
    }

    async fn open(&self) -> Option<Socket> {
        let url = format!(
            "{}/connection/websocket",
            self.base.replacen("http", "ws", 1)
        );
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("cookie", self.cookie.parse().unwrap());
        headers.insert("origin", self.base.parse().unwrap());
        let (socket, _) = connect_async(request).await.ok()?;
        Some(socket)
    }
}

/// What becomes of a socket when there is no network.
async fn breaks(cut: Cut, mut queue: UnboundedReceiver<String>, tell: impl Fn(Event)) {
    match cut {
        Cut::Broken => tell(Event::Closed(ABNORMAL)),
        // What is sent goes nowhere, until it is given up.
        Cut::Told | Cut::Silent => while queue.recv().await.is_some() {},
    }
}
