//! Which files there are, whose they are, and where they belong.
//!
//! A message keeps all that is told of its files in a column of its own, so reading pages costs nothing
//! more; the rows here say who may have what is in them, and when nobody needs it any more.

use serde::Serialize;
use sqlx::FromRow;

use super::permissions::may_read;
use super::rows::rows;
use super::{Db, Result};
use crate::protocol::text::Stored;
use crate::protocol::{FileId, FileInfo, FileName, Picture, Timestamp, UserId};

/// A file that is kept already, to be noted.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub owner: UserId,
    pub name: FileName,
    pub kind: String,
    pub content: String,
    /// Its smaller form, and the kind of that.
    pub small: Option<(String, &'static str)>,
    pub bytes: i64,
    pub picture: Option<Picture>,
}

/// Where what is in a file is kept.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct KeptFile {
    pub content: String,
    pub kind: String,
    pub small: Option<String>,
    pub small_kind: Option<String>,
    pub name: String,
}

/// Files by their ids, as the writer of posts needs them.
pub(super) const UPLOADED: &str = "
    select f.id, f.owner_id, f.message_id, f.name, f.kind, f.bytes, f.picture
    from json_each($1) e join files f on f.id = cast(e.value ->> 0 as bigint)";

/// Files belong to these messages from now on.
pub(super) const ATTACH: &str = "
    with attached as (
        select cast(e.value ->> 0 as bigint) as file, cast(e.value ->> 1 as bigint) as message
        from json_each($1) e)
      update files set message_id = attached.message from attached where id = attached.file";

#[derive(Debug, FromRow)]
pub(super) struct UploadRow {
    id: i64,
    owner_id: i64,
    message_id: Option<i64>,
    name: String,
    kind: String,
    bytes: i64,
    picture: Option<String>,
}

impl UploadRow {
    /// It belongs to a message.
    pub fn is_taken(&self) -> bool {
        self.message_id.is_some()
    }

    /// Whose it is, and what is told of it.
    pub fn into_upload(self) -> (FileId, (UserId, FileInfo)) {
        let id = FileId(self.id);
        let info = FileInfo {
            id,
            name: FileName::from_stored(self.name),
            kind: self.kind,
            bytes: self.bytes,
            picture: self
                .picture
                .and_then(|json| serde_json::from_str(&json).ok()),
        };
        (id, (UserId(self.owner_id), info))
    }
}

/// What a message keeps of its files; nothing if it has none.
pub(super) fn written(files: &[FileInfo]) -> Result<Option<String>> {
    match files {
        [] => Ok(None),
        files => json(&files).map(Some),
    }
}

/// The same, read again.
pub(super) fn read(files: &str) -> Vec<FileInfo> {
    serde_json::from_str(files).unwrap_or_default()
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Notes a file.
///
/// # Errors
/// The database fails.
pub async fn add(db: &Db, file: &NewFile, now: Timestamp) -> Result<FileId> {
    let picture = file.picture.as_ref().map(json).transpose()?;
    let id: i64 = on!(db.writer(), |pool| sqlx::query_scalar(
        "insert into files 
             (owner_id, name, kind, content, small, small_kind, bytes, picture, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id"
    )
    .bind(file.owner.0)
    .bind(file.name.as_str())
    .bind(&file.kind)
    .bind(&file.content)
    .bind(file.small.as_ref().map(|(small, _)| small))
    .bind(file.small.as_ref().map(|(_, kind)| kind))
    .bind(file.bytes)
    .bind(&picture)
    .bind(now.0)
    .fetch_one(pool)
    .await)?;
    Ok(FileId(id))
}

/// Bytes of all files of a person, and of the picture of them.
///
/// # Errors
/// The database fails.
pub async fn bytes_of(db: &Db, owner: UserId) -> Result<i64> {
    on!(db.reader(), |pool| {
        sqlx::query_scalar(
        "select cast(coalesce(sum(f.bytes), 0) as bigint) from (
             select bytes from files where owner_id = $1
             union all
             select a.bytes from avatars a join users u on u.avatar = a.id where a.owner_id = $1) f"
    )
    .bind(owner.0)
    .fetch_one(pool)
    .await
    })
}

/// A file that a person may have: of a message that they may read now and that was not deleted, or one
/// that they have not posted yet.
const READABLE: &str = concat!(
    "select f.content, f.kind, f.small, f.small_kind, f.name from files f
     left join messages w on w.id = f.message_id
     left join threads t on t.id = w.thread_id
     left join memberships m on m.thread_id = t.id and m.user_id = $2
     where f.id = $1
       and (f.message_id is null and f.owner_id = $2
            or f.message_id is not null and w.deleted_at is null and ",
    may_read!("$2"),
    ")"
);

/// # Errors
/// The database fails.
pub async fn find_readable(db: &Db, id: FileId, me: UserId) -> Result<Option<KeptFile>> {
    on!(db.reader(), |pool| sqlx::query_as(READABLE)
        .bind(id.0)
        .bind(me.0)
        .fetch_optional(pool)
        .await)
}

/// Makes a file of a message that somebody may read one of theirs, which belongs to no message yet. What is
/// in it is kept once.
///
/// # Errors
/// The database fails.
pub async fn copy(db: &Db, id: FileId, owner: UserId, now: Timestamp) -> Result<Option<FileId>> {
    let copy: Option<i64> = on!(db.writer(), |pool| sqlx::query_scalar(concat!(
        "insert into files
             (owner_id, name, kind, content, small, small_kind, bytes, picture, created_at)
         select $2, f.name, f.kind, f.content, f.small, f.small_kind, f.bytes, f.picture, $3
         from files f
         join messages w on w.id = f.message_id
         join threads t on t.id = w.thread_id
         left join memberships m on m.thread_id = t.id and m.user_id = $2
         where f.id = $1 and w.deleted_at is null and ",
        may_read!("$2"),
        " returning id"
    ))
    .bind(id.0)
    .bind(owner.0)
    .bind(now.0)
    .fetch_optional(pool)
    .await)?;
    Ok(copy.map(FileId))
}

/// Forgets a file of a person that belongs to no message: what was kept of it.
///
/// # Errors
/// The database fails.
pub async fn discard(db: &Db, id: FileId, owner: UserId) -> Result<Vec<String>> {
    let gone: Vec<(String, Option<String>)> = on!(db.writer(), |pool| sqlx::query_as(
        "delete from files where id = $1 and owner_id = $2 and message_id is null
           and scheduled_id is null
         returning content, small"
    )
    .bind(id.0)
    .bind(owner.0)
    .fetch_all(pool)
    .await)?;
    Ok(contents(gone))
}

/// Forgets files that were uploaded before a time and posted nowhere: what was kept of them.
///
/// # Errors
/// The database fails.
pub async fn discard_unposted(db: &Db, before: Timestamp) -> Result<Vec<String>> {
    let gone: Vec<(String, Option<String>)> = on!(db.writer(), |pool| {
        sqlx::query_as(
        "delete from files where message_id is null and scheduled_id is null and created_at < $1
         returning content, small"
    )
    .bind(before.0)
    .fetch_all(pool)
    .await
    })?;
    Ok(contents(gone))
}

/// Forgets the files of messages that were deleted before a time: what was kept of them.
///
/// # Errors
/// The database fails.
pub async fn discard_deleted(db: &Db, before: Timestamp) -> Result<Vec<String>> {
    // Asked often, and mostly for nothing: nobody is to wait for that.
    let some: Option<i64> = on!(db.reader(), |pool| sqlx::query_scalar(
        "select id from messages
         where files is not null and deleted_at is not null and deleted_at < $1 limit 1"
    )
    .bind(before.0)
    .fetch_optional(pool)
    .await)?;
    if some.is_none() {
        return Ok(Vec::new());
    }
    let gone: Vec<(String, Option<String>)> = in_tx!(db, |tx| {
        let messages: Vec<(i64,)> = sqlx::query_as(
            "update messages set files = null
             where files is not null and deleted_at is not null and deleted_at < $1
             returning id",
        )
        .bind(before.0)
        .fetch_all(&mut *tx)
        .await?;
        sqlx::query_as(
            "delete from files where message_id in
                 (select cast(e.value ->> 0 as bigint) from json_each($1) e)
             returning content, small",
        )
        .bind(rows(messages))
        .fetch_all(&mut *tx)
        .await?
    });
    Ok(contents(gone))
}

fn contents(files: Vec<(String, Option<String>)>) -> Vec<String> {
    let each = files.into_iter();
    each.flat_map(|(content, small)| [Some(content), small])
        .flatten()
        .collect()
}

/// Whether a file or a picture of somebody that is still known needs that content.
///
/// # Errors
/// The database fails.
pub async fn is_needed(db: &Db, content: &str) -> Result<bool> {
    let needed: i64 = on!(db.writer(), |pool| sqlx::query_scalar(
        "select count(*) from (
             select 1 from files where content = $1
             union all select 1 from files where small = $1
             union all select 1 from avatars where large = $1
             union all select 1 from avatars where small = $1) f"
    )
    .bind(content)
    .fetch_one(pool)
    .await)?;
    Ok(needed > 0)
}
