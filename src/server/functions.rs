//! The bodies of the server functions.
//!
//! The request's [`Visitor`] is in the context. Who is refused gets an [`ApiError`] that says nothing
//! about our insides, with a proper HTTP status. Forms posted without JavaScript do not come here:
//! see [`super::http::forms`].

// Each fails with what its `ApiError` says.
#![allow(clippy::missing_errors_doc)]

use std::sync::Arc;

use http::header::{HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::api::{FormOutcome, Mine, Told};
use crate::protocol::forward::Forward;
use crate::protocol::scheduled::Schedule;
use crate::protocol::settings::{Change, Changed};
use crate::protocol::{
    ApiError, Content, HistoryPage, HistoryRequest, Keep, Kept, Manage, NewThread, Place, Revise,
    Seq, Shared, Thread, ThreadId, Timestamp, User, UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::accounts::{self, Register, SignIn, SignedIn};
use crate::server::chat::{
    changing, content, direct, forwarding, messages, revising, saved, scheduled, settings, setup,
    threads,
};
use crate::server::error::{Error, Result};
use crate::server::http::cookie::SessionCookie;
use crate::server::http::visitor::{self, Visitor};
use crate::server::state::App;

/// What a server function finds in its context.
#[derive(Clone)]
pub struct InCall {
    pub app: Arc<App>,
    pub cookie: SessionCookie,
}

/// One call: the application, who calls, and the response to be.
struct Call {
    app: Arc<App>,
    cookie: SessionCookie,
    visitor: Visitor,
    /// Where this server is, for links that leave it.
    base: String,
    response: ResponseOptions,
}

pub async fn login(username: String, password: String) -> Result<FormOutcome, ApiError> {
    run_form(async |call| {
        let form = SignIn { username, password };
        accounts::sign_in(&call.app, form, &call.visitor.source).await
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
        accounts::register(&call.app, form, &call.visitor.source).await
    })
    .await
}

pub async fn content(place: String) -> Result<Mine<Result<Content, ApiError>>, ApiError> {
    run(async |call| {
        let me = call.me()?;
        let place = Place::parse(&place).ok_or(Error::NotFound)?;
        // What is not there is an answer: the place stays, and says so.
        let answer = content::of(&call.app, me, &place, call.visitor.clock, &[])
            .await
            .map_err(|error| {
                error.log();
                error.to_api()
            });
        Ok(Mine {
            me: me.user.id,
            answer,
        })
    })
    .await
}

pub async fn shared() -> Result<Shared, ApiError> {
    run(async |call| content::shared(&call.app, call.me()?, call.visitor.clock).await).await
}

pub async fn history(request: HistoryRequest) -> Result<Mine<HistoryPage>, ApiError> {
    run(async |call| {
        let me = call.me()?;
        Ok(Mine {
            me: me.user.id,
            answer: messages::history(&call.app, me, request).await?,
        })
    })
    .await
}

pub async fn create_thread(me: UserId, new: NewThread) -> Result<Told<Thread>, ApiError> {
    run_told(async |call| threads::start(&call.app, call.who_is_still(me)?, &new).await).await
}

pub async fn open_direct(me: UserId, people: String) -> Result<Told<Thread>, ApiError> {
    run_told(async |call| direct::open(&call.app, call.who_is_still(me)?, &people).await).await
}

pub async fn manage_thread(
    me: UserId,
    thread: ThreadId,
    what: Manage,
) -> Result<Told<()>, ApiError> {
    run_told(async |call| changing::manage(&call.app, call.who_is_still(me)?, thread, what).await)
        .await
}

pub async fn revise_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Revise,
) -> Result<Told<()>, ApiError> {
    run_told(async |call| {
        let me = call.who_is_still(me)?;
        revising::revise(&call.app, me, thread, seq, &what).await?;
        Ok(())
    })
    .await
}

pub async fn keep_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Keep,
) -> Result<Told<Kept>, ApiError> {
    run_told(async |call| saved::keep(&call.app, call.who_is_still(me)?, thread, seq, what).await)
        .await
}

pub async fn schedule_message(
    me: UserId,
    thread: ThreadId,
    what: Schedule,
) -> Result<Told<()>, ApiError> {
    run_told(async |call| {
        scheduled::schedule(&call.app, call.who_is_still(me)?, thread, what).await
    })
    .await
}

pub async fn kept_message(me: UserId, thread: ThreadId, seq: Seq) -> Result<Told<Kept>, ApiError> {
    run_told(async |call| saved::find(&call.app, call.who_is_still(me)?, thread, seq).await).await
}

pub async fn forward_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Forward,
) -> Result<Told<Thread>, ApiError> {
    run_told(async |call| {
        let me = call.who_is_still(me)?;
        let posted = forwarding::forward(&call.app, me, thread, seq, what).await?;
        Ok(posted.thread)
    })
    .await
}

pub async fn first_message(
    me: UserId,
    thread: ThreadId,
    since: Timestamp,
) -> Result<Told<Option<Seq>>, ApiError> {
    run_told(async |call| {
        messages::first_since(&call.app, call.who_is_still(me)?, thread, since).await
    })
    .await
}

pub async fn suggest_people(text: String) -> Result<Vec<User>, ApiError> {
    run(async |call| accounts::suggest(&call.app, call.me()?, &text).await).await
}

pub async fn suggest_threads(text: String) -> Result<Vec<Thread>, ApiError> {
    run(async |call| threads::suggest(&call.app, call.me()?, &text).await).await
}

pub async fn setup(
    code: String,
    server_name: String,
    thread_name: String,
    username: String,
    name: String,
    password: String,
) -> Result<FormOutcome, ApiError> {
    run_form(async |call| {
        let form = Register {
            username,
            name,
            password,
            invite: String::new(),
        };
        let names = setup::Names {
            server: &server_name,
            thread: &thread_name,
        };
        setup::finish(&call.app, &code, names, form, &call.visitor.source).await
    })
    .await
}

pub async fn change(
    me: UserId,
    change: Change,
) -> Result<Mine<Result<Changed, ApiError>>, ApiError> {
    run(async |call| {
        let caller = call.me()?;
        if caller.user.id != me {
            // The page is still somebody else's.
            return Err(Error::Unauthenticated);
        }
        let asked = settings::Asked {
            source: &call.visitor.source,
            clock: call.visitor.clock,
            base: call.base.clone(),
        };
        let answer = settings::change(&call.app, caller, change, asked).await;
        if matches!(answer, Ok(Changed::Left)) {
            call.header(SET_COOKIE, &call.cookie.forget())?;
        }
        let answer = answer.map_err(|error| {
            error.log();
            error.to_api()
        });
        Ok(Mine { me, answer })
    })
    .await
}

/// Runs a body with its call, and turns its error into an answer.
async fn run<T>(body: impl AsyncFnOnce(&Call) -> Result<T>) -> Result<T, ApiError> {
    let call = Call::from_context()?;
    body(&call).await.map_err(|error| {
        error.log();
        call.response.set_status(error.status());
        if let Some(seconds) = error.retry_after() {
            call.response.insert_header(RETRY_AFTER, seconds.into());
        }
        error.to_api()
    })
}

/// The same where a refusal is an answer like any other.
async fn run_told<T>(body: impl AsyncFnOnce(&Call) -> Result<T>) -> Result<Told<T>, ApiError> {
    let call = Call::from_context()?;
    Ok(body(&call).await.map_err(|error| {
        error.log();
        error.to_api()
    }))
}

/// The same for a form that signs somebody in.
async fn run_form(
    body: impl AsyncFnOnce(&Call) -> Result<SignedIn>,
) -> Result<FormOutcome, ApiError> {
    let call = Call::from_context()?;
    let outcome = async {
        let signed_in = body(&call).await?;
        call.welcome(&signed_in).await
    };
    Ok(outcome.await.map_err(|error| {
        error.log();
        error.to_api()
    }))
}

impl Call {
    fn from_context() -> Result<Self, ApiError> {
        Self::find().ok_or_else(|| {
            tracing::error!("a server function ran outside of a request");
            ApiError::Internal
        })
    }

    fn find() -> Option<Self> {
        let InCall { app, cookie } = use_context()?;
        let parts: Parts = use_context()?;
        Some(Self {
            base: visitor::base(&app, &parts.headers),
            app,
            cookie,
            visitor: parts.extensions.get::<Visitor>()?.clone(),
            response: use_context()?,
        })
    }

    fn me(&self) -> Result<&Identity> {
        self.visitor.identity.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Whoever calls, if the page is still theirs.
    fn who_is_still(&self, me: UserId) -> Result<&Identity> {
        let caller = self.me()?;
        match caller.user.id == me {
            true => Ok(caller),
            false => Err(Error::Unauthenticated),
        }
    }

    /// Keeps the new session in the browser. The old one, if any, ends: a session belongs to one
    /// sign-in.
    async fn welcome(&self, signed_in: &SignedIn) -> Result<()> {
        if let Some(old) = &self.visitor.token {
            self.app.sessions.end(old).await?;
        }
        self.header(SET_COOKIE, &self.cookie.keep(&signed_in.token))
    }

    fn header(&self, name: HeaderName, value: &str) -> Result<()> {
        let value = HeaderValue::from_str(value).map_err(Error::internal)?;
        self.response.insert_header(name, value);
        Ok(())
    }
}
