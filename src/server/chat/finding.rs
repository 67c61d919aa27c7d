//! Finding messages by what they say, among all that I may read now.

use crate::protocol::markdown::one_line;
use crate::protocol::search::{Hit, Piece, SearchPage};
use crate::protocol::{Message, MessageId, Thread};
use crate::server::auth::Identity;
use crate::server::chat::threads;
use crate::server::db::finding::{self, Wanted};
use crate::server::db::{messages, users};
use crate::server::error::{Error, Result};
use crate::server::search::{Has, Query};
use crate::server::state::App;

/// Messages on a page.
const PAGE: usize = 20;
/// Candidates that are read at once, and how often at most: what has all pairs of letters and not the
/// word itself is rare.
const CANDIDATES: u32 = 200;
const ROUNDS: u32 = 5;
/// Messages that are indexed at once when the index is filled.
const BATCH: u32 = 100;
/// Characters of a message that are shown, and of them before what was found.
const EXCERPT: usize = 240;
const BEFORE: usize = 60;

/// A page of what was found, before a message. Days are those of whoever asks, so many minutes ahead of
/// UTC.
///
/// # Errors
/// I have asked too much of late, or the database fails.
pub async fn find(
    app: &App,
    me: &Identity,
    text: &str,
    ahead: i64,
    before: Option<MessageId>,
) -> Result<SearchPage> {
    let query = Query::parse(text, ahead);
    let mut page = SearchPage {
        query: text.to_owned(),
        ..SearchPage::default()
    };
    if query.is_empty() {
        return Ok(page);
    }
    app.lookups.step(me.user.id)?;
    // Few at once: what is hard to find must not hold up those who read.
    let turn = app.searching.acquire().await;
    let _turn = turn.map_err(Error::internal)?;
    page.is_indexing = finding::unindexed(&app.db).await?.is_some();
    let Some(mut wanted) = wanted(app, &query).await? else {
        return Ok(page);
    };
    wanted.before = before;
    let mut found = Vec::new();
    for round in 0..ROUNDS {
        let some = finding::candidates(&app.db, me.user.id, &wanted, CANDIDATES).await?;
        let is_last = some.len() < CANDIDATES as usize;
        wanted.before = some.last().map(|(id, _)| *id);
        for (id, text) in some {
            if found.len() <= PAGE && query.matches(&text) {
                found.push(id);
            }
            // Others have their turn, however long texts are.
            tokio::task::consume_budget().await;
        }
        if found.len() > PAGE || is_last {
            break;
        }
        if round + 1 == ROUNDS {
            page.next = wanted.before;
        }
    }
    if found.len() > PAGE {
        found.truncate(PAGE);
        page.next = found.last().copied();
    }
    page.hits = hits(app, me, &query, &found).await?;
    Ok(page)
}

/// What the database is asked for; nothing if nothing can be found, because nobody is called so.
async fn wanted(app: &App, query: &Query) -> Result<Option<Wanted>> {
    let from = match &query.from {
        None => None,
        Some(name) => match users::find_account(&app.db, name).await? {
            Some(account) => Some(account.user.id),
            None => return Ok(None),
        },
    };
    Ok(Some(Wanted {
        tokens: query.tokens(),
        thread: query.thread,
        from,
        since: query.since,
        until: query.until,
        with_reactions: query.has.contains(&Has::Reaction),
        with_files: query.has.contains(&Has::File),
        with_images: query.has.contains(&Has::Image),
        before: None,
    }))
}

/// What was found, as it is shown. What I may not read any more by now is left out.
async fn hits(app: &App, me: &Identity, query: &Query, found: &[MessageId]) -> Result<Vec<Hit>> {
    let messages = messages::by_id(&app.db, found).await?;
    let mut known: Vec<Thread> = Vec::new();
    let mut hits = Vec::with_capacity(messages.len());
    for message in messages {
        let thread = match known.iter().find(|thread| thread.id == message.thread_id) {
            Some(thread) => thread.clone(),
            None => match threads::find(app, me, message.thread_id).await {
                Ok(found) => {
                    known.push(found.thread.clone());
                    found.thread
                }
                Err(Error::NotFound) => continue,
                Err(error) => return Err(error),
            },
        };
        hits.push(hit(message, thread, query));
    }
    Ok(hits)
}

fn hit(message: Message, thread: Thread, query: &Query) -> Hit {
    // Without its marks, and what is behind a spoiler stays there.
    let text = one_line(message.text.as_str());
    Hit {
        id: message.id,
        seq: message.seq,
        created_at: message.created_at,
        excerpt: excerpt(&text, &query.marks(&text)),
        author: message.user,
        thread,
    }
}

/// A text around the first thing that is marked in it, in pieces.
fn excerpt(text: &str, marks: &[(usize, usize)]) -> Vec<Piece> {
    let first = marks.first().map_or(0, |(first, _)| *first);
    let mut back = text[..first].char_indices().rev();
    let begin = back.nth(BEFORE).map_or(0, |(at, _)| at);
    let mut onward = text[begin..].char_indices();
    let end = onward.nth(EXCERPT).map_or(text.len(), |(at, _)| begin + at);
    let mut pieces = Vec::new();
    let mut add = |text: &str, is_marked| {
        if !text.is_empty() {
            let text = text.to_owned();
            pieces.push(Piece { text, is_marked });
        }
    };
    if begin > 0 {
        add("…", false);
    }
    let mut at = begin;
    for (first, last) in marks.iter().filter(|(_, last)| *last <= end) {
        add(&text[at..*first], false);
        add(&text[*first..*last], true);
        at = *last;
    }
    add(&text[at..end], false);
    if end < text.len() {
        add("…", false);
    }
    pieces
}

/// Fills the index, from the newest message on: after an upgrade, or when it is made anew. Posts go on
/// meanwhile, and what they say is in the index already.
///
/// # Errors
/// The database fails.
pub async fn fill_index(app: &App) -> Result<()> {
    while finding::unindexed(&app.db).await?.is_some() {
        let db = app.db.clone();
        let some = async move { finding::index_some(&db, BATCH).await };
        if !app.writer.in_order(some).await? {
            tracing::info!("all messages can be found");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, wanted: &str) -> String {
        let query = Query::parse(wanted, 0);
        let pieces = excerpt(text, &query.marks(text));
        let piece = |piece: Piece| match piece.is_marked {
            true => format!("[{}]", piece.text),
            false => piece.text,
        };
        pieces.into_iter().map(piece).collect()
    }

    #[test]
    fn an_excerpt_is_what_stands_around_what_was_found() {
        assert_eq!(shown("Tea for two", "tea two"), "[Tea] for [two]");
        assert_eq!(shown("Tea for two", "from:ada"), "Tea for two");
        let long = format!("{}tea{}", "é".repeat(500), "ü".repeat(500));
        let shown = shown(&long, "tea");
        assert!(
            shown.starts_with(&format!("…{}[tea]", "é".repeat(BEFORE + 1))),
            "{shown}"
        );
        assert!(shown.ends_with("ü…"), "{shown}");
        assert!(shown.chars().count() < EXCERPT + 10, "{shown}");
    }
}
