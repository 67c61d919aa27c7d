//! A thread: its header, its timeline, the composer, and what may stand beside it.

mod composer;
mod connection_bar;
mod header;
mod manage;
mod message;
mod notify;
mod people;
mod settings;
mod timeline;

use leptos::prelude::*;

use self::composer::Composer;
use self::connection_bar::ConnectionBar;
use self::header::ThreadHeader;
use self::message::menu::{MessageMenu, MessageMenuProps};
use self::message::panel::{MessagePanel, MessagePanelProps};
pub use self::message::revising::Revising;
use self::message::revising::revise;
use self::message::said::SaidBar;
use self::message::writing::WritingBar;
use self::timeline::TimelineView;
use crate::client::rows::Row;
use crate::client::session::Session;
use crate::client::writing::Writing;
use crate::parts::part;
use crate::protocol::{Panel, Place, ThreadId};
use crate::words;

part!(
    /// Who is in it.
    pub PEOPLE in people: |id: ThreadId| people::PeoplePanel(people::PeoplePanelProps { id })
);
part!(
    /// Belonging to it, for who does not.
    pub JOIN in people: |id: ThreadId| manage::JoinButton(manage::JoinButtonProps { id })
);
part!(
    /// What it is called and for whom it is.
    pub THREAD_SETTINGS in thread_settings: |id: ThreadId| settings::SettingsPanel(settings::SettingsPanelProps { id })
);

part!(
    /// What of it one wants to be told of.
    pub NOTIFY in notices: |id: ThreadId| notify::NotifyPanel(notify::NotifyPanelProps { id })
);

part!(
    /// What can be done with a message.
    pub MESSAGE_MENU in messages: |of: (ThreadId, Row)| MessageMenu(MessageMenuProps { id: of.0, row: of.1 })
);
part!(
    /// The same without the script.
    pub MESSAGE_PANEL in messages: |id: ThreadId| MessagePanel(MessagePanelProps { id })
);
part!(
    /// What the composer is for, if that is no new message.
    pub WRITING in messages: |_none: ()| WritingBar()
);
part!(
    /// What is said for a moment.
    pub SAID in messages: |_none: ()| SaidBar()
);
part!(
    /// Does something with a message. (It draws nothing: it comes with what asks for it.)
    pub REVISE in messages: |wanted: (Session, Revising)| revise(wanted.0, wanted.1)
);

#[component]
pub fn ThreadPane(id: ThreadId) -> impl IntoView {
    let session = expect_context::<Session>();
    let panel = Memo::new(move |_| match session.place.get() {
        Place::Thread { panel, .. } => panel,
        _ => None,
    });
    let is_archived = Memo::new(move |_| {
        session.thread.with(|thread| {
            let mut thread = thread.iter();
            thread.any(|thread| thread.id == id && !thread.is_active())
        })
    });
    view! {
        <ThreadHeader id panel />
        <ConnectionBar />
        <div class="thread-body">
            // In an archived one, a line stands in the composer's place, by style.
            <div class="thread-main" class:archived=is_archived>
                <TimelineView id />
                <p class="archived-note">{words::ARCHIVED}</p>
                // A line that is always there. Nobody is interrupted by it: a screen reader finds it
                // before the composer.
                <p class="typing">{move || session.typing.get()}</p>
                {move || (!session.writing.with(Writing::is_new)).then(|| WRITING.show(()))}
                <Composer id />
            </div>
            {move || {
                panel
                    .get()
                    .map(|panel| match panel {
                        Panel::People => PEOPLE.show(id),
                        Panel::Settings => THREAD_SETTINGS.show(id),
                        Panel::Notify => NOTIFY.show(id),
                        Panel::Message => MESSAGE_PANEL.show(id),
                    })
            }}
            {move || {
                let row = session.menu.with(|key| session.row(key.as_ref()?));
                row.map(|row| MESSAGE_MENU.show((id, row)))
            }}
            {move || session.said.with(Option::is_some).then(|| SAID.show(()))}
        </div>
    }
}
