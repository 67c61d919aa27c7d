//! Pages: what each address shows to whom, gathered before anything is rendered.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use leptos_axum::ResponseOptions;

use super::context::Context;
use super::headers;
use super::visitor::Visitor;
use crate::app::{ChatData, FormData, MessageKind, PageData, Refused, Shell, shell};
use crate::protocol::{ApiError, Place, ReadersClock};
use crate::server::auth::Identity;
use crate::server::chat::{accounts, content, setup};
use crate::server::emoji;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Any of the places.
pub async fn place(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str());
    let place = Place::parse(address).unwrap_or(Place::Home);
    match setup::is_done(&context.app).await {
        Ok(is_done) => {
            if let Some((status, data)) = before_setup(&context.app, &place, is_done) {
                return render(&context, status, data, request).await;
            }
        }
        Err(error) => {
            error.log();
            let data = PageData::Message(MessageKind::Failed);
            return render(&context, error.status(), data, request).await;
        }
    }
    let data = match (&place, visitor.identity) {
        (Place::SignIn { next, has_ended }, _) => {
            let form = FormData {
                next: next.as_deref().cloned(),
                has_ended: *has_ended,
                ..form(&context.app)
            };
            Ok(PageData::Login(form.into()))
        }
        (Place::Register { invite }, _) => register_form(&context.app, invite.clone())
            .await
            .map(|form| PageData::Register(form.into())),
        (place, Some(me)) => chat_data(&context.app, &me, place, visitor.clock, None)
            .await
            .map(|data| PageData::Chat(Box::new(data))),
        (_, None) => Err(Error::Unauthenticated),
    };
    let (status, data) = match data {
        Ok(data) => (status_of(&data), data),
        Err(error) => {
            error.log();
            (error.status(), PageData::Message(MessageKind::Failed))
        }
    };
    render(&context, status, data, request).await
}

/// A server without anybody has one page, for whoever has the link to it; any other has not.
fn before_setup(app: &App, place: &Place, is_done: bool) -> Option<(StatusCode, PageData)> {
    match (place, is_done) {
        (Place::Setup { code }, false) if setup::is_invited(app, code) => {
            let form = FormData {
                invite: code.clone(),
                ..form(app)
            };
            Some((StatusCode::OK, PageData::Setup(form.into())))
        }
        (_, false) => {
            let data = PageData::Message(MessageKind::NotSetUp);
            Some((StatusCode::NOT_FOUND, data))
        }
        (Place::Setup { .. }, true) => {
            let data = PageData::Message(MessageKind::NotFound);
            Some((StatusCode::NOT_FOUND, data))
        }
        (_, true) => None,
    }
}

/// The form to register, which says how the invitation stands.
pub(super) async fn register_form(app: &App, invite: String) -> Result<FormData> {
    let mut form = form(app);
    if !invite.is_empty() {
        let (state, maker) = accounts::invitation(app, &invite).await?;
        form.invitation = Some(state);
        form.invited_by = maker.map(|maker| maker.name.to_string());
    }
    form.invite = invite;
    Ok(form)
}

/// A file of the built site: the same for everybody, so nobody is looked up.
pub async fn file(State(context): State<Context>, request: Request) -> Response {
    context
        .site
        .serve(request.uri().path(), request.headers())
        .unwrap_or_else(|| Error::NotFound.into_response())
}

/// The names of all emoji. They change with the program only, and a day late harms nobody.
pub async fn emoji() -> impl IntoResponse {
    (
        [(CACHE_CONTROL, "public, max-age=86400")],
        emoji::TABLE.as_str(),
    )
}

/// A static file, or the page that says there is nothing.
pub async fn file_or_not_found(State(context): State<Context>, request: Request) -> Response {
    if let Some(file) = context.site.serve(request.uri().path(), request.headers()) {
        return file;
    }
    if request.uri().path().starts_with("/api/") {
        return Error::NotFound.into_response();
    }
    let data = PageData::Message(MessageKind::NotFound);
    render(&context, StatusCode::NOT_FOUND, data, request).await
}

/// What the chat is drawn from at a place.
pub(super) async fn chat_data(
    app: &Arc<App>,
    me: &Identity,
    place: &Place,
    clock: ReadersClock,
    refused: Option<Refused>,
) -> Result<ChatData> {
    let shared = content::shared(app, me, clock).await?;
    let content = content::of(app, me, place, clock, &shared.threads).await;
    Ok(ChatData {
        shared,
        place: place.clone(),
        content: content.map_err(|error| {
            error.log();
            error.to_api()
        }),
        signed_in_at: me.since,
        refused,
    })
}

fn status_of(data: &PageData) -> StatusCode {
    let PageData::Chat(chat) = data else {
        return StatusCode::OK;
    };
    match &chat.content {
        Ok(_) => StatusCode::OK,
        Err(ApiError::NotFound) => StatusCode::NOT_FOUND,
        Err(ApiError::Forbidden) => StatusCode::FORBIDDEN,
        Err(ApiError::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) fn form(app: &App) -> FormData {
    FormData {
        policy: accounts::registration_policy(app),
        invite: String::new(),
        invitation: None,
        invited_by: None,
        server_name: app.setup.name().to_string(),
        thread_name: String::new(),
        next: None,
        has_ended: false,
        error: None,
        username: String::new(),
        name: String::new(),
    }
}

pub(super) async fn render(
    context: &Context,
    status: StatusCode,
    data: PageData,
    request: Request,
) -> Response {
    let document = Shell {
        leptos: context.leptos.clone(),
        paths: context.site.paths().clone(),
        data,
    };
    let set_headers = move || {
        headers::set_page_policy();
        if let Some(response) = leptos::prelude::use_context::<ResponseOptions>() {
            response.set_status(status);
        }
    };
    // Leptos could draw it again and again; it draws it once, so the data need not be copied.
    let document = Arc::new(Mutex::new(Some(document)));
    let draw = move || {
        let document = document
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        document.map(shell)
    };
    leptos_axum::render_app_async_with_context(set_headers, draw)(request)
        .await
        .into_response()
}
