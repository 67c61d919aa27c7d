//! One subscriber of a channel: where it stands, and what may be passed on to it.
//!
//! Pure bookkeeping under the channel's lock, so that the promise of no hole and no double can be
//! tested without a socket. A subscriber begins as *pending*: what is published is kept. Once the
//! history has been read it goes *live* at a position: what was kept at or below it is dropped as
//! double, the rest follows. From then on each offset must be the next one; anything else means
//! that something is lost, and nothing more is passed until the client has subscribed again.

use std::sync::Arc;

use super::filter::Filter;
use super::instruction::{Generation, Instruction};
use super::link::Link;
use super::runs::{Encoded, Run};
use crate::protocol::codes::DisconnectCode;
use crate::protocol::frame::Raw;
use crate::server::realtime::transport::dialect::{Forms, Reader};
use crate::server::realtime::transport::wire::WireBytes;

/// How a subscription began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    Live,
    /// What was kept does not follow its position.
    Gap,
    /// The server has taken the subscriber out meanwhile.
    TakenOut,
}

/// One connection on one channel, with the position it was brought to.
#[derive(Debug)]
pub struct Subscriber {
    pub link: Arc<Link>,
    pub generation: Generation,
    /// By which it knows the channel, if not by name.
    pub number: Option<u64>,
    pub wants: Wants,
    progress: Progress,
    /// Whether to tell it who joins and leaves.
    hears_members: bool,
    presence: Presence,
}

/// What a subscriber wants of what is published. It moves its position in any case.
#[derive(Debug, Default)]
pub enum Wants {
    #[default]
    Everything,
    /// What has such tags.
    Some(Box<Filter>),
    /// Everything, as patches of what it was passed last; the first is whole.
    Patches(Option<Arc<Forms>>),
}

impl Wants {
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

/// What others see of a subscriber.
#[derive(Debug)]
enum Presence {
    Unseen,
    /// It has entered, with what it brought into the channel.
    Seen(Option<Raw>),
}

#[derive(Debug)]
enum Progress {
    Pending(Box<Kept>),
    /// The last offset passed on; `None` where offsets do not count.
    Live(Option<u64>),
    Lost,
}

#[derive(Debug, Default)]
struct Kept {
    publications: Vec<Encoded>,
    bytes: usize,
}

/// What to do with a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Write it.
    Pass,
    /// It was kept, is a double, or comes after a gap.
    Skip,
    /// Something before it is missing.
    Gap,
    /// More has piled up than may be kept.
    Flood,
}

impl Subscriber {
    pub fn new(link: Arc<Link>, generation: Generation) -> Self {
        Self {
            link,
            generation,
            number: None,
            wants: Wants::Everything,
            progress: Progress::Pending(Box::default()),
            hears_members: false,
            presence: Presence::Unseen,
        }
    }

    /// In which form it reads what is told on the channel.
    pub fn reader(&self) -> Reader {
        Reader {
            dialect: self.link.outbox.dialect(),
            number: self.number,
        }
    }

    /// Others see it from here on.
    pub fn enter(&mut self, info: Option<Raw>) {
        self.presence = Presence::Seen(info);
    }

    pub fn is_seen(&self) -> bool {
        matches!(self.presence, Presence::Seen(_))
    }

    /// Who it is and what it brought into the channel, if others see it.
    pub fn seen(&self) -> Option<(Arc<Link>, Option<Raw>)> {
        match &self.presence {
            Presence::Seen(info) => Some((self.link.clone(), info.clone())),
            Presence::Unseen => None,
        }
    }

    /// Whether the client knows of the subscription.
    pub fn is_told(&self) -> bool {
        !matches!(self.progress, Progress::Pending(_))
    }

    pub fn hears_members(&self) -> bool {
        self.hears_members
    }

    /// Goes live: what was kept follows the answer that the client was given. Gives the last offset
    /// of it that was passed on, too.
    pub fn go_live(&mut self, position: Option<u64>, hears_members: bool) -> (Began, Option<u64>) {
        self.hears_members = hears_members;
        let live = Progress::Live(position);
        let mut kept = match std::mem::replace(&mut self.progress, live) {
            Progress::Pending(kept) => kept.publications,
            Progress::Live(_) | Progress::Lost => Vec::new(),
        };
        // While the channel has no subscriber with a position, publications come unsorted.
        kept.sort_by_key(|publication| publication.offset);
        let mut passed = None;
        for publication in kept {
            match self.judge(&publication) {
                Verdict::Pass => {
                    if publication.offset > 0 {
                        passed = Some(publication.offset);
                    }
                    if let Some(bytes) = self.wanted(&publication) {
                        self.link.outbox.answer(bytes.clone());
                    }
                }
                Verdict::Skip => {}
                Verdict::Gap | Verdict::Flood => {
                    self.progress = Progress::Lost;
                    return (Began::Gap, passed);
                }
            }
        }
        (Began::Live, passed)
    }

    /// Passes on what may be. True if the caller must see to it that it is written.
    pub fn pass(&mut self, channel: &str, run: &Run) -> bool {
        if self.wants.is_everything() && self.takes_all(run) {
            return self.link.put(run.bytes(self.reader()));
        }
        let mut is_due = false;
        for publication in &run.publications {
            match self.judge(publication) {
                Verdict::Pass => {
                    if let Some(bytes) = self.wanted(publication) {
                        is_due |= self.link.put(bytes);
                    }
                }
                Verdict::Skip => {}
                Verdict::Gap => self.ask_to_recover(channel),
                Verdict::Flood => self.link.close(DisconnectCode::Slow.into()),
            }
        }
        is_due
    }

    /// What is written of a publication that may be passed on; nothing, if it is not wanted.
    fn wanted<'a>(&mut self, publication: &'a Encoded) -> Option<&'a WireBytes> {
        let reader = self.reader();
        match &mut self.wants {
            Wants::Everything => Some(publication.bytes(reader)),
            Wants::Some(filter) => {
                let is_wanted = filter.matches(publication.forms.tags());
                is_wanted.then(|| publication.bytes(reader))
            }
            Wants::Patches(last) => {
                let bytes = publication.forms.patched(last.as_ref(), reader);
                *last = Some(publication.forms.clone());
                Some(bytes)
            }
        }
    }

    fn ask_to_recover(&self, channel: &str) {
        let recover = Arc::new(Instruction::Recover {
            channel: channel.into(),
        });
        self.link.instruct_about(self.generation, &recover);
    }

    /// Whether all of a run passes; then the position moves on.
    fn takes_all(&mut self, run: &Run) -> bool {
        match (&mut self.progress, run.offsets) {
            (Progress::Live(None), _) | (Progress::Live(_), Some((0, _))) => true,
            (Progress::Live(Some(position)), Some((first, last))) if first == *position + 1 => {
                *position = last;
                true
            }
            _ => false,
        }
    }

    /// Decides about a publication, and moves the position on.
    fn judge(&mut self, publication: &Encoded) -> Verdict {
        let offset = publication.offset;
        match &mut self.progress {
            Progress::Pending(kept) => {
                kept.bytes += publication.weight;
                if kept.bytes > self.link.outbox.limit() {
                    return Verdict::Flood;
                }
                kept.publications.push(publication.clone());
                Verdict::Skip
            }
            Progress::Live(Some(position)) if offset > 0 => {
                if offset <= *position {
                    Verdict::Skip
                } else if offset == *position + 1 {
                    *position = offset;
                    Verdict::Pass
                } else {
                    self.progress = Progress::Lost;
                    Verdict::Gap
                }
            }
            Progress::Live(_) => Verdict::Pass,
            Progress::Lost => Verdict::Skip,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::frame::{Publication, raw};
    use crate::server::realtime::hub::runs::runs;
    use crate::server::realtime::testing::{Pipe, link};

    fn publication(offset: u64) -> Encoded {
        Encoded::for_tests(offset, &offset.to_string())
    }

    fn pending() -> (Subscriber, Arc<Pipe>) {
        let (link, pipe) = link(100);
        let generation = link.next_generation();
        (Subscriber::new(link, generation), pipe)
    }

    fn live(position: Option<u64>) -> Subscriber {
        let (mut subscriber, _) = pending();
        assert_eq!(subscriber.go_live(position, false).0, Began::Live);
        subscriber
    }

    fn sent(subscriber: &Subscriber, pipe: &Pipe) -> Vec<String> {
        subscriber.link.flush();
        pipe.texts()
    }

    #[test]
    fn what_was_kept_follows_in_order_without_what_was_already_read() {
        let (mut subscriber, pipe) = pending();
        for offset in [5, 4, 6, 0] {
            assert_eq!(subscriber.judge(&publication(offset)), Verdict::Skip);
        }
        assert!(sent(&subscriber, &pipe).is_empty());
        assert_eq!(subscriber.go_live(Some(4), false), (Began::Live, Some(6)));
        assert_eq!(sent(&subscriber, &pipe), ["0", "5", "6"]);
        assert_eq!(subscriber.judge(&publication(7)), Verdict::Pass);
    }

    #[test]
    fn what_was_kept_and_does_not_follow_is_a_gap() {
        let (mut subscriber, _) = pending();
        subscriber.judge(&publication(7));
        assert_eq!(subscriber.go_live(Some(5), false).0, Began::Gap);
    }

    #[test]
    fn more_than_may_be_kept_is_a_flood() {
        let (mut subscriber, _) = pending();
        let large = Encoded::for_tests(1, &"x".repeat(98));
        assert_eq!(subscriber.judge(&large), Verdict::Skip);
        assert_eq!(subscriber.judge(&publication(2)), Verdict::Flood);
    }

    #[test]
    fn after_a_gap_nothing_is_passed() {
        let mut subscriber = live(Some(5));
        assert_eq!(subscriber.judge(&publication(7)), Verdict::Gap);
        for offset in [6, 7, 8, 0] {
            assert_eq!(subscriber.judge(&publication(offset)), Verdict::Skip);
        }
    }

    #[test]
    fn a_double_is_dropped_and_the_next_one_passes() {
        let mut subscriber = live(Some(5));
        for (offset, verdict) in [
            (5, Verdict::Skip),
            (6, Verdict::Pass),
            (6, Verdict::Skip),
            (1, Verdict::Skip),
            (7, Verdict::Pass),
        ] {
            assert_eq!(subscriber.judge(&publication(offset)), verdict, "{offset}");
        }
    }

    #[test]
    fn what_is_not_kept_has_no_offset_and_always_passes() {
        let mut subscriber = live(Some(5));
        assert_eq!(subscriber.judge(&publication(0)), Verdict::Pass);
        assert_eq!(subscriber.judge(&publication(6)), Verdict::Pass);
    }

    #[test]
    fn a_run_leaves_as_one_where_it_fits_and_in_parts_where_some_is_known() {
        for (position, expected) in [(4, "5 6 7"), (5, "6 7"), (6, "7"), (7, ""), (9, "")] {
            let (mut subscriber, pipe) = pending();
            subscriber.go_live(Some(position), false);
            for run in runs((5..=7).map(publication).collect()) {
                subscriber.pass("c", &run);
            }
            assert_eq!(sent(&subscriber, &pipe).join(" "), expected, "{position}");
            let next = subscriber.judge(&publication(position.max(7) + 1));
            assert_eq!(next, Verdict::Pass);
        }
    }

    #[test]
    fn a_run_after_a_gap_is_not_passed_on_and_the_connection_hears_of_it_once() {
        let (mut subscriber, pipe) = pending();
        subscriber.go_live(Some(3), false);
        for run in runs((5..=7).map(publication).collect()) {
            assert!(!subscriber.pass("c", &run));
        }
        assert!(sent(&subscriber, &pipe).is_empty());
        assert_eq!(subscriber.link.mailbox.take().unwrap().len(), 1);
    }

    #[test]
    fn a_run_with_a_hole_in_it_is_looked_at_one_by_one() {
        let (mut subscriber, pipe) = pending();
        subscriber.go_live(Some(4), false);
        for run in runs(vec![publication(5), publication(7)]) {
            subscriber.pass("c", &run);
        }
        assert_eq!(sent(&subscriber, &pipe), ["5"]);
    }

    #[test]
    fn what_is_not_wanted_is_not_written_and_is_no_gap() {
        let tagged = |offset, kind: &str| {
            let publication = Publication {
                tags: [("kind".to_owned(), kind.to_owned())].into(),
                ..Publication::new(raw(&offset).unwrap(), offset)
            };
            Encoded::new("c", publication)
        };
        let (link, pipe) = link(10_000);
        let generation = link.next_generation();
        let mut subscriber = Subscriber::new(link, generation);
        let filter = json!({ "key": "kind", "cmp": "eq", "val": "news" });
        subscriber.wants = Wants::Some(Box::new(Filter::parse(&raw(&filter).unwrap()).unwrap()));
        for (offset, kind) in [(4, "news"), (5, "noise"), (6, "news")] {
            subscriber.judge(&tagged(offset, kind));
        }
        assert_eq!(subscriber.go_live(Some(4), false), (Began::Live, Some(6)));
        let all = [
            (7, "noise"),
            (8, "news"),
            (9, "noise"),
            (0, "noise"),
            (0, "news"),
        ];
        for run in runs(all.map(|(offset, kind)| tagged(offset, kind)).into()) {
            subscriber.pass("c", &run);
        }
        let sent = sent(&subscriber, &pipe).join(" ");
        let offsets = ["\"offset\":6", "\"offset\":8"];
        assert!(offsets.iter().all(|offset| sent.contains(offset)), "{sent}");
        assert_eq!(sent.matches("news").count(), 3);
        assert!(!sent.contains("noise"), "{sent}");
        assert!(subscriber.link.mailbox.take().unwrap().is_empty());
        assert_eq!(subscriber.judge(&tagged(10, "news")), Verdict::Pass);
    }

    #[test]
    fn where_offsets_do_not_count_everything_passes() {
        let mut subscriber = live(None);
        for offset in [9, 2, 0] {
            assert_eq!(subscriber.judge(&publication(offset)), Verdict::Pass);
        }
    }
}
