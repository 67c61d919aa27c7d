//! The session's cookie.
//!
//! Over https it has the `__Host-` prefix, so no other host or path can set it; browsers refuse
//! that prefix over plain http, where only a server on this machine should be used anyway. Cookies
//! know hosts and no ports, so the port is part of the name: two servers of one host do not throw
//! out each other's people.

use std::sync::Arc;

use http::HeaderMap;
use http::header::COOKIE;

/// How this server's session cookie is written.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    secure: bool,
    name: Arc<str>,
    max_age_seconds: i64,
}

impl SessionCookie {
    /// `port` is where the server listens, if it has no public address.
    pub fn new(public_url: Option<&str>, port: u16, max_days: u32) -> Self {
        let secure = public_url.is_some_and(|url| url.starts_with("https://"));
        let url = public_url.and_then(|url| url::Url::parse(url).ok());
        let port = match url {
            Some(url) => url.port(),
            None => Some(port),
        };
        let stem = match secure {
            true => "__Host-hubbub",
            false => "hubbub_session",
        };
        let name = match port {
            Some(port) => format!("{stem}_{port}"),
            None => stem.to_owned(),
        };
        Self {
            secure,
            name: name.into(),
            max_age_seconds: i64::from(max_days) * 24 * 60 * 60,
        }
    }

    /// The value of `Set-Cookie` that keeps a token in the browser.
    pub fn keep(&self, token: &str) -> String {
        self.write(token, self.max_age_seconds)
    }

    /// The value of `Set-Cookie` that removes it.
    pub fn forget(&self) -> String {
        self.write("", 0)
    }

    /// The token a request carries.
    pub fn read(&self, headers: &HeaderMap) -> Option<String> {
        value(headers, &self.name)
    }

    fn write(&self, value: &str, max_age: i64) -> String {
        let name = &self.name;
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
    }
}

/// The value of a cookie, unless it is empty.
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_its_host() {
        let cookie = SessionCookie::new(Some("https://chat.example.org"), 3000, 1);
        assert_eq!(
            cookie.keep("t"),
            "__Host-hubbub=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure"
        );
    }

    #[test]
    fn a_token_is_read_from_among_other_cookies_and_only_under_its_name() {
        let cookie = SessionCookie::new(None, 3000, 1);
        let token = cookie.read(&request("a=b; hubbub_session_3000=t; c=d"));
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(cookie.read(&request("xhubbub_session_3000=t")), None);
        assert_eq!(cookie.read(&request("__Host-hubbub=t")), None);
        assert_eq!(cookie.read(&request("hubbub_session_3000=")), None);
    }

    #[test]
    fn two_servers_of_one_host_have_cookies_of_their_own() {
        let name = |url, port| SessionCookie::new(url, port, 1).name;
        assert_ne!(name(None, 3000), name(None, 3001));
        let (one, other) = ("https://chat.example.org", "https://chat.example.org:8443");
        assert_eq!(&*name(Some(one), 3000), "__Host-hubbub");
        assert_eq!(name(Some(one), 3000), name(Some(one), 3001));
        assert_ne!(name(Some(one), 3000), name(Some(other), 3000));
    }
}
