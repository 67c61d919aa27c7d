//! `/connection/websocket`, and the streams of HTTP that stand in for it where a network swallows
//! sockets: `/connection/http_stream`, `/connection/sse`, and `/emulation` beside them; and the three for
//! who only listens, `/connection/uni_…`. Above all, whose page may ask for them.
//!
//! A cookie is sent along by any page of the same site, and there is no preflight for a socket.
//! So the origin decides: our own may use the cookie, listed ones may use tokens, any other is
//! turned away. A client without an origin is no browser: it may use tokens, and if it brings our
//! cookie something is wrong. (One exception: of a stream of events from our own page, a browser names
//! no origin, but says by itself that the page is ours.)

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::{Extensions, HeaderMap, StatusCode, Uri};

use super::cookie::SessionCookie;
use crate::server::auth::RequestSource;
use crate::server::chat::socket::{Caller, CookieToken};
use crate::server::realtime::{Engine, Upgrade, Visit};

/// Which origins may open a socket.
#[derive(Clone, Debug)]
pub struct OriginPolicy {
    /// Our own, if it is configured; otherwise whatever host the request was sent to.
    pub own: Option<String>,
    /// Others, with tokens only.
    pub allowed: Vec<String>,
}

/// What a socket may authenticate with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AcceptedCredential {
    CookieOrToken,
    TokenOnly,
    Refused,
}

impl OriginPolicy {
    fn decide(&self, headers: &HeaderMap, has_cookie: bool) -> AcceptedCredential {
        let Some(origin) = headers.get(ORIGIN) else {
            return if is_asked_by_our_script(headers) {
                AcceptedCredential::CookieOrToken
            } else if has_cookie {
                AcceptedCredential::Refused
            } else {
                AcceptedCredential::TokenOnly
            };
        };
        let origin = origin.to_str().unwrap_or_default();
        if self.is_own(origin, headers) {
            AcceptedCredential::CookieOrToken
        } else if let Some(page) = as_page(origin)
            && self.is_own(&page, headers)
        {
            // No browser says that; programs do, and bring a token.
            if has_cookie {
                AcceptedCredential::Refused
            } else {
                AcceptedCredential::TokenOnly
            }
        } else if self.allowed.iter().any(|allowed| allowed == origin) {
            AcceptedCredential::TokenOnly
        } else {
            AcceptedCredential::Refused
        }
    }

    fn is_own(&self, origin: &str, headers: &HeaderMap) -> bool {
        if let Some(own) = &self.own {
            own == origin
        } else {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            let authority = origin.strip_prefix("https://");
            let authority = authority.or_else(|| origin.strip_prefix("http://"));
            authority.is_some() && authority == host
        }
    }
}

/// What browsers say of a stream of events that a script of our own page opens. No page can make them
/// say it otherwise: a link that is followed from our page, which anybody can have put into a message, is
/// "navigate", and a picture "no-cors". (They say so over https and on the machine itself only; elsewhere
/// such a stream is refused.)
fn is_asked_by_our_script(headers: &HeaderMap) -> bool {
    let says = |name: &str, what: &str| headers.get(name).is_some_and(|value| value == what);
    says("sec-fetch-site", "same-origin")
        && says("sec-fetch-mode", "cors")
        && says("sec-fetch-dest", "empty")
}

/// The page's origin behind a socket's: some programs name the socket's own.
fn as_page(origin: &str) -> Option<String> {
    let secure = origin
        .strip_prefix("wss://")
        .map(|host| format!("https://{host}"));
    secure.or_else(|| {
        origin
            .strip_prefix("ws://")
            .map(|host| format!("http://{host}"))
    })
}

/// Opens a socket.
pub async fn upgrade(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    match visit(&policy, &cookie, source, &headers) {
        Some(visit) => engine.upgrade(upgrade, visit.address, visit.context),
        None => foreign(),
    }
}

/// Opens a stream of replies.
pub async fn stream(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    request: Request,
) -> Response {
    match visit(&policy, &cookie, source, request.headers()) {
        Some(visit) => engine.stream(request, visit).await,
        None => foreign(),
    }
}

/// Opens a stream of events.
pub async fn events(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match visit(&policy, &cookie, source, &headers) {
        Some(visit) => engine.events(uri.query(), visit),
        None => foreign(),
    }
}

/// Opens a socket on which the client only listens.
pub async fn upgrade_one_way(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    match visit(&policy, &cookie, source, &headers) {
        Some(visit) => engine.upgrade_one_way(upgrade, visit.address, visit.context),
        None => foreign(),
    }
}

/// Opens a stream beside which nothing comes.
pub async fn stream_one_way(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    request: Request,
) -> Response {
    match visit(&policy, &cookie, source, request.headers()) {
        Some(visit) => engine.stream_one_way(request, visit).await,
        None => foreign(),
    }
}

/// Opens a stream of events beside which nothing comes.
pub async fn events_one_way(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    request: Request,
) -> Response {
    match visit(&policy, &cookie, source, request.headers()) {
        Some(visit) => engine.events_one_way(request, visit).await,
        None => foreign(),
    }
}

/// Takes what a client sends beside its stream.
pub async fn emulate(
    State(engine): State<Arc<Engine<Caller>>>,
    State(policy): State<OriginPolicy>,
    State(cookie): State<SessionCookie>,
    source: Option<Extension<RequestSource>>,
    request: Request,
) -> Response {
    match visit(&policy, &cookie, source, request.headers()) {
        Some(visit) => {
            let status = engine.emulate(request, visit.owner.as_deref()).await;
            status.into_response()
        }
        None => foreign(),
    }
}

fn foreign() -> Response {
    (StatusCode::FORBIDDEN, "this origin may not connect\n").into_response()
}

/// Who it is, as far as a request says, if its origin may connect.
fn visit(
    policy: &OriginPolicy,
    cookie: &SessionCookie,
    source: Option<Extension<RequestSource>>,
    headers: &HeaderMap,
) -> Option<Visit> {
    let address = source.map_or(IpAddr::from([127, 0, 0, 1]), |Extension(source)| {
        source.address
    });
    let token = cookie.read(headers);
    let accepted = policy.decide(headers, token.is_some());
    if accepted == AcceptedCredential::Refused {
        tracing::info!(
            %address,
            origin = ?headers.get(ORIGIN),
            host = ?headers.get(HOST),
            public_url = ?policy.own,
            "socket refused: foreign origin. Behind a proxy, pass the browser's Host on whole \
             (nginx: $http_host) or set the public URL"
        );
        return None;
    }
    let token = token.filter(|_| accepted == AcceptedCredential::CookieOrToken);
    let mut context = Extensions::new();
    context.insert(CookieToken(token.clone()));
    Some(Visit {
        address,
        owner: token,
        context,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "chat.example.org".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    fn policy(own: Option<&str>) -> OriginPolicy {
        OriginPolicy {
            own: own.map(str::to_owned),
            allowed: vec!["https://app.example.net".to_owned()],
        }
    }

    #[test]
    fn our_own_page_may_use_the_cookie() {
        let headers = headers(Some("https://chat.example.org"));
        let own = Some("https://chat.example.org");
        assert_eq!(
            policy(None).decide(&headers, true),
            AcceptedCredential::CookieOrToken
        );
        assert_eq!(
            policy(own).decide(&headers, true),
            AcceptedCredential::CookieOrToken
        );
    }

    #[test]
    fn a_listed_origin_may_use_tokens_only() {
        let headers = headers(Some("https://app.example.net"));
        assert_eq!(
            policy(None).decide(&headers, true),
            AcceptedCredential::TokenOnly
        );
    }

    #[test]
    fn a_program_may_name_the_socket_as_its_origin_and_brings_no_cookie() {
        let headers = headers(Some("wss://chat.example.org"));
        let own = Some("https://chat.example.org");
        for policy in [policy(None), policy(own)] {
            assert_eq!(
                policy.decide(&headers, false),
                AcceptedCredential::TokenOnly
            );
            assert_eq!(policy.decide(&headers, true), AcceptedCredential::Refused);
        }
    }

    #[test]
    fn any_other_origin_is_refused_even_a_sibling_or_another_port() {
        for origin in [
            "https://evil.example",
            "https://www.chat.example.org",
            "https://chat.example.org:8443",
            "null",
            "",
        ] {
            let decided = policy(None).decide(&headers(Some(origin)), false);
            assert_eq!(decided, AcceptedCredential::Refused, "{origin:?}");
        }
    }

    #[test]
    fn with_a_configured_address_the_scheme_counts_too() {
        let own = Some("https://chat.example.org");
        let headers = headers(Some("http://chat.example.org"));
        assert_eq!(
            policy(own).decide(&headers, true),
            AcceptedCredential::Refused
        );
    }

    #[test]
    fn without_an_origin_a_token_is_fine_and_a_cookie_is_not() {
        assert_eq!(
            policy(None).decide(&headers(None), false),
            AcceptedCredential::TokenOnly
        );
        assert_eq!(
            policy(None).decide(&headers(None), true),
            AcceptedCredential::Refused
        );
    }

    #[test]
    fn without_an_origin_a_browser_says_whether_a_script_of_ours_asks_and_nobodys_link() {
        let with = |said: [&str; 3]| {
            let mut headers = headers(None);
            let names = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
            for (name, value) in names.into_iter().zip(said) {
                headers.insert(name, value.parse().unwrap());
            }
            policy(None).decide(&headers, true)
        };
        let ours = ["same-origin", "cors", "empty"];
        assert_eq!(with(ours), AcceptedCredential::CookieOrToken);
        for other in [
            ["same-site", "cors", "empty"],
            ["cross-site", "cors", "empty"],
            ["none", "navigate", "document"],
            ["same-origin", "navigate", "document"],
            ["same-origin", "navigate", "iframe"],
            ["same-origin", "no-cors", "image"],
        ] {
            assert_eq!(with(other), AcceptedCredential::Refused, "{other:?}");
        }
        let mut half = headers(None);
        half.insert("sec-fetch-site", "same-origin".parse().unwrap());
        let decided = policy(None).decide(&half, true);
        assert_eq!(decided, AcceptedCredential::Refused);
        // What an origin says counts, whatever else is said.
        let mut foreign = headers(Some("https://evil.example"));
        foreign.insert("sec-fetch-site", "same-origin".parse().unwrap());
        let decided = policy(None).decide(&foreign, true);
        assert_eq!(decided, AcceptedCredential::Refused);
    }
}
