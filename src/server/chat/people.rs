//! What administrators do: see everybody, ban, lift, and make others administrators, members or guests.

use crate::protocol::settings::{AuditPage, PeoplePage, Policy, Standing};
use crate::protocol::{DeedId, Timestamp, UserId};
use crate::server::auth::Identity;
use crate::server::db::audit;
use crate::server::db::people::{self, Governed};
use crate::server::db::{everybody, policy, standing};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// People on one page.
const PAGE: u32 = 50;
/// Deeds on one page.
const LOG: u32 = 50;

/// A page of everybody whose name contains `search`.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn page(
    app: &App,
    me: &Identity,
    search: &str,
    after: Option<UserId>,
) -> Result<PeoplePage> {
    if !may_govern(me) {
        return Err(Error::Forbidden);
    }
    let (db, id) = (&app.db, me.user.id);
    let mut people = people::list(db, id, search, after.unwrap_or_default(), PAGE + 1).await?;
    let is_more = people.len() > PAGE as usize;
    people.truncate(PAGE as usize);
    let last = people.last().map(|person| person.user.id);
    Ok(PeoplePage {
        server_name: app.setup.name().to_string(),
        policy: me.policy,
        search: search.to_owned(),
        after,
        next: last.filter(|_| is_more),
        people,
    })
}

/// What was put on record, the newest before `before`.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn audit(app: &App, me: &Identity, before: Option<DeedId>) -> Result<AuditPage> {
    if !may_govern(me) {
        return Err(Error::Forbidden);
    }
    let before = before.unwrap_or(DeedId(i64::MAX));
    let mut deeds = audit::log(&app.db, me.user.id, before, LOG + 1).await?;
    let has_more = deeds.len() > LOG as usize;
    deeds.truncate(LOG as usize);
    let before = deeds.last().map(|last| last.id).filter(|_| has_more);
    Ok(AuditPage { deeds, before })
}

/// Whether somebody may see and change what concerns everybody, in person.
pub fn may_govern(me: &Identity) -> bool {
    me.standing == Standing::Administrator && me.in_person().is_ok()
}

/// Bans somebody: their sockets are closed, and nothing of theirs is good any more.
///
/// # Errors
/// `Forbidden` for who is no administrator, or for an administrator as the one to be banned.
pub async fn ban(app: &App, me: &Identity, id: UserId) -> Result<()> {
    me.in_person()?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now: Timestamp = app.clock.now();
    let banning = async move {
        let (outcome, heirs) = people::ban(&db, by, id, now).await?;
        if outcome == Governed::Done {
            announcer.banned(id, &heirs);
        }
        Ok(outcome)
    };
    outcome(app.writer.in_order(banning).await?)
}

/// Says who may do what.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn set_policy(app: &App, me: &Identity, wanted: Policy) -> Result<()> {
    me.in_person()?;
    let (db, by, now) = (app.db.clone(), me.user.id, app.clock.now());
    let setting = async move { policy::set(&db, by, wanted, now).await };
    match app.writer.in_order(setting).await? {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}

/// Lets somebody sign in again.
///
/// # Errors
/// `Forbidden` for who is no administrator.
pub async fn unban(app: &App, me: &Identity, id: UserId) -> Result<()> {
    me.in_person()?;
    outcome(people::unban(&app.db, me.user.id, id, app.clock.now()).await?)
}

/// Makes somebody an administrator, a member or a guest. All devices of who was a guest or is one now
/// begin anew.
///
/// # Errors
/// `Forbidden` for who is no administrator, `LastAdministrator` if nobody would be one.
pub async fn set_standing(app: &App, me: &Identity, id: UserId, wanted: Standing) -> Result<()> {
    me.in_person()?;
    let (db, announcer, by) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let do_members_invite = me.policy.invite.has(Standing::Member);
    let setting = async move {
        let (outcome, regraded) =
            standing::set(&db, by, id, wanted, do_members_invite, now).await?;
        if let Some(regraded) = &regraded {
            let guests = everybody::guests_who_know(&db, id).await?;
            announcer.regraded(regraded, &guests);
        }
        Ok(outcome)
    };
    let governed = app.writer.in_order(setting).await?;
    if governed == Governed::LastAdministrator && !may_govern(me) {
        return Err(Error::Forbidden);
    }
    outcome(governed)
}

fn outcome(governed: Governed) -> Result<()> {
    match governed {
        Governed::Done => Ok(()),
        Governed::Refused => Err(Error::Forbidden),
        Governed::LastAdministrator => Err(Error::LastAdministrator),
    }
}
