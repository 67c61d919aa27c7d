//! The settings: what each page shows, and where each change goes.

use serde::Serialize;

use super::{
    avatars, blocks, contacts, everybody, folders, invitations, leaving, people, preferences,
    profiles, quiet, reports, setup,
};
use crate::protocol::settings::{
    Change, Changed, OwnProfile, Rights, Settings, SettingsPage, Standing,
};
use crate::protocol::{ApiError, ReadersClock, Section};
use crate::server::auth::{Identity, RequestSource};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What a page shows; with what came of the form that led here, if one did, and what was typed into
/// it.
///
/// # Errors
/// `Forbidden` for a page that is not for me, or with an API token.
pub async fn page(
    app: &App,
    me: &Identity,
    section: &Section,
    outcome: Option<Result<Changed, ApiError>>,
    refused: Option<Change>,
) -> Result<Settings> {
    me.in_person()?;
    let page = match section {
        Section::Profile => SettingsPage::Profile(OwnProfile {
            time_zone: everybody::time_zone(app, me).await?,
            ..profiles::find(app, me).await?
        }),
        Section::Preferences => SettingsPage::Preferences(me.preferences),
        Section::Notifications => SettingsPage::Notifications(quiet::page(app, me).await?),
        Section::Folders => SettingsPage::Folders(me.folders.clone()),
        Section::Password => SettingsPage::Password,
        Section::Sessions => SettingsPage::Sessions(app.sessions.list(me).await?),
        Section::Invitations { page } => {
            SettingsPage::Invitations(pack(&invitations::page(app, me, *page).await?)?)
        }
        Section::People { search, after } => {
            SettingsPage::People(pack(&people::page(app, me, search, *after).await?)?)
        }
        Section::Reports { before } => {
            SettingsPage::Reports(pack(&reports::page(app, me, *before).await?)?)
        }
        Section::Audit { before } => {
            SettingsPage::Audit(pack(&people::audit(app, me, *before).await?)?)
        }
        Section::Blocked => SettingsPage::Blocked(blocks::list(app, me).await?),
        Section::Account => SettingsPage::Account {
            username: me.user.username.to_string(),
        },
    };
    Ok(Settings {
        rights: Rights {
            may_invite: invitations::may_invite(app, me),
            may_govern: people::may_govern(me),
        },
        page,
        outcome,
        refused,
    })
}

fn pack<T: Serialize>(page: &T) -> Result<String> {
    serde_json::to_string(page).map_err(Error::internal)
}

/// The page that a change is made on, from the fields that its form has for that.
/// Nothing for one that is made elsewhere.
pub fn section_of(change: &Change, field: &dyn Fn(&str) -> String) -> Option<Section> {
    Some(match change {
        Change::Contact(_) | Change::EndContact(_) => return None,
        Change::Profile { .. } | Change::RemovePicture | Change::TimeZone { .. } => {
            Section::Profile
        }
        Change::Preferences(_) => Section::Preferences,
        Change::Pause(_) | Change::QuietHours(_) | Change::Keywords { .. } => {
            Section::Notifications
        }
        Change::Folder { .. } => Section::Folders,
        Change::Password { .. } => Section::Password,
        Change::EndSession(_) | Change::EndOtherSessions => Section::Sessions,
        Change::Invite { .. } => Section::invitations(),
        Change::Revoke(_) => Section::Invitations {
            page: field("page").parse().unwrap_or(0),
        },
        Change::Block(_) | Change::Unblock(_) => Section::Blocked,
        Change::DeleteReported(_) | Change::DismissReport(_) => Section::Reports { before: None },
        Change::Leave { .. } => Section::Account,
        Change::NameServer { .. }
        | Change::Policy(_)
        | Change::Ban(_)
        | Change::Unban(_)
        | Change::Promote(_)
        | Change::Demote(_)
        | Change::MakeGuest(_)
        | Change::Admit(_) => Section::People {
            search: field("search"),
            after: field("after").parse().ok(),
        },
    })
}

/// How a change was asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    pub source: &'a RequestSource,
    pub clock: ReadersClock,
    /// Where this server is, for links that leave it.
    pub base: String,
}

/// Makes a change.
///
/// # Errors
/// Whatever the change is refused for.
pub async fn change(app: &App, me: &Identity, change: Change, asked: Asked<'_>) -> Result<Changed> {
    let Asked {
        source,
        clock,
        base,
    } = asked;
    app.changes.step(me.user.id)?;
    match change {
        Change::Profile {
            name,
            emoji,
            status,
            lasts,
        } => {
            let status = profiles::StatusForm {
                emoji,
                text: status,
                lasts,
            };
            profiles::change(app, me, &name, status, clock).await?;
        }
        Change::RemovePicture => avatars::discard(app, me).await?,
        Change::TimeZone { zone } => everybody::set_time_zone(app, me, &zone).await?,
        Change::Preferences(wanted) => preferences::change(app, me, wanted).await?,
        Change::Pause(lasts) => quiet::pause(app, me, lasts, clock).await?,
        Change::QuietHours(hours) => quiet::set_hours(app, me, hours).await?,
        Change::Keywords { words } => quiet::set_keywords(app, me, &words).await?,
        Change::Folder { name, act } => folders::arrange(app, me, name, act).await?,
        Change::Password { old, new } => {
            profiles::change_password(app, me, &old, &new, source).await?;
        }
        Change::EndSession(id) => app.sessions.revoke(me, id).await?,
        Change::EndOtherSessions => app.sessions.revoke_others(me).await?,
        Change::Invite {
            lasts,
            uses,
            guest_in,
        } => {
            let terms = invitations::Terms {
                lasts,
                uses,
                guest_in,
            };
            let place = invitations::invite(app, me, terms).await?;
            let link = format!("{base}{place}");
            return Ok(Changed::Invited { link });
        }
        Change::Revoke(id) => invitations::revoke(app, me, id).await?,
        Change::Leave { password } => {
            leaving::leave(app, me, &password, source).await?;
            return Ok(Changed::Left);
        }
        Change::NameServer { name } => setup::rename(app, me, &name).await?,
        Change::Policy(wanted) => people::set_policy(app, me, wanted).await?,
        Change::Ban(id) => people::ban(app, me, id).await?,
        Change::Unban(id) => people::unban(app, me, id).await?,
        Change::Promote(id) => {
            people::set_standing(app, me, id, Standing::Administrator).await?;
        }
        Change::Block(id) => blocks::block(app, me, id).await?,
        Change::Unblock(id) => blocks::unblock(app, me, id).await?,
        Change::DeleteReported(id) => reports::delete(app, me, id).await?,
        Change::DismissReport(id) => reports::dismiss(app, me, id).await?,
        Change::Contact(id) => contacts::ask(app, me, id).await?,
        Change::EndContact(id) => contacts::end(app, me, id).await?,
        Change::Demote(id) | Change::Admit(id) => {
            people::set_standing(app, me, id, Standing::Member).await?;
        }
        Change::MakeGuest(id) => people::set_standing(app, me, id, Standing::Guest).await?,
    }
    Ok(Changed::Done)
}
