//! When I am left in peace, and the words for which a message is for me: stored with the person, told to
//! all their devices.
//!
//! The rules of time zones are known here alone, so what a browser gets has the offset that holds and
//! the one that comes next.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::everybody::zone_named;
use crate::protocol::quiet::{Offsets, QuietHours};
use crate::protocol::settings::NotificationsPage;
use crate::protocol::{ApiError, Keywords, PauseLasts, Quiet, ReadersClock, Timestamp};
use crate::server::auth::Identity;
use crate::server::db::quiet;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What programs are told of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// I am told of nothing at the moment, for whichever reason.
    pub is_quiet: bool,
    /// I do not want to be disturbed, until then if it ends by itself.
    pub is_paused: bool,
    pub paused_until: Option<Timestamp>,
    /// Minutes of a day in `time_zone`, and the days on which they begin, Monday first.
    pub hours: Option<Hours>,
    pub time_zone: Option<String>,
    pub keywords: Keywords,
}

/// Hours, as programs are told of them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hours {
    pub from: u16,
    pub to: u16,
    pub days: Vec<String>,
}

impl From<QuietHours> for Hours {
    fn from(QuietHours { from, to, days }: QuietHours) -> Self {
        let names = crate::protocol::quiet::Days::NAMES.iter().enumerate();
        let days = names.filter(|(day, _)| days.includes(*day));
        Self {
            from,
            to,
            days: days.map(|(_, name)| (*name).to_owned()).collect(),
        }
    }
}

/// When I am left in peace, as my devices are told.
pub fn mine(me: &Identity, now: Timestamp) -> Quiet {
    in_zone(me.quiet, me.time_zone.as_deref(), now)
}

/// The same of anybody, with what of their zone is needed to know it.
pub fn in_zone(quiet: Quiet, zone: Option<&str>, now: Timestamp) -> Quiet {
    let zone = zone.filter(|_| quiet.hours.is_some());
    Quiet {
        zone: zone
            .and_then(zone_named)
            .and_then(|zone| offsets(&zone, now)),
        ..quiet
    }
}

/// Minutes to add to UTC in a zone, now and when that has changed.
fn offsets(zone: &TimeZone, now: Timestamp) -> Option<Offsets> {
    let at = jiff::Timestamp::from_millisecond(now.0).ok()?;
    let minutes = |offset: jiff::tz::Offset| i64::from(offset.seconds() / 60);
    let next = zone.following(at).next();
    let then = next.map(|next| {
        let from = Timestamp(next.timestamp().as_millisecond());
        (from, minutes(next.offset()))
    });
    Some(Offsets {
        now: minutes(zone.to_offset(at)),
        then,
    })
}

/// What the page of the settings shows.
///
/// # Errors
/// The database fails.
pub async fn page(app: &App, me: &Identity) -> Result<NotificationsPage> {
    let now = app.clock.now();
    let quiet = mine(me, now);
    Ok(NotificationsPage {
        // What is over is not said: what has not changed looks as it did.
        quiet: Quiet {
            until: quiet.paused(now),
            ..quiet
        },
        time_zone: me.time_zone.clone().unwrap_or_default(),
        keywords: quiet::keywords(&app.db, me.user.id).await?,
    })
}

/// The same for a program.
///
/// # Errors
/// `Unauthenticated` if I am gone, or the database fails.
pub async fn told(app: &App, me: &Identity) -> Result<Told> {
    let (now, user) = (app.clock.now(), me.user.id);
    let found = quiet::find(&app.db, user).await?;
    let (quiet, time_zone) = found.ok_or(Error::Unauthenticated)?;
    let paused = quiet.paused(now);
    Ok(Told {
        is_quiet: is_seen(quiet, time_zone.as_deref(), now),
        is_paused: paused.is_some(),
        paused_until: paused.filter(|until| *until != Quiet::NO_END),
        hours: quiet.hours.map(Hours::from),
        time_zone,
        keywords: quiet::keywords(&app.db, user).await?,
    })
}

/// Whether others see somebody left in peace: of hours only where it is known what time it is for them.
pub fn is_seen(quiet: Quiet, time_zone: Option<&str>, now: Timestamp) -> bool {
    match time_zone {
        Some(_) => in_zone(quiet, time_zone, now).is_now(now, 0),
        None => quiet.paused(now).is_some(),
    }
}

/// I do not want to be disturbed for so long; or that is over.
///
/// # Errors
/// `TooManyRequests`, `Unauthenticated` if I am gone, or the database fails.
pub async fn pause(app: &App, me: &Identity, lasts: PauseLasts, clock: ReadersClock) -> Result<()> {
    let now = app.clock.now();
    let zone = quiet::find(&app.db, me.user.id).await?;
    let zone = zone.and_then(|(_, zone)| offsets(&zone_named(&zone?)?, now));
    let offset = zone.map(|zone| zone.now).or(clock.offset);
    let until = lasts.until(now, offset.unwrap_or_default());
    change(app, me, move |quiet| quiet.until = until).await
}

/// The same for so many minutes, or without an end.
///
/// # Errors
/// The same.
pub async fn pause_for(app: &App, me: &Identity, minutes: Option<u32>) -> Result<()> {
    let now = app.clock.now();
    let end = |minutes| Timestamp(now.0 + i64::from(minutes) * 60_000);
    let until = Some(minutes.map_or(Quiet::NO_END, end));
    change(app, me, move |quiet| quiet.until = until).await
}

/// I may be disturbed again.
///
/// # Errors
/// The same.
pub async fn end_pause(app: &App, me: &Identity) -> Result<()> {
    change(app, me, |quiet| quiet.until = None).await
}

/// At these hours I am left in peace; at none, if they are on no day.
///
/// # Errors
/// `Forbidden` with an API token, `TooManyRequests`, or the database fails.
pub async fn set_hours(app: &App, me: &Identity, hours: QuietHours) -> Result<()> {
    me.in_person()?;
    let hours = Some(hours).filter(|hours| !hours.days.is_none());
    change(app, me, move |quiet| quiet.hours = hours).await
}

async fn change(
    app: &App,
    me: &Identity,
    change: impl FnOnce(&mut Quiet) + Send + 'static,
) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let changing = async move {
        let changed = quiet::change(&db, user, change).await?;
        if changed == Some(true) {
            announcer.quiet_changed(user);
        }
        Ok(changed)
    };
    match app.writer.in_order(changing).await? {
        Some(_) => Ok(()),
        None => Err(Error::Unauthenticated),
    }
}

/// From now on a message with one of these words is for me, as it was typed.
///
/// # Errors
/// What is wrong with them, `Forbidden` with an API token, `TooManyRequests`, or the database fails.
pub async fn set_keywords(app: &App, me: &Identity, typed: &str) -> Result<()> {
    me.in_person()?;
    let wanted = Keywords::parse(typed).map_err(|error| {
        Error::InvalidForm(ApiError::Invalid {
            fields: vec![error],
        })
    })?;
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let setting = async move {
        if quiet::set_keywords(&db, user, &wanted).await? {
            announcer.quiet_changed(user);
        }
        Ok(())
    };
    Ok(app.writer.in_order(setting).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_says_what_holds_and_what_comes_next() {
        // 2026-07-09, in summer; it ends on 2026-10-25 at one o'clock of UTC.
        let now = Timestamp(1_783_600_000_000);
        let quiet = |words| Quiet::read(words);
        let of = |zone| in_zone(quiet("hours=1320/420/127"), Some(zone), now).to_string();
        let hours = "hours=1320/420/127";
        assert_eq!(
            of("Europe/Berlin"),
            format!("{hours} zone=120/1792890000000/60")
        );
        assert_eq!(of("Asia/Kolkata"), format!("{hours} zone=330"));
        assert_eq!(of("Moon/Crater"), hours);
        // Who has no hours is asked for no zone.
        let paused = in_zone(quiet("until=9"), Some("Europe/Berlin"), now);
        assert_eq!(paused.to_string(), "until=9");
    }
}
