//! Invitations: made in the browser or on the command line, by the same code.

use crate::protocol::settings::{InvitationLasts, InvitationsPage, LeadsInto};
use crate::protocol::{InvitationId, MyThread, Place, ThreadId, ThreadKind, Timestamp};
use crate::server::auth::Identity;
use crate::server::auth::token::{self, TokenKind};
use crate::server::chat::threads;
use crate::server::clock::Entropy;
use crate::server::config::{Inviters, Registration};
use crate::server::db::invites::{self, Maker, NewInvitation, NotMade};
use crate::server::db::{self, Db};
use crate::server::error::{Error, Result};
use crate::server::state::App;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Invitations on one page.
const PAGE: u32 = 50;

/// Whether somebody may invite others; whoever does is asked by the statement once more.
pub fn may_invite(app: &App, me: &Identity) -> bool {
    let is_possible = app.registration() != Registration::Closed;
    is_possible && me.policy.invite.has(me.standing) && me.in_person().is_ok()
}

/// Whom an invitation lets in, and for how long.
#[derive(Clone, Debug)]
pub struct Terms {
    pub lasts: InvitationLasts,
    /// None: without limit.
    pub uses: Option<u32>,
    /// Whoever comes is a guest in these threads; a member, where there are none.
    pub guest_in: Vec<ThreadId>,
}

/// Makes an invitation, if its maker may, and gives the place that its link leads to.
///
/// # Errors
/// The database fails.
pub async fn make(
    db: &Db,
    entropy: &Entropy,
    now: Timestamp,
    terms: &Terms,
    maker: Maker,
) -> db::Result<Result<Place, NotMade>> {
    let code = token::generate(TokenKind::Invite, entropy);
    let new = NewInvitation {
        code_hash: &token::hash(&code),
        guest_in: &terms.guest_in,
        uses: terms.uses,
        expires_at: match terms.lasts {
            InvitationLasts::Forever => None,
            InvitationLasts::Days(days) => Some(Timestamp(now.0 + i64::from(days) * DAY)),
        },
        now,
    };
    let made = invites::insert(db, new, maker).await?;
    Ok(made.map(|()| Place::Register { invite: code }))
}

/// Makes an invitation on behalf of somebody.
///
/// # Errors
/// `Forbidden` for who may not invite, `NotFound` for a thread that I do not belong to,
/// `TooManyInvitations` for who has.
pub async fn invite(app: &App, me: &Identity, terms: Terms) -> Result<Place> {
    if !may_invite(app, me) {
        return Err(Error::Forbidden);
    }
    let maker = match app.accounts.invitations {
        Inviters::Administrators => Maker::Administrator(me.user.id),
        Inviters::Everybody => Maker::Anybody(me.user.id),
    };
    let (db, entropy, now) = (app.db.clone(), app.entropy.clone(), app.clock.now());
    let making = async move { make(&db, &entropy, now, &terms, maker).await };
    match app.writer.in_order(making).await? {
        Ok(place) => Ok(place),
        Err(NotMade::NotTheirs) => Err(Error::Forbidden),
        Err(NotMade::TooMany) => Err(Error::TooManyInvitations),
        Err(NotMade::NoSuchThread) => Err(Error::NotFound),
    }
}

/// A page of the invitations that I may see.
///
/// # Errors
/// `Forbidden` for who may not invite.
pub async fn page(app: &App, me: &Identity, page: u32) -> Result<InvitationsPage> {
    if !may_invite(app, me) {
        return Err(Error::Forbidden);
    }
    let (id, now) = (me.user.id, app.clock.now());
    let passed = i64::from(page) * i64::from(PAGE);
    let mut invitations = invites::list(&app.db, id, now, passed, PAGE + 1).await?;
    let has_more = invitations.len() > PAGE as usize;
    invitations.truncate(PAGE as usize);
    let mine = threads::mine(app, me).await?.into_iter();
    let leads = |mine: &MyThread| mine.thread.kind != ThreadKind::Direct && mine.thread.is_active();
    let guest_in = mine.filter(leads).map(|mine| LeadsInto {
        id: mine.thread.id,
        name: mine.thread.name,
    });
    Ok(InvitationsPage {
        guest_in: guest_in.collect(),
        invitations,
        page,
        has_more,
    })
}

/// Takes an invitation back: it lets in nobody any more.
///
/// # Errors
/// `NotFound` for one that is not mine to take back, or was taken back.
pub async fn revoke(app: &App, me: &Identity, id: InvitationId) -> Result<()> {
    me.in_person()?;
    match invites::revoke(&app.db, me.user.id, id, app.clock.now()).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}
