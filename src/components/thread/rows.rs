//! What the timeline shows, line by line, worked out from the messages without a document.
//!
//! Days are separated, consecutive messages of one person within five minutes form a group, and
//! one's own messages that are still on their way float at the end. A row's key changes when what
//! it shows changes, and only then.

use crate::client::dates::{Zone, iso};
use crate::client::outbox::{Entry, EntryState};
use crate::client::timeline::Timeline;
use crate::protocol::{ClientId, Message, Timestamp, User, UserId};

const GROUP: i64 = 5 * 60_000;
/// Longer texts are folded.
const LONG_CHARS: usize = 1500;
const LONG_LINES: usize = 20;

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Known by the message below it: a day may come twice if a clock was wrong.
    Day {
        before: String,
        name: String,
    },
    Message(Box<MessageRow>),
}

/// A message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    pub client_id: ClientId,
    pub author: User,
    pub text: String,
    pub is_long: bool,
    pub is_mine: bool,
    /// First of its group: shows who and when.
    pub is_first: bool,
    pub delivery: Delivery,
    pub time: String,
    pub moment: String,
    pub iso: String,
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    Pending,
    Failed(String),
}

impl Row {
    /// Identifies the row and what it shows.
    pub fn key(&self) -> String {
        match self {
            Self::Day { before, name } => format!("day {name} {before}"),
            Self::Message(row) => {
                let delivery = match row.delivery {
                    Delivery::Delivered => 'd',
                    Delivery::Pending => 'p',
                    Delivery::Failed(_) => 'f',
                };
                let first = u8::from(row.is_first);
                let MessageRow {
                    author,
                    client_id,
                    time,
                    ..
                } = &**row;
                format!("{} {client_id} {delivery}{first}{time}", author.id)
            }
        }
    }
}

/// All rows of a thread.
pub fn rows<'a>(
    timeline: &Timeline,
    outbox: impl Iterator<Item = &'a Entry>,
    me: &User,
    zone: Zone,
) -> Vec<Row> {
    let mut rows = Rows {
        done: Vec::new(),
        zone,
        me: me.id,
        last: None,
    };
    for message in timeline.messages() {
        rows.delivered(message);
    }
    for entry in outbox.filter(|entry| !timeline.has(me.id, &entry.client_id)) {
        rows.on_its_way(entry, me);
    }
    rows.done
}

struct Rows {
    done: Vec<Row>,
    zone: Zone,
    me: UserId,
    /// Who spoke last, and when.
    last: Option<(UserId, Timestamp)>,
}

impl Rows {
    fn delivered(&mut self, message: &Message) {
        self.push(
            &message.client_id,
            &message.user,
            message.text.as_str(),
            message.created_at,
            Delivery::Delivered,
        );
    }

    fn on_its_way(&mut self, entry: &Entry, me: &User) {
        let delivery = match &entry.state {
            EntryState::Failed(reason) => Delivery::Failed(reason.clone()),
            EntryState::Queued | EntryState::InFlight(_) | EntryState::Resting => Delivery::Pending,
        };
        // Whatever this device's clock says, it comes after what is there.
        let at = self
            .last
            .map_or(entry.written_at, |(_, last)| last.max(entry.written_at));
        self.push(&entry.client_id, me, entry.text.as_str(), at, delivery);
    }

    fn push(
        &mut self,
        client_id: &ClientId,
        author: &User,
        text: &str,
        at: Timestamp,
        delivery: Delivery,
    ) {
        let day = self.zone.day(at);
        let is_new_day = self.last.is_none_or(|(_, last)| self.zone.day(last) != day);
        if is_new_day {
            let name = self.zone.day_name(day);
            let before = format!("{} {client_id}", author.id);
            self.done.push(Row::Day { before, name });
        }
        let goes_on = self
            .last
            .is_some_and(|(who, last)| who == author.id && at.0 - last.0 < GROUP);
        self.last = Some((author.id, at));
        self.done.push(Row::Message(Box::new(MessageRow {
            client_id: client_id.clone(),
            author: author.clone(),
            text: text.to_owned(),
            is_long: is_long(text),
            is_mine: author.id == self.me,
            is_first: is_new_day || !goes_on,
            delivery,
            time: self.zone.time(at),
            moment: self.zone.moment(at),
            iso: iso(at),
        })));
    }
}

fn is_long(text: &str) -> bool {
    text.lines().count() > LONG_LINES || text.chars().nth(LONG_CHARS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        DisplayName, HistoryPage, MessageId, MessageText, Seq, Thread, ThreadId, ThreadKind,
        ThreadName, Username,
    };

    const MINUTE: i64 = 60_000;

    fn user(id: i64) -> User {
        User {
            id: UserId(id),
            username: Username::parse(&format!("user{id}")).unwrap(),
            name: DisplayName::parse(&format!("User {id}")).unwrap(),
        }
    }

    fn timeline(messages: &[(i64, i64)]) -> Timeline {
        let messages: Vec<Message> = messages
            .iter()
            .zip(1..)
            .map(|((author, minute), seq)| Message {
                id: MessageId(seq),
                thread_id: ThreadId(1),
                seq: Seq(seq),
                user: user(*author),
                text: MessageText::parse("hello").unwrap(),
                client_id: ClientId::parse(&format!("c{seq}")).unwrap(),
                created_at: Timestamp(minute * MINUTE),
                edited_at: None,
            })
            .collect();
        let through = Seq(i64::try_from(messages.len()).unwrap());
        Timeline::from_page(HistoryPage {
            thread: Thread {
                id: ThreadId(1),
                name: ThreadName::parse("t").unwrap(),
                kind: ThreadKind::Public,
                last_seq: through,
                active_at: Timestamp(0),
            },
            messages,
            after: Seq::START,
            through,
            epoch: "e".into(),
        })
    }

    fn entry(client_id: &str, state: EntryState) -> Entry {
        Entry {
            client_id: ClientId::parse(client_id).unwrap(),
            thread: ThreadId(1),
            text: MessageText::parse("mine").unwrap(),
            written_at: Timestamp(0),
            state,
        }
    }

    /// `D` for a day; for a message its author, with `+` when it continues a group.
    fn shape(rows: &[Row]) -> String {
        rows.iter()
            .map(|row| match row {
                Row::Day { .. } => "D".to_owned(),
                Row::Message(row) if row.is_first => row.author.id.to_string(),
                Row::Message(_) => "+".to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn messages_of_one_person_within_five_minutes_form_a_group() {
        let timeline = timeline(&[(1, 0), (1, 4), (2, 5), (1, 6), (1, 11)]);
        let rows = rows(&timeline, [].iter(), &user(1), Zone::UTC);
        assert_eq!(shape(&rows), "D 1 + 2 1 1");
    }

    #[test]
    fn a_new_day_begins_with_its_name_and_a_new_group() {
        let timeline = timeline(&[(1, 24 * 60 - 1), (1, 24 * 60)]);
        let rows = rows(&timeline, [].iter(), &user(1), Zone::UTC);
        assert_eq!(shape(&rows), "D 1 D 1");
    }

    #[test]
    fn no_two_rows_have_one_key_even_if_a_day_comes_twice() {
        let timeline = timeline(&[(1, 24 * 60), (1, 0), (1, 24 * 60), (2, 0)]);
        let rows = rows(&timeline, [].iter(), &user(1), Zone::UTC);
        let keys: std::collections::HashSet<String> = rows.iter().map(Row::key).collect();
        assert_eq!(keys.len(), rows.len());
    }

    #[test]
    fn the_day_depends_on_the_zone() {
        let timeline = timeline(&[(1, 24 * 60 - 1), (1, 24 * 60)]);
        let east = Zone::new(|_| 60, Timestamp(0));
        let rows = rows(&timeline, [].iter(), &user(1), east);
        assert_eq!(shape(&rows), "D 1 +");
    }

    #[test]
    fn what_is_on_its_way_comes_last_and_only_until_it_has_come_back() {
        let timeline = timeline(&[(1, 100)]);
        let back = entry("c1", EntryState::InFlight(1));
        let waiting = entry("x1", EntryState::Queued);
        let failed = entry("x2", EntryState::Failed("no".into()));
        let outbox = [back, waiting, failed];
        let rows = rows(&timeline, outbox.iter(), &user(1), Zone::UTC);
        let deliveries: Vec<_> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Message(row) => Some((row.client_id.to_string(), row.delivery.clone())),
                Row::Day { .. } => None,
            })
            .collect();
        assert_eq!(
            deliveries,
            [
                ("c1".to_owned(), Delivery::Delivered),
                ("x1".to_owned(), Delivery::Pending),
                ("x2".to_owned(), Delivery::Failed("no".into())),
            ]
        );
    }

    #[test]
    fn one_client_id_of_two_people_is_two_rows() {
        let timeline = timeline(&[(2, 0)]);
        let mine = [entry("c1", EntryState::Queued)];
        let rows = rows(&timeline, mine.iter(), &user(1), Zone::UTC);
        let mut keys: Vec<String> = rows.iter().map(Row::key).collect();
        keys.dedup();
        assert_eq!(keys.len(), 3);
    }

    #[test]
    fn a_wall_of_text_is_long_in_characters_or_in_lines() {
        assert!(!is_long("short"));
        assert!(is_long(&"x".repeat(LONG_CHARS + 1)));
        assert!(is_long(&"\n.".repeat(LONG_LINES + 1)));
    }
}
