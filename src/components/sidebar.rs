//! The left side: which threads there are, starting one, and who one is here.

mod account;
mod new_thread;
mod thread_list;

use leptos::prelude::*;

use self::account::Account;
use self::new_thread::NewThread;
use self::thread_list::ThreadList;
use super::icons::Logo;
use crate::protocol::ThreadId;

#[component]
pub fn Sidebar(current: Memo<Option<ThreadId>>) -> impl IntoView {
    view! {
        <aside class="sidebar">
            <div class="brand">
                <Logo />
                <span>"Hubbub"</span>
            </div>
            <NewThread />
            <ThreadList current />
            <Account />
        </aside>
    }
}
