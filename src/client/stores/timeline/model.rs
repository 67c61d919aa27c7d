//! A timeline against a model of a thread in which messages are posted, edited and reacted to, over a
//! network that cuts connections and brings pages late and in any order. In the end every message that
//! is known must be as the server has it.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::tests::{message, page};
use super::{Need, Timeline};
use crate::protocol::frame::SubscribeResult;
use crate::protocol::{
    Emoji, HistoryPage, HistoryRequest, Message, MessageText, Reacted, Seq, ThreadEvent, ThreadId,
    User, UserId,
};

const THREAD: ThreadId = ThreadId(1);
const PAGE: usize = 4;
/// Events that a subscription recovers.
const RECOVERS: usize = 2;

#[derive(Clone, Debug)]
enum Step {
    Post,
    /// The message at that place among all is edited, or a person gives or takes back an emoji.
    Edit(usize),
    React(usize, i64, bool),
    /// The next live event comes.
    Deliver,
    Cut,
    Connect,
    /// A page is asked for: the newest, the one before what is known, or somewhere.
    Newest,
    Older,
    Around(usize),
    /// A page that was asked for comes.
    Arrive(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..12usize;
    prop_oneof![
        4 => Just(Step::Post),
        3 => at().prop_map(Step::Edit),
        4 => (at(), 1..4i64, any::<bool>()).prop_map(|(at, who, back)| Step::React(at, who, back)),
        8 => Just(Step::Deliver),
        1 => Just(Step::Cut),
        2 => Just(Step::Connect),
        1 => Just(Step::Newest),
        2 => Just(Step::Older),
        1 => at().prop_map(Step::Around),
        5 => (0..3usize).prop_map(Step::Arrive),
    ]
}

/// The thread as the server has it.
#[derive(Default)]
struct Server {
    events: Vec<ThreadEvent>,
    messages: BTreeMap<Seq, Message>,
}

impl Server {
    fn top(&self) -> Seq {
        Seq(i64::try_from(self.events.len()).unwrap())
    }

    fn happens(&mut self, event: ThreadEvent) {
        self.events.push(event);
    }

    fn post(&mut self) {
        let message = message(self.top().0 + 1);
        self.messages.insert(message.seq, message.clone());
        self.happens(ThreadEvent::Posted { message });
    }

    fn nth(&self, at: usize) -> Option<Seq> {
        self.messages
            .keys()
            .nth(at % self.messages.len().max(1))
            .copied()
    }

    fn edit(&mut self, at: usize) {
        let next = self.top().next();
        let Some(seq) = self.nth(at) else { return };
        let edited = self.messages.get_mut(&seq).unwrap();
        edited.text = MessageText::parse(&format!("edited by {next}")).unwrap();
        edited.changed_seq = Some(next);
        let message = edited.clone();
        self.happens(ThreadEvent::MessageChanged { message });
    }

    fn react(&mut self, at: usize, who: i64, removed: bool) {
        let next = self.top().next();
        let Some(to) = self.nth(at) else { return };
        let user = User {
            id: UserId(who),
            ..message(1).user
        };
        let emoji = Emoji::parse("👍").unwrap();
        let reacted = Reacted {
            to,
            user,
            emoji,
            removed,
        };
        self.messages.get_mut(&to).unwrap().react(next, &reacted);
        self.happens(ThreadEvent::Reacted { reacted });
    }

    fn answer(&self, request: HistoryRequest) -> HistoryPage {
        let mut answer = page(0, 0);
        answer.thread.last_seq = self.top();
        let all = self.messages.values().cloned();
        let newest_before = |end: Seq| -> Vec<Message> {
            let mut before: Vec<Message> = all.clone().filter(|m| m.seq < end).collect();
            before.split_off(before.len().saturating_sub(PAGE))
        };
        if let Some(since) = request.changed_after {
            let after = request.after.unwrap_or(Seq::START);
            let mut changed: Vec<Message> = all
                .filter(|m| m.seq > after && m.changed_seq > Some(since))
                .collect();
            changed.sort_by_key(Message::version);
            let is_full = changed.len() > 1;
            changed.truncate(1);
            answer.after = since;
            let last = changed.last().map(Message::version);
            answer.through = last.filter(|_| is_full).unwrap_or(self.top());
            answer.messages = changed;
            return answer;
        }
        let end = request.before.or(request.around.map(Seq::next));
        let end = end.unwrap_or(self.top().next()).min(self.top().next());
        answer.messages = newest_before(end);
        let is_full = answer.messages.len() == PAGE;
        let first = answer.messages.first().filter(|_| is_full);
        answer.after = first.map_or(Seq::START, |m| m.seq.prev());
        answer.through = end.prev();
        answer
    }
}

/// The reader, and the network between.
#[derive(Default)]
struct World {
    server: Server,
    timeline: Timeline,
    is_connected: bool,
    /// Live events under way, by number.
    live: VecDeque<Seq>,
    /// How far the server has sent.
    sent: Seq,
    pages: Vec<(HistoryRequest, HistoryPage)>,
}

impl World {
    fn meet(&mut self, need: Need) {
        let request = match need {
            Need::Nothing => None,
            Need::Newest => Some(HistoryRequest::newest(THREAD)),
            Need::Before(seq) => Some(HistoryRequest::before(THREAD, seq)),
            Need::After(seq) => Some(HistoryRequest::after(THREAD, seq)),
            Need::Around(seq) => Some(HistoryRequest::around(THREAD, seq)),
        };
        for request in [request, self.timeline.to_check(THREAD)]
            .into_iter()
            .flatten()
        {
            self.ask(request);
        }
    }

    fn ask(&mut self, request: HistoryRequest) {
        if !self.pages.iter().any(|(asked, _)| *asked == request) {
            let answer = self.server.answer(request);
            self.pages.push((request, answer));
        }
    }

    fn arrive(&mut self, at: usize) {
        if at >= self.pages.len() {
            return;
        }
        let (request, page) = self.pages.remove(at);
        let need = match request.changed_after {
            Some(_) => {
                self.timeline.on_changes(&request, page);
                Need::Nothing
            }
            None => self.timeline.on_page(page),
        };
        self.meet(need);
    }

    fn deliver(&mut self) {
        if let Some(seq) = self.live.pop_front() {
            let at = usize::try_from(seq.0 - 1).unwrap();
            let event = self.server.events[at].clone();
            let need = self.timeline.on_event(seq, event);
            self.meet(need);
        }
    }

    /// What has happened is sent to whoever is connected.
    fn send(&mut self) {
        while self.is_connected && self.sent < self.server.top() {
            self.sent = self.sent.next();
            self.live.push_back(self.sent);
        }
    }

    fn connect(&mut self) {
        if self.is_connected {
            return;
        }
        self.is_connected = true;
        let known = self.timeline.position().map(|(_, seq)| seq);
        let top = self.server.top();
        let missed = known.map(|known| usize::try_from(top.0 - known.0).unwrap());
        let mut result = SubscribeResult {
            epoch: "e".to_owned(),
            offset: top.offset(),
            ..SubscribeResult::default()
        };
        self.sent = top;
        if let Some(known) = known.filter(|_| missed <= Some(RECOVERS)) {
            result.recovered = true;
            self.sent = known;
        }
        let need = self.timeline.on_subscribed(&result);
        self.meet(need);
        self.send();
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Post => self.server.post(),
            Step::Edit(at) => self.server.edit(*at),
            Step::React(at, who, removed) => self.server.react(*at, *who, *removed),
            Step::Deliver => self.deliver(),
            Step::Cut => {
                self.is_connected = false;
                self.live.clear();
            }
            Step::Connect => self.connect(),
            Step::Newest => self.ask(HistoryRequest::newest(THREAD)),
            Step::Older => {
                let first = self.timeline.messages.keys().next().copied();
                if let Some(first) = first {
                    self.ask(HistoryRequest::before(THREAD, first));
                }
            }
            Step::Around(at) => {
                if let Some(seq) = self.server.nth(*at) {
                    self.ask(HistoryRequest::around(THREAD, seq));
                }
            }
            Step::Arrive(at) => self.arrive(*at),
        }
        self.send();
    }

    fn settle(&mut self) {
        self.take(&Step::Newest);
        self.take(&Step::Connect);
        while !self.live.is_empty() || !self.pages.is_empty() {
            self.deliver();
            self.arrive(0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_done_with_messages_is_seen_in_the_end(
        steps in prop::collection::vec(step(), 0..120)
    ) {
        let mut world = World::default();
        for step in &steps {
            world.take(step);
        }
        world.settle();
        prop_assert_eq!(world.timeline.to_check(THREAD), None);
        for (seq, known) in &world.timeline.messages {
            prop_assert_eq!(known, &world.server.messages[seq]);
        }
        let (_, through) = world.timeline.position().unwrap();
        prop_assert_eq!(through, world.server.top());
    }
}
