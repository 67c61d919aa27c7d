//! Parts of the page that are not in the first download: loaded when they are first shown.
//!
//! A [`Part`] is a view behind a function that returns a plain function: `wasm_split` moves the body,
//! and all that only it needs, into a file of its own. Once that has arrived, the part is drawn like
//! any other view, in one go. So a page that shows one waits for it before it is taken over
//! ([`Part::load`]), and nothing has to hydrate piece by piece.
//!
//! Only the optimised site is split (feature `split`, `scripts/site.sh`). On the server, and under
//! `cargo leptos watch`, every part is there from the start.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::client::browser;
use crate::words;

/// Draws a part from what it needs. (Or makes something else: a part need not be a view.)
pub type Draw<P, R = AnyView> = fn(P) -> R;
/// A part on its way.
pub type Fetching = Pin<Box<dyn Future<Output = Result<(), Missing>>>>;
type Loading<P, R> = Pin<Box<dyn Future<Output = Result<Draw<P, R>, Missing>>>>;

/// What could not be had is asked for again after so long.
const AGAIN: Duration = Duration::from_secs(3);

/// The file did not come: no network, or a newer version has taken this one's place.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// A view that may have to be fetched first.
pub struct Part<P: 'static, R: 'static = AnyView> {
    fetch: fn() -> Loading<P, R>,
    draw: OnceLock<Draw<P, R>>,
}

/// Declares a part: its name, what it needs, and how it is drawn. Parts of one chunk come together.
macro_rules! part {
    ($(#[$doc:meta])* $vis:vis $NAME:ident in $chunk:ident: |$props:ident: $Props:ty| $view:expr) => {
        $crate::parts::part!(
            $(#[$doc])*
            $vis $NAME in $chunk: |$props: $Props| -> leptos::prelude::AnyView {
                leptos::prelude::IntoAny::into_any($view)
            }
        );
    };
    (
        $(#[$doc:meta])*
        $vis:vis $NAME:ident in $chunk:ident: |$props:ident: $Props:ty| -> $Made:ty $make:block
    ) => {
        $(#[$doc])*
        $vis static $NAME: $crate::parts::Part<$Props, $Made> = {
            fn draw($props: $Props) -> $Made {
                $make
            }
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split(
                $chunk,
                wasm_split_path = ::leptos::wasm_split,
                fallible
            )]
            fn fetch() -> Result<$crate::parts::Draw<$Props, $Made>, $crate::parts::Missing> {
                Ok(draw)
            }
            #[cfg(not(feature = "split"))]
            #[allow(clippy::unused_async)]
            async fn fetch() -> Result<$crate::parts::Draw<$Props, $Made>, $crate::parts::Missing> {
                Ok(draw)
            }
            $crate::parts::Part::new(|| Box::pin(fetch()))
        };
    };
}
pub(crate) use part;

impl<P: 'static, R: 'static> Part<P, R> {
    pub const fn new(fetch: fn() -> Loading<P, R>) -> Self {
        Self {
            fetch,
            draw: OnceLock::new(),
        }
    }

    /// Fetches it, if that has not been done.
    ///
    /// # Errors
    /// It cannot be had.
    pub async fn load(&self) -> Result<Draw<P, R>, Missing> {
        if let Some(draw) = self.draw.get() {
            return Ok(*draw);
        }
        // The style first, which is fetched once: nothing is drawn before it is there. (Both at once
        // would be half a kilobyte more of the first download.)
        if cfg!(target_arch = "wasm32") && !browser::style_what_opens_later().await {
            return Err(Missing);
        }
        let draw = (self.fetch)().await?;
        Ok(*self.draw.get_or_init(|| draw))
    }

    /// The same for who draws it another time.
    pub fn fetch(&'static self) -> Fetching {
        Box::pin(async { self.load().await.map(drop) })
    }

    /// Fetches it, again and again until it can be had, and goes on with it: for what nobody has asked
    /// for by a press that they could repeat.
    pub fn insist(&'static self, go_on: impl FnOnce(Draw<P, R>) + 'static) {
        spawn_local(async move {
            match self.load().await {
                Ok(draw) => go_on(draw),
                Err(Missing) => set_timeout(move || self.insist(go_on), AGAIN),
            }
        });
    }

    /// What draws it, if it is there. On the server it always is.
    pub fn get(&self) -> Option<Draw<P, R>> {
        match self.draw.get() {
            None if !cfg!(target_arch = "wasm32") => self.load().now_or_never()?.ok(),
            draw => draw.copied(),
        }
    }
}

impl<P: Clone + Send + Sync + 'static> Part<P> {
    /// Draws it: at once if it is there, when it has come otherwise.
    pub fn show(&'static self, props: P) -> AnyView {
        if let Some(draw) = self.get() {
            return draw(props);
        }
        let draw = move || self.get().map(|draw| draw(props.clone()));
        show_later(self.fetch(), Box::new(draw))
    }
}

/// What the server draws and the browser does not hydrate: there it is nothing, until something takes its
/// place.
pub fn drawn_by_the_server<V: IntoView>(view: impl FnOnce() -> V) -> String {
    match cfg!(target_arch = "wasm32") {
        true => String::new(),
        false => view().into_view().to_html(),
    }
}

/// The same as a view, for as long as what takes its place is on its way.
pub fn early<V: IntoView>(view: impl FnOnce() -> V) -> AnyView {
    let drawn = drawn_by_the_server(view);
    view! { <div class="early" inner_html=drawn></div> }.into_any()
}

/// The same for every part, and so not once for each.
fn show_later(part: Fetching, draw: Box<dyn Fn() -> Option<AnyView> + Send + Sync>) -> AnyView {
    let has_come = RwSignal::new(None);
    spawn_local(async move {
        let fetched = part.await;
        // Whoever has gone on meanwhile does not wait for it.
        let _ = has_come.try_set(Some(fetched.is_ok()));
    });
    let view = move || match has_come.get() {
        None => ().into_any(),
        Some(_) => draw().unwrap_or_else(|| view! { <MissingPart /> }.into_any()),
    };
    view.into_any()
}

#[component]
fn MissingPart() -> impl IntoView {
    view! {
        <div class="empty" role="alert">
            <p>{words::PART_MISSING}</p>
            <button type="button" class="button" on:click=|_| browser::reload()>
                {words::LOAD_AGAIN}
            </button>
        </div>
    }
}
