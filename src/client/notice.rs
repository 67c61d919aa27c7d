//! A message that one is perhaps to be told of: whether, and in which words.

use crate::components::markdown::one_line;
use crate::protocol::notify::{Attention, Meant, Policy};
use crate::protocol::{Message, NotifyLevel, Place, Quiet, Thread, ThreadKind, Timestamp, User};
use crate::words;

/// Characters of a message in a notice.
const EXCERPT: usize = 140;

/// A message, and what decides whether it is one to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub thread: Thread,
    pub level: NotifyLevel,
    pub me: User,
    /// Under the name they have now.
    pub author: User,
    /// I have blocked them.
    pub is_blocked: bool,
    /// It has one of my keywords.
    pub has_keyword: bool,
    /// I wanted to be reminded of it: whoever has written it, and whatever I am told of otherwise.
    pub is_reminder: bool,
    pub message: Message,
    /// When I am left in peace, and what time it is by the server's clock.
    pub quiet: Quiet,
    pub now: Timestamp,
}

/// What of it only the browser knows, at the moment at which it would be shown.
#[derive(Clone, Copy, Debug)]
pub struct Here {
    /// Some tab has the message on its screen.
    pub is_seen: bool,
    /// Minutes to add to UTC.
    pub offset: i64,
}

impl Notice {
    /// Where it leads.
    pub fn place(&self) -> Place {
        Place::Thread {
            id: self.thread.id,
            message: Some(self.message.seq),
            panel: None,
        }
    }

    /// What it asks of me, if I have not asked for it myself.
    fn attention(&self, here: Here) -> Attention {
        let meant = match Meant::of(&self.message, &self.me, self.is_blocked) {
            Meant::ForAll if self.has_keyword => Meant::ForThem,
            meant => meant,
        };
        let policy = Policy {
            level: self.level,
            kind: self.thread.kind,
            quiet: self.quiet,
            is_seen: here.is_seen,
        };
        policy.attention(meant, self.now, here.offset)
    }

    /// The title and the text; nothing if I do not want to be told of it.
    pub fn words(&self, here: Here) -> Option<(String, String)> {
        let text = self.message.said();
        let mut title = String::new();
        if self.is_reminder {
            title.push_str("Reminder: ");
        } else if self.attention(here) == Attention::None {
            return None;
        }
        title.push_str(self.author.name.as_str());
        if self.thread.kind != ThreadKind::Direct {
            title.push_str(" in ");
            title.push_str(self.thread.name.as_str());
        }
        let text = match self.is_blocked {
            true => words::BLOCKED_SHORT.to_owned(),
            false => one_line(text).chars().take(EXCERPT).collect(),
        };
        Some((title, text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::stores::timeline::tests::message;
    use super::*;
    use crate::protocol::text::Stored;
    use crate::protocol::{
        Description, MessageText, Quote, Seq, ThreadName, Timestamp, UserId, Username,
    };

    fn notice(level: NotifyLevel, kind: ThreadKind, text: &str) -> Notice {
        let mut message = message(7);
        message.text = MessageText::parse(text).unwrap();
        let thread = Thread {
            id: message.thread_id,
            name: ThreadName::from_stored("Tea".to_owned()),
            description: Description::from_stored(String::new()),
            kind,
            last_seq: Seq(7),
            message_count: 7,
            active_at: Timestamp(0),
            archived_at: None,
            for_everybody: false,
            announcements: false,
            slow_seconds: crate::protocol::Pause::default(),
            people: Vec::new(),
        };
        let me = User {
            id: UserId(99),
            username: Username::parse("john").unwrap(),
            ..message.user.clone()
        };
        let author = message.user.clone();
        Notice {
            thread,
            level,
            me,
            author,
            is_blocked: false,
            has_keyword: false,
            is_reminder: false,
            message,
            quiet: Quiet::default(),
            now: Timestamp(0),
        }
    }

    /// In a browser that has it on no screen.
    const HERE: Here = Here {
        is_seen: false,
        offset: 0,
    };

    #[test]
    fn a_notice_says_who_wrote_where_and_what() {
        use NotifyLevel::{Everything, Mentions};
        let all = notice(Everything, ThreadKind::Public, "tea is ready");
        let author = all.author.name.to_string();
        let words = (format!("{author} in Tea"), "tea is ready".to_owned());
        assert_eq!(all.words(HERE), Some(words));
        let marked = notice(
            Everything,
            ThreadKind::Direct,
            "**tea** for\n> two\n||and milk||",
        );
        assert_eq!(marked.words(HERE).unwrap().1, "tea for two [spoiler]");
        let direct = notice(Mentions, ThreadKind::Direct, "tea?");
        assert_eq!(direct.words(HERE), Some((author, "tea?".to_owned())));
        let long = notice(Everything, ThreadKind::Direct, &"é".repeat(500));
        assert_eq!(long.words(HERE).unwrap().1.chars().count(), EXCERPT);
        assert_eq!(all.place().to_string(), format!("/t/{}?m=7", all.thread.id));
    }

    #[test]
    fn a_reminder_is_told_whatever_the_level_and_whoever_has_written_it() {
        let mut due = notice(NotifyLevel::Nothing, ThreadKind::Public, "tea is ready");
        due.is_reminder = true;
        let title = format!("Reminder: {} in Tea", due.author.name);
        let words = (title.clone(), "tea is ready".to_owned());
        assert_eq!(due.words(HERE), Some(words));
        due.me.id = due.author.id;
        assert!(due.words(HERE).is_some());
        // Their words are folded here as everywhere.
        due.is_blocked = true;
        assert_eq!(
            due.words(HERE),
            Some((title, words::BLOCKED_SHORT.to_owned()))
        );
    }

    #[test]
    fn who_wants_mentions_is_told_of_nothing_else() {
        use NotifyLevel::{Mentions, Nothing};
        let said = |level, text| notice(level, ThreadKind::Private, text).words(HERE);
        assert!(said(Mentions, "hello all").is_none());
        assert!(said(Mentions, "hello @john").is_some());
        assert!(said(Nothing, "hello @john").is_none());
        let answer = |to: UserId| {
            let mut answer = notice(Mentions, ThreadKind::Private, "yes");
            let user = User {
                id: to,
                ..answer.me.clone()
            };
            answer.message.reply_to = Some(Box::new(Quote {
                seq: Seq(1),
                thread_id: None,
                user,
                text: "Shall we?".to_owned(),
            }));
            answer.words(HERE)
        };
        assert!(answer(UserId(99)).is_some(), "it answers me");
        assert!(answer(UserId(98)).is_none(), "it answers somebody else");
        let mut blocked = notice(Mentions, ThreadKind::Private, "hello @john");
        blocked.is_blocked = true;
        assert!(
            blocked.words(HERE).is_none(),
            "I do not want to hear of them"
        );
        let mut worded = notice(Mentions, ThreadKind::Private, "the tea is here");
        worded.has_keyword = true;
        assert!(worded.words(HERE).is_some(), "it has a word of mine");
        worded.is_blocked = true;
        assert!(worded.words(HERE).is_none(), "whatever they write");
        let mut own = notice(NotifyLevel::Everything, ThreadKind::Public, "mine");
        own.me.id = own.author.id;
        assert!(own.words(HERE).is_none());
    }

    #[test]
    fn nobody_is_told_while_they_are_left_in_peace_or_have_it_before_their_eyes() {
        let mut notice = notice(NotifyLevel::Everything, ThreadKind::Direct, "@john");
        let seen = Here {
            is_seen: true,
            ..HERE
        };
        assert!(notice.words(HERE).is_some() && notice.words(seen).is_none());
        notice.quiet = Quiet::read("until=1");
        assert!(notice.words(HERE).is_none(), "not for now");
        notice.now = Timestamp(1);
        assert!(notice.words(HERE).is_some(), "it is over");
        // The first of January was a Thursday: four hours further east it is five in the morning.
        notice.quiet = Quiet::read("hours=300/360/8");
        notice.now = Timestamp(3_600_000);
        let east = Here {
            offset: 240,
            ..HERE
        };
        assert!(notice.words(HERE).is_some() && notice.words(east).is_none());
    }
}
