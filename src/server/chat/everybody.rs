//! Everybody, for anybody who is here; and the card of one of them.
//!
//! Who is banned or has left is not there, by the same answer as who never was; and for a guest nobody is
//! but who belongs to a thread of theirs. What a card says of
//! threads is asked from both sides: only those that both belong to.

use jiff::tz::TimeZone;

use crate::protocol::error::Problem;
use crate::protocol::person::{Card, EverybodyPage, PersonsClock};
use crate::protocol::{ApiError, DisplayName, Field, FieldError, ReadersClock, Timestamp, UserId};
use crate::server::auth::Identity;
use crate::server::chat::{accounts, quiet};
use crate::server::db::{contacts, everybody};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// People on one page.
const PAGE: u32 = 50;
/// Threads in common on one card.
const COMMON: u32 = 20;

/// A page of everybody whose name contains `search`, after a username.
///
/// # Errors
/// I have asked too often, or the database fails.
pub async fn page(app: &App, me: &Identity, search: &str, after: &str) -> Result<EverybodyPage> {
    app.lookups.step(me.user.id)?;
    let mut page = EverybodyPage {
        search: search.to_owned(),
        ..EverybodyPage::default()
    };
    // Nobody is called anything longer.
    let wanted = search.trim().trim_start_matches('@');
    if wanted.chars().count() > DisplayName::MAX_CHARS {
        return Ok(page);
    }
    let now = app.clock.now();
    page.people = everybody::list(&app.db, me.user.id, wanted, after, PAGE + 1, now).await?;
    let is_more = page.people.len() > PAGE as usize;
    page.people.truncate(PAGE as usize);
    let last = page.people.last().filter(|_| is_more);
    page.next = last.map(|user| user.username.to_string());
    if wanted.is_empty() && after.is_empty() {
        page.contacts = contacts::list(&app.db, me.user.id, now).await?;
    }
    let contacts = page.contacts.iter().map(|contact| contact.user.id);
    let ids = page.people.iter().map(|user| user.id).chain(contacts);
    page.presence = app.presences.of(ids, now);
    Ok(page)
}

/// Somebody's card.
///
/// # Errors
/// `NotFound` for who is not here, I have asked too often, or the database fails.
pub async fn card(app: &App, me: &Identity, username: &str) -> Result<Card> {
    app.lookups.step(me.user.id)?;
    let (db, now) = (&app.db, app.clock.now());
    let found = everybody::find(db, me.user.id, username, now).await?;
    let found = found.ok_or(Error::NotFound)?;
    let id = found.user.id;
    let common = match id == me.user.id {
        true => Vec::new(),
        false => everybody::in_common(db, me.user.id, id, COMMON).await?,
    };
    Ok(Card {
        tie: contacts::tie(db, me.user.id, id).await?,
        presence: app.presences.of([id].into_iter(), now),
        since: found.since,
        is_quiet: quiet::is_seen(found.quiet, found.time_zone.as_deref(), now),
        clock: found.time_zone.and_then(|zone| clock(zone, now)),
        common,
        user: found.user,
    })
}

/// The same by the person's id.
///
/// # Errors
/// As for [`card`].
pub async fn card_of(app: &App, me: &Identity, id: UserId) -> Result<Card> {
    let user = accounts::find(app, me, id).await?;
    card(app, me, user.username.as_str()).await
}

/// Says in which time zone I am, by its name; or, with an empty one, that I do not say.
///
/// # Errors
/// There is no such zone, or the database fails.
pub async fn set_time_zone(app: &App, me: &Identity, name: &str) -> Result<()> {
    me.in_person()?;
    let name = name.trim();
    let zone = match name.is_empty() {
        true => None,
        false => Some(zone_named(name).ok_or_else(no_such_zone)?),
    };
    let zone = zone.as_ref().and_then(TimeZone::iana_name);
    match everybody::set_time_zone(&app.db, me.user.id, zone).await? {
        true => Ok(()),
        false => Err(Error::Unauthenticated),
    }
}

fn no_such_zone() -> Error {
    Error::InvalidForm(ApiError::Invalid {
        fields: vec![FieldError {
            field: Field::TimeZone,
            problem: Problem::NotThere,
        }],
    })
}

/// In which time zone I say to be; empty if I do not.
///
/// # Errors
/// The database fails.
pub async fn time_zone(app: &App, me: &Identity) -> Result<String> {
    Ok(everybody::time_zone(&app.db, me.user.id).await?)
}

/// What clocks show where I am. What the browser has said last is so now; the zone that I say to be in
/// knows of other times too, and is taken where both agree, or where the browser has said nothing.
///
/// # Errors
/// The database fails.
pub async fn ahead(
    app: &App,
    me: &Identity,
    said: ReadersClock,
) -> Result<impl Fn(Timestamp) -> i64 + use<>> {
    let zone = time_zone(app, me).await?;
    let zone = zone_named(&zone).filter(|zone| {
        let offset = offset_in(zone, app.clock.now());
        said.offset.is_none_or(|said| offset == Some(said))
    });
    let otherwise = said.offset.unwrap_or(0);
    Ok(move |at| {
        let offset = zone.as_ref().and_then(|zone| offset_in(zone, at));
        offset.unwrap_or(otherwise)
    })
}

/// A zone of the tables that this program brings along: what the machine has differs.
pub(super) fn zone_named(name: &str) -> Option<TimeZone> {
    jiff::tz::TimeZoneDatabase::bundled().get(name).ok()
}

/// Minutes that a zone's clocks are ahead of UTC at a time.
fn offset_in(zone: &TimeZone, at: Timestamp) -> Option<i64> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(i64::from(zone.to_offset(at).seconds() / 60))
}

/// What time it is there; nothing where the zone is not known any more.
fn clock(zone: String, now: Timestamp) -> Option<PersonsClock> {
    let offset = offset_in(&zone_named(&zone)?, now)?;
    Some(PersonsClock { zone, offset, now })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_knows_summer_and_winter_and_halves_of_hours() {
        let (january, july) = (Timestamp(1_768_000_000_000), Timestamp(1_783_600_000_000));
        let offset = |zone: &str, at| clock(zone.to_owned(), at).map(|clock| clock.offset);
        assert_eq!(offset("Europe/Berlin", january), Some(60));
        assert_eq!(offset("Europe/Berlin", july), Some(120));
        assert_eq!(offset("Asia/Kolkata", july), Some(330));
        assert_eq!(offset("America/St_Johns", january), Some(-210));
        assert_eq!(offset("Moon/Crater", july), None);
    }

    #[test]
    fn a_zone_is_known_by_its_name_in_its_own_spelling() {
        let named = |name| zone_named(name)?.iana_name().map(str::to_owned);
        assert_eq!(named("europe/berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(named("../../etc/passwd"), None);
        assert_eq!(named("CET+5"), None);
    }
}
