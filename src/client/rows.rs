//! What the timeline shows, line by line, worked out from the messages without a document.
//!
//! Days are separated, consecutive messages of one person within five minutes form a group, and
//! one's own messages that are still on their way float at the end. A row is known by who wrote it
//! and the id they gave it, whatever it shows: what changes in it changes in its place.

use super::dates::{Zone, iso};
use super::stores::outbox::{Entry, EntryState};
use super::stores::people::People;
use crate::protocol::codes::ReplyError;
use crate::protocol::{
    ClientId, Emoji, FileInfo, Message, Quote, Reaction, Seq, ThreadId, Timestamp, User, UserId,
};
use crate::words;

const GROUP: i64 = 5 * 60_000;
/// Longer texts are folded.
const LONG_CHARS: usize = 1500;
const LONG_LINES: usize = 20;

/// By what a row is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowKey {
    pub author: UserId,
    pub client_id: ClientId,
}

/// A message as it is shown.
// Each is one thing that the view asks.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: RowKey,
    pub thread: ThreadId,
    /// The name of the day, if it is the first message of one.
    pub day: Option<String>,
    /// What one had not read when one came begins here.
    pub is_new_from_here: bool,
    pub author: User,
    /// Zero for what is on its way.
    pub seq: Seq,
    pub text: String,
    pub files: Vec<FileInfo>,
    /// What it answers.
    pub answers: Option<Answered>,
    /// What it passes on.
    pub forwarded: Option<Answered>,
    pub reactions: Vec<Chip>,
    pub is_edited: bool,
    pub is_pinned: bool,
    /// It calls on everybody, or on who is there.
    pub calls: bool,
    pub is_deleted: bool,
    pub is_long: bool,
    pub is_mine: bool,
    /// Its author is somebody whom one has blocked.
    pub is_blocked: bool,
    /// First of its group: shows who and when.
    pub is_first: bool,
    pub delivery: Delivery,
    pub time: String,
    pub moment: String,
    pub iso: String,
}

/// A message that another one answers, in a line; or passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Zero if one is not led there.
    pub seq: Seq,
    /// Its thread, if that is perhaps another one.
    pub thread: Option<ThreadId>,
    pub author: User,
    /// Empty if it was deleted.
    pub text: String,
}

/// An emoji below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub emoji: Emoji,
    pub count: usize,
    /// I have given it too.
    pub is_mine: bool,
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    Pending,
    /// Written before the person signed out: they say whether it is still to be sent.
    Held,
    Failed(ReplyError),
}

impl Row {
    /// What it says, or what it passes on, if it says nothing itself.
    pub fn said(&self) -> &str {
        match (self.text.as_str(), &self.forwarded) {
            ("", Some(forwarded)) => &forwarded.text,
            (text, _) => text,
        }
    }

    /// It was not sent, and the person has to decide.
    pub fn has_trouble(&self) -> bool {
        matches!(self.delivery, Delivery::Failed(_) | Delivery::Held)
    }
}

impl RowKey {
    /// The id of the row's element.
    pub fn element_id(&self) -> String {
        format!("m-{}-{}", self.author, self.client_id)
    }
}

/// All rows of a view, and of what is on its way if the end is in it. What others have written after
/// `line` is new.
pub fn rows<'a>(
    messages: impl Iterator<Item = &'a Message>,
    outbox: impl Iterator<Item = &'a Entry>,
    me: &User,
    people: &People,
    zone: Zone,
    line: Option<Seq>,
) -> Vec<Row> {
    let mut rows = Rows {
        done: Vec::new(),
        zone,
        me: me.id,
        last: None,
        line,
    };
    for message in messages {
        rows.delivered(message, people);
    }
    for entry in outbox {
        rows.on_its_way(entry, people.now(me), people);
    }
    rows.done
}

struct Rows {
    done: Vec<Row>,
    zone: Zone,
    me: UserId,
    /// Who spoke last, and when.
    last: Option<(UserId, Timestamp)>,
    /// Where the line is to go, until it is there.
    line: Option<Seq>,
}

impl Rows {
    fn delivered(&mut self, message: &Message, people: &People) {
        let (me, author) = (self.me, people.now(&message.user));
        let line = Line {
            client_id: &message.client_id,
            thread: message.thread_id,
            author,
            seq: message.seq,
            text: message.text.as_str(),
            at: message.created_at,
        };
        let row = self.push(line, Delivery::Delivered);
        row.is_blocked = people.is_blocked(message.user.id);
        row.is_edited = message.edited_at.is_some() && !message.is_deleted();
        row.is_pinned = message.pinned_at.is_some();
        row.calls = message.calls;
        row.is_deleted = message.is_deleted();
        if !message.is_deleted() {
            row.answers = message
                .reply_to
                .as_deref()
                .map(|quote| answered(quote, people));
            row.forwarded = message
                .forwarded
                .as_deref()
                .map(|quote| answered(quote, people));
            row.reactions = chips(&message.reactions, me);
            row.files.clone_from(&message.files);
        }
    }

    fn on_its_way(&mut self, entry: &Entry, me: &User, people: &People) {
        let delivery = match &entry.state {
            EntryState::Refused(error) => Delivery::Failed(error.clone()),
            EntryState::Held => Delivery::Held,
            EntryState::Queued | EntryState::InFlight(_) | EntryState::Resting => Delivery::Pending,
        };
        // Whatever this device's clock says, it comes after what is there.
        let at = self
            .last
            .map_or(entry.written_at, |(_, last)| last.max(entry.written_at));
        let line = Line {
            client_id: &entry.client_id,
            thread: entry.thread,
            author: me,
            seq: Seq::START,
            text: entry.text.as_str(),
            at,
        };
        let row = self.push(line, delivery);
        row.files.clone_from(&entry.files);
        row.answers = entry.reply_to.as_ref().map(|quote| answered(quote, people));
    }

    fn push(&mut self, line: Line<'_>, delivery: Delivery) -> &mut Row {
        let Line {
            client_id,
            thread,
            author,
            seq,
            text,
            at,
        } = line;
        let is_new = |line| seq > line && author.id != self.me;
        let is_new_from_here = self.line.take_if(|line| is_new(*line)).is_some();
        let day = self.zone.day(at);
        let is_new_day = self.last.is_none_or(|(_, last)| self.zone.day(last) != day);
        let goes_on = self
            .last
            .is_some_and(|(who, last)| who == author.id && at.0 - last.0 < GROUP);
        self.last = Some((author.id, at));
        let at_end = self.done.len();
        self.done.push(Row {
            key: RowKey {
                author: author.id,
                client_id: client_id.clone(),
            },
            thread,
            day: is_new_day.then(|| self.zone.day_name(day)),
            is_new_from_here,
            author: author.clone(),
            seq,
            text: text.to_owned(),
            files: Vec::new(),
            answers: None,
            forwarded: None,
            reactions: Vec::new(),
            is_edited: false,
            is_pinned: false,
            calls: false,
            is_deleted: false,
            is_long: is_long(text),
            is_mine: author.id == self.me,
            is_blocked: false,
            is_first: is_new_day || is_new_from_here || !goes_on,
            delivery,
            time: self.zone.time(at),
            moment: self.zone.moment(at),
            iso: iso(at),
        });
        &mut self.done[at_end]
    }
}

/// Under the name that its author has now.
fn answered(quote: &Quote, people: &People) -> Answered {
    let text = match people.is_blocked(quote.user.id) {
        true => words::HIDDEN.to_owned(),
        false => quote.text.clone(),
    };
    Answered {
        seq: quote.seq,
        thread: quote.thread_id,
        author: people.now(&quote.user).clone(),
        text,
    }
}

fn chips(reactions: &[Reaction], me: UserId) -> Vec<Chip> {
    let chip = |reaction: &Reaction| Chip {
        emoji: reaction.emoji.clone(),
        count: reaction.by.len(),
        is_mine: reaction.by.contains(&me),
    };
    reactions.iter().map(chip).collect()
}

/// What is known of a message before its place.
#[derive(Clone, Copy)]
struct Line<'a> {
    client_id: &'a ClientId,
    thread: ThreadId,
    author: &'a User,
    seq: Seq,
    text: &'a str,
    at: Timestamp,
}

fn is_long(text: &str) -> bool {
    text.lines().count() > LONG_LINES || text.chars().nth(LONG_CHARS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::stores::timeline::tests::message;
    use crate::protocol::{DisplayName, Hours, MessageText, Username};

    const MINUTE: i64 = 60_000;

    fn user(id: i64) -> User {
        User {
            id: UserId(id),
            username: Username::parse(&format!("user{id}")).unwrap(),
            name: DisplayName::parse(&format!("User {id}")).unwrap(),
            avatar: None,
            guest: false,
            status: None,
            status_until: None,
        }
    }

    fn messages(all: &[(i64, i64)]) -> Vec<Message> {
        all.iter()
            .zip(1..)
            .map(|((author, minute), seq)| Message {
                user: user(*author),
                created_at: Timestamp(minute * MINUTE),
                ..message(seq)
            })
            .collect()
    }

    fn entry(client_id: &str, state: EntryState) -> Entry {
        Entry {
            client_id: ClientId::parse(client_id).unwrap(),
            thread: ThreadId(1),
            text: MessageText::parse("mine").unwrap(),
            files: Vec::new(),
            reply_to: None,
            written_at: Timestamp(0),
            ordinal: 0,
            state,
        }
    }

    fn shown(all: &[(i64, i64)], outbox: &[Entry], zone: Zone) -> Vec<Row> {
        let messages = messages(all);
        let people = People::default();
        rows(
            messages.iter(),
            outbox.iter(),
            &user(1),
            &people,
            zone,
            None,
        )
    }

    /// `D` before the first of a day; the author, or `+` for what continues a group.
    fn shape(rows: &[Row]) -> String {
        let mut shape = Vec::new();
        for row in rows {
            shape.extend(row.day.is_some().then(|| "D".to_owned()));
            shape.push(match row.is_first {
                true => row.author.id.to_string(),
                false => "+".to_owned(),
            });
        }
        shape.join(" ")
    }

    #[test]
    fn messages_of_one_person_within_five_minutes_form_a_group() {
        let rows = shown(&[(1, 0), (1, 4), (2, 5), (1, 6), (1, 11)], &[], Zone::UTC);
        assert_eq!(shape(&rows), "D 1 + 2 1 1");
    }

    #[test]
    fn a_new_day_begins_with_its_name_and_a_new_group() {
        let rows = shown(&[(1, 24 * 60 - 1), (1, 24 * 60)], &[], Zone::UTC);
        assert_eq!(shape(&rows), "D 1 D 1");
    }

    #[test]
    fn the_day_depends_on_the_zone() {
        let east = Zone::new(|_| 60, Hours::TwentyFour, Timestamp(0));
        let rows = shown(&[(1, 24 * 60 - 1), (1, 24 * 60)], &[], east);
        assert_eq!(shape(&rows), "D 1 +");
    }

    #[test]
    fn what_is_on_its_way_comes_last_and_keeps_its_key_when_it_has_come_back() {
        let refused = ReplyError::new(404, "Not found");
        let outbox = [
            entry("x1", EntryState::Queued),
            entry("x2", EntryState::Refused(refused.clone())),
            entry("x3", EntryState::Held),
        ];
        let rows = shown(&[(1, 100)], &outbox, Zone::UTC);
        let deliveries: Vec<_> = rows.iter().map(|row| row.delivery.clone()).collect();
        assert_eq!(
            deliveries,
            [
                Delivery::Delivered,
                Delivery::Pending,
                Delivery::Failed(refused),
                Delivery::Held
            ]
        );
        let back = shown(&[(1, 100)], &[entry("c1", EntryState::Queued)], Zone::UTC);
        assert_eq!(back[0].key, back[1].key, "the same message, wherever it is");
    }

    #[test]
    fn one_client_id_of_two_people_is_two_rows() {
        let rows = shown(&[(2, 0)], &[entry("c1", EntryState::Queued)], Zone::UTC);
        assert_ne!(rows[0].key, rows[1].key);
        assert_ne!(rows[0].key.element_id(), rows[1].key.element_id());
    }

    #[test]
    fn a_new_name_is_shown_beside_what_was_written_before() {
        let mut people = People::default();
        people.renamed(User {
            name: DisplayName::parse("Renamed").unwrap(),
            ..user(2)
        });
        let messages = messages(&[(2, 0)]);
        let rows = rows(
            messages.iter(),
            [].iter(),
            &user(1),
            &people,
            Zone::UTC,
            None,
        );
        assert_eq!(rows[0].author.name.as_str(), "Renamed");
    }

    #[test]
    fn the_line_stands_before_the_first_message_of_somebody_else_and_never_before_ones_own() {
        let people = People::default();
        let new_from = |all: &[(i64, i64)], line| {
            let messages = messages(all);
            let zone = Zone::UTC;
            let rows = rows(messages.iter(), [].iter(), &user(1), &people, zone, line);
            let new = rows.iter().filter(|row| row.is_new_from_here);
            new.map(|row| row.seq.0).collect::<Vec<_>>()
        };
        let all = [(2, 0), (1, 1), (2, 2), (2, 3)];
        assert_eq!(new_from(&all, Some(Seq(1))), [3], "2 is one's own");
        assert_eq!(new_from(&all, Some(Seq(3))), [4]);
        assert_eq!(new_from(&all, Some(Seq(0))), [1]);
        assert_eq!(new_from(&all, Some(Seq(4))), [] as [i64; 0]);
        assert_eq!(new_from(&all, None), [] as [i64; 0]);
        assert_eq!(new_from(&[(1, 0), (1, 1)], Some(Seq(0))), [] as [i64; 0]);
    }

    #[test]
    fn a_deleted_message_shows_nothing_of_what_it_was() {
        let mut all = messages(&[(2, 0), (2, 1)]);
        let emoji = Emoji::parse("👍").unwrap();
        let by = vec![UserId(1), UserId(3)];
        all[0].reactions = vec![Reaction { emoji, by }];
        all[0].edited_at = Some(Timestamp(1));
        let quote = Quote {
            seq: Seq(1),
            thread_id: None,
            user: user(2),
            text: "message 1".to_owned(),
        };
        all[1].reply_to = Some(Box::new(quote));
        let people = People::default();
        let shown = |all: &[Message]| {
            let rows = rows(all.iter(), [].iter(), &user(1), &people, Zone::UTC, None);
            let marks = rows.iter().map(|row| (row.is_edited, row.is_deleted));
            let marks: Vec<_> = marks.collect();
            let chips: Vec<_> = rows[0]
                .reactions
                .iter()
                .map(|chip| (chip.count, chip.is_mine))
                .collect();
            let answers = rows[1].answers.as_ref().map(|answered| answered.seq);
            (marks, chips, answers)
        };
        let marks = vec![(true, false), (false, false)];
        assert_eq!(shown(&all), (marks, vec![(2, true)], Some(Seq(1))));
        all[0].deleted_at = Some(Timestamp(2));
        all[1].deleted_at = Some(Timestamp(2));
        let marks = vec![(false, true), (false, true)];
        assert_eq!(shown(&all), (marks, Vec::new(), None));
    }

    #[test]
    fn a_wall_of_text_is_long_in_characters_or_in_lines() {
        assert!(!is_long("short"));
        assert!(is_long(&"x".repeat(LONG_CHARS + 1)));
        assert!(is_long(&"\n.".repeat(LONG_LINES + 1)));
    }
}
