//! What stands before a thread's name: for whom it is, or whose picture a direct one has.
//!
//! One view for the list and the header, whatever it shows: each type of view is code to download.

use leptos::prelude::*;

use super::avatar::Avatar;
use super::icons::{HashIcon, LockIcon, PeopleIcon};
use crate::protocol::{Thread, ThreadKind, UserId};

/// The sign of a thread for one of its readers.
pub fn sign(thread: Thread, me: UserId) -> AnyView {
    let is_group = thread.people.len() > 2;
    match (thread.kind, thread.into_other(me)) {
        (ThreadKind::Direct, _) if is_group => view! { <PeopleIcon /> }.into_any(),
        (ThreadKind::Direct, Some(user)) => view! { <Avatar user /> }.into_any(),
        (ThreadKind::Public, _) => view! { <HashIcon /> }.into_any(),
        _ => view! {
            <LockIcon />
            <span class="visually-hidden">"Private: "</span>
        }
        .into_any(),
    }
}
