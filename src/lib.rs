//! Hubbub: self-hosted real-time chat, the same Rust on the server and in the browser.
//!
//! `protocol`, `words`, `api`, `app`, `places`, `components` and `client` are compiled for both sides;
//! `server` only with the `ssr` feature. See ARCHITECTURE.md.

// Views are nested types; the default limit is too small for a whole page.
#![recursion_limit = "512"]

pub mod api;
pub mod app;
pub mod client;
pub mod components;
pub mod places;
pub mod protocol;

pub mod words;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if let Some(data) = client::browser::page_data() {
        leptos::mount::hydrate_body(move || app::App(app::AppProps { data }));
    }
}
