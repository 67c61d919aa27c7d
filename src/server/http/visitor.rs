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
use crate::protocol::{Hours, Place, ReadersClock, Timestamp};
use crate::server::auth::{Identity, RequestSource};
use crate::server::error::Error;
use crate::server::state::App;

/// The person behind a request, if they are signed in, and where they came from.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub identity: Option<Identity>,
    /// The session's token.
    pub token: Option<String>,
    pub source: RequestSource,
    /// How times are shown to them.
    pub clock: ReadersClock,
}

/// The cookie in which the browser tells how it shows times. It says nothing of anybody.
const CLOCK_COOKIE: &str = "hubbub_clock";

/// The proxies whose word about a client's address counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Arc<[IpNet]>);

/// Notes where each request came from.
pub async fn locate(
    State(proxies): State<TrustedProxies>,
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip());
    let headers = request.headers();
    if came_by_a_proxy(headers) {
        app.noticed_a_proxy();
    }
    let user_agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let source = RequestSource {
        address: proxies.client(peer, headers),
        user_agent: user_agent.unwrap_or_default().to_owned(),
    };
    request.extensions_mut().insert(source);
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
        Some(token) => match app.sessions.authenticate(token).await {
            Ok(identity) => identity,
            Err(error) => return unavailable(&error),
        },
        None => None,
    };
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str());
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(elsewhere) = elsewhere(address, identity.is_some())
    {
        return Redirect::to(&elsewhere).into_response();
    }
    let Some(source) = request.extensions().get::<RequestSource>().cloned() else {
        return Error::internal("a request that nobody has located").into_response();
    };
    let clock = readers_clock(request.headers(), app.clock.now());
    request.extensions_mut().insert(Visitor {
        identity,
        token,
        source,
        clock,
    });
    next.run(request).await
}

/// Where this server is, as far as it knows: by its configuration, or as the browser calls it.
pub fn base(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(http::header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("localhost"))
}

/// Where somebody belongs who asks for this page. The form knows where to go on to.
fn elsewhere(address: &str, signed_in: bool) -> Option<String> {
    let place = Place::parse(address)?;
    match (signed_in, place.is_for_members()) {
        (false, true) => Some(place.behind_sign_in().to_string()),
        (true, false) => {
            let next = match place {
                Place::SignIn {
                    next: Some(next), ..
                } => *next,
                _ => Place::Home,
            };
            Some(next.to_string())
        }
        _ => None,
    }
}

fn unavailable(error: &Error) -> Response {
    error.log();
    let page = include_str!("unavailable.html");
    let status = http::StatusCode::SERVICE_UNAVAILABLE;
    let seconds = error.retry_after().unwrap_or(2).to_string();
    let again = [(http::header::RETRY_AFTER, seconds)];
    (status, again, axum::response::Html(page)).into_response()
}

impl TrustedProxies {
    /// The client's address: the last one in `X-Forwarded-For` that no trusted proxy has, if the
    /// request itself came from a trusted proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let entries = headers
            .get_all("x-forwarded-for")
            .into_iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','));
        // From the nearest on: who put an entry there vouches for nothing further away if it is
        // not trusted, and an entry that says nothing hides all that is beyond it.
        let mut nearest = peer;
        for entry in entries.collect::<Vec<_>>().into_iter().rev() {
            let Some(address) = forwarded(entry.trim()) else {
                break;
            };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: with or without a port, brackets or quotes.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches('"');
    let parsed = entry.parse::<IpAddr>().ok();
    let parsed = parsed.or_else(|| {
        entry
            .parse::<SocketAddr>()
            .ok()
            .map(|with_port| with_port.ip())
    });
    let bare = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    parsed
        .or_else(bare)
        .map(|address: IpAddr| address.to_canonical())
}

/// What a proxy adds, whatever its configuration.
fn came_by_a_proxy(headers: &HeaderMap) -> bool {
    [
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "forwarded",
        "via",
        "x-real-ip",
    ]
    .iter()
    .any(|name| headers.contains_key(*name))
}

/// How the browser said last that it shows times.
fn readers_clock(headers: &HeaderMap, now: Timestamp) -> ReadersClock {
    let said = super::cookie::value(headers, CLOCK_COOKIE);
    let parsed = said.as_deref().and_then(|text| {
        let (offset, hours) = text.split_once('.')?;
        let offset: i64 = offset.parse().ok()?;
        let hours = match hours {
            "12" => Hours::Twelve,
            _ => Hours::TwentyFour,
        };
        // No zone is further away than fourteen hours.
        (offset.abs() <= 14 * 60).then_some((offset, hours))
    });
    let (offset, hours) = parsed.unzip();
    ReadersClock {
        offset,
        hours: hours.unwrap_or_default(),
        now,
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
    fn what_a_proxy_writes_is_understood_and_what_is_not_hides_what_is_beyond() {
        let proxies = &["10.0.0.0/8"];
        for (forwarded, expected) in [
            ("1.2.3.4, 203.0.113.7:50001", "203.0.113.7"),
            ("1.2.3.4, [2001:db8::1]:443", "2001:db8::1"),
            ("1.2.3.4, [2001:db8::1]", "2001:db8::1"),
            ("1.2.3.4, unknown", "10.0.0.1"),
            ("1.2.3.4, unknown, 10.0.0.9", "10.0.0.9"),
            ("1.2.3.4,", "10.0.0.1"),
            ("::ffff:9.9.9.9", "9.9.9.9"),
            ("\"9.9.9.9\"", "9.9.9.9"),
        ] {
            assert_eq!(
                client(proxies, "10.0.0.1", forwarded),
                expected,
                "{forwarded}"
            );
        }
    }

    #[test]
    fn the_clock_is_what_the_browser_said_or_nothing() {
        let said = |cookie: &str| {
            let headers = HeaderMap::from_iter([(http::header::COOKIE, cookie.parse().unwrap())]);
            let clock = readers_clock(&headers, Timestamp(0));
            (clock.offset, clock.hours)
        };
        assert_eq!(said("hubbub_clock=-300.12"), (Some(-300), Hours::Twelve));
        assert_eq!(said("hubbub_clock=60.24"), (Some(60), Hours::TwentyFour));
        assert_eq!(said("hubbub_clock=9999.24"), (None, Hours::TwentyFour));
        assert_eq!(said("hubbub_clock=x"), (None, Hours::TwentyFour));
    }

    #[test]
    fn strangers_are_sent_to_the_form_and_members_away_from_it() {
        let there = |path, signed_in| elsewhere(path, signed_in).unwrap_or_default();
        assert_eq!(there("/", false), "/login");
        assert_eq!(there("/t/7", false), "/login?next=/t/7");
        assert_eq!(there("/t/7?m=9", false), "/login?next=/t/7%3Fm%3D9");
        assert_eq!(there("/login?next=/t/7", true), "/t/7");
        assert_eq!(there("/t/x&y", false), "/login?next=/t/0");
        assert_eq!(there("/login", true), "/");
        assert_eq!(there("/register", true), "/");
        assert_eq!(elsewhere("/", true), None);
        assert_eq!(elsewhere("/login", false), None);
        assert_eq!(elsewhere("/nowhere", false), None);
    }
}
