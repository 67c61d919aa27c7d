//! Forms posted without JavaScript.
//!
//! Each is answered with a redirect when it was taken, and with its own page otherwise, with what
//! was typed still in it and what is wrong beside it. So nothing is lost, and no address has to
//! carry an error: a crafted link cannot put one onto a page, and no `Referer` is needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::page;
use super::visitor::{self, Visitor};
use crate::app::{FormData, MessageKind, PageData, Refused};
use crate::protocol::forward::Forward;
use crate::protocol::scheduled::Schedule;
use crate::protocol::settings::{Change, Changed};
use crate::protocol::{
    ApiError, ClientId, Favour, Keep, Manage, NewThread, NotifyLevel, Panel, Place, PostRequest,
    ReadRequest, Revise, Section, Seq, ThreadChange, ThreadId, UserId, moment,
};
use crate::server::auth::Identity;
use crate::server::chat::accounts::{self, Register, SignIn, SignedIn};
use crate::server::chat::{
    changing, content, direct, everybody, favourites, folders, forwarding, messages, reading,
    revising, saved, scheduled, settings, setup, threads,
};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// Bytes in a form; the same limit is enforced before.
const BODY: usize = 1024 * 1024;

/// Which forms there are. What is not in here is not taken.
pub const FORMS: [&str; 19] = [
    "login",
    "register",
    "logout",
    "setup",
    "change",
    "create_thread",
    "open_direct",
    "manage_thread",
    "post_message",
    "revise_message",
    "keep_message",
    "schedule_message",
    "forward_message",
    "go_to_date",
    "mark_unread",
    "mark_all_read",
    "set_notify",
    "set_favourite",
    "set_folder",
];

/// Whether a request is a form that a browser has posted by itself.
pub fn is_form(headers: &HeaderMap) -> bool {
    let contains = |name, part| {
        let value = headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok());
        value.is_some_and(|value| value.contains(part))
    };
    contains(CONTENT_TYPE, "application/x-www-form-urlencoded") && contains(ACCEPT, "text/html")
}

/// What was typed, by field.
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn is_set(&self, name: &str) -> bool {
        !matches!(self.get(name), "" | "false")
    }

    /// A field that is not what its page showed: what others have changed meanwhile stays as it is.
    fn changed(&self, name: &str) -> Option<String> {
        let shown = self.0.get(&format!("was_{name}")).map(String::as_str);
        let typed = self.get(name);
        // A page that showed nothing of it and sends nothing of it does not mean it.
        let is_meant = shown.is_some() || self.0.contains_key(name);
        (is_meant && shown != Some(typed)).then(|| typed.to_owned())
    }

    fn user(&self) -> Option<UserId> {
        self.get("user").parse().ok().map(UserId)
    }

    /// The emoji of a button whose value is `place emoji`.
    fn emoji(&self) -> &str {
        self.get("toggle")
            .split_once(' ')
            .map_or("", |(_, emoji)| emoji)
    }

    /// The message that a form is about, and what it wants done with it; nothing where that depends on
    /// what was done before.
    fn to_revise(&self) -> Option<(Seq, Option<Revise>)> {
        if let Some((seq, _)) = self.get("toggle").split_once(' ') {
            return Some((seq.parse().ok()?, None));
        }
        let what = match self.get("what") {
            "edit" => Revise::Edit {
                text: self.get("text").to_owned(),
            },
            "delete" => Revise::Delete,
            "restore" => Revise::Restore,
            "pin" => Revise::Pin,
            "unpin" => Revise::Unpin,
            "report" => Revise::Report {
                reason: self.get("reason").to_owned(),
            },
            _ => return None,
        };
        Some((self.get("seq").parse().ok()?, Some(what)))
    }

    /// What a form about a thread wants done.
    fn to_manage(&self) -> Option<Manage> {
        Some(match self.get("what") {
            "join" => Manage::Join,
            "leave" => Manage::Leave,
            "add" => Manage::Add {
                people: self.get("people").to_owned(),
            },
            "remove" => Manage::Remove { user: self.user()? },
            "make_owner" => Manage::MakeOwner { user: self.user()? },
            "mute" => Manage::Mute {
                user: self.user()?,
                minutes: self.get("minutes").parse().ok(),
            },
            "unmute" => Manage::Unmute { user: self.user()? },
            "change" => Manage::Change(ThreadChange {
                name: self.changed("name"),
                description: self.changed("description"),
                private: self.changed("private").map(|_| self.is_set("private")),
                for_everybody: self
                    .changed("for_everybody")
                    .map(|_| self.is_set("for_everybody")),
                announcements: self
                    .changed("announcements")
                    .map(|_| self.is_set("announcements")),
                slow_seconds: self
                    .changed("slow_seconds")
                    .and_then(|seconds| Some(seconds.parse::<u32>().ok()?.into())),
                archived: None,
            }),
            "archive" | "bring_back" => Manage::Change(ThreadChange {
                archived: Some(self.get("what") == "archive"),
                ..ThreadChange::default()
            }),
            _ => return None,
        })
    }
}

/// Takes a form, and answers it.
pub async fn take(context: &Context, visitor: Visitor, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let name = parts.uri.path().rsplit('/').next().unwrap_or_default();
    if !FORMS.contains(&name) {
        return Error::NotFound.into_response();
    }
    let Ok(bytes) = axum::body::to_bytes(body, BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let fields = serde_urlencoded::from_bytes(&bytes).unwrap_or_default();
    let form = Form {
        context,
        app: &context.app,
        visitor,
        parts: parts.clone(),
    };
    let fields = Fields(fields);
    match name {
        "login" => form.login(fields).await,
        "register" => form.register(fields).await,
        "logout" => form.logout().await,
        "setup" => form.setup(fields).await,
        "change" => Box::pin(form.change(fields)).await,
        "create_thread" => form.create_thread(fields).await,
        "open_direct" => form.open_direct(fields).await,
        "manage_thread" => form.manage_thread(fields).await,
        "post_message" => form.post_message(fields).await,
        "revise_message" => form.revise_message(fields).await,
        "keep_message" => form.keep_message(fields).await,
        "schedule_message" => form.schedule_message(fields).await,
        "forward_message" => form.forward_message(fields).await,
        "go_to_date" => form.go_to_date(fields).await,
        "mark_unread" => form.mark_unread(fields).await,
        "mark_all_read" => form.mark_all_read().await,
        "set_notify" => form.set_notify(fields).await,
        "set_favourite" => form.set_favourite(fields).await,
        "set_folder" => form.set_folder(fields).await,
        _ => Error::NotFound.into_response(),
    }
}

/// Answers the form with a picture of whoever posted it, with what came of that.
pub async fn picture(
    context: &Context,
    visitor: Visitor,
    parts: Parts,
    set: Result<()>,
) -> Response {
    let form = Form {
        context,
        app: &context.app,
        visitor,
        parts,
    };
    let (Ok(me), section) = (form.me(), Section::Profile) else {
        return see_other(&Place::settings(Section::Profile).behind_sign_in());
    };
    match set {
        Ok(()) => see_other(&Place::Settings {
            section,
            is_saved: true,
        }),
        Err(error) => form.settings_again(&me, section, Err(error), None).await,
    }
}

/// Answers the form with files for a thread, with what came of that.
pub async fn files(
    context: &Context,
    visitor: Visitor,
    parts: Parts,
    thread: ThreadId,
    text: String,
    posted: Result<()>,
) -> Response {
    let form = Form {
        context,
        app: &context.app,
        visitor,
        parts,
    };
    let place = Place::Thread {
        id: thread,
        message: None,
        panel: Some(Panel::Files),
    };
    let Ok(me) = form.me() else {
        return see_other(&place.behind_sign_in());
    };
    match posted {
        Ok(()) => see_other(&Place::thread(thread)),
        Err(error) => {
            let typed = Fields(BTreeMap::from([("text".to_owned(), text)]));
            form.form_again(&me, &place, &error, typed).await
        }
    }
}

struct Form<'a> {
    context: &'a Context,
    app: &'a Arc<App>,
    visitor: Visitor,
    parts: Parts,
}

impl Form<'_> {
    async fn login(self, mut fields: Fields) -> Response {
        let next = Place::parse(&fields.take("next")).filter(Place::is_for_members);
        let username = fields.take("username");
        let form = SignIn {
            username: username.clone(),
            password: fields.take("password"),
        };
        let signed_in = accounts::sign_in(self.app, form, &self.visitor.source).await;
        let signed_in = match signed_in {
            Ok(signed_in) => self.welcome(&signed_in, next.as_ref()).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(response) => response,
            Err(error) => {
                let form = FormData {
                    next,
                    error: Some(error.to_api()),
                    username,
                    ..page::form(self.app)
                };
                self.again(&error, PageData::Login(form.into())).await
            }
        }
    }

    async fn register(self, mut fields: Fields) -> Response {
        let (username, name) = (fields.take("username"), fields.take("name"));
        let invite = fields.take("invite");
        let form = Register {
            username: username.clone(),
            name: name.clone(),
            password: fields.take("password"),
            invite: invite.clone(),
        };
        let signed_in = accounts::register(self.app, form, &self.visitor.source).await;
        let signed_in = match signed_in {
            Ok(signed_in) => self.welcome(&signed_in, None).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(response) => response,
            Err(error) => {
                let form = match page::register_form(self.app, invite).await {
                    Ok(form) => form,
                    Err(error) => return self.failed(&error).await,
                };
                let form = FormData {
                    error: Some(error.to_api()),
                    username,
                    name,
                    ..form
                };
                self.again(&error, PageData::Register(form.into())).await
            }
        }
    }

    async fn setup(self, mut fields: Fields) -> Response {
        let (username, name) = (fields.take("username"), fields.take("name"));
        let (code, server_name) = (fields.take("code"), fields.take("server_name"));
        let thread_name = fields.take("thread_name");
        let form = Register {
            username: username.clone(),
            name: name.clone(),
            password: fields.take("password"),
            invite: String::new(),
        };
        let names = setup::Names {
            server: &server_name,
            thread: &thread_name,
        };
        let finished = setup::finish(self.app, &code, names, form, &self.visitor.source);
        let to = Place::settings(accounts::registration_policy(self.app).first_page());
        let signed_in = match finished.await {
            Ok(signed_in) => self.welcome(&signed_in, Some(&to)).await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(response) => response,
            Err(error @ Error::NotFound) => self.failed(&error).await,
            Err(error) => {
                let form = FormData {
                    invite: code,
                    error: Some(error.to_api()),
                    server_name,
                    thread_name,
                    username,
                    name,
                    ..page::form(self.app)
                };
                self.again(&error, PageData::Setup(form.into())).await
            }
        }
    }

    /// A change in the settings. What was made is shown once, so its page is the answer itself.
    async fn change(self, fields: Fields) -> Response {
        let Ok(me) = self.me() else {
            return see_other(&Place::settings(Section::Profile).behind_sign_in());
        };
        let Some(change) = Change::read(&|name| fields.get(name).to_owned()) else {
            return self.failed(&Error::NotFound).await;
        };
        let section = settings::section_of(&change, &|name| fields.get(name).to_owned());
        let Some(section) = section else {
            return Box::pin(self.contact(&me, change, fields)).await;
        };
        let typed = change.to_show_again();
        let asked = settings::Asked {
            source: &self.visitor.source,
            clock: self.visitor.clock,
            base: visitor::base(self.app, &self.parts.headers),
        };
        match settings::change(self.app, &me, change, asked).await {
            Ok(Changed::Done) => see_other(&Place::Settings {
                section,
                is_saved: true,
            }),
            Ok(Changed::Left) => {
                let mut response = see_other(&Place::Home.behind_sign_in());
                set_cookie(&mut response, &self.context.cookie.forget());
                response
            }
            Ok(changed) => self.settings_again(&me, section, Ok(changed), None).await,
            Err(error) => self.settings_again(&me, section, Err(error), typed).await,
        }
    }

    /// What is done about contacts leads to where they are.
    async fn contact(self, me: &Identity, change: Change, fields: Fields) -> Response {
        let asked = settings::Asked {
            source: &self.visitor.source,
            clock: self.visitor.clock,
            base: String::new(),
        };
        match settings::change(self.app, me, change, asked).await {
            Ok(_) => see_other(&Place::people()),
            Err(error) => self.form_again(me, &Place::people(), &error, fields).await,
        }
    }

    async fn settings_again(
        self,
        me: &Identity,
        section: Section,
        outcome: Result<Changed>,
        typed: Option<Change>,
    ) -> Response {
        let told = outcome.as_ref().map(Clone::clone).map_err(Error::to_api);
        let data = async {
            let settings = settings::page(self.app, me, &section, Some(told), typed).await?;
            let place = Place::settings(section);
            let clock = self.visitor.clock;
            let mut data = page::chat_data(self.app, me, &place, clock, None).await?;
            data.content = Ok(content::pack(&settings)?);
            Ok::<_, Error>(PageData::Chat(Box::new(data)))
        };
        match (data.await, outcome) {
            (Ok(data), Ok(_)) => {
                let request = Request::from_parts(self.parts, axum::body::Body::empty());
                page::render(self.context, StatusCode::OK, data, request).await
            }
            (Ok(data), Err(error)) => self.again(&error, data).await,
            // Who may not see the page is told what became of the change.
            (Err(_), Err(error)) | (Err(error), Ok(_)) => self.failed(&error).await,
        }
    }

    async fn logout(self) -> Response {
        if let Some(token) = &self.visitor.token
            && let Err(error) = self.app.sessions.end(token).await
        {
            return self.failed(&error).await;
        }
        let mut response = see_other(&Place::Home.behind_sign_in());
        set_cookie(&mut response, &self.context.cookie.forget());
        response
    }

    async fn create_thread(self, fields: Fields) -> Response {
        let Ok(me) = self.me() else {
            return see_other(&Place::Home.behind_sign_in());
        };
        let new = NewThread {
            name: fields.get("name").to_owned(),
            description: fields.get("description").to_owned(),
            private: fields.is_set("private"),
            people: fields.get("people").to_owned(),
        };
        match threads::start(self.app, &me, &new).await {
            Ok(thread) => see_other(&Place::thread(thread.id)),
            Err(error) => {
                self.form_again(&me, &Place::NewThread, &error, fields)
                    .await
            }
        }
    }

    async fn open_direct(self, fields: Fields) -> Response {
        let Ok(me) = self.me() else {
            return see_other(&Place::Home.behind_sign_in());
        };
        match direct::open(self.app, &me, fields.get("people")).await {
            Ok(thread) => see_other(&Place::thread(thread.id)),
            Err(error) => {
                self.form_again(&me, &Place::NewDirect, &error, fields)
                    .await
            }
        }
    }

    /// Leads back to the thread, or home from one that is no longer there.
    async fn manage_thread(self, fields: Fields) -> Response {
        let id: ThreadId = fields.get("thread").parse().unwrap_or_default();
        let here = |panel| Place::Thread {
            id,
            message: None,
            panel,
        };
        let Ok(me) = self.me() else {
            return see_other(&here(None).behind_sign_in());
        };
        let Some(what) = fields.to_manage() else {
            return self.failed(&Error::NotFound).await;
        };
        let panel = match &what {
            Manage::Join | Manage::Leave => None,
            Manage::Add { .. } => Some(Panel::People),
            _ => Some(Panel::Settings),
        };
        match changing::manage(self.app, &me, id, what).await {
            Ok(()) if threads::find(self.app, &me, id).await.is_err() => see_other(&Place::Home),
            Ok(()) => see_other(&here(panel)),
            Err(error) => self.form_again(&me, &here(panel), &error, fields).await,
        }
    }

    async fn post_message(self, fields: Fields) -> Response {
        let place = Place::thread(fields.get("thread").parse().unwrap_or(ThreadId(0)));
        let Ok(me) = self.me() else {
            return see_other(&place.behind_sign_in());
        };
        let text = fields.get("text").to_owned();
        let id = place.open_thread().unwrap_or_default();
        let posted = async {
            let client_id = form_client_id(id, fields.get("after"), fields.get("reply_to"), &text);
            let request = PostRequest {
                message: text.clone(),
                client_id: client_id.map(String::from),
                reply_to: fields.get("reply_to").parse().ok(),
                ..PostRequest::default()
            };
            messages::post(self.app, &me, id, request).await
        };
        match posted.await {
            Ok(_) => see_other(&place),
            Err(error) if fields.is_set("reply_to") => {
                let place = Place::Thread {
                    id,
                    message: fields.get("reply_to").parse().ok(),
                    panel: Some(Panel::Message),
                };
                self.form_again(&me, &place, &error, fields).await
            }
            Err(error) => {
                let refused = Refused {
                    thread: place.open_thread(),
                    error: error.to_api(),
                    typed: text,
                    fields: Vec::new(),
                };
                self.chat_again(&me, &place, &error, refused).await
            }
        }
    }

    /// What is done with a message. One is led back to it; a text that was refused is given back beside
    /// what was wrong.
    async fn revise_message(self, fields: Fields) -> Response {
        let id = fields.get("thread").parse().unwrap_or_default();
        let Some((seq, what)) = fields.to_revise() else {
            return self.failed(&Error::NotFound).await;
        };
        let here = |panel| Place::Thread {
            id,
            message: Some(seq),
            panel,
        };
        let Ok(me) = self.me() else {
            return see_other(&here(None).behind_sign_in());
        };
        let revised = if let Some(what) = what {
            revising::revise(self.app, &me, id, seq, &what).await
        } else {
            let emoji = fields.emoji().to_owned();
            revising::toggle(self.app, &me, id, seq, emoji).await
        };
        match revised {
            Ok(_) => see_other(&here(None)),
            Err(error) => {
                let place = here(Some(Panel::Message));
                self.form_again(&me, &place, &error, fields).await
            }
        }
    }

    /// What somebody keeps of a message for themselves. One is led back to where one was.
    async fn keep_message(self, fields: Fields) -> Response {
        let id = fields.get("thread").parse().unwrap_or_default();
        let seq = fields.get("seq").parse().unwrap_or_default();
        let from_list = fields.is_set("list");
        let here = |panel| match from_list {
            true => Place::Saved { before: None },
            false => Place::Thread {
                id,
                message: Some(seq),
                panel,
            },
        };
        let Ok(me) = self.me() else {
            return see_other(&here(None).behind_sign_in());
        };
        let kept = async {
            let ahead = everybody::ahead(self.app, &me, self.visitor.clock).await?;
            let field = |name: &str| fields.get(name).to_owned();
            let what = Keep::read(&field, self.app.clock.now(), &ahead);
            saved::keep(self.app, &me, id, seq, what.ok_or(Error::NotFound)?).await
        };
        let panel = match fields.get("what") {
            "remind" => Panel::Remind,
            _ => Panel::Message,
        };
        match kept.await {
            Ok(_) => see_other(&here(None)),
            Err(error) => {
                self.form_again(&me, &here(Some(panel)), &error, fields)
                    .await
            }
        }
    }

    /// What is to be posted later. One is led back to the list of it that one was at.
    async fn schedule_message(self, fields: Fields) -> Response {
        let id = fields.get("thread").parse().unwrap_or_default();
        let place = match fields.is_set("list") {
            true => Place::Saved { before: None },
            false => Place::Thread {
                id,
                message: None,
                panel: Some(Panel::Later),
            },
        };
        let Ok(me) = self.me() else {
            return see_other(&place.behind_sign_in());
        };
        let scheduled = async {
            let ahead = everybody::ahead(self.app, &me, self.visitor.clock).await?;
            let field = |name: &str| fields.get(name).to_owned();
            let what = Schedule::read(&field, self.app.clock.now(), &ahead);
            scheduled::schedule(self.app, &me, id, what).await
        };
        match scheduled.await {
            Ok(()) => see_other(&place),
            Err(error) => self.form_again(&me, &place, &error, fields).await,
        }
    }

    /// Passes a message on. One is led to where it went.
    async fn forward_message(self, fields: Fields) -> Response {
        let id = fields.get("thread").parse().unwrap_or_default();
        let seq = fields.get("seq").parse().unwrap_or_default();
        let place = Place::Thread {
            id,
            message: Some(seq),
            panel: Some(Panel::Forward),
        };
        let Ok(me) = self.me() else {
            return see_other(&place.behind_sign_in());
        };
        let what = Forward::read(&|name| fields.get(name).to_owned());
        match forwarding::forward(self.app, &me, id, seq, what).await {
            Ok(posted) => see_other(&Place::thread(posted.thread.id)),
            Err(error) => self.form_again(&me, &place, &error, fields).await,
        }
    }

    /// Goes to the first message of a day, or after it. What is no day is today.
    async fn go_to_date(self, fields: Fields) -> Response {
        let id = fields.get("thread").parse().unwrap_or_default();
        let Ok(me) = self.me() else {
            return see_other(&Place::thread(id).behind_sign_in());
        };
        let found = async {
            let ahead = everybody::ahead(self.app, &me, self.visitor.clock).await?;
            let day = moment::day(fields.get("date"));
            let since = day.map_or(self.app.clock.now(), |day| moment::beginning(day, &ahead));
            messages::first_since(self.app, &me, id, since).await
        };
        match found.await {
            Ok(message) => see_other(&Place::Thread {
                id,
                message,
                panel: None,
            }),
            Err(error) => self.failed(&error).await,
        }
    }

    /// From a message on, what follows is unread. One goes home: staying would read it again.
    async fn mark_unread(self, fields: Fields) -> Response {
        let read = ReadRequest::unread_after(
            fields.get("thread").parse().unwrap_or_default(),
            fields.get("seq").parse().unwrap_or_default(),
        );
        let done = async { reading::read(self.app, &self.me()?, read).await };
        let done = done.await;
        self.done(done, &Place::Home).await
    }

    async fn mark_all_read(self) -> Response {
        let done = async { reading::read_all(self.app, &self.me()?).await };
        let done = done.await;
        self.done(done, &Place::Home).await
    }

    async fn set_notify(self, fields: Fields) -> Response {
        let thread = fields.get("thread").parse().unwrap_or_default();
        let level = NotifyLevel::parse(fields.get("level")).unwrap_or_default();
        let done = async { reading::set_notify(self.app, &self.me()?, thread, level).await };
        let done = done.await;
        self.done(done, &Place::thread(thread)).await
    }

    /// One is led back to the thread.
    async fn set_favourite(self, fields: Fields) -> Response {
        let thread = fields.get("thread").parse().unwrap_or_default();
        let Some(favour) = Favour::parse(fields.get("what")) else {
            return self.failed(&Error::NotFound).await;
        };
        let done = async { favourites::change(self.app, &self.me()?, thread, favour).await };
        let done = done.await;
        self.done(done, &Place::thread(thread)).await
    }

    /// One is led back to the thread.
    async fn set_folder(self, fields: Fields) -> Response {
        let thread = fields.get("thread").parse().unwrap_or_default();
        let folder = fields.get("folder").to_owned();
        let done = async { folders::put(self.app, &self.me()?, thread, folder).await };
        let done = done.await;
        self.done(done, &Place::thread(thread)).await
    }

    /// A form with nothing in it that could be lost.
    async fn done(self, done: Result<()>, next: &Place) -> Response {
        match done {
            Ok(()) => see_other(next),
            Err(Error::Unauthenticated) => see_other(&Place::Home.behind_sign_in()),
            Err(error) => self.failed(&error).await,
        }
    }

    fn me(&self) -> Result<Identity> {
        self.visitor.identity.clone().ok_or(Error::Unauthenticated)
    }

    async fn welcome(&self, signed_in: &SignedIn, next: Option<&Place>) -> Result<Response> {
        if let Some(old) = &self.visitor.token {
            self.app.sessions.end(old).await?;
        }
        let mut response = see_other(next.unwrap_or(&Place::Home));
        set_cookie(&mut response, &self.context.cookie.keep(&signed_in.token));
        Ok(response)
    }

    /// The place of a form again, with what was wrong and what was typed.
    async fn form_again(
        self,
        me: &Identity,
        place: &Place,
        error: &Error,
        fields: Fields,
    ) -> Response {
        let refused = Refused {
            thread: None,
            error: error.to_api(),
            typed: String::new(),
            fields: fields.0.into_iter().collect(),
        };
        self.chat_again(me, place, error, refused).await
    }

    /// The place again, with what was wrong and what was typed.
    async fn chat_again(
        self,
        me: &Identity,
        place: &Place,
        error: &Error,
        refused: Refused,
    ) -> Response {
        let refused = Some(refused);
        match page::chat_data(self.app, me, place, self.visitor.clock, refused).await {
            Ok(data) => self.again(error, PageData::Chat(Box::new(data))).await,
            Err(error) => self.failed(&error).await,
        }
    }

    async fn failed(self, error: &Error) -> Response {
        let kind = match error.to_api() {
            ApiError::NotFound => MessageKind::NotFound,
            _ => MessageKind::Failed,
        };
        self.again(error, PageData::Message(kind)).await
    }

    async fn again(self, error: &Error, data: PageData) -> Response {
        error.log();
        let request = Request::from_parts(self.parts, axum::body::Body::empty());
        page::render(self.context, error.status(), data, request).await
    }
}

fn see_other(place: &Place) -> Response {
    Redirect::to(&place.to_string()).into_response()
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What tells a form that is posted twice, by a second press or a reload, from another message: the
/// same text in the same thread, written below the same last event.
fn form_client_id(thread: ThreadId, after: &str, reply_to: &str, text: &str) -> Option<ClientId> {
    let after: i64 = after.parse().ok()?;
    let digest = Sha256::digest(format!("{thread} {after} {reply_to} {text}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Some(ClientId::from_random(bytes))
}
