//! What the chat wants done, done for real: as the browser's driver does it, and a timeline's view.
//!
//! Inputs are dealt with in order under one lock, whoever brings them. A page that is loaded anew is a
//! new [`Chat`] with what was kept; all that belonged to the one before is heard no more.

use std::future::Future;
use std::time::Duration;

use hubbub::app::{ChatData, PageData};
use hubbub::client::chat::{Chat, Effect, Input, Moment, Reveal, Scroll};
use hubbub::client::connection::{Action, Event};
use hubbub::protocol::frame::parse;
use hubbub::protocol::{ClientId, HistoryRequest, Place, Seq, ThreadId, Timestamp};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use super::{Device, Network, SCREEN, State};

/// So long after one that could not be loaded a page is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// A connection waits for longer only for a sign of life, in milliseconds.
const LONGEST_TRY: u32 = 10_000;

pub fn moment(now: Timestamp, fresh_id: &ClientId) -> Moment {
    Moment {
        now,
        random: 0.5,
        fresh_id: fresh_id.clone(),
        is_visible: true,
    }
}

/// What a page of the chat is drawn from, as the browser reads it out of the document.
pub async fn page(network: &Network, place: &Place) -> Option<ChatData> {
    let document = network.page(&place.to_string()).await?;
    let (_, data) = document.split_once("id=\"page-data\"")?;
    let (_, data) = data.split_once('>')?;
    let (data, _) = data.split_once("</script>")?;
    match parse(data) {
        Ok(PageData::Chat(data)) => Some(*data),
        other => panic!("{place} is no page of the chat: {other:?}"),
    }
}

impl Device {
    /// Deals with what has happened, and with what follows from it at once.
    pub(super) fn go_on(&self, state: &mut State) {
        if state.is_loading {
            state.inputs.clear();
        }
        while let Some(input) = state.inputs.pop_front() {
            if let Input::Connection(Event::Numbered(number, _)) = &input
                && *number != state.socket_number
            {
                // A late word from an earlier socket.
                continue;
            }
            let moment = Moment {
                random: state.chance.share(),
                is_visible: state.is_visible,
                ..moment(self.0.time.now(), &state.fresh_id)
            };
            state.fresh_id = ClientId::from_random(state.chance.bytes());
            let mut reveal = None;
            for effect in state.chat.take(input, moment) {
                match effect {
                    Effect::Reveal(wanted) => reveal = Some(wanted),
                    effect => self.carry_out(state, effect),
                }
            }
            state.draw(reveal);
        }
    }

    fn carry_out(&self, state: &mut State, effect: Effect) {
        let device = self.clone();
        match effect {
            Effect::Socket(action) => self.act(state, action),
            Effect::Load(number, place) => self.begin(state, async move {
                let form = format!("place={}", encode(&place.to_string()));
                let content = device.network().call("content", &form).await;
                Some(Input::Arrived(number, content))
            }),
            Effect::Fetch(request) => self.begin(state, async move {
                let form = form_of(request);
                let page = device.network().call("thread_history", &form).await;
                Some(Input::Fetched(request, page))
            }),
            Effect::List(number) => {
                self.begin(state, async move {
                    let shared = device.network().call("shared", "").await;
                    Some(Input::Listed(number, Box::new(shared)))
                });
                let left = Input::Left(state.kept.clone());
                state.inputs.push_back(left);
            }
            Effect::Keep(entry) => {
                state.kept.retain(|kept| kept.client_id != entry.client_id);
                state.kept.push(entry.to_store());
            }
            Effect::Forget(id) => state.kept.retain(|kept| kept.client_id != id),
            Effect::Later(millis, input) => {
                let (after, page) = (self.0.time.lasts(millis), state.page.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    device.hears(&page, input);
                });
            }
            Effect::Address(place) | Effect::Replace(place) => state.address = place,
            Effect::Leave(place) => state.left_for = Some(place),
            Effect::Reload => self.reload_in(state),
            Effect::Notify(_)
            | Effect::Prefer(_)
            | Effect::OnScreen(..)
            | Effect::Say(_)
            | Effect::Reveal(_) => {}
        }
    }

    fn act(&self, state: &mut State, action: Action) {
        match action {
            Action::Open => {
                state.socket_number += 1;
                let (number, device) = (state.socket_number, self.clone());
                let (outgoing, queue) = unbounded_channel();
                state.socket = Some(outgoing);
                let page = state.page.clone();
                tokio::spawn(async move {
                    let tell = |event| {
                        let event = Event::Numbered(number, Box::new(event));
                        device.hears(&page, Input::Connection(event));
                    };
                    let socket = device.network().socket(queue, tell);
                    page.run_until_cancelled(socket).await;
                });
            }
            Action::Send(frame) => {
                if let Some(socket) = &state.socket {
                    let _ = socket.send(frame);
                }
            }
            Action::Close => {
                state.socket = None;
                state.socket_number += 1;
            }
            Action::SetTimer(millis) => {
                state.timer.cancel();
                state.timer = state.page.child_token();
                let (timer, page) = (state.timer.clone(), state.page.clone());
                // Pings come by the wall's clock, and so does the silence without them.
                let after = match millis > LONGEST_TRY {
                    true => Duration::from_millis(millis.into()),
                    false => self.0.time.lasts(millis),
                };
                let device = self.clone();
                tokio::spawn(async move {
                    let rest = tokio::time::sleep(after);
                    if timer.run_until_cancelled(rest).await.is_some() {
                        device.hears(&page, Input::Connection(Event::Timer));
                    }
                });
            }
            Action::ClearTimer => state.timer.cancel(),
        }
    }

    /// What is asked for is under way until it is answered.
    pub(super) fn begin(
        &self,
        state: &mut State,
        work: impl Future<Output = Option<Input>> + Send + 'static,
    ) {
        if state.is_loading {
            return;
        }
        state.under_way += 1;
        let (page, device) = (state.page.clone(), self.clone());
        tokio::spawn(async move {
            let Some(input) = page.run_until_cancelled(work).await else {
                return;
            };
            let mut state = device.state();
            if !page.is_cancelled() {
                state.under_way -= 1;
                state.inputs.extend(input);
                device.go_on(&mut state);
            }
        });
    }

    /// Something happened to a page, if that is still there.
    fn hears(&self, page: &CancellationToken, input: Input) {
        let mut state = self.state();
        if !page.is_cancelled() {
            state.inputs.push_back(input);
            self.go_on(&mut state);
        }
    }

    /// The page is loaded anew, by its person.
    pub fn reloads(&self) {
        let mut state = self.state();
        self.reload_in(&mut state);
    }

    fn reload_in(&self, state: &mut State) {
        state.page.cancel();
        state.page = CancellationToken::new();
        state.inputs.clear();
        state.socket = None;
        state.socket_number += 1;
        state.is_loading = true;
        state.under_way = 0;
        let (page, device, address) = (state.page.clone(), self.clone(), state.address.clone());
        tokio::spawn(async move {
            let loaded = async {
                loop {
                    match super::page(device.network(), &address).await {
                        Some(data) => return data,
                        None => tokio::time::sleep(AGAIN).await,
                    }
                }
            };
            if let Some(data) = page.run_until_cancelled(loaded).await {
                device.begins_with(&page, &data);
            }
        });
    }

    fn begins_with(&self, page: &CancellationToken, data: &ChatData) {
        let mut state = self.state();
        if page.is_cancelled() {
            return;
        }
        let now = self.0.time.now();
        state.chat = Chat::new(data, moment(now, &state.fresh_id));
        state.is_loading = false;
        state.active_at = now;
        state.looked_at = 0;
        let opening = state.chat.opening().unwrap_or(Reveal::End);
        state.draw(Some(opening));
        let kept = state.kept.clone();
        state.inputs.push_front(Input::Start(kept));
        self.go_on(&mut state);
    }
}

impl State {
    /// Messages of a thread that are drawn.
    pub(super) fn drawn(&self, id: ThreadId) -> usize {
        let open = self.chat.open(id);
        open.map_or(0, |open| open.view.messages(&open.timeline).count())
    }

    /// The timeline is drawn anew, if it has changed; and is looked at with the next frame. In a hidden
    /// tab none comes.
    fn draw(&mut self, reveal: Option<Reveal>) {
        if let Some(reveal) = reveal {
            self.is_at_end = self.reveals_the_end(reveal);
        }
        let drawn = self.chat.drawn();
        if reveal.is_some() || drawn != self.looked_at {
            self.looked_at = drawn;
            self.look();
        }
    }

    fn reveals_the_end(&self, reveal: Reveal) -> bool {
        let Some(id) = self.chat.navigation().shown().open_thread() else {
            return true;
        };
        let from = match reveal {
            Reveal::End => return true,
            Reveal::Line => self.chat.line(id).unwrap_or(Seq::START),
            Reveal::Message(seq) => seq,
            Reveal::Position(position) => position.seq,
        };
        let Some(open) = self.chat.open(id) else {
            return true;
        };
        let below = open.view.messages(&open.timeline);
        below.filter(|message| message.seq > from).count() < SCREEN
    }

    /// What the view of a timeline tells of itself.
    pub(super) fn look(&mut self) {
        let shown = self.chat.navigation().shown().open_thread();
        let open = shown.and_then(|id| Some((id, self.chat.open(id)?)));
        let Some((id, open)) = open.filter(|_| self.is_visible) else {
            return;
        };
        let edges = open.view.edges(&open.timeline);
        if !edges.is_loaded {
            return;
        }
        let is_at_end = self.is_at_end && !edges.has_newer;
        let end = self.is_at_end;
        let mut tell = |scroll| self.inputs.push_back(Input::Scroll(id, scroll));
        tell(Scroll::At { end });
        if end && edges.has_newer {
            tell(Scroll::NearBottom);
        }
        if is_at_end {
            tell(Scroll::HasRead);
        }
    }
}

/// A request for history as the fields of a form.
fn form_of(request: HistoryRequest) -> String {
    let fields = serde_json::to_value(request).unwrap();
    let fields = fields.as_object().unwrap().iter();
    let fields = fields.map(|(name, value)| format!("request[{name}]={value}"));
    fields.collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    reqwest::Url::parse_with_params("http://a/", [("a", text)])
        .unwrap()
        .query()
        .unwrap()[2..]
        .to_owned()
}
