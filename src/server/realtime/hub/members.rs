//! Who joins and leaves a channel, told to those of its subscribers who want to hear it.

use serde::{Deserialize, Serialize};

use super::Hub;
use crate::protocol::frame::{ClientInfo, Member, Push, Reply};
use crate::server::realtime::transport::dialect::Forms;

/// Somebody has joined or left a channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum MemberChange {
    Joined(ClientInfo),
    Left(ClientInfo),
}

impl MemberChange {
    fn into_push(self, channel: &str) -> Push {
        let channel = channel.to_owned();
        match self {
            Self::Joined(info) => Push {
                channel,
                join: Some(Member { info }),
                ..Push::default()
            },
            Self::Left(info) => Push {
                channel,
                leave: Some(Member { info }),
                ..Push::default()
            },
        }
    }
}

impl Hub {
    /// Tells those who want to hear it that somebody has joined or left.
    pub fn members_changed(&self, channel: &str, change: MemberChange) {
        let shard = self.shard(channel);
        let Some(found) = shard.get(channel) else {
            return;
        };
        let forms = Forms::of(Reply::push(change.into_push(channel)));
        let hearers = found.subscribers.values().filter(|s| s.hears_members());
        let due = hearers.filter(|s| s.link.put(forms.form(s.reader())));
        self.flushers.add(due.map(|s| s.link.clone()).collect());
    }
}
