//! The bodies of the server functions.
//!
//! A browser calls them, or a form is posted to them without JavaScript. The request's [`Visitor`]
//! is in the context. A form gets a redirect, a browser an error with a proper HTTP status; both
//! get an [`ApiError`] that says nothing about our insides.

// Each fails with what its `ApiError` says.
#![allow(clippy::missing_errors_doc)]

use std::sync::Arc;

use http::header::{ACCEPT, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::api::FormOutcome;
use crate::client::place::Place;
use crate::protocol::{
    ApiError, HistoryPage, HistoryRequest, Posted, Profile, Seq, Thread, ThreadId, ThreadKind,
};
use crate::server::auth::{Identity, session};
use crate::server::chat::accounts::{self, Register, SignIn, SignedIn};
use crate::server::chat::{messages, threads};
use crate::server::error::{Error, Result};
use crate::server::http::cookie::SessionCookie;
use crate::server::http::visitor::Visitor;
use crate::server::state::App;

/// What a server function finds in its context.
#[derive(Clone)]
pub struct Shared {
    pub app: Arc<App>,
    pub cookie: SessionCookie,
}

/// One call: the application, who calls, and the response to be.
struct Call {
    app: Arc<App>,
    cookie: SessionCookie,
    visitor: Visitor,
    response: ResponseOptions,
    from_form: bool,
}

pub async fn login(
    username: String,
    password: String,
    next: String,
) -> Result<FormOutcome, ApiError> {
    run_form(async |call| {
        let form = SignIn { username, password };
        let signed_in = accounts::sign_in(&call.app, form, &call.visitor.origin).await?;
        let next = Place::of(&next).unwrap_or(Place::Home);
        call.welcome(&signed_in, next).await
    })
    .await
}

pub async fn register(
    username: String,
    name: String,
    password: String,
    invite: String,
) -> Result<FormOutcome, ApiError> {
    run_form(async |call| {
        let form = Register {
            username,
            name,
            password,
            invite,
        };
        let signed_in = accounts::register(&call.app, form, &call.visitor.origin).await?;
        call.welcome(&signed_in, Place::Home).await
    })
    .await
}

pub async fn logout() -> Result<(), ApiError> {
    run(async |call| {
        if let Some(token) = &call.visitor.token {
            session::end(&call.app, token).await?;
        }
        call.header(SET_COOKIE, &call.cookie.forget())?;
        call.go_to("/login")
    })
    .await
}

pub async fn who_am_i() -> Result<Profile, ApiError> {
    run(async |call| accounts::profile(&call.app, call.me()?).await).await
}

pub async fn list_threads() -> Result<Vec<Thread>, ApiError> {
    run(async |call| threads::list(&call.app, call.me()?).await).await
}

pub async fn create_thread(name: String, private: bool) -> Result<Thread, ApiError> {
    run(async |call| {
        let kind = if private {
            ThreadKind::Private
        } else {
            ThreadKind::Public
        };
        let thread = threads::create(&call.app, call.me()?, &name, kind).await?;
        call.go_to(&format!("/t/{}", thread.id))?;
        Ok(thread)
    })
    .await
}

pub async fn history(
    thread: ThreadId,
    before: Option<Seq>,
    after: Option<Seq>,
) -> Result<HistoryPage, ApiError> {
    run(async |call| {
        let request = HistoryRequest {
            before,
            after,
            ..HistoryRequest::newest(thread)
        };
        messages::history(&call.app, call.me()?, request).await
    })
    .await
}

pub async fn post_message(thread: ThreadId, text: String) -> Result<Posted, ApiError> {
    run(async |call| {
        let request = messages::parse(thread, &text, None)?;
        let posted = messages::post(&call.app, call.me()?, request).await?;
        call.go_to(&format!("/t/{thread}"))?;
        Ok(posted)
    })
    .await
}

/// Runs a body with its call, and turns its error into an answer.
async fn run<T>(body: impl AsyncFnOnce(&Call) -> Result<T>) -> Result<T, ApiError> {
    let call = Call::from_context()?;
    body(&call).await.map_err(|error| {
        error.log();
        if !call.from_form {
            call.response.set_status(error.status());
        }
        error.to_api()
    })
}

/// The same for a form: a refusal goes back with the form, or is an answer to the script.
async fn run_form(body: impl AsyncFnOnce(&Call) -> Result<()>) -> Result<FormOutcome, ApiError> {
    let call = Call::from_context()?;
    let Err(error) = body(&call).await else {
        return Ok(Ok(()));
    };
    error.log();
    if call.from_form {
        Err(error.to_api())
    } else {
        Ok(Err(error.to_api()))
    }
}

impl Call {
    fn from_context() -> Result<Self, ApiError> {
        Self::find().ok_or_else(|| {
            tracing::error!("a server function ran outside of a request");
            ApiError::Internal
        })
    }

    fn find() -> Option<Self> {
        let Shared { app, cookie } = use_context()?;
        let parts: Parts = use_context()?;
        let visitor = parts.extensions.get::<Visitor>()?.clone();
        let accept = parts
            .headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok());
        Some(Self {
            app,
            cookie,
            visitor,
            response: use_context()?,
            from_form: parts.method == http::Method::POST
                && accept.is_some_and(|accept| accept.contains("text/html")),
        })
    }

    fn me(&self) -> Result<&Identity> {
        self.visitor.identity.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Keeps the new session in the browser. The old one, if any, ends: a session belongs to one
    /// sign-in.
    async fn welcome(&self, signed_in: &SignedIn, next: Place) -> Result<()> {
        if let Some(old) = &self.visitor.token {
            session::end(&self.app, old).await?;
        }
        self.header(SET_COOKIE, &self.cookie.keep(&signed_in.token))?;
        self.go_to(&next.path())
    }

    /// Sends a form on. A browser with JavaScript finds its own way.
    fn go_to(&self, path: &str) -> Result<()> {
        if self.from_form {
            self.header(LOCATION, path)?;
        }
        Ok(())
    }

    fn header(&self, name: HeaderName, value: &str) -> Result<()> {
        let value = HeaderValue::from_str(value).map_err(Error::internal)?;
        self.response.insert_header(name, value);
        Ok(())
    }
}
