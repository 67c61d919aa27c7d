//! Hubbub: self-hosted real-time chat, the same Rust on the server and in the browser.
//!
//! `protocol`, `api`, `app`, `pages`, `components` and `client` are compiled for both sides;
//! `server` only with the `ssr` feature. See ARCHITECTURE.md.

pub mod api;
pub mod app;
pub mod client;
pub mod components;
pub mod pages;
pub mod protocol;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
