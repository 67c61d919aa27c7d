//! Who has reacted to what.
//!
//! A page of messages carries them complete, read with one more statement and only if there are any.
//! They may be a little newer than the messages beside them. That harms nobody: to react is to put
//! into a set or to take out of it, and doing that again changes nothing.

use super::rows::rows;
use super::{Db, Result};
use crate::protocol::text::Stored;
use crate::protocol::{Emoji, Message, Reaction, UserId};

/// In the order in which they were given.
pub(super) const OF: &str = "
    select r.message_id, r.emoji, r.user_id
    from json_each($1) e join reactions r on r.message_id = cast(e.value ->> 0 as bigint)
    order by r.message_id, r.seq";

/// Says of messages who has reacted to them. (Of a deleted one that is not said.)
///
/// # Errors
/// The database fails.
pub(super) async fn complete(db: &Db, messages: impl Iterator<Item = &mut Message>) -> Result<()> {
    let messages: Vec<&mut Message> = messages.collect();
    let ids = messages.iter().map(|message| (message.id.0,)).collect();
    let found: Vec<Given> = on!(db.reader(), |pool| sqlx::query_as(OF)
        .bind(rows(ids))
        .fetch_all(pool)
        .await)?;
    // In the order of the messages' ids: each is looked for once.
    for message in messages {
        let begin = found.partition_point(|(id, ..)| *id < message.id.0);
        let of_it = found[begin..].partition_point(|(id, ..)| *id == message.id.0);
        put(message, &found[begin..begin + of_it]);
    }
    Ok(())
}

/// A message, an emoji, and a person.
pub(super) type Given = (i64, String, i64);

/// Puts into a message what of these is about it.
pub(super) fn put(message: &mut Message, all: &[Given]) {
    if message.is_deleted() {
        return;
    }
    for (_, emoji, user) in all.iter().filter(|(id, ..)| *id == message.id.0) {
        add(&mut message.reactions, emoji, UserId(*user));
    }
}

fn add(reactions: &mut Vec<Reaction>, emoji: &str, user: UserId) {
    match reactions
        .iter_mut()
        .find(|known| known.emoji.as_str() == emoji)
    {
        Some(known) => known.by.push(user),
        None => reactions.push(Reaction {
            emoji: Emoji::from_stored(emoji.to_owned()),
            by: vec![user],
        }),
    }
}
