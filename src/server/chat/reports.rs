//! Reporting a message to the administrators, and what they do about it.
//!
//! Whoever may read a message may report it, and with that shows it to them: they see what it said, and
//! may delete it, also where they cannot read the thread. Administrators are told at once how many wait.

use crate::protocol::reports::ReportsPage;
use crate::protocol::{Description, Field, ReportId};
use crate::server::auth::Identity;
use crate::server::chat::announce::Announcer;
use crate::server::chat::{people, revising};
use crate::server::db::reports::{self, Reported};
use crate::server::db::revising::At;
use crate::server::db::{self, Db};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Reports on one page.
const PAGE: u32 = 50;

/// Reports a message that I may read. Reporting it again says something else of it.
///
/// # Errors
/// `NotFound` for a message I may not read or that is gone, `Forbidden` for my own, the reason does not
/// parse, or `TooManyRequests`.
pub async fn report(app: &App, me: &Identity, at: At, reason: &str) -> Result<()> {
    let reason = Description::parse(reason).map_err(|error| Error::Invalid {
        field: Field::Description,
        error,
    })?;
    app.changes.step(me.user.id)?;
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (by, now) = (me.user.id, app.clock.now());
    let reporting = async move {
        let reported = reports::report(&db, at, by, &reason, now).await?;
        if reported == Reported::Done {
            announce(&db, &announcer).await?;
        }
        Ok(reported)
    };
    match app.writer.in_order(reporting).await? {
        Reported::Done => Ok(()),
        Reported::NotThere => Err(Error::NotFound),
        Reported::Theirs => Err(Error::Forbidden),
    }
}

async fn announce(db: &Db, announcer: &Announcer) -> db::Result<()> {
    let number = reports::count(db).await?;
    announcer.reports(&reports::administrators(db).await?, number);
    Ok(())
}

/// Reports that wait, the newest before `before`.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn page(app: &App, me: &Identity, before: Option<ReportId>) -> Result<ReportsPage> {
    if !people::may_govern(me) {
        return Err(Error::Forbidden);
    }
    let before = before.unwrap_or(ReportId(i64::MAX));
    let mut reports = reports::list(&app.db, me.user.id, before, PAGE + 1).await?;
    let has_more = reports.len() > PAGE as usize;
    reports.truncate(PAGE as usize);
    let before = reports.last().map(|last| last.id).filter(|_| has_more);
    Ok(ReportsPage { reports, before })
}

/// Deletes the message that a report is about, and closes all reports of it.
///
/// # Errors
/// `Forbidden` for who is no administrator, `NotFound` if there is no such report that waits.
pub async fn delete(app: &App, me: &Identity, id: ReportId) -> Result<()> {
    me.in_person()?;
    let at = reports::message_of(&app.db, id, me.user.id).await?;
    let at = at.ok_or(Error::NotFound)?;
    match revising::delete_reported(app, me, at).await {
        // Somebody else was faster.
        Ok(()) | Err(Error::NotFound) => dismiss(app, me, id).await,
        Err(error) => Err(error),
    }
}

/// Lets a message be, and closes all reports of it.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn dismiss(app: &App, me: &Identity, id: ReportId) -> Result<()> {
    me.in_person()?;
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (by, now) = (me.user.id, app.clock.now());
    let closing = async move {
        let is_theirs = reports::close(&db, id, by, now).await?;
        if is_theirs {
            announce(&db, &announcer).await?;
        }
        Ok(is_theirs)
    };
    match app.writer.in_order(closing).await? {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}
