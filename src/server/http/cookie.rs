//! The session's cookie.
//!
//! Over https it has the `__Host-` prefix, so no other host or path can set it; browsers refuse
//! that prefix over plain http, where only a server on this machine should be used anyway.

use http::HeaderMap;
use http::header::COOKIE;

/// How this server's session cookie is written.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookie {
    secure: bool,
    max_age_seconds: i64,
}

impl SessionCookie {
    pub fn new(public_url: Option<&str>, max_days: u32) -> Self {
        Self {
            secure: public_url.is_some_and(|url| url.starts_with("https://")),
            max_age_seconds: i64::from(max_days) * 24 * 60 * 60,
        }
    }

    /// The value of `Set-Cookie` that keeps a token in the browser.
    pub fn keep(self, token: &str) -> String {
        self.write(token, self.max_age_seconds)
    }

    /// The value of `Set-Cookie` that removes it.
    pub fn forget(self) -> String {
        self.write("", 0)
    }

    /// The token a request carries.
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(COOKIE)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    fn write(self, value: &str, max_age: i64) -> String {
        let name = self.name();
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
    }

    fn name(self) -> &'static str {
        if self.secure {
            "__Host-hubbub"
        } else {
            "hubbub_session"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_its_host() {
        let cookie = SessionCookie::new(Some("https://chat.example.org"), 1);
        assert_eq!(
            cookie.keep("t"),
            "__Host-hubbub=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure"
        );
    }

    #[test]
    fn a_token_is_read_from_among_other_cookies_and_only_under_its_name() {
        let cookie = SessionCookie::new(None, 1);
        let token = cookie.read(&request("a=b; hubbub_session=t; c=d"));
        assert_eq!(token.as_deref(), Some("t"));
        assert_eq!(cookie.read(&request("xhubbub_session=t")), None);
        assert_eq!(cookie.read(&request("__Host-hubbub=t")), None);
        assert_eq!(cookie.read(&request("hubbub_session=")), None);
    }
}
