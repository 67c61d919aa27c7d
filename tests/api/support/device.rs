//! A device: the chat as it runs in a browser, without the browser.
//!
//! What decides is the real [`Chat`]; what it wants done is done for real (see [`driver`]). Instead of a
//! screen there is only what a timeline tells of itself: whether one is at its end, and that what is there
//! was seen. Time is the test's: it may run faster than on the wall, for servers and devices alike.

mod driver;
mod network;

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use hubbub::client::chat::{Chat, Input, Scroll, Written};
use hubbub::client::connection::{Event, Status};
use hubbub::client::stores::outbox::Entry;
use hubbub::protocol::{ApiError, ClientId, MessageText, Place, ThreadId, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

pub use self::driver::page;
pub use self::network::{Cut, Network, Passed};
use super::TestApp;
use super::chance::Chance;
use super::time::Time;

/// So many messages fit on the screen: who is shown the line above them is at the end as well.
const SCREEN: usize = 8;

/// A device of somebody. Copies are the same one.
#[derive(Clone)]
pub struct Device(Arc<Inner>);

struct Inner {
    name: String,
    network: Network,
    time: Time,
    state: Mutex<State>,
}

struct State {
    chat: Chat,
    /// The address of the page.
    address: Place,
    /// What belongs to the page ends with it.
    page: CancellationToken,
    /// It is not there yet: what is done meanwhile is done to nothing.
    is_loading: bool,
    /// What happened and was not dealt with yet.
    inputs: VecDeque<Input>,
    socket: Option<UnboundedSender<String>>,
    socket_number: u32,
    timer: CancellationToken,
    kept: Vec<Entry>,
    /// Requests that were not answered yet.
    under_way: usize,
    is_visible: bool,
    /// The timeline is scrolled to the end of what is drawn.
    is_at_end: bool,
    /// What the timeline was drawn from when it was looked at last.
    looked_at: u64,
    active_at: Timestamp,
    /// It was led away from the chat.
    left_for: Option<Place>,
    /// What the next message is called.
    fresh_id: ClientId,
    chance: Chance,
}

impl Device {
    /// A new device, on which that person has signed in and is at home.
    pub async fn new(app: &TestApp, username: &str, name: &str, mut chance: Chance) -> Self {
        let network = Network::signed_in(&app.base, username).await;
        let time = app.time();
        let data = page(&network, &Place::Home).await.unwrap();
        let fresh_id = ClientId::from_random(chance.bytes());
        let state = State {
            chat: Chat::new(&data, driver::moment(time.now(), &fresh_id)),
            address: Place::Home,
            page: CancellationToken::new(),
            is_loading: false,
            inputs: VecDeque::new(),
            socket: None,
            socket_number: 0,
            timer: CancellationToken::new(),
            kept: Vec::new(),
            under_way: 0,
            is_visible: true,
            is_at_end: true,
            looked_at: 0,
            active_at: time.now(),
            left_for: None,
            fresh_id,
            chance,
        };
        let device = Self(Arc::new(Inner {
            name: format!("{username}'s {name}"),
            network,
            time,
            state: Mutex::new(state),
        }));
        device.does(Input::Start(Vec::new()));
        device
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn network(&self) -> &Network {
        &self.0.network
    }

    /// Looks at what it knows.
    pub fn with<R>(&self, look: impl FnOnce(&Chat) -> R) -> R {
        look(&self.state().chat)
    }

    pub fn person(&self) -> UserId {
        self.with(|chat| chat.me().id)
    }

    /// When its person has last done something on it.
    pub fn active_at(&self) -> Timestamp {
        self.state().active_at
    }

    /// Where it was led that is not in the chat.
    pub fn left_for(&self) -> Option<Place> {
        self.state().left_for.clone()
    }

    /// Somebody sees the end of the timeline that is open.
    pub fn sees_the_end(&self) -> bool {
        let state = self.state();
        state.is_at_end && state.is_visible
    }

    /// It is connected, and nothing that it has asked for or is to send is under way.
    pub fn is_quiet(&self) -> bool {
        let state = self.state();
        let chat = &state.chat;
        let is_waiting = state.is_loading || state.under_way > 0;
        !is_waiting && chat.status() == Status::Connected && !chat.outbox().has_unsent()
    }

    /// The person does something, or the browser says something.
    pub fn does(&self, input: Input) {
        let mut state = self.state();
        if matches!(input, Input::Active) {
            state.active_at = self.0.time.now();
        }
        state.inputs.push_back(input);
        self.go_on(&mut state);
    }

    /// Writes a message; what it is called from then on. Nothing while there is no page.
    pub fn writes(&self, thread: ThreadId, text: &str) -> Option<ClientId> {
        let written = Written {
            text: MessageText::parse(text).unwrap(),
            files: Vec::new(),
            reply_to: None,
        };
        let mut state = self.state();
        let id = state.fresh_id.clone();
        state.inputs.push_back(Input::Write(thread, written));
        self.go_on(&mut state);
        (!state.is_loading).then_some(id)
    }

    /// Scrolls up by a screen, or down to the end of what is drawn.
    pub fn scrolls(&self, to_end: bool) {
        let mut state = self.state();
        let Some(id) = state.chat.navigation().shown().open_thread() else {
            return;
        };
        state.is_at_end = to_end || state.drawn(id) <= SCREEN;
        if !state.is_at_end {
            let near_top = Input::Scroll(id, Scroll::NearTop);
            state.inputs.push_back(near_top);
        }
        state.look();
        self.go_on(&mut state);
    }

    /// Somebody looks at it from now on, or nobody.
    pub fn shows(&self, is_visible: bool) {
        let mut state = self.state();
        let was_visible = std::mem::replace(&mut state.is_visible, is_visible);
        if is_visible && !was_visible {
            let came_back = Input::Connection(Event::CameBack);
            state.inputs.push_back(came_back);
            state.look();
            self.go_on(&mut state);
        }
    }

    /// There is no network any more.
    pub fn cut(&self, how: Cut) {
        self.0.network.set(Some(how));
        if how == Cut::Told {
            self.does(Input::Connection(Event::Offline));
        }
    }

    /// There is one again.
    pub fn mend(&self) {
        let cut = self.0.network.cut();
        self.0.network.set(None);
        if cut.is_some_and(|cut| cut != Cut::Broken) {
            self.does(Input::Connection(Event::Online));
        }
    }

    /// Calls a server function, as parts of the page do.
    pub async fn asks<T>(&self, function: &str, body: impl Serialize) -> Result<T, ApiError>
    where
        T: DeserializeOwned,
    {
        let body = serde_json::to_string(&body).unwrap();
        self.0.network.tell(function, body).await
    }

    /// Does what takes a while, as long as the page is there.
    pub fn begins(&self, work: impl Future<Output = Option<Input>> + Send + 'static) {
        let mut state = self.state();
        self.begin(&mut state, work);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}
