//! What a place shows to whom: for the page that is drawn here, and for a browser that asks.

use serde::Serialize;

use crate::protocol::settings::Changed;
use crate::protocol::{Content, HistoryRequest, MyThread, Panel, Place, ReadersClock, Seq, Shared};
use crate::server::auth::Identity;
use crate::server::chat::{
    activity, everybody, finding, folders, memberships, messages, muting, people, picked, presence,
    quiet, saved, scheduled, settings, threads,
};
use crate::server::db;
use crate::server::db::threads::VisibleThread;
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What all places share.
///
/// # Errors
/// The database fails.
pub async fn shared(app: &App, me: &Identity, clock: ReadersClock) -> Result<Shared> {
    let threads = folders::in_known(me, threads::mine(app, me).await?);
    let aside = db::aside::aside(&app.db, me.user.id).await?;
    let is_administrator = people::may_govern(me);
    Ok(Shared {
        me: me.shown(),
        is_administrator,
        may: threads::may(me),
        folders: me.folders.clone(),
        peers: presence::in_list(app, me, &threads),
        threads,
        blocked: aside.blocked,
        requests: aside.requests,
        origin: app.db.origin().to_owned(),
        server_name: app.setup.name().to_string(),
        clock: ReadersClock {
            hours: me.preferences.hours.unwrap_or(clock.hours),
            ..clock
        },
        due: aside.due,
        has_news: aside.has_news,
        preferences: me.preferences,
        quiet: quiet::mine(me, app.clock.now()),
        file_mib: app.files.most_mib(),
        reports: if is_administrator { aside.reports } else { 0 },
    })
}

/// The content of one place. What is known of my threads already is not asked for once more.
///
/// # Errors
/// `NotFound` for what I may not see or what is not there, or the database fails.
pub async fn of(
    app: &App,
    me: &Identity,
    place: &Place,
    clock: ReadersClock,
    known: &[MyThread],
) -> Result<Content> {
    match place {
        Place::Home => Ok(Content::Home),
        Place::Thread { id, message, panel } => {
            let found = match known.iter().find(|mine| mine.thread.id == *id) {
                Some(mine) => VisibleThread::from(mine),
                None => threads::find(app, me, *id).await?,
            };
            let first_unread = first_unread(&found).filter(|_| message.is_none());
            let request = match message.or(first_unread) {
                Some(seq) => HistoryRequest::around(*id, seq),
                None => HistoryRequest::newest(*id),
            };
            let page = messages::page(app, found.thread, request).await?;
            let (people, owners) = match panel {
                Some(Panel::People | Panel::Settings) => {
                    let (people, owners) = memberships::list_with_owners(app, me, *id).await?;
                    (Some(people), owners)
                }
                _ => (None, Vec::new()),
            };
            let packed = match (panel, message) {
                (Some(Panel::Pins), _) => json(&picked::pinned(app, me, *id).await?)?,
                (Some(Panel::Files), before) => {
                    json(&picked::with_files(app, me, *id, *before).await?)?
                }
                (Some(Panel::Later), _) => json(&scheduled::list(app, me, Some(*id)).await?)?,
                (Some(Panel::Settings), _) => json(&muting::list(app, me, *id).await?)?,
                (Some(Panel::Message), Some(seq)) => {
                    match picked::about(app, me, *id, *seq).await {
                        Err(Error::NotFound) => String::new(),
                        about => json(&about?)?,
                    }
                }
                (Some(Panel::Remind), Some(seq)) => match saved::find(app, me, *id, *seq).await {
                    Err(Error::NotFound) => String::new(),
                    kept => json(&kept?)?,
                },
                _ => String::new(),
            };
            Ok(Content::Thread {
                page: Box::new(page),
                people,
                owners,
                packed,
            })
        }
        Place::Browse { after } => {
            let page = threads::directory(app, me, *after).await?;
            Ok(Content::Browse(page))
        }
        Place::People { search, after } => pack(&everybody::page(app, me, search, after).await?),
        Place::Person { username } => pack(&everybody::card(app, me, username).await?),
        Place::Search { query, before } => {
            let ahead = clock.offset.unwrap_or_default();
            pack(&finding::find(app, me, query, ahead, *before).await?)
        }
        Place::Saved { before } => pack(&saved::page(app, me, *before).await?),
        Place::Activity { before } => {
            if before.is_none() {
                activity::visit(app, me).await?;
            }
            pack(&activity::page(app, me, *before).await?)
        }
        Place::NewThread if !threads::may(me).start_threads() => Err(Error::Forbidden),
        Place::NewThread | Place::NewDirect => Ok(Content::Form),
        Place::Settings { section, is_saved } => {
            let outcome = is_saved.then_some(Ok(Changed::Done));
            pack(&settings::page(app, me, section, outcome, None).await?)
        }
        Place::SignIn { .. } | Place::Register { .. } | Place::Setup { .. } => Err(Error::NotFound),
    }
}

/// What only a part of the page reads, as it travels.
///
/// # Errors
/// It cannot be written as JSON.
pub fn pack(page: &impl Serialize) -> Result<Content> {
    json(page).map(Content::Packed)
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Where whoever comes to a thread begins to read, if that is not on the page of the newest.
fn first_unread(found: &VisibleThread) -> Option<Seq> {
    let read = found.read?;
    let unread = found.thread.message_count - read.number;
    let is_beyond = unread > i64::from(HistoryRequest::DEFAULT_LIMIT) / 2;
    is_beyond.then(|| read.seq.next())
}
