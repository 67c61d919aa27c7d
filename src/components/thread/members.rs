//! Who is in the thread, for those who see to it: owners put others in charge and take them out; they, and
//! administrators, mute.

use leptos::prelude::*;

use super::manage::{Act, ActButton};
use crate::api;
use crate::client::browser;
use crate::client::session::Session;
use crate::components::ask::ask;
use crate::components::avatar::Avatar;
use crate::components::form::{FormButton, FormState, choice_of};
use crate::components::person::handle;
use crate::protocol::frame::parse;
use crate::protocol::picked::Moderated;
use crate::protocol::{Manage, MyThread, Role, ThreadId, Timestamp, User, UserId};

const REMOVE: &str = "They are taken out at once, and are told nothing more from here.";
const MUTE: &str = "They can read what is said here, and can neither post nor react.";
/// Minutes that are offered, and what they are called.
const DURATIONS: [(&str, &str); 5] = [
    ("10", "10 minutes"),
    ("60", "1 hour"),
    ("1440", "1 day"),
    ("10080", "1 week"),
    ("", "Until it is lifted"),
];

/// Whether whoever looks sees to what others say here.
pub fn may_moderate(session: Session) -> bool {
    moderated(session).may_moderate
}

fn moderated(session: Session) -> Moderated {
    session
        .packed
        .with(|packed| parse::<Moderated>(packed).unwrap_or_default())
}

#[component]
pub fn Members(id: ThreadId, state: FormState) -> impl IntoView {
    let session = expect_context::<Session>();
    let moderated = Memo::new(move |_| moderated(session));
    // Who comes and goes moves the others up and down, and not what is asked about them.
    Effect::new(move |before: Option<()>| {
        session.members.track();
        if before.is_some() {
            browser::close_questions();
        }
    });
    let members = move || {
        let owners = session.owners.get();
        let is_mine = session.role(id) == Some(Role::Owner);
        let Moderated {
            may_moderate,
            muted,
        } = moderated.get();
        let members = session.members.get().unwrap_or_default().into_iter();
        let member = |user: User| {
            let is_owner = owners.contains(&user.id);
            let until = muted.iter().find(|(muted, _)| *muted == user.id);
            let may = May {
                manage: is_mine,
                mute: may_moderate && !is_owner && user.id != session.my_id(),
            };
            let until = until.map(|(_, until)| *until);
            member(
                Member {
                    id,
                    user,
                    is_owner,
                    until,
                    may,
                    state,
                },
                session,
            )
        };
        members.map(member).collect::<Vec<_>>()
    };
    view! { <ul class="people">{members}</ul> }
}

/// What whoever looks may do with a member.
#[derive(Clone, Copy)]
struct May {
    manage: bool,
    mute: bool,
}

struct Member {
    id: ThreadId,
    user: User,
    is_owner: bool,
    /// They are muted until then.
    until: Option<Timestamp>,
    may: May,
    state: FormState,
}

fn member(member: Member, session: Session) -> AnyView {
    let Member {
        id,
        user,
        is_owner,
        until,
        may,
        state,
    } = member;
    let (who, name) = (user.id, user.name.to_string());
    let about = name.clone();
    let known_as = match is_owner {
        true => format!("{} · owner", handle(&user)),
        false => handle(&user),
    };
    let muted = until.map(|until| {
        let words = move || {
            session
                .zone
                .with(|zone| muted_words(until, &zone.within(until)))
        };
        view! { <span class="member-muted">{words}</span> }
    });
    let promote = (may.manage && !is_owner && !user.guest).then(|| {
        let about = about.clone();
        view! { <ActButton id act=Act::MakeOwner(who) label="Make owner" about state /> }
    });
    let mute = may.mute.then(|| match until {
        Some(_) => {
            let about = about.clone();
            view! { <ActButton id act=Act::Unmute(who) label="Unmute" about state /> }.into_any()
        }
        None => mute_form(id, who, &about, state, session),
    });
    let remove = (may.manage && who != session.my_id())
        .then(|| view! { <ActButton id act=Act::Remove(who) label="Remove" about question=REMOVE state /> });
    view! {
        <li class="person member">
            <Avatar user />
            <div class="account-name">
                <strong dir="auto">{name}</strong>
                <span>{known_as}</span>
                {muted}
            </div>
            <div class="member-acts">{promote} {mute} {remove}</div>
        </li>
    }
    .into_any()
}

fn muted_words(until: Timestamp, end: &str) -> String {
    match until {
        MyThread::FOR_GOOD => "Muted".to_owned(),
        _ => format!("Muted until {end}"),
    }
}

/// For how long, and then.
fn mute_form(
    id: ThreadId,
    user: UserId,
    name: &str,
    state: FormState,
    session: Session,
) -> AnyView {
    let submit = state.on_answer(
        move |form| {
            let minutes = choice_of(form, "minutes").parse().ok();
            api::manage_thread(session.my_id(), id, Manage::Mute { user, minutes })
        },
        |(), _| {},
    );
    let option = |(value, label): (&'static str, &'static str)| {
        view! {
            <option value=value selected=value == "60">
                {label}
            </option>
        }
    };
    let label = format!("How long {name} is muted");
    let form = view! {
        <form method="post" action="/api/manage_thread" on:submit=submit>
            <input type="hidden" name="thread" value=id.to_string() />
            <input type="hidden" name="what" value="mute" />
            <input type="hidden" name="user" value=user.to_string() />
            <select name="minutes" aria-label=label>
                {DURATIONS.map(option).collect_view()}
            </select>
            <FormButton label="Mute" state />
        </form>
    };
    ask("Mute", format!(" {name}"), MUTE, form.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_an_end_says_when_it_is() {
        let words = muted_words(Timestamp(5), "today, 14:03");
        assert_eq!(words, "Muted until today, 14:03");
        assert_eq!(muted_words(MyThread::FOR_GOOD, "31 December 9999"), "Muted");
    }
}
