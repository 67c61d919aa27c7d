//! Threads: which there are, which one may see, making one.

use crate::protocol::error::Field;
use crate::protocol::settings::{Policy, Standing};
use crate::protocol::thread::NAMED_PEOPLE;
use crate::protocol::{
    Description, DirectoryPage, DirectoryPosition, May, MyThread, NewThread, Thread, ThreadId,
    ThreadKind, ThreadName, UserId,
};
use crate::server::auth::Identity;
use crate::server::auth::names::searched;
use crate::server::chat::accounts;
use crate::server::db::starting::{self, Started};
use crate::server::db::threads::{self, VisibleThread};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Threads of one's own in one list: more than a connection is subscribed to.
const MINE: u32 = 1000;
/// Threads of others behind them, where everything is listed at once.
const LIST: u32 = 300;
/// Threads on a page of the directory.
const PAGE: u32 = 50;

/// The threads I belong to, most recently active first.
///
/// # Errors
/// The database fails.
pub async fn mine(app: &App, me: &Identity) -> Result<Vec<MyThread>> {
    let mut mine = threads::list_joined(&app.db, me.user.id, MINE).await?;
    // What is over is forgotten a little later.
    let now = app.clock.now();
    for mine in &mut mine {
        mine.muted_until = mine.muted_until.filter(|until| *until > now);
    }
    Ok(mine)
}

/// A page of the threads that are for everybody, most recently active first.
///
/// # Errors
/// The database fails.
pub async fn directory(
    app: &App,
    me: &Identity,
    after: Option<DirectoryPosition>,
) -> Result<DirectoryPage> {
    let mut threads = threads::list_public(&app.db, me.user.id, after, PAGE + 1).await?;
    let has_more = threads.len() > PAGE as usize;
    threads.truncate(PAGE as usize);
    let last = threads.last().filter(|_| has_more);
    let next = last.map(|last| DirectoryPosition {
        active_at: last.thread.active_at,
        id: last.thread.id,
    });
    Ok(DirectoryPage { threads, next })
}

/// What I may read: my own threads first, then as many of everybody's as there is room for.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity) -> Result<Vec<Thread>> {
    let mine = mine(app, me).await?;
    let mut list: Vec<Thread> = mine.into_iter().map(|mine| mine.thread).collect();
    let others = threads::list_public(&app.db, me.user.id, None, LIST).await?;
    let others = others.into_iter().filter(|other| !other.joined);
    list.extend(others.map(|other| other.thread));
    Ok(list)
}

/// A thread that I may read. One that I may not and one that is not look the same.
///
/// # Errors
/// `NotFound`, or the database fails.
pub async fn find(app: &App, me: &Identity, id: ThreadId) -> Result<VisibleThread> {
    threads::find_readable(&app.db, me.user.id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// Makes a thread with me as its owner, and others in it from the start.
///
/// # Errors
/// `Forbidden` for whom it is not to start one; something does not parse, somebody is not there, they or my changes of late are too many, a public
/// thread has that name, or the database fails.
pub async fn start(app: &App, me: &Identity, new: &NewThread) -> Result<Thread> {
    let name = ThreadName::parse(&new.name).map_err(|error| Error::Invalid {
        field: Field::ThreadName,
        error,
    })?;
    let description = Description::parse(&new.description).map_err(|error| Error::Invalid {
        field: Field::Description,
        error,
    })?;
    app.changes.step(me.user.id)?;
    let people = accounts::named(app, me, &new.people, NAMED_PEOPLE).await?;
    let kind = kind(new.private);
    let (db, announcer, me) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let starting = async move {
        let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
        let new = starting::NewThread {
            name: &name,
            description: &description,
            kind,
            creator: me,
            people: &ids,
        };
        let started = starting::start(&db, new, now).await?;
        if let Started::Done(thread) = &started {
            announcer.thread_created(thread, &ids, Some(me));
        }
        Ok(started)
    };
    match app.writer.in_order(starting).await? {
        Started::Done(thread) => Ok(thread),
        Started::NameTaken => Err(Error::NameTaken(Field::ThreadName)),
        Started::NotTheirs => Err(Error::Forbidden),
        Started::Gone => Err(Error::Unauthenticated),
    }
}

/// What I may do here beyond talking where I am.
pub fn may(me: &Identity) -> May {
    let Policy {
        start_public,
        start_private,
        ..
    } = me.policy;
    May::NOTHING
        .and(May::LOOK_AROUND, me.standing != Standing::Guest)
        .and(May::START_PUBLIC, start_public.has(me.standing))
        .and(May::START_PRIVATE, start_private.has(me.standing))
}

/// For whom a thread is that is not a direct one.
pub fn kind(is_private: bool) -> ThreadKind {
    match is_private {
        true => ThreadKind::Private,
        false => ThreadKind::Public,
    }
}

/// Threads that I may read in whose names a text is: those whose names begin with it first, and of those
/// mine.
///
/// # Errors
/// I have asked too often, or the database fails.
pub async fn suggest(app: &App, me: &Identity, text: &str) -> Result<Vec<Thread>> {
    const SUGGESTIONS: usize = 6;
    const LOOKED_THROUGH: u32 = 5_000;
    app.lookups.step(me.user.id)?;
    let wanted = searched(text.trim());
    if wanted.is_empty() || wanted.chars().count() > ThreadName::MAX_CHARS {
        return Ok(Vec::new());
    }
    let named = threads::names(&app.db, me.user.id, LOOKED_THROUGH).await?;
    let named = named.into_iter();
    let mut found: Vec<(usize, ThreadId)> = named
        .filter_map(|(id, name)| Some((searched(&name).find(&wanted)?, id)))
        .collect();
    found.sort_by_key(|(at, _)| *at > 0);
    let mut threads = Vec::new();
    for (_, id) in found.into_iter().take(SUGGESTIONS) {
        let found = threads::find_readable(&app.db, me.user.id, id).await?;
        threads.extend(found.map(|found| found.thread));
    }
    Ok(threads)
}
