//! What is shown while somebody does something with messages. It is fetched when that first happens.

use leptos::prelude::*;

use super::menu::MessageMenu;
use super::picker::EmojiPicker;
use super::said::SaidBar;
use super::writing::WritingBar;
use crate::client::session::Session;
use crate::protocol::ThreadId;

#[component]
pub fn DoingView(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let menu = Memo::new(move |_| session.doing.with(|doing| doing.menu.clone()));
    let of_row = move || {
        let row = session.row(&menu.get()?)?;
        Some(view! { <MessageMenu id row /> })
    };
    let picking = Memo::new(move |_| session.doing.with(|doing| doing.picking.clone()));
    view! {
        <WritingBar />
        {of_row}
        {move || picking.get().map(|picking| view! { <EmojiPicker id picking /> })}
        <SaidBar />
    }
}
