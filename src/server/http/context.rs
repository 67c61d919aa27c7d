//! What the routes share, put together once from the configuration.
//!
//! Each route takes out of it what it needs; only what draws whole pages is given all of it.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use super::cookie::SessionCookie;
use super::headers::Https;
use super::health::Health;
use super::site::Site;
use super::socket::OriginPolicy;
use super::visitor::TrustedProxies;
use crate::server::chat::socket::Caller;
use crate::server::config::Config;
use crate::server::functions::InCall;
use crate::server::realtime::Engine;
use crate::server::state::App;

/// What the routes share.
#[derive(Clone, FromRef)]
pub struct Context {
    pub app: Arc<App>,
    pub engine: Arc<Engine<Caller>>,
    pub leptos: LeptosOptions,
    pub health: Arc<Health>,
    pub site: Site,
    pub cookie: SessionCookie,
    pub origins: OriginPolicy,
    pub proxies: TrustedProxies,
    pub https: Https,
}

impl Context {
    pub fn new(
        config: &Config,
        app: Arc<App>,
        engine: Arc<Engine<Caller>>,
        leptos: LeptosOptions,
        port: u16,
    ) -> Self {
        let public_url = config.server.public_url.clone();
        let https = public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"));
        Self {
            health: Arc::new(Health::new(&app)),
            app,
            engine,
            leptos,
            site: Site::load(),
            cookie: SessionCookie::new(
                public_url.as_deref(),
                port,
                config.accounts.session_max_days,
            ),
            origins: OriginPolicy {
                own: public_url,
                allowed: config.server.allowed_origins.clone(),
            },
            proxies: TrustedProxies(config.server.trusted_proxies.iter().map(|n| n.0).collect()),
            https: Https(https),
        }
    }

    /// What server functions need.
    pub fn in_call(&self) -> InCall {
        InCall {
            app: self.app.clone(),
            cookie: self.cookie.clone(),
        }
    }
}
