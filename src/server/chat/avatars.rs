//! Pictures of people: setting one's own, and handing out whoever's is shown.
//!
//! What comes is received as any file is, but nothing of it is kept: a square of it is made anew in two
//! sizes. Everybody who shows the person hears of it as of a new name.

use futures::Stream;
use tokio::task::spawn_blocking;

use super::files;
use crate::protocol::{AvatarId, Crop, User};
use crate::server::auth::Identity;
use crate::server::db;
use crate::server::db::avatars::{self, KeptAvatar, NewAvatar};
use crate::server::error::{Error, Result};
use crate::server::files::picture::{self, Square};
use crate::server::files::{kind, store::Received};
use crate::server::state::App;

/// So many numbers there are for pictures: as many as every client holds exactly.
const IDS: u64 = 1 << 53;

/// Makes a picture that comes the one of me: this square of it, or the one in its middle.
///
/// # Errors
/// It is no picture or too large a one, I have no room, it breaks off, I have asked too often; or the
/// disk or the database fails. Then nothing of it is left, and I look as before.
pub async fn set<B: AsRef<[u8]>, E>(
    app: &App,
    me: &Identity,
    crop: Option<Crop>,
    coming: impl Stream<Item = Result<B, E>> + Unpin,
) -> Result<User> {
    app.changes.step(me.user.id)?;
    let received = files::receive(app, coming, u64::MAX).await?;
    let square = cut(app, received, crop).await?;
    keep(app, me, square).await
}

/// The square, in both sizes.
async fn cut(app: &App, mut received: Received, crop: Option<Crop>) -> Result<Square> {
    let kind = kind::of(&received.head);
    if !kind.starts_with("image/") {
        return Err(Error::NotAPicture);
    }
    let turn = app.files.turn().await?;
    let work = move || {
        let bytes = received.read()?;
        let square = picture::square(&bytes, kind, crop);
        drop(turn);
        Ok::<_, std::io::Error>(square)
    };
    let square = spawn_blocking(work).await.map_err(Error::internal)?;
    let square = square.map_err(Error::internal)?;
    square.ok_or(Error::NotAPicture)
}

/// Keeps it, and shows it from then on.
async fn keep(app: &App, me: &Identity, square: Square) -> Result<User> {
    let bytes = (square.large.len() + square.small.len()) as u64;
    let alone = app.files.store.alone().await;
    if bytes > files::left(app, me).await? {
        return Err(Error::FilesAreFull);
    }
    let mut kept = Vec::new();
    for content in [square.large, square.small] {
        match app.files.store.keep(content).await {
            Ok(content) => kept.push(content),
            Err(error) => {
                drop(alone);
                files::remove(app, kept).await?;
                return Err(files::not_kept(&error));
            }
        }
    }
    let avatar = NewAvatar {
        id: AvatarId(random(app)),
        large: kept[0].clone(),
        small: kept[1].clone(),
        bytes: files::signed(bytes),
    };
    let shown = show(app, me, Some(avatar)).await;
    drop(alone);
    if shown.is_err() {
        files::remove(app, kept).await?;
    }
    sweep(app).await?;
    shown
}

fn random(app: &App) -> i64 {
    let number = u64::from_be_bytes(app.entropy.bytes::<8>()) % IDS;
    // Zero is the number of none.
    i64::try_from(number.max(1)).unwrap_or(i64::MAX)
}

/// Takes the picture of me away: my initials are shown again.
///
/// # Errors
/// I have asked too often, or the database fails.
pub async fn remove(app: &App, me: &Identity) -> Result<()> {
    app.changes.step(me.user.id)?;
    discard(app, me).await
}

/// The same for whoever has counted already how often I ask.
pub(super) async fn discard(app: &App, me: &Identity) -> Result<()> {
    show(app, me, None).await?;
    sweep(app).await
}

async fn show(app: &App, me: &Identity, avatar: Option<NewAvatar>) -> Result<User> {
    let (db, announcer) = (app.db.clone(), app.announcer.clone());
    let (id, now) = (me.user.id, app.clock.now());
    let showing = async move {
        let shown = avatars::set(&db, id, avatar.as_ref(), now).await?;
        if let Some(user) = &shown {
            let guests = db::everybody::guests_who_know(&db, id).await?;
            announcer.profile_changed(user, &guests);
        }
        Ok(shown)
    };
    app.writer
        .in_order(showing)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// A picture that is now of somebody whom I may know.
///
/// # Errors
/// `NotFound`, also for one that was replaced; or the database fails.
pub async fn find(app: &App, me: &Identity, id: AvatarId) -> Result<KeptAvatar> {
    avatars::find(&app.db, me.user.id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// Takes away what is nobody's picture any more.
///
/// # Errors
/// The database or the disk fails.
pub async fn sweep(app: &App) -> Result<()> {
    files::remove(app, avatars::discard_old(&app.db).await?).await
}
