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
mod parts;
pub mod places;
pub mod protocol;

pub mod words;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server rendered. If that fails, or something later does, the page
/// says so: nothing is worse than one that looks alive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use client::browser;

    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        browser::say(words::STOPPED, words::LOAD_AGAIN);
    }));
    let Some((page, data)) = browser::page().zip(browser::page_data()) else {
        return;
    };
    // Already there if it fails.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    leptos::task::spawn_local(async move {
        // Without its part the page stays as the server drew it, and its links and forms work.
        if data.load_parts().await.is_ok() {
            let app = move || app::App(app::AppProps { data });
            leptos::mount::hydrate_from(page, app).forget();
        } else {
            browser::say(words::PART_MISSING, words::LOAD_AGAIN);
        }
    });
}
