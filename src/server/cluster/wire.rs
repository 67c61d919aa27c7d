//! What servers say to each other: a header of 25 bytes, and JSON.
//!
//! Servers number what they say, so that others notice what they have missed; a number is the id of
//! what has no place in a stream. JSON, because a version of the program may meet the next one: fields
//! and kinds are only added, what is not known is passed over, and what cannot be told like that gets
//! another [`VERSION`], which is part of the subject on the bus.

use std::collections::HashSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tally::Counted;
use crate::protocol::frame::Publication;
use crate::protocol::{Timestamp, UserId};
use crate::server::realtime::broker::{Answer, Question};
use crate::server::realtime::history::Entry;
use crate::server::realtime::{Counts, Hub, Instruction, MemberChange, NodeInfo, Whom};

/// Servers of different ones do not hear each other.
pub const VERSION: u32 = 1;

/// Who says something, and how many things they have said with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub from: Uuid,
    pub number: u64,
    pub weight: Weight,
}

/// Whether it matters that something is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It has a number of its own.
    Counted,
    /// It is said again in a moment. Its number is that of the last thing before it.
    Passing,
}

const HEADER: usize = 25;

/// One server says it, all hear it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Said {
    Announced(Announced),
    /// I am here.
    Beat(Beat),
    /// Say all anew who is connected to you.
    WhoIsThere,
    People(People),
    Leaving,
    Asked {
        id: u64,
        question: Question,
    },
    Answered(Answered),
    Told(Told),
}

/// What goes to those who are connected, by a server's hub.
#[derive(Debug, Serialize, Deserialize)]
pub enum Announced {
    Published {
        channel: String,
        publications: Vec<Publication>,
    },
    Ending {
        channel: String,
        publication: Publication,
        ends: Option<Whom>,
    },
    Instructed {
        whom: Whom,
        instruction: Instruction,
    },
    Members {
        channel: String,
        change: MemberChange,
    },
}

/// A server says that it is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beat {
    uptime_seconds: u64,
    /// Of who is connected to it.
    pub version: u64,
    clients: usize,
    users: usize,
    channels: usize,
    subscriptions: usize,
}

/// Who is connected to a server, or a part of them.
#[derive(Debug, Serialize, Deserialize)]
pub struct People {
    pub version: u64,
    pub part: usize,
    pub parts: usize,
    pub users: Vec<String>,
}

/// A part of an answer; the last one says so.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answered {
    pub to: Uuid,
    pub id: u64,
    pub answer: Answer,
    pub is_last: bool,
}

/// What the application tells itself on other servers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// When people have last done something.
    Active(Vec<(UserId, Timestamp)>),
    /// What people have done that is limited.
    Counted(Vec<(Counted, u32)>),
    /// The server is called something else.
    Named(String),
}

/// Names of people in one message: far below what a bus takes.
const PART: usize = 20_000;

impl People {
    pub fn of(version: u64, users: HashSet<String>) -> Vec<Self> {
        let users: Vec<String> = users.into_iter().collect();
        let parts = users.len().div_ceil(PART).max(1);
        (0..parts)
            .map(|part| Self {
                version,
                part,
                parts,
                users: users.iter().skip(part * PART).take(PART).cloned().collect(),
            })
            .collect()
    }
}

impl Beat {
    pub fn new(age: Duration, version: u64, counts: Counts) -> Self {
        let Counts {
            clients,
            users,
            channels,
            subscriptions,
        } = counts;
        Self {
            uptime_seconds: age.as_secs(),
            version,
            clients,
            users,
            channels,
            subscriptions,
        }
    }

    pub fn info(&self, id: Uuid) -> NodeInfo {
        NodeInfo {
            id: id.to_string(),
            uptime: Duration::from_secs(self.uptime_seconds),
            counts: Counts {
                clients: self.clients,
                users: self.users,
                channels: self.channels,
                subscriptions: self.subscriptions,
            },
        }
    }
}

impl Announced {
    pub fn pass_to(self, hub: &Hub) {
        match self {
            Self::Published {
                channel,
                publications,
            } => hub.publish(&channel, || publications),
            Self::Ending {
                channel,
                publication,
                ends,
            } => hub.publish_ending(&channel, Entry { publication, ends }),
            Self::Instructed { whom, instruction } => hub.instruct(&whom, instruction),
            Self::Members { channel, change } => hub.members_changed(&channel, change),
        }
    }
}

/// The bytes of what is said; its number is put in by [`number`].
pub fn pack(from: Uuid, weight: Weight, said: &Said) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(from.as_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.push(u8::from(weight == Weight::Counted));
    serde_json::to_writer(&mut bytes, said)?;
    Ok(bytes)
}

pub fn number(packed: &mut [u8], number: u64) {
    packed[16..24].copy_from_slice(&number.to_be_bytes());
}

pub fn unpack(packed: &[u8]) -> Option<(Header, &[u8])> {
    let (header, body) = packed.split_at_checked(HEADER)?;
    let (from, number) = header.split_at_checked(16)?;
    let (number, weight) = number.split_at_checked(8)?;
    let header = Header {
        from: Uuid::from_slice(from).ok()?,
        number: u64::from_be_bytes(number.try_into().ok()?),
        weight: match weight {
            [0] => Weight::Passing,
            _ => Weight::Counted,
        },
    };
    Some((header, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::codes::{DisconnectCode, UnsubscribeCode};
    use crate::protocol::frame::raw;

    fn there_and_back(said: &Said) -> (Header, Said) {
        let from = Uuid::from_u128(7);
        let mut packed = pack(from, Weight::Counted, said).unwrap();
        number(&mut packed, 3);
        let (header, body) = unpack(&packed).unwrap();
        (header, serde_json::from_slice(body).unwrap())
    }

    #[test]
    fn what_is_announced_comes_as_it_was_sent() {
        let data = raw(&serde_json::json!({ "a": [1, "</b>"] })).unwrap();
        let said = Said::Announced(Announced::Ending {
            channel: "thread:1".to_owned(),
            publication: Publication::new(data, 9),
            ends: Some(Whom::AllBut(["1".to_owned()].into())),
        });
        let (header, said) = there_and_back(&said);
        assert_eq!((header.from, header.number), (Uuid::from_u128(7), 3));
        assert_eq!(header.weight, Weight::Counted);
        let Said::Announced(Announced::Ending {
            publication, ends, ..
        }) = said
        else {
            panic!("{said:?}");
        };
        assert_eq!(publication.data.get(), r#"{"a":[1,"</b>"]}"#);
        assert_eq!(publication.offset, 9);
        assert_eq!(ends, Some(Whom::AllBut(["1".to_owned()].into())));
    }

    #[test]
    fn every_instruction_from_outside_travels_and_the_hubs_own_do_not() {
        let travelling = [
            Instruction::Subscribe {
                channel: "a".to_owned(),
                data: Some(raw(&1).unwrap()),
            },
            Instruction::Unsubscribe {
                channel: "a".to_owned(),
                code: UnsubscribeCode::Expired,
            },
            Instruction::Refresh(Some(Duration::from_secs(1))),
            Instruction::Message(raw(&"hello").unwrap()),
            Instruction::Disconnect(DisconnectCode::ForceDisconnect.into()),
        ];
        for instruction in travelling {
            let before = format!("{instruction:?}");
            let whom = Whom::User("1".to_owned());
            let said = Said::Announced(Announced::Instructed { whom, instruction });
            let (_, said) = there_and_back(&said);
            assert!(format!("{said:?}").contains(&before), "{said:?}");
        }
        let own = Instruction::CheckDeadlines;
        let whom = Whom::Everybody;
        let said = Said::Announced(Announced::Instructed {
            whom,
            instruction: own,
        });
        assert!(pack(Uuid::nil(), Weight::Counted, &said).is_err());
    }

    #[test]
    fn a_crowd_is_told_in_parts() {
        let crowd: HashSet<String> = (0..45_000).map(|id| id.to_string()).collect();
        let parts = People::of(2, crowd);
        let sizes: Vec<usize> = parts.iter().map(|part| part.users.len()).collect();
        assert_eq!(sizes, [20_000, 20_000, 5_000]);
        assert!(parts.iter().all(|part| part.parts == 3));
        assert_eq!(
            People::of(1, HashSet::new()).len(),
            1,
            "nobody is an answer too"
        );
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        assert!(unpack(b"hello").is_none());
        assert!(unpack(&[0; HEADER]).is_some());
    }
}
