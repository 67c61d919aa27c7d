//! Calls of server functions: by the script, or as plain forms without it.
//!
//! Both come to the same addresses, so a form works before the script has loaded and where there
//! is none.

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use leptos::prelude::provide_context;
use leptos::server_fn::axum::get_server_fn_service;

use super::context::Context;
use super::forms;
use super::visitor::Visitor;
use crate::server::error::Error;

/// A call of a server function by the script, or a form without it.
pub async fn call(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    if forms::is_form(request.headers()) {
        return Box::pin(forms::take(&context, visitor, request)).await;
    }
    let (path, method) = (request.uri().path(), request.method().clone());
    if get_server_fn_service(path, method).is_none() {
        return Error::NotFound.into_response();
    }
    let in_call = context.in_call();
    leptos_axum::handle_server_fns_with_context(move || provide_context(in_call.clone()), request)
        .await
        .into_response()
}
