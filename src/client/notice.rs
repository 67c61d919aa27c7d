//! A message that one is perhaps to be told of: whether, and in which words.

use crate::components::markdown::one_line;
use crate::protocol::notify::{Attention, Meant, attention};
use crate::protocol::{Message, NotifyLevel, Place, Thread, ThreadKind, User};
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
    /// I wanted to be reminded of it: whoever has written it, and whatever I am told of otherwise.
    pub is_reminder: bool,
    pub message: Message,
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

    /// The title and the text; nothing if I do not want to be told of it.
    pub fn words(&self) -> Option<(String, String)> {
        let text = self.message.said();
        let mut title = String::new();
        if self.is_reminder {
            title.push_str("Reminder: ");
        } else {
            let meant = Meant::of(&self.message, &self.me, self.is_blocked);
            if attention(self.level, self.thread.kind, meant) == Attention::None {
                return None;
            }
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
            is_reminder: false,
            message,
        }
    }

    #[test]
    fn a_notice_says_who_wrote_where_and_what() {
        use NotifyLevel::{Everything, Mentions};
        let all = notice(Everything, ThreadKind::Public, "tea is ready");
        let author = all.author.name.to_string();
        let words = (format!("{author} in Tea"), "tea is ready".to_owned());
        assert_eq!(all.words(), Some(words));
        let marked = notice(
            Everything,
            ThreadKind::Direct,
            "**tea** for\n> two\n||and milk||",
        );
        assert_eq!(marked.words().unwrap().1, "tea for two [spoiler]");
        let direct = notice(Mentions, ThreadKind::Direct, "tea?");
        assert_eq!(direct.words(), Some((author, "tea?".to_owned())));
        let long = notice(Everything, ThreadKind::Direct, &"é".repeat(500));
        assert_eq!(long.words().unwrap().1.chars().count(), EXCERPT);
        assert_eq!(all.place().to_string(), format!("/t/{}?m=7", all.thread.id));
    }

    #[test]
    fn a_reminder_is_told_whatever_the_level_and_whoever_has_written_it() {
        let mut due = notice(NotifyLevel::Nothing, ThreadKind::Public, "tea is ready");
        due.is_reminder = true;
        let title = format!("Reminder: {} in Tea", due.author.name);
        let words = (title.clone(), "tea is ready".to_owned());
        assert_eq!(due.words(), Some(words));
        due.me.id = due.author.id;
        assert!(due.words().is_some());
        // Their words are folded here as everywhere.
        due.is_blocked = true;
        assert_eq!(due.words(), Some((title, words::BLOCKED_SHORT.to_owned())));
    }

    #[test]
    fn who_wants_mentions_is_told_of_nothing_else() {
        use NotifyLevel::{Mentions, Nothing};
        let said = |level, text| notice(level, ThreadKind::Private, text).words();
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
            answer.words()
        };
        assert!(answer(UserId(99)).is_some(), "it answers me");
        assert!(answer(UserId(98)).is_none(), "it answers somebody else");
        let mut blocked = notice(Mentions, ThreadKind::Private, "hello @john");
        blocked.is_blocked = true;
        assert!(blocked.words().is_none(), "I do not want to hear of them");
        let mut own = notice(NotifyLevel::Everything, ThreadKind::Public, "mine");
        own.me.id = own.author.id;
        assert!(own.words().is_none());
    }
}
