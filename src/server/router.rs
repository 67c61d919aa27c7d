//! The route table, readable from top to bottom.
//!
//! Three worlds that do not mix: pages and server functions know a cookie and are guarded against
//! cross-site requests; `/api/v1` knows tokens only, and listed origins may use it; the server API
//! (`/api/publish` …) is for the application's own backend, with a token that may do that.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestId, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use super::chat::backend;
use super::clock::Entropy;
use super::hex::hex;
use super::http::context::Context;
use super::http::{
    avatars, calls, files, headers, health, page, posting, rest, sessions, socket, visitor,
};
use super::realtime::server_api;
use crate::protocol::Place;

/// Bytes in the body of a form or a call.
const BODY: usize = 128 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All routes of the server.
pub fn router(context: Context) -> Router {
    let entropy = context.app.entropy.clone();
    Router::new()
        .route("/pkg/{*file}", get(page::file))
        .route(
            "/emoji.txt",
            get(page::emoji).layer(CompressionLayer::new()),
        )
        .merge(pages(&context))
        .merge(files_of_people(&context))
        .merge(for_programs(&context))
        .merge(server_api::routes(
            context.engine.clone(),
            backend::authorisation(&context.app),
        ))
        .merge(connections(&context))
        .layer(from_fn_with_state(context.clone(), visitor::locate))
        .layer(from_fn_with_state(context.clone(), headers::secure))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_failure(log_failure),
        )
        .layer(SetRequestIdLayer::new(REQUEST_ID, RandomIds(entropy)))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(context)
}

/// "Not now" is no fault of the program: whoever says so has said why.
#[allow(clippy::needless_pass_by_value)]
fn log_failure(failure: ServerErrorsFailureClass, latency: Duration, _span: &tracing::Span) {
    match failure {
        ServerErrorsFailureClass::StatusCode(StatusCode::SERVICE_UNAVAILABLE) => {
            tracing::debug!(?latency, "not available for the moment");
        }
        failure => tracing::error!(%failure, ?latency, "request failed"),
    }
}

/// Pages and the server functions behind them.
fn pages(context: &Context) -> Router<Context> {
    Router::new()
        .merge(places())
        .route(
            "/api/{*function}",
            post(calls::call).fallback(method_not_allowed),
        )
        .fallback(page::file_or_not_found)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(tower_http::limit::RequestBodyLimitLayer::new(BODY))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(context.clone(), visitor::identify))
        .layer(csrf(context))
        .layer(map_response(explain_refusal))
}

/// What people upload and see: as large as a file may be, and pressed together already.
fn files_of_people(context: &Context) -> Router<Context> {
    files::routes(&context.app)
        .merge(avatars::routes(context))
        .merge(posting::routes(context))
        .layer(from_fn_with_state(context.clone(), visitor::identify))
        .layer(csrf(context))
        .layer(map_response(explain_refusal))
}

/// One route for each kind of place there is.
fn places() -> Router<Context> {
    let mut router = Router::new();
    for route in Place::ROUTES {
        router = router.route(route, get(page::place));
    }
    router
}

async fn method_not_allowed() -> rest::Refusal {
    rest::Refusal::NotAllowed
}

/// The socket, and what stands in for it.
fn connections(context: &Context) -> Router<Context> {
    Router::new()
        .route("/connection/http_stream", post(socket::stream))
        .route("/connection/sse", get(socket::events))
        .route("/emulation", post(socket::emulate))
        .route("/connection/uni_http_stream", post(socket::stream_one_way))
        .route(
            "/connection/uni_sse",
            get(socket::events_one_way).post(socket::events_one_way),
        )
        .layer(cors(context))
        .route("/connection/websocket", get(socket::upgrade))
        .route("/connection/uni_websocket", get(socket::upgrade_one_way))
}

/// The API for programs.
fn for_programs(context: &Context) -> Router<Context> {
    Router::new()
        .route(
            "/api/v1/sessions",
            post(sessions::create).delete(sessions::delete),
        )
        .merge(rest::routes(&context.app))
        .route("/api/v1/{*rest}", any(rest::not_found))
        .layer(DefaultBodyLimit::max(BODY))
        .merge(files::routes_for_programs(&context.app))
        .merge(avatars::routes_for_programs(&context.app))
        .layer(cors(context))
}

/// Pages of listed origins may ask, without cookies.
fn cors(context: &Context) -> CorsLayer {
    let origins = context.origins.allowed.iter();
    let origins: Vec<HeaderValue> = origins.filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
}

/// Requests from other sites' pages are refused. Behind a proxy only the public address says which
/// site is ours.
fn csrf(context: &Context) -> CsrfLayer {
    let mut layer = CsrfLayer::new();
    if let Some(own) = &context.origins.own {
        layer = layer
            .add_trusted_origin(own)
            .unwrap_or_else(|_| CsrfLayer::new());
    }
    layer
}

/// A refusal of another site's form comes without a word, and may meet somebody whose proxy hides
/// where forms come from.
async fn explain_refusal(response: Response) -> Response {
    let is_bare = response.body().size_hint().exact() == Some(0);
    if response.status() != StatusCode::FORBIDDEN || !is_bare {
        return response;
    }
    let text = "This form was not sent from a page of this server, as far as the browser says.\n\
        If it was: load the page again at the address that the server knows (its public-url),\n\
        and let the proxy before it send neither \"Referrer-Policy: no-referrer\" nor another Host.\n";
    (StatusCode::FORBIDDEN, text).into_response()
}

fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    let text = "Something went wrong on the server. Please try again.\n";
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

fn request_span<B>(request: &http::Request<B>) -> tracing::Span {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok());
    // The path only: a query may carry an invitation.
    let path = request.uri().path();
    tracing::info_span!("request", id, method = %request.method(), path)
}

#[derive(Clone)]
struct RandomIds(Entropy);

impl MakeRequestId for RandomIds {
    fn make_request_id<B>(&mut self, _request: &http::Request<B>) -> Option<RequestId> {
        let id = hex(&self.0.bytes::<8>());
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}
