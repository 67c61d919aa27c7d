//! A thread: its header, its timeline, the composer, and what may stand beside it.

mod composer;
mod connection_bar;
mod date;
mod favourite;
mod header;
pub mod later;
mod manage;
mod members;
mod message;
mod notify;
mod people;
mod picked;
mod settings;
mod timeline;
mod tray;

use leptos::prelude::*;

use self::composer::Composer;
use self::connection_bar::ConnectionBar;
use self::header::ThreadHeader;
use self::later::{LaterPanel, LaterPanelProps};
use self::message::doing::{DoingView, DoingViewProps};
use self::message::forward::{ForwardPanel, ForwardPanelProps};
pub use self::message::menu::may_answer;
use self::message::panel::{MessagePanel, MessagePanelProps};
use self::message::remind::{RemindPanel, RemindPanelProps};
pub use self::message::revising::Revising;
use self::message::revising::revise;
use self::timeline::TimelineView;
use crate::client::doing::Doing;
use crate::client::session::Session;
use crate::components::Page;
use crate::parts::{early, part};
use crate::protocol::{Panel, Place, ThreadId};
use crate::words;

part!(
    /// Who is in it.
    pub PEOPLE in panels: |id: ThreadId| people::PeoplePanel(people::PeoplePanelProps { id })
);
part!(
    /// Belonging to it, for who does not.
    pub JOIN in messages: |id: ThreadId| manage::JoinButton(manage::JoinButtonProps { id })
);
part!(
    /// What it is called and for whom it is.
    pub THREAD_SETTINGS in panels: |id: ThreadId| settings::SettingsPanel(settings::SettingsPanelProps { id })
);

part!(
    /// What of it one wants to be told of.
    pub NOTIFY in panels: |id: ThreadId| notify::NotifyPanel(notify::NotifyPanelProps { id })
);

part!(
    /// Where it stands among one's favourites.
    pub FAVOURITE in panels: |id: ThreadId| favourite::FavouritePanel(favourite::FavouritePanelProps { id })
);

part!(
    /// What is shown while somebody does something with messages.
    pub DOING in messages: |id: ThreadId| DoingView(DoingViewProps { id })
);
part!(
    /// The files of what is being written.
    pub TRAY in messages: |of: (Session, ThreadId)| tray::Tray(tray::TrayProps { session: of.0, id: of.1 })
);
part!(
    /// What is pinned, or the files.
    pub PICKED in picked: |of: (ThreadId, Panel)| picked::PickedPanel(picked::PickedPanelProps { id: of.0, panel: of.1 })
);
part!(
    /// What is told of a message, and what can be done with it without the script.
    pub MESSAGE_PANEL in picked: |id: ThreadId| MessagePanel(MessagePanelProps { id })
);
part!(
    /// What is to be posted later.
    pub LATER in later: |id: ThreadId| LaterPanel(LaterPanelProps { id })
);
part!(
    /// When one wants to be reminded of a message.
    pub REMIND in picked: |id: ThreadId| RemindPanel(RemindPanelProps { id })
);
part!(
    /// Which day to go to.
    pub DATE in panels: |id: ThreadId| date::DatePanel(date::DatePanelProps { id })
);
part!(
    /// Where to pass a message on to.
    pub FORWARD in picked: |id: ThreadId| ForwardPanel(ForwardPanelProps { id })
);
part!(
    /// Does something with a message. (It draws nothing: it comes with what asks for it.)
    pub REVISE in messages: |wanted: (Session, Revising)| revise(wanted.0, wanted.1)
);

part!(
    /// What stands above a thread.
    pub HEADER in soon: |of: (ThreadId, Memo<Option<Panel>>)| {
        ThreadHeader(header::ThreadHeaderProps { id: of.0, panel: of.1 })
    }
);

#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let page = expect_context::<Page>();
    let panel = Memo::new(move |_| match session.place.get() {
        Place::Thread { panel, .. } => panel,
        _ => None,
    });
    // Why one cannot write here. The composer stays behind it, with what was typed.
    let closed = Memo::new(move |_| {
        session.thread.with(|thread| {
            let thread = thread.as_ref().filter(|thread| thread.id == id)?;
            let until = session.muted_until(id);
            match (thread.is_active(), until, session.posts_in(thread)) {
                (false, ..) => Some(words::ARCHIVED.to_owned()),
                (_, Some(until), _) => Some(session.zone.with(|zone| words::muted(zone, until))),
                (_, _, false) => Some(words::ANNOUNCEMENTS.to_owned()),
                _ => None,
            }
        })
    });
    let is_closed = move || closed.get().is_some();
    let is_idle = Memo::new(move |_| session.doing.with(Doing::is_nothing));
    view! {
        // What stands above comes a moment later, and its links work as the server has drawn it.
        {move || match page.has_soon.get() {
            true => HEADER.show((id, panel)),
            false => early(|| ThreadHeader(header::ThreadHeaderProps { id, panel })),
        }}
        <ConnectionBar />
        <div class="thread-body">
            // Where one cannot write, a line stands in the composer's place, by style.
            <div class="thread-main" class:closed=is_closed>
                <TimelineView id />
                <p class="closed-note" role="status">{move || closed.get()}</p>
                // A line that is always there: who is writing, and else how slowly one may. Nobody is
                // interrupted by it: a screen reader finds it before the composer.
                <p class="typing">{move || session.typing.get()}</p>
                {move || (!is_idle.get()).then(|| DOING.show(id))}
                <Composer id />
            </div>
            {move || {
                panel
                    .get()
                    .map(|panel| match panel {
                        Panel::People => PEOPLE.show(id),
                        Panel::Settings => THREAD_SETTINGS.show(id),
                        Panel::Notify => NOTIFY.show(id),
                        Panel::Favourite => FAVOURITE.show(id),
                        Panel::Message => MESSAGE_PANEL.show(id),
                        Panel::Remind => REMIND.show(id),
                        Panel::Forward => FORWARD.show(id),
                        Panel::Date => DATE.show(id),
                        Panel::Later => LATER.show(id),
                        Panel::Pins | Panel::Files => PICKED.show((id, panel)),
                    })
            }}
        </div>
    }
}
