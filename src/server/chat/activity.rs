//! What has happened that is for me: who mentions me, who answers me, who reacts to what I wrote.
//!
//! What is new is marked for as long as I look, on whichever device: coming to look is noted with my
//! account, and a look soon afterwards belongs to the same visit.

use crate::protocol::activity::{ActivityPage, Happened, What};
use crate::protocol::notify::{called, mentions};
use crate::protocol::{EntryId, Message, MessageId, Thread};
use crate::server::auth::Identity;
use crate::server::chat::saved::in_context;
use crate::server::db::activity::{self, Entry};
use crate::server::error::Result;
use crate::server::state::App;

/// Entries on a page, and entries that are looked at for one: much of what there is may not be for me to
/// read any more.
const PAGE: usize = 30;
const LOOKED_AT: u32 = 200;
/// So long what was new stays marked, in milliseconds.
const VISIT: i64 = 10 * 60_000;

/// A page of it, before an entry.
///
/// # Errors
/// The database fails.
pub async fn page(app: &App, me: &Identity, before: Option<EntryId>) -> Result<ActivityPage> {
    let user = me.user.id;
    let line = activity::seen(&app.db, user).await?.line();
    let from = before.unwrap_or(EntryId(i64::MAX));
    let entries = activity::list(&app.db, user, from, LOOKED_AT).await?;
    let last = entries.last().map(|entry| entry.id);
    let looked_at_all = entries.len() < LOOKED_AT as usize;
    let mut shown: Vec<Entry> = entries.into_iter().filter(|entry| entry.is_shown).collect();
    let next = match shown.len() > PAGE {
        true => Some(shown[PAGE - 1].id),
        false => last.filter(|_| !looked_at_all),
    };
    shown.truncate(PAGE);
    let mut ids: Vec<MessageId> = shown.iter().map(|entry| entry.message).collect();
    ids.sort_unstable();
    ids.dedup();
    let all = in_context(app, me, &ids).await?;
    let happened = shown
        .into_iter()
        .filter_map(|entry| happened(entry, &all, me, line));
    Ok(ActivityPage {
        happened: happened.collect(),
        next,
    })
}

fn happened(
    entry: Entry,
    all: &[(Message, Thread)],
    me: &Identity,
    line: EntryId,
) -> Option<Happened> {
    let of_it = |(message, _): &&(Message, Thread)| message.id == entry.message;
    let (message, thread) = all.iter().find(of_it)?;
    // Whoever was mentioned may not be any more.
    let text = message.text.as_str();
    let is_still = || mentions(text, &me.user.username) || message.calls && called(text).is_some();
    if entry.what == What::Mentioned && !is_still() {
        return None;
    }
    Some(Happened {
        id: entry.id,
        what: entry.what,
        by: entry.by,
        at: entry.at,
        message: message.clone(),
        thread: thread.clone(),
        is_new: entry.id > line,
    })
}

/// I have come to look: my devices need not say any more that there is something new.
///
/// # Errors
/// The database fails.
pub async fn visit(app: &App, me: &Identity) -> Result<()> {
    let user = me.user.id;
    let before = activity::visit(&app.db, user, app.clock.now(), VISIT).await?;
    if before.has_news() {
        app.announcer.activity(user, false);
    }
    Ok(())
}
