//! Above the composer: which message is answered or edited, and the way out of that.

use leptos::prelude::*;

use crate::client::browser;
use crate::client::doing::Writing;
use crate::client::session::Session;
use crate::components::icons::CloseIcon;
use crate::components::markdown::one_line;
use crate::words;

#[component]
pub fn WritingBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let what = move || match session.doing.with(|doing| doing.writing.clone()) {
        Writing::New => None,
        Writing::Answer(quote) => {
            let title = format!("Reply to {}", quote.user.name);
            Some((title, one_line(words::quoted(&quote.text))))
        }
        Writing::Edit(edited) => Some(("Edit message".to_owned(), one_line(&edited.text))),
    };
    let cancel = move |_| {
        session.write_as(Writing::New);
        browser::focus("composer-field");
    };
    move || {
        what().map(|(title, text)| {
            view! {
                <div class="writing" id="writing">
                    <p>
                        <strong>{title}</strong>
                        <span class="writing-text" dir="auto">
                            {text}
                        </span>
                    </p>
                    <button type="button" class="icon-button" aria-label="Cancel" title="Cancel (Escape)" on:click=cancel>
                        <CloseIcon />
                    </button>
                </div>
            }
        })
    }
}
