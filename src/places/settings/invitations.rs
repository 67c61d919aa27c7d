//! Invitation links: making one, and what became of each.

use leptos::prelude::*;

use super::form::{ChangeForm, Told};
use crate::client::session::Session;
use crate::components::form::FormButton;
use crate::protocol::User;
use crate::protocol::settings::{Invitation, InvitationState};
use crate::words;

#[component]
pub fn InvitationsPage(invitations: Vec<Invitation>) -> impl IntoView {
    let state = expect_context::<Told>().state;
    let is_empty = invitations.is_empty();
    let rows: Vec<_> = invitations
        .into_iter()
        .map(|invitation| view! { <InvitationRow invitation /> })
        .collect();
    view! {
        <ChangeForm change="invite" class="settings-row-form">
            <div class="field">
                <label for="lasts">"Good for"</label>
                <select id="lasts" name="lasts">
                    <option value="day">"A day"</option>
                    <option value="week" selected=true>
                        "A week"
                    </option>
                    <option value="never">"Ever"</option>
                </select>
            </div>
            <div class="field">
                <label for="uses">"People who may use it"</label>
                <select id="uses" name="uses">
                    <option value="1">"One"</option>
                    <option value="10">"Ten"</option>
                    <option value="any">"Any number"</option>
                </select>
            </div>
            <FormButton label="Make a link" state />
        </ChangeForm>
        {is_empty.then(|| view! { <p class="form-note">"Nobody has been invited yet."</p> })}
        <ul class="settings-list">{rows}</ul>
    }
}

#[component]
fn InvitationRow(invitation: Invitation) -> impl IntoView {
    let zone = expect_context::<Session>().zone;
    let Invitation {
        id,
        made_by,
        created_at,
        expires_at,
        uses_left,
        state,
        came,
    } = invitation;
    let maker = made_by.map_or("The command line".to_owned(), |user| user.name.to_string());
    let made = {
        let maker = maker.clone();
        move || format!("{maker} · {}", zone.get().moment(created_at))
    };
    let left = match uses_left {
        None => "for any number of people".to_owned(),
        Some(n) => format!("for {}", words::counted(n, "more person", "more people")),
    };
    let stands = move || match (state, expires_at) {
        (InvitationState::Revoked, _) => "Taken back".to_owned(),
        (InvitationState::Expired, _) => "Expired".to_owned(),
        (InvitationState::UsedUp, _) => "Used up".to_owned(),
        (_, None) => format!("Good for ever, {left}"),
        (_, Some(at)) => format!("Good until {}, {left}", zone.get().moment(at)),
    };
    let label = format!("Take back the invitation by {maker}");
    let is_live = state == InvitationState::Live;
    view! {
        <li class:is-over=!is_live>
            <div class="account-name">
                <strong dir="auto">{made}</strong>
                <span>{stands}</span>
                {(!came.is_empty()).then(|| view! { <span dir="auto">{who_came(&came)}</span> })}
            </div>
            {is_live
                .then(|| {
                    view! {
                        <ChangeForm change="revoke" id=Some(id.0)>
                            <button type="submit" class="button" aria-label=label>
                                "Take back"
                            </button>
                        </ChangeForm>
                    }
                })}
        </li>
    }
}

fn who_came(came: &[User]) -> String {
    let names: Vec<&str> = came.iter().map(|user| user.name.as_str()).collect();
    format!("Came by it: {}", names.join(", "))
}
