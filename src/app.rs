//! The shell around every page, and which page is shown.
//!
//! The server prepares a page's data before anything is rendered, draws the page from it in one
//! go, and puts the same data into the document as JSON; the browser draws the same page from
//! there and takes over. So there is nothing to wait for while rendering, no router and no
//! resource in the download, and a page without JavaScript is whole.
//!
//! The document's title says what the server is called; a thread's name is put there later, by the
//! browser. Either is text: what people typed ends no element.

use std::marker::PhantomData;

use leptos::config::LeptosOptions;
use leptos::either::Either;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::components::chat::Chat;
use crate::components::thread::JOIN;
use crate::parts::Missing;
use crate::places::{self, FAILURE, NOTICE, REGISTER, SETUP, SIGN_IN};
use crate::protocol::frame::parse;
use crate::protocol::settings::InvitationState;
use crate::protocol::{
    ApiError, Content, Place, Preferences, RegistrationPolicy, Shared, ThreadId, Timestamp,
};
use crate::words;

/// What a page is drawn from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PageData {
    Login(Packed<FormData>),
    Register(Packed<FormData>),
    /// Where a new server gets its administrator; the code is in place of an invitation's.
    Setup(Packed<FormData>),
    Chat(Box<ChatData>),
    /// A page that has only something to say.
    Message(MessageKind),
}

/// Data that only a part of the page reads, as JSON: what reads it comes with that part.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Packed<T>(String, #[serde(skip)] PhantomData<T>);

impl<T: Serialize> From<T> for Packed<T> {
    fn from(data: T) -> Self {
        Self(
            serde_json::to_string(&data).unwrap_or_default(),
            PhantomData,
        )
    }
}

impl<T: DeserializeOwned + Default> Packed<T> {
    pub fn open(&self) -> T {
        parse(&self.0).unwrap_or_default()
    }
}

/// What the forms to sign in and register need.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FormData {
    pub policy: RegistrationPolicy,
    /// The code of an invitation link, how it stands, and who made it.
    pub invite: String,
    pub invitation: Option<InvitationState>,
    pub invited_by: Option<String>,
    /// What the server is called.
    pub server_name: String,
    /// What its first thread is to be called, where it is set up.
    pub thread_name: String,
    /// Where to go once signed in.
    pub next: Option<Place>,
    /// One was signed in, and it ended without having been asked for.
    pub has_ended: bool,
    /// What was wrong with the form that was posted before, without JavaScript, and what was
    /// typed into it.
    pub error: Option<ApiError>,
    pub username: String,
    pub name: String,
}

/// What the chat starts with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatData {
    pub shared: Shared,
    pub place: Place,
    pub content: Result<Content, ApiError>,
    /// What was written before is not sent without a word.
    pub signed_in_at: Timestamp,
    pub refused: Option<Refused>,
}

impl ChatData {
    /// It shows a thread that one does not belong to.
    fn can_join(&self) -> bool {
        let is_mine = |id| self.shared.threads.iter().any(|mine| mine.thread.id == id);
        let open = self.place.open_thread();
        self.content.is_ok() && open.is_some_and(|id| !is_mine(id))
    }
}

/// A form that was refused, posted without JavaScript.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// The thread whose composer it is; none for another form.
    pub thread: Option<ThreadId>,
    pub error: ApiError,
    pub typed: String,
    /// What was typed into the other fields of a form, by name.
    pub fields: Vec<(String, String)>,
}

impl Refused {
    /// What was typed into a field.
    pub fn field(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, typed)| typed.clone())
    }
}

/// What a page without data says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    NotFound,
    Failed,
    /// The server has nobody yet.
    NotSetUp,
}

/// Where the built files are.
#[derive(Clone, Debug)]
pub struct SitePaths {
    pub script: String,
    /// What the script loads further parts with, where the site is split.
    pub parts: Option<String>,
    pub wasm: String,
    pub style: String,
    /// The style of what opens later, where it is a file of its own.
    pub later_style: Option<String>,
}

/// What the document is made from.
#[derive(Clone, Debug)]
pub struct Shell {
    pub leptos: LeptosOptions,
    pub paths: SitePaths,
    pub data: PageData,
}

/// Where the browser finds a page's data.
pub const DATA_ID: &str = "page-data";
/// The element that names, or is, the style of what opens later.
pub const LATER_STYLE_ID: &str = "later-style";
/// The element that everything is drawn in.
pub const PAGE_ID: &str = "page";

impl PageData {
    fn title(&self) -> String {
        let what = match self {
            Self::Login(_) => "Sign in",
            Self::Register(_) => "Create an account",
            Self::Chat(_) => "",
            Self::Setup(_) | Self::Message(MessageKind::NotSetUp) => "Set up",
            Self::Message(MessageKind::NotFound) => "Nothing here",
            Self::Message(MessageKind::Failed) => "This did not work",
        };
        let server = match self {
            Self::Login(form) | Self::Register(form) => form.open().server_name,
            Self::Chat(chat) => chat.shared.server_name.clone(),
            Self::Setup(_) | Self::Message(_) => String::new(),
        };
        let server = words::server(&server);
        match what {
            "" => server.to_owned(),
            what => format!("{what} · {server}"),
        }
    }

    /// How whoever it is for wants everything to look.
    fn preferences(&self) -> Preferences {
        match self {
            Self::Chat(chat) => chat.shared.preferences,
            _ => Preferences::default(),
        }
    }

    /// What is not offered to whoever it is for.
    fn lacks(&self) -> &'static str {
        match self {
            Self::Chat(chat) => chat.shared.may.lacks(),
            _ => "",
        }
    }

    /// Fetches the parts that it shows, so that it can be drawn in one go.
    ///
    /// # Errors
    /// One cannot be had.
    pub async fn load_parts(&self) -> Result<(), Missing> {
        let part = match self {
            Self::Login(_) => SIGN_IN.fetch(),
            Self::Register(_) => REGISTER.fetch(),
            Self::Setup(_) => SETUP.fetch(),
            Self::Message(_) => NOTICE.fetch(),
            Self::Chat(chat) if chat.content.is_err() => FAILURE.fetch(),
            Self::Chat(chat) => {
                places::load(&chat.place).await?;
                match chat.can_join() {
                    true => JOIN.fetch(),
                    false => return Ok(()),
                }
            }
        };
        part.await
    }

    /// Whether it shows a part: its style is needed at once.
    fn shows_a_part(&self) -> bool {
        match self {
            Self::Chat(chat) => places::is_a_part(&chat.place) || chat.can_join(),
            _ => true,
        }
    }

    /// As JSON that cannot end the element it is put into, whatever people wrote.
    fn to_script(&self) -> String {
        serde_json::to_string(self)
            .unwrap_or_default()
            .replace('<', "\\u003c")
    }
}

/// The document around a page. The script is loaded as a module and takes the page over; until
/// then, and without it, forms and links work by themselves.
pub fn shell(shell: Shell) -> impl IntoView {
    let Shell {
        leptos,
        paths,
        data,
    } = shell;
    let SitePaths {
        script,
        parts,
        wasm,
        style,
        later_style,
    } = paths;
    let shows_a_part = data.shows_a_part();
    // Asked for once and at once, before the style: a script that comes after that waits for it.
    // (A preload is no use to WebKit, which downloads it again for whoever fetches it.)
    let download = format!("const download=fetch({wasm:?})");
    let start = format!(
        "import({script:?}).then(m=>m.default({{module_or_path:download}}).then(()=>m.hydrate()))"
    );
    let nonce = use_nonce();
    let preferences = data.preferences();
    let lacks = data.lacks();
    let [light, dark] = preferences.colours();
    view! {
        <!DOCTYPE html>
        <html lang="en" class=preferences.to_string()>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content=preferences.theme.schemes() />
                {theme_colour(light, "(prefers-color-scheme: light)")}
                {theme_colour(dark, "(prefers-color-scheme: dark)")}
                <title>{data.title()}</title>
                <script nonce=nonce.clone()>
                    {download}
                </script>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=style />
                {later_style.map(|href| link_later_style(href, shows_a_part))}
                <link rel="modulepreload" href=script />
                {parts.map(|parts| view! { <link rel="modulepreload" href=parts /> })}
                <script type="application/json" id=DATA_ID>
                    {data.to_script()}
                </script>
                <script type="module" nonce=nonce>
                    {start}
                </script>
                <AutoReload options=leptos />
            </head>
            <body class=lacks>
                // Whatever proxies and extensions put into the body stands beside this.
                <div id=PAGE_ID>
                    <App data />
                </div>
            </body>
        </html>
    }
}

/// The style of what opens later. Where nothing of that is shown yet it is only named, and the first part
/// that is fetched makes it a stylesheet (`browser::style_what_opens_later`).
fn link_later_style(href: String, is_needed: bool) -> impl IntoView {
    let rel = if is_needed { "stylesheet" } else { "alternate" };
    view! { <link id=LATER_STYLE_ID rel=rel href=href data-come=is_needed /> }
}

/// The colour of what is around the page. (No macro knows that it may depend on something.)
fn theme_colour(colour: &'static str, media: &'static str) -> impl IntoView {
    let meta = leptos::html::meta().name("theme-color").content(colour);
    meta.attr("media", media)
}

/// The page itself: the same on both sides.
#[component]
pub fn App(data: PageData) -> impl IntoView {
    match data {
        PageData::Login(form) => Either::Left(SIGN_IN.show(form)),
        PageData::Register(form) => Either::Left(REGISTER.show(form)),
        PageData::Setup(form) => Either::Left(SETUP.show(form)),
        PageData::Message(kind) => Either::Left(NOTICE.show(kind)),
        PageData::Chat(chat) => Either::Right(view! { <Chat data=*chat /> }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_the_element_it_is_in() {
        let form = FormData {
            policy: RegistrationPolicy::Open,
            next: None,
            has_ended: false,
            username: String::new(),
            name: String::new(),
            invite: "</script><script>alert(1)</script><!--".into(),
            error: None,
            invitation: None,
            invited_by: None,
            server_name: String::new(),
            thread_name: String::new(),
        };
        let script = PageData::Login(form.into()).to_script();
        assert!(!script.contains('<'), "{script}");
        assert!(serde_json::from_str::<PageData>(&script).is_ok());
    }
}
