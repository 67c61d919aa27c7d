//! What others see of me: the name, and what I am doing at the moment.

use leptos::prelude::*;

use super::form::{ChangeForm, Told};
use crate::client::session::Session;
use crate::components::avatar::Avatar;
use crate::components::form::{FormButton, TextField, TextKind};
use crate::protocol::Field;
use crate::protocol::settings::OwnProfile;

#[component]
pub fn ProfilePage(profile: OwnProfile) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = expect_context::<Told>().state;
    let OwnProfile {
        me,
        created_at,
        emoji,
        status,
        status_until,
    } = profile;
    let handle = format!("@{}", me.username);
    let since = move || {
        let zone = session.zone.get();
        format!("Here since {}", zone.day_name(zone.day(created_at)))
    };
    let until = move || {
        let until = status_until?;
        Some(format!("Until {}", session.zone.get().moment(until)))
    };
    let name = me.name.to_string();
    view! {
        <div class="settings-who">
            <Avatar user=me />
            <div class="account-name">
                <strong>{handle}</strong>
                <span>{since}</span>
            </div>
        </div>
        <ChangeForm change="profile">
            <TextField
                label="Display name"
                name="name"
                field=Field::Name
                kind=TextKind::OwnName
                value=name
                state
            />
            <fieldset>
                <legend>"Status"</legend>
                <div class="status-fields">
                    <label class="visually-hidden" for="emoji">
                        "Emoji"
                    </label>
                    <input
                        id="emoji"
                        name="emoji"
                        type="text"
                        autocomplete="off"
                        value=emoji
                        placeholder="🌴"
                    />
                    <TextField
                        label="What you are doing"
                        name="status"
                        field=Field::Status
                        kind=TextKind::Words
                        value=status
                        state
                    />
                </div>
                <div class="field">
                    <label for="lasts">"Shown"</label>
                    <select id="lasts" name="lasts">
                        {status_until
                            .is_some()
                            .then(|| view! { <option value="before">{until}</option> })}
                        <option value="open">"Until I change it"</option>
                        <option value="hour">"For an hour"</option>
                        <option value="today">"Today"</option>
                    </select>
                </div>
            </fieldset>
            <FormButton label="Save" state />
        </ChangeForm>
    }
}
