//! Pages: what each address shows to whom, gathered before anything is rendered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Extension, Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use leptos::prelude::provide_context;
use leptos::server_fn::axum::get_server_fn_service;
use leptos::server_fn::error::ServerFnUrlError;
use leptos_axum::ResponseOptions;

use super::headers;
use super::visitor::Visitor;
use crate::app::{ChatData, FormData, MessageKind, PageData, Shell, shell};
use crate::client::place::Place;
use crate::protocol::{ApiError, HistoryRequest};
use crate::server::auth::Identity;
use crate::server::chat::{accounts, messages, threads};
use crate::server::error::{Error, Result};
use crate::server::router::Context;
use crate::server::state::App;

/// The query of an address. A form that was refused comes back with its error in it.
pub type Parameters = Query<HashMap<String, String>>;

/// Where a form's error is in the query: the names are `server_fn`'s.
const ERROR: &str = "__err";

pub async fn login(
    State(context): State<Context>,
    Query(query): Parameters,
    request: Request,
) -> Response {
    let form = form(&context.app, &query);
    render(&context, StatusCode::OK, PageData::Login(form), request).await
}

pub async fn register(
    State(context): State<Context>,
    Query(query): Parameters,
    request: Request,
) -> Response {
    let form = form(&context.app, &query);
    render(&context, StatusCode::OK, PageData::Register(form), request).await
}

pub async fn chat(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    Query(query): Parameters,
    request: Request,
) -> Response {
    let place = Place::of(request.uri().path()).unwrap_or(Place::Home);
    let data = match visitor.identity {
        Some(me) => chat_data(&context.app, &me, place, form_error(&query)).await,
        None => Err(Error::Unauthenticated),
    };
    let (status, data) = match data {
        Ok(data) => (status_of(&data), PageData::Chat(Box::new(data))),
        Err(error) => {
            error.log();
            (error.status(), PageData::Message(MessageKind::Failed))
        }
    };
    render(&context, status, data, request).await
}

/// A file of the built site: the same for everybody, so nobody is looked up.
pub async fn file(State(context): State<Context>, request: Request) -> Response {
    context
        .site
        .serve(request.uri().path(), request.headers())
        .unwrap_or_else(|| Error::NotFound.into_response())
}

/// A static file, or the page that says there is nothing.
pub async fn file_or_not_found(State(context): State<Context>, request: Request) -> Response {
    if let Some(file) = context.site.serve(request.uri().path(), request.headers()) {
        return file;
    }
    let data = PageData::Message(MessageKind::NotFound);
    render(&context, StatusCode::NOT_FOUND, data, request).await
}

async fn chat_data(
    app: &Arc<App>,
    me: &Identity,
    place: Place,
    error: Option<ApiError>,
) -> Result<ChatData> {
    let threads = threads::list(app, me).await?;
    let open = match place {
        Place::Thread(id) => Some(id),
        Place::Home => threads.first().map(|thread| thread.id),
    };
    let open = match open {
        Some(id) => {
            let newest = HistoryRequest::newest(id);
            let listed = threads.iter().find(|thread| thread.id == id);
            let page = match listed {
                Some(thread) => messages::page(app, thread.clone(), newest).await,
                None => messages::history(app, me, newest).await,
            };
            Some((id, page.map_err(|error| error.to_api())))
        }
        None => None,
    };
    Ok(ChatData {
        me: me.user.clone(),
        place,
        threads,
        open,
        error,
    })
}

fn status_of(data: &ChatData) -> StatusCode {
    match &data.open {
        Some((_, Err(ApiError::NotFound))) => StatusCode::NOT_FOUND,
        Some((_, Err(_))) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    }
}

fn form(app: &App, query: &HashMap<String, String>) -> FormData {
    FormData {
        policy: accounts::registration_policy(app),
        invite: query.get("invite").cloned().unwrap_or_default(),
        next: query
            .get("next")
            .and_then(|path| Place::of(path))
            .unwrap_or(Place::Home),
        error: form_error(query),
    }
}

/// The error of a form that was posted without JavaScript. Anybody can write such an address, so
/// it names an error of ours and brings no words of its own.
fn form_error(query: &HashMap<String, String>) -> Option<ApiError> {
    let encoded = query.get(ERROR)?;
    Some(ServerFnUrlError::<ApiError>::decode_err(encoded))
}

async fn render(
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

/// A call of a server function, by the script or by a form.
pub async fn server_function(State(context): State<Context>, request: Request) -> Response {
    let (path, method) = (request.uri().path(), request.method().clone());
    if get_server_fn_service(path, method).is_none() {
        return Error::NotFound.into_response();
    }
    let shared = context.shared();
    leptos_axum::handle_server_fns_with_context(move || provide_context(shared.clone()), request)
        .await
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_the_address_is_one_of_ours_or_none() {
        let query = |text: &str| HashMap::from([(ERROR.to_owned(), text.to_owned())]);
        // {"WrongCredentials"} as the form's redirect writes it.
        let known = form_error(&query("Ildyb25nQ3JlZGVudGlhbHMi"));
        assert_eq!(known, Some(ApiError::WrongCredentials));
        let crafted = form_error(&query("PGgxPmhhY2tlZDwvaDE-"));
        assert_eq!(crafted, Some(ApiError::Internal));
    }
}
