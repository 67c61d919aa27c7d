//! Folders in my list: kept with me and with my memberships, and told to all my devices.

use serde::{Deserialize, Serialize};

use crate::protocol::folders::FolderAct;
use crate::protocol::{ApiError, MyThread, ThreadId};
use crate::server::auth::Identity;
use crate::server::db::folders::{self, Put};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// A folder, as programs are told of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    pub name: String,
    pub is_closed: bool,
    pub threads: Vec<ThreadId>,
}

/// All my folders, from the top, with what is in them.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, me: &Identity) -> Result<Vec<Listed>> {
    let (folders, threads) = folders::list(&app.db, me.user.id).await?;
    let listed = folders.iter().map(|(place, folder)| Listed {
        name: folder.name.to_string(),
        is_closed: folder.is_closed,
        threads: threads
            .iter()
            .filter(|(_, at)| *at == place)
            .map(|(thread, _)| *thread)
            .collect(),
    });
    Ok(listed.collect())
}

/// Takes threads out of folders that are not known: between the two, one may have gone.
pub fn in_known(me: &Identity, mut mine: Vec<MyThread>) -> Vec<MyThread> {
    for mine in &mut mine {
        mine.folder = mine.folder.filter(|place| me.folders.at(*place).is_some());
    }
    mine
}

/// Does something with one of my folders, by its name.
///
/// # Errors
/// What is wrong with a name, `TooManyRequests`, or the database fails.
pub async fn arrange(app: &App, me: &Identity, name: String, act: FolderAct) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let arranging = async move {
        let arranged = folders::arrange(&db, user, |before| before.after(&name, &act)).await?;
        if let Some(Ok(true)) = arranged {
            announcer.folders_changed(user);
        }
        Ok(arranged)
    };
    match app.writer.in_order(arranging).await? {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(Error::InvalidForm(ApiError::Invalid {
            fields: vec![error],
        })),
        None => Err(Error::Unauthenticated),
    }
}

/// Puts a thread of mine into the folder of that name; with an empty one, into none.
///
/// # Errors
/// `NotFound` for a thread I do not belong to, and for a folder that I do not have; `TooManyRequests`.
pub async fn put(app: &App, me: &Identity, thread: ThreadId, name: String) -> Result<()> {
    app.pace.step(me.user.id)?;
    let (db, announcer, user) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let putting = async move {
        let put = folders::put(&db, user, thread, &name).await?;
        if put == Put::Done {
            announcer.folders_changed(user);
        }
        Ok(put)
    };
    match app.writer.in_order(putting).await? {
        Put::Done | Put::Same => Ok(()),
        Put::NotTheirs => Err(Error::NotFound),
    }
}
