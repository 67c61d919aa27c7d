//! The files of a message that is being written: how far each has got, and taking it out again.

use leptos::prelude::*;

use crate::client::browser::upload;
use crate::client::session::Session;
use crate::client::uploads::{Upload, UploadState};
use crate::components::icons::CloseIcon;
use crate::protocol::{ThreadId, file};

#[component]
pub fn Tray(session: Session, id: ThreadId) -> impl IntoView {
    let keys = move || {
        session
            .tray
            .with(|tray| tray.of(id).map(|upload| upload.key).collect::<Vec<_>>())
    };
    let refused = move || {
        session
            .tray
            .with(|tray| tray.refused(id).map(str::to_owned))
    };
    view! {
        <ul class="tray" aria-label="Files">
            <For each=keys key=|key| *key children=move |key| view! { <Item session key /> } />
        </ul>
        <p class="tray-note" role="alert">{refused}</p>
    }
}

#[component]
fn Item(session: Session, key: u32) -> impl IntoView {
    let upload = Memo::new(move |_| session.tray.with(|tray| tray.get(key).cloned()));
    let again = move |_| upload::send(session, key);
    let remove = move |_| upload::remove(session, key);
    move || {
        upload.get().map(|Upload { name, bytes, state, .. }| {
            let (has_failed, said) = match &state {
                UploadState::Failed(why) => (true, why.clone()),
                UploadState::Sending(hundredths) => (false, format!("{hundredths} %")),
                UploadState::Done(file) => (false, file.size()),
            };
            let progress = match &state {
                UploadState::Sending(hundredths) => Some(*hundredths),
                _ => None,
            };
            let small = match &state {
                UploadState::Done(file) if file.picture.is_some() => Some(file.small_address()),
                _ => None,
            };
            let size = (!has_failed && progress.is_some()).then(|| file::size(bytes));
            view! {
                <li class="tray-item" class:failed=has_failed>
                    {small.map(|small| view! { <img src=small alt="" /> })}
                    <span class="tray-words">
                        <bdi class="file-name">{name.clone()}</bdi>
                        <span class="file-size">{said} {size.map(|size| format!(" of {size}"))}</span>
                    </span>
                    {progress
                        .map(|hundredths| {
                            view! {
                                <progress max="100" value=hundredths.to_string() aria-label=name.clone()></progress>
                            }
                        })}
                    {(has_failed && upload::is_at_hand(session, key))
                        .then(|| {
                            view! {
                                <button type="button" class="link-button" on:click=again>
                                    "Try again"
                                </button>
                            }
                        })}
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=format!("Remove {name}")
                        on:click=remove
                    >
                        <CloseIcon />
                    </button>
                </li>
            }
        })
    }
}
