//! The engine's broker where there are several servers: first those who are connected here, then the bus.
//!
//! So an author sees their own message before the answer, whatever the bus does.

use uuid::Uuid;

use super::Cluster;
use super::wire::{Announced, Said};
use crate::protocol::frame::Publication;
use crate::server::realtime::broker::{Answers, Question};
use crate::server::realtime::history::Entry;
use crate::server::realtime::{Broker, Instruction, MemberChange, NodeInfo, Whom};

/// Bytes of publications in one message: a bus takes a mebibyte.
const AT_ONCE: usize = 400 * 1024;

impl Cluster {
    fn announce(&self, announced: Announced) {
        self.bus.say(&Said::Announced(announced));
    }
}

impl Broker for Cluster {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        let all = make();
        self.hub.publish(channel, || all.clone());
        for publications in portions(all) {
            self.announce(Announced::Published {
                channel: channel.to_owned(),
                publications,
            });
        }
    }

    fn publish_here(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.hub.publish(channel, make);
    }

    fn publish_ending(&self, channel: &str, entry: Entry) {
        self.hub.publish_ending(channel, entry.clone());
        self.announce(Announced::Ending {
            channel: channel.to_owned(),
            publication: entry.publication,
            ends: entry.ends,
        });
    }

    fn instruct(&self, whom: Whom, instruction: Instruction) {
        let copy = instruction.clone();
        self.hub.instruct(&whom, copy);
        self.announce(Announced::Instructed { whom, instruction });
    }

    fn members_changed(&self, channel: &str, change: MemberChange) {
        self.hub.members_changed(channel, change.clone());
        self.announce(Announced::Members {
            channel: channel.to_owned(),
            change,
        });
    }

    fn ask(&self, question: Question) -> Answers<'_> {
        let nodes = self.nodes().ids();
        Box::pin(async move {
            if nodes.is_empty() {
                return Vec::new();
            }
            let asked = self.questions.ask();
            // An answer that does not come is missed by who has asked, and by nobody else.
            self.bus.say_in_passing(&Said::Asked {
                id: asked.id,
                question,
            });
            asked.of(nodes).await
        })
    }

    fn others(&self) -> Vec<NodeInfo> {
        self.nodes().info()
    }

    fn id(&self) -> Option<Uuid> {
        Some(self.bus.id())
    }

    fn hears_others(&self) -> bool {
        self.is_hearing()
    }
}

/// Publications in the same order, as many at once as fit.
fn portions(publications: Vec<Publication>) -> Vec<Vec<Publication>> {
    let mut portions: Vec<Vec<Publication>> = Vec::new();
    let mut room = 0;
    for publication in publications {
        let bytes = publication.data.get().len();
        match portions.last_mut() {
            Some(last) if bytes <= room => {
                room -= bytes;
                last.push(publication);
            }
            _ => {
                room = AT_ONCE.saturating_sub(bytes);
                portions.push(vec![publication]);
            }
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::raw;

    #[test]
    fn what_is_too_much_at_once_goes_in_portions_in_its_order() {
        let big = raw(&"x".repeat(150 * 1024)).unwrap();
        let all = (1..=5).map(|offset| Publication::new(big.clone(), offset));
        let portions = portions(all.collect());
        let offsets = portions.iter();
        let offsets: Vec<Vec<u64>> = offsets
            .map(|some| some.iter().map(|publication| publication.offset).collect())
            .collect();
        assert_eq!(offsets, [vec![1, 2], vec![3, 4], vec![5]]);
    }
}
