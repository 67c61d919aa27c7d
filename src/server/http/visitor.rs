//! Who a page is for: one look-up per request, kept in the request's extensions.
//!
//! Pages for members send strangers to the sign-in form, and the forms send members on to the
//! chat, before anything is rendered.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::USER_AGENT;
use http::{HeaderMap, Method};
use ipnet::IpNet;

use super::cookie::SessionCookie;
use crate::client::place::Place;
use crate::server::auth::{Identity, Origin, session};
use crate::server::error::Error;
use crate::server::state::App;

/// The person behind a request, if they are signed in, and where they came from.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub identity: Option<Identity>,
    /// The session's token.
    pub token: Option<String>,
    pub origin: Origin,
}

/// The proxies whose word about a client's address counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Arc<[IpNet]>);

/// Notes where each request came from.
pub async fn locate(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip());
    let headers = request.headers();
    let user_agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let origin = Origin {
        address: proxies.client(peer, headers),
        user_agent: user_agent.unwrap_or_default().to_owned(),
    };
    request.extensions_mut().insert(origin);
    next.run(request).await
}

/// Looks up who is visiting, and sends on who is at the wrong page.
pub async fn identify(
    State(app): State<Arc<App>>,
    State(cookie): State<SessionCookie>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = cookie.read(request.headers());
    let identity = match &token {
        Some(token) => match session::authenticate(&app, token).await {
            Ok(identity) => identity,
            Err(error) => return unavailable(&error),
        },
        None => None,
    };
    if request.method() == Method::GET
        && let Some(elsewhere) = elsewhere(request.uri().path(), identity.is_some())
    {
        return Redirect::to(&elsewhere).into_response();
    }
    let Some(origin) = request.extensions().get::<Origin>().cloned() else {
        return Error::internal("a request without an origin").into_response();
    };
    request.extensions_mut().insert(Visitor {
        identity,
        token,
        origin,
    });
    next.run(request).await
}

/// Where somebody belongs who asks for this page. The form knows where to go on to.
fn elsewhere(path: &str, signed_in: bool) -> Option<String> {
    let for_strangers = path == "/login" || path == "/register";
    match (signed_in, Place::of(path)) {
        (false, Some(Place::Home)) => Some("/login".to_owned()),
        (false, Some(place)) => Some(format!("/login?next={}", place.path())),
        (true, _) if for_strangers => Some("/".to_owned()),
        _ => None,
    }
}

fn unavailable(error: &Error) -> Response {
    error.log();
    let page = include_str!("unavailable.html");
    let status = http::StatusCode::SERVICE_UNAVAILABLE;
    (status, axum::response::Html(page)).into_response()
}

impl TrustedProxies {
    /// The client's address: the last one in `X-Forwarded-For` that no trusted proxy has, if the
    /// request itself came from a trusted proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        headers
            .get_all("x-forwarded-for")
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|address| address.trim().parse().ok())
            .rfind(|address| !self.trusts(*address))
            .unwrap_or(peer)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &str) -> String {
        let networks = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let headers = HeaderMap::from_iter([(
            "x-forwarded-for".parse().unwrap(),
            forwarded.parse().unwrap(),
        )]);
        TrustedProxies(networks)
            .client(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        assert_eq!(
            client(&["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 9.9.9.9, 10.0.0.7"),
            "9.9.9.9"
        );
        assert_eq!(client(&[], "10.0.0.1", "1.2.3.4"), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "8.8.8.8", "1.2.3.4"), "8.8.8.8");
    }

    #[test]
    fn strangers_are_sent_to_the_form_and_members_away_from_it() {
        let there = |path, signed_in| elsewhere(path, signed_in).unwrap_or_default();
        assert_eq!(there("/", false), "/login");
        assert_eq!(there("/t/7", false), "/login?next=/t/7");
        assert_eq!(there("/t/x&y", false), "/login?next=/t/0");
        assert_eq!(there("/login", true), "/");
        assert_eq!(there("/register", true), "/");
        assert_eq!(elsewhere("/", true), None);
        assert_eq!(elsewhere("/login", false), None);
        assert_eq!(elsewhere("/nowhere", false), None);
    }
}
