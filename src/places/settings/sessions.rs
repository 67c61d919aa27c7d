//! Where I am signed in, with a way to end each.

use leptos::prelude::*;

use super::device;
use super::form::ChangeForm;
use crate::client::dates;
use crate::client::session::Session;
use crate::protocol::SessionInfo;

#[component]
pub fn SessionsPage(sessions: Vec<SessionInfo>) -> impl IntoView {
    let others = sessions.len() > 1;
    let rows: Vec<_> = sessions
        .into_iter()
        .map(|session| view! { <SessionRow session /> })
        .collect();
    view! {
        <ul class="settings-list">{rows}</ul>
        {others
            .then(|| {
                view! {
                    <ChangeForm change="end_others">
                        <button type="submit" class="button danger">
                            "End all other sessions"
                        </button>
                    </ChangeForm>
                }
            })}
    }
}

#[component]
fn SessionRow(session: SessionInfo) -> impl IntoView {
    let zone = expect_context::<Session>().zone;
    let device = device::name(&session.user_agent);
    let address = session.address;
    let seen = session.last_seen_at;
    let when = move || zone.get().moment(seen);
    let label = format!("End the session of {device}");
    let end = match session.is_current {
        true => view! { <span class="pill">"This one"</span> }.into_any(),
        false => view! {
            <ChangeForm change="end_session" id=Some(session.id.0)>
                <button type="submit" class="button" aria-label=label>
                    "End"
                </button>
            </ChangeForm>
        }
        .into_any(),
    };
    view! {
        <li>
            <div class="account-name">
                <strong>{device}</strong>
                <span>
                    "Last used " <time datetime=dates::iso(seen)>{when}</time> {format!(" · {address}")}
                </span>
            </div>
            {end}
        </li>
    }
}
