//! What people say of themselves, and their passwords.

use super::accounts;
use crate::protocol::error::Field;
use crate::protocol::settings::{OwnProfile, StatusLasts};
use crate::protocol::{Password, ReadersClock, StatusText, Timestamp};
use crate::server::auth::{Identity, RequestSource};
use crate::server::db;
use crate::server::db::profiles::{self, NewStatus};
use crate::server::db::users::Named;
use crate::server::error::{Error, Result};
use crate::server::state::App;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Bytes of what a single emoji is made of, at most.
const EMOJI_BYTES: usize = 32;

/// A status as it was typed.
#[derive(Debug)]
pub struct StatusForm {
    pub emoji: String,
    pub text: String,
    pub lasts: StatusLasts,
}

/// My profile.
///
/// # Errors
/// `Unauthenticated` if I am gone.
pub async fn find(app: &App, me: &Identity) -> Result<OwnProfile> {
    profiles::find(&app.db, me.user.id, app.clock.now())
        .await?
        .ok_or(Error::Unauthenticated)
}

/// Changes what I am called and what I am doing; everybody who shows it hears of it.
///
/// # Errors
/// Something does not parse, or the name is somebody else's. Then nothing has changed.
pub async fn change(
    app: &App,
    me: &Identity,
    name: &str,
    status: StatusForm,
    clock: ReadersClock,
) -> Result<()> {
    me.in_person()?;
    let now = app.clock.now();
    let status = new_status(&status, clock, now)?;
    let before = find(app, me).await?;
    // One may keep a name that would be refused by now.
    let name = match before.me.name.as_str() == name {
        true => None,
        false => Some(accounts::parse_name(name)?),
    };
    let (db, announcer, id) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let changed = profiles::change(&db, id, name.as_ref(), &status, now).await?;
        if let Some(Named::Done(Some(user))) = &changed {
            let guests = db::everybody::guests_who_know(&db, id).await?;
            announcer.profile_changed(user, &guests);
        }
        Ok(changed)
    };
    match app.writer.in_order(changing).await? {
        Some(Named::Done(_)) => Ok(()),
        Some(_) => Err(Error::NameTaken(Field::Name)),
        None => Err(Error::Unauthenticated),
    }
}

/// A status from what was typed. One that was to last until a time that has passed is over.
fn new_status(form: &StatusForm, clock: ReadersClock, now: Timestamp) -> Result<NewStatus> {
    let until = match form.lasts {
        StatusLasts::UntilChanged => None,
        StatusLasts::Until(until) => Some(until),
        StatusLasts::AnHour => Some(Timestamp(now.0 + HOUR)),
        StatusLasts::Today => Some(end_of_day(now, clock.offset)),
    };
    let status = NewStatus {
        emoji: emoji(&form.emoji)?,
        text: text(&form.text)?,
        until,
    };
    let is_none = status.emoji.is_none() && status.text.is_none();
    let is_over = until.is_some_and(|until| until <= now);
    Ok(match is_none || is_over {
        true => NewStatus::default(),
        false => status,
    })
}

fn text(typed: &str) -> Result<Option<StatusText>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let parsed = StatusText::parse(typed);
    parsed.map(Some).map_err(|error| Error::Invalid {
        field: Field::Status,
        error,
    })
}

/// Whatever is no word: a picture, however many signs it is made of.
fn emoji(typed: &str) -> Result<Option<StatusText>> {
    let typed = typed.trim();
    if typed.len() > EMOJI_BYTES || typed.chars().any(|c| c.is_alphabetic() && c.is_ascii()) {
        return Err(Error::Invalid {
            field: Field::Emoji,
            error: crate::protocol::text::TextError::NotAnEmoji,
        });
    }
    text(typed)
}

/// The next midnight where the reader is; in UTC where that is not known.
fn end_of_day(now: Timestamp, offset: Option<i64>) -> Timestamp {
    let local = now.0 + offset.unwrap_or(0) * MINUTE;
    Timestamp(now.0 + DAY - local.rem_euclid(DAY))
}

/// Makes sure that whoever asks knows my password, and gives its hash.
///
/// # Errors
/// `WrongPassword`, or too many attempts.
pub(super) async fn prove(
    app: &App,
    me: &Identity,
    password: &str,
    source: &RequestSource,
) -> Result<String> {
    me.in_person()?;
    app.throttle
        .attempt(me.user.username.as_str(), source.address)?;
    let hash = profiles::password_hash(&app.db, me.user.id).await?;
    let hash = hash.ok_or(Error::Unauthenticated)?;
    match app.passwords.verify(password, Some(&hash)).await? {
        true => Ok(hash),
        false => Err(Error::WrongPassword),
    }
}

/// Changes my password. All my other sessions end, at once.
///
/// # Errors
/// `WrongPassword`, a new one that does not parse, or too many attempts.
pub async fn change_password(
    app: &App,
    me: &Identity,
    old: &str,
    new: &str,
    source: &RequestSource,
) -> Result<()> {
    let kept = me.in_person()?;
    let new = Password::parse(new).map_err(|error| Error::Invalid {
        field: Field::NewPassword,
        error,
    })?;
    let old_hash = prove(app, me, old, source).await?;
    let new_hash = app.passwords.hash(&new).await?;
    let (db, announcer, id) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let ended = profiles::change_password(&db, id, &old_hash, &new_hash, kept).await?;
        for session in ended.iter().flatten() {
            announcer.session_ended(id, *session);
        }
        Ok(ended.is_some())
    };
    match app.writer.in_order(changing).await? {
        true => Ok(()),
        // It has been changed meanwhile: what was typed is the old one no longer.
        false => Err(Error::WrongPassword),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Hours;

    #[test]
    fn today_ends_at_midnight_where_the_reader_is() {
        let noon = Timestamp(12 * HOUR);
        assert_eq!(end_of_day(noon, None), Timestamp(24 * HOUR));
        assert_eq!(end_of_day(noon, Some(120)), Timestamp(22 * HOUR));
        assert_eq!(end_of_day(noon, Some(-13 * 60)), Timestamp(13 * HOUR));
    }

    #[test]
    fn a_status_that_was_to_end_meanwhile_is_over() {
        let form = |text: &str, until| StatusForm {
            emoji: String::new(),
            text: text.to_owned(),
            lasts: StatusLasts::Until(Timestamp(until)),
        };
        let clock = ReadersClock {
            offset: None,
            hours: Hours::TwentyFour,
            now: Timestamp(100),
        };
        let at = |form| new_status(&form, clock, Timestamp(100)).unwrap();
        assert!(at(form("Away", 101)).text.is_some());
        let over = at(form("Away", 100));
        assert!(over.text.is_none() && over.until.is_none());
        assert!(at(form("", 101)).until.is_none());
    }

    #[test]
    fn an_emoji_is_a_picture_and_no_word() {
        assert!(emoji("🌴").unwrap().is_some());
        assert!(emoji("👨‍👩‍👧").unwrap().is_some());
        assert!(emoji(" ").unwrap().is_none());
        assert!(emoji("away").is_err());
        assert!(emoji(&"🌴".repeat(9)).is_err());
    }
}
