//! The shell around every page, and the routes.
use leptos::prelude::*;
use leptos::config::LeptosOptions;

#[derive(Clone, Debug)]
pub struct SitePaths { pub script: String, pub wasm: String, pub style: String }
pub struct Shell { pub leptos: LeptosOptions, pub paths: SitePaths }
pub fn shell(_shell: Shell) -> impl IntoView { view! { <App/> } }
#[component]
pub fn App() -> impl IntoView { view! { <p>"x"</p> } }
