//! Forms posted without JavaScript.
//!
//! Each is answered with a redirect when it was taken, and with its own page otherwise, with what
//! was typed still in it and what is wrong beside it. So nothing is lost, and no address has to
//! carry an error: a crafted link cannot put one onto a page, and no `Referer` is needed.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::page;
use super::visitor::Visitor;
use crate::app::{FormData, MessageKind, PageData};
use crate::protocol::{ApiError, ClientId, NotifyLevel, Place, ReadRequest, ThreadId, ThreadKind};
use crate::server::auth::Identity;
use crate::server::chat::accounts::{self, Register, SignIn, SignedIn};
use crate::server::chat::{memberships, messages, threads};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Bytes in a form; the same limit is enforced before.
const BODY: usize = 1024 * 1024;

/// Whether a request is a form that a browser has posted by itself.
pub fn is_form(headers: &HeaderMap) -> bool {
    let contains = |name, part| {
        let value = headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok());
        value.is_some_and(|value| value.contains(part))
    };
    contains(CONTENT_TYPE, "application/x-www-form-urlencoded") && contains(ACCEPT, "text/html")
}

/// What was typed, by field.
pub struct Fields(HashMap<String, String>);

impl Fields {
    fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// Takes a form, and answers it.
pub async fn take(context: &Context, visitor: Visitor, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    let Ok(bytes) = axum::body::to_bytes(body, BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let fields = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    let form = Form {
        context,
        app: &context.app,
        visitor,
        parts: parts.clone(),
    };
    let fields = Fields(fields);
    match name {
        "login" => form.login(fields).await,
        "register" => form.register(fields).await,
        "logout" => form.logout().await,
        "create_thread" => form.create_thread(fields).await,
        "post_message" => form.post_message(fields).await,
        "mark_unread" => form.mark_unread(fields).await,
        "mark_all_read" => form.mark_all_read().await,
        "set_notify" => form.set_notify(fields).await,
        _ => Error::NotFound.into_response(),
    }
}

struct Form<'a> {
    context: &'a Context,
    app: &'a Arc<App>,
    visitor: Visitor,
    parts: Parts,
}

impl Form<'_> {
    async fn login(self, mut fields: Fields) -> Response {
        let next = Place::parse(&fields.take("next")).filter(Place::is_for_members);
        let username = fields.take("username");
        let form = SignIn {
            username: username.clone(),
            password: fields.take("password"),
        };
        let signed_in = accounts::sign_in(self.app, form, &self.visitor.source).await;
        let signed_in = match signed_in {
            Ok(signed_in) => self.welcome(&signed_in, next.as_ref()).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(response) => response,
            Err(error) => {
                let form = FormData {
                    policy: accounts::registration_policy(self.app),
                    invite: String::new(),
                    next,
                    has_ended: false,
                    error: Some(error.to_api()),
                    username,
                    name: String::new(),
                };
                self.again(&error, PageData::Login(form)).await
            }
        }
    }

    async fn register(self, mut fields: Fields) -> Response {
        let (username, name) = (fields.take("username"), fields.take("name"));
        let invite = fields.take("invite");
        let form = Register {
            username: username.clone(),
            name: name.clone(),
            password: fields.take("password"),
            invite: invite.clone(),
        };
        let signed_in = accounts::register(self.app, form, &self.visitor.source).await;
        let signed_in = match signed_in {
            Ok(signed_in) => self.welcome(&signed_in, None).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(response) => response,
            Err(error) => {
                let form = FormData {
                    policy: accounts::registration_policy(self.app),
                    invite,
                    next: None,
                    has_ended: false,
                    error: Some(error.to_api()),
                    username,
                    name,
                };
                self.again(&error, PageData::Register(form)).await
            }
        }
    }

    async fn logout(self) -> Response {
        if let Some(token) = &self.visitor.token
            && let Err(error) = self.app.sessions.end(token).await
        {
            return self.failed(&error).await;
        }
        let mut response = see_other(&Place::Home.behind_sign_in());
        set_cookie(&mut response, &self.context.cookie.forget());
        response
    }

    async fn create_thread(self, fields: Fields) -> Response {
        let Ok(me) = self.me() else {
            return see_other(&Place::Home.behind_sign_in());
        };
        let kind = match fields.get("private") {
            "" | "false" => ThreadKind::Public,
            _ => ThreadKind::Private,
        };
        let name = fields.get("name").to_owned();
        match threads::create(self.app, &me, &name, kind).await {
            Ok(thread) => see_other(&Place::thread(thread.id)),
            Err(error) => self.chat_again(&me, &Place::Home, &error, name).await,
        }
    }

    async fn post_message(self, fields: Fields) -> Response {
        let place = Place::thread(fields.get("thread").parse().unwrap_or(ThreadId(0)));
        let Ok(me) = self.me() else {
            return see_other(&place.behind_sign_in());
        };
        let text = fields.get("text").to_owned();
        let id = place.open_thread().unwrap_or_default();
        let posted = async {
            let client_id = form_client_id(id, fields.get("after"), &text);
            let client_id = client_id.as_ref().map(ClientId::as_str);
            let request = messages::parse(id, &text, client_id)?;
            messages::post(self.app, &me, request).await
        };
        match posted.await {
            Ok(_) => see_other(&place),
            Err(error) => self.chat_again(&me, &place, &error, text).await,
        }
    }

    /// From a message on, what follows is unread. One goes home: staying would read it again.
    async fn mark_unread(self, fields: Fields) -> Response {
        let read = ReadRequest {
            id: fields.get("thread").parse().unwrap_or_default(),
            seq: fields.get("seq").parse().unwrap_or_default(),
            unread: true,
        };
        let done = async { memberships::read(self.app, &self.me()?, read).await };
        let done = done.await;
        self.done(done, &Place::Home).await
    }

    async fn mark_all_read(self) -> Response {
        let done = async { memberships::read_all(self.app, &self.me()?).await };
        let done = done.await;
        self.done(done, &Place::Home).await
    }

    async fn set_notify(self, fields: Fields) -> Response {
        let thread = fields.get("thread").parse().unwrap_or_default();
        let level = NotifyLevel::parse(fields.get("level")).unwrap_or_default();
        let done = async { memberships::set_notify(self.app, &self.me()?, thread, level).await };
        let done = done.await;
        self.done(done, &Place::thread(thread)).await
    }

    /// A form with nothing in it that could be lost.
    async fn done(self, done: Result<()>, next: &Place) -> Response {
        match done {
            Ok(()) => see_other(next),
            Err(Error::Unauthenticated) => see_other(&Place::Home.behind_sign_in()),
            Err(error) => self.failed(&error).await,
        }
    }

    fn me(&self) -> Result<Identity> {
        self.visitor.identity.clone().ok_or(Error::Unauthenticated)
    }

    async fn welcome(&self, signed_in: &SignedIn, next: Option<&Place>) -> Result<Response> {
        if let Some(old) = &self.visitor.token {
            self.app.sessions.end(old).await?;
        }
        let mut response = see_other(next.unwrap_or(&Place::Home));
        set_cookie(&mut response, &self.context.cookie.keep(&signed_in.token));
        Ok(response)
    }

    /// The place again, with what was wrong and what was typed.
    async fn chat_again(
        self,
        me: &Identity,
        place: &Place,
        error: &Error,
        typed: String,
    ) -> Response {
        let refused = Some((error.to_api(), typed));
        match page::chat_data(self.app, me, place, self.visitor.clock, refused).await {
            Ok(data) => self.again(error, PageData::Chat(Box::new(data))).await,
            Err(error) => self.failed(&error).await,
        }
    }

    async fn failed(self, error: &Error) -> Response {
        let kind = match error.to_api() {
            ApiError::NotFound => MessageKind::NotFound,
            _ => MessageKind::Failed,
        };
        self.again(error, PageData::Message(kind)).await
    }

    async fn again(self, error: &Error, data: PageData) -> Response {
        error.log();
        let request = Request::from_parts(self.parts, axum::body::Body::empty());
        page::render(self.context, error.status(), data, request).await
    }
}

fn see_other(place: &Place) -> Response {
    Redirect::to(&place.to_string()).into_response()
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What tells a form that is posted twice, by a second press or a reload, from another message: the
/// same text in the same thread, written below the same last event.
fn form_client_id(thread: ThreadId, after: &str, text: &str) -> Option<ClientId> {
    let after: i64 = after.parse().ok()?;
    let digest = Sha256::digest(format!("{thread} {after} {text}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Some(ClientId::from_random(bytes))
}
