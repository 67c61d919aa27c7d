//! `/api/v1`: the REST API, for programs with a token and for calls over the socket.
//!
//! Each route is a signature and one call into `chat`. Who is asking comes with the request when
//! it was made in this process (see `chat::proxy`), and from its bearer token otherwise; cookies
//! are never looked at. Refusals are JSON: `code`, `message`, and `errors` by field.

mod activity;
mod answer;
mod caller;
mod folders;
mod moderating;
mod picked;
mod quiet;
mod saved;
mod scheduled;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;

use self::answer::{Answer, Body};
use crate::protocol::forward::Forward;
use crate::protocol::person::{Card, Contacts, EverybodyPage};
use crate::protocol::search::SearchPage;
use crate::protocol::{
    DirectoryPage, Favourites, HistoryPage, HistoryRequest, Message, MessageId, MyThread,
    NewThread, NotifyLevel, PostRequest, Posted, Profile, ReadPosition, ReadRequest, ReadSeveral,
    Revise, Role, Seq, SessionId, SessionInfo, Thread, ThreadChange, ThreadId, Timestamp, User,
    UserId,
};
use crate::server::auth::Identity;
use crate::server::chat::{
    accounts, blocks, changing, contacts, direct, everybody, favourites, finding, forwarding,
    memberships, messages, reading, revising, threads,
};
use crate::server::error::Error;
use crate::server::state::App;

pub use self::answer::{Answer as RestAnswer, At, Body as RestBody, Refusal};
pub use self::caller::{Me, bearer};

type AppState = State<Arc<App>>;

/// The routes for whoever has signed in.
pub fn routes<S>(app: &Arc<App>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let thread = Router::new()
        .route("/", get(find_thread).patch(change_thread))
        .route("/messages", get(history).post(post_message))
        .route(
            "/messages/{seq}",
            get(find_message).patch(edit_message).delete(delete_message),
        )
        .route("/messages/{seq}/restore", post(restore_message))
        .route(
            "/messages/{seq}/reactions/{emoji}",
            put(react).delete(unreact),
        )
        .route("/messages/{seq}/pin", put(pin).delete(unpin))
        .route("/messages/{seq}/about", get(picked::about))
        .route("/messages/{seq}/forward", post(forward))
        .route("/messages/{seq}/kept", get(saved::find))
        .route(
            "/messages/{seq}/saved",
            put(saved::save).delete(saved::unsave),
        )
        .route(
            "/messages/{seq}/reminder",
            put(saved::remind).delete(saved::done),
        )
        .route("/messages/{seq}/report", post(moderating::report))
        .route("/mutes", get(moderating::mutes))
        .route(
            "/members/{user}/mute",
            put(moderating::mute).delete(moderating::unmute),
        )
        .route("/scheduled", post(scheduled::add))
        .route("/pins", get(picked::pins))
        .route("/files", get(picked::files))
        .route("/members", get(members).post(add_member))
        .route(
            "/members/{user}",
            delete(remove_member).patch(change_member),
        )
        .route("/read", get(read_position).post(mark_read).put(mark_read))
        .route("/notify", put(set_notify))
        .route("/folder", put(folders::put));
    let v1 = Router::new()
        .route("/me", get(me).patch(rename))
        .route("/sessions", get(sessions))
        .route("/sessions/{id}", delete(revoke_session))
        .route("/users", get(everybody_page))
        .route("/users/{user}", get(find_user))
        .route("/users/{user}/card", get(card))
        .route("/users/{user}/block", put(block).delete(unblock))
        .route("/me/blocked", get(blocked))
        .route("/me/quiet", get(quiet::told))
        .route("/me/pause", put(quiet::pause).delete(quiet::end_pause))
        .route(
            "/users/{user}/contact",
            put(ask_contact).delete(end_contact),
        )
        .route("/me/contacts", get(my_contacts))
        .route("/users/{user}/ban", post(ban).delete(unban))
        .route("/threads", get(list_threads).post(create_thread))
        .route("/threads/mine", get(my_threads))
        .route("/threads/direct", post(open_direct))
        .route("/threads/read", post(read_several))
        .route("/threads/favourites", put(set_favourites))
        .route(
            "/threads/folders",
            get(folders::list).post(folders::arrange),
        )
        .route("/threads/public", get(directory))
        .route("/search", get(search))
        .route("/saved", get(saved::list))
        .route("/scheduled", get(scheduled::list))
        .route("/scheduled/{id}", delete(scheduled::cancel))
        .route("/scheduled/{id}/now", post(scheduled::now))
        .route("/activity", get(activity::list))
        .route("/activity/seen", put(activity::seen))
        .nest("/threads/{thread}", thread);
    Router::new()
        .nest("/api/v1", v1)
        .method_not_allowed_fallback(async || Refusal::NotAllowed)
        .with_state(app.clone())
}

async fn me(State(app): AppState, Me(me): Me) -> Answer<Json<Profile>> {
    Ok(Json(accounts::profile(&app, &me).await?))
}

#[derive(Deserialize)]
struct Rename {
    #[serde(default)]
    name: String,
}

async fn rename(
    State(app): AppState,
    Me(me): Me,
    Body(change): Body<Rename>,
) -> Answer<Json<User>> {
    Ok(Json(accounts::rename(&app, &me, &change.name).await?))
}

async fn sessions(State(app): AppState, Me(me): Me) -> Answer<Json<Vec<SessionInfo>>> {
    Ok(Json(app.sessions.list(&me).await?))
}

async fn revoke_session(State(app): AppState, Me(me): Me, At(id): At<i64>) -> Answer<StatusCode> {
    app.sessions.revoke(&me, SessionId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find_user(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<Json<User>> {
    Ok(Json(accounts::find(&app, &me, UserId(user)).await?))
}

#[derive(Deserialize)]
struct Everybody {
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
}

async fn everybody_page(
    State(app): AppState,
    Me(me): Me,
    Query(Everybody { search, after }): Query<Everybody>,
) -> Answer<Json<EverybodyPage>> {
    Ok(Json(everybody::page(&app, &me, &search, &after).await?))
}

async fn card(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<Json<Card>> {
    Ok(Json(everybody::card_of(&app, &me, UserId(user)).await?))
}

async fn block(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    blocks::block(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unblock(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    blocks::unblock(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn blocked(State(app): AppState, Me(me): Me) -> Answer<Json<Vec<User>>> {
    Ok(Json(blocks::list(&app, &me).await?))
}

async fn ask_contact(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    contacts::ask(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_contact(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    contacts::end(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn my_contacts(State(app): AppState, Me(me): Me) -> Answer<Json<Contacts>> {
    Ok(Json(contacts::list(&app, &me).await?))
}

async fn ban(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    accounts::ban(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unban(State(app): AppState, Me(me): Me, At(user): At<i64>) -> Answer<StatusCode> {
    accounts::unban(&app, &me, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_threads(State(app): AppState, Me(me): Me) -> Answer<Json<Vec<Thread>>> {
    Ok(Json(threads::list(&app, &me).await?))
}

async fn my_threads(State(app): AppState, Me(me): Me) -> Answer<Json<Vec<MyThread>>> {
    Ok(Json(threads::mine(&app, &me).await?))
}

#[derive(Deserialize)]
struct From {
    after: Option<String>,
}

async fn directory(
    State(app): AppState,
    Me(me): Me,
    Query(from): Query<From>,
) -> Answer<Json<DirectoryPage>> {
    let after = from.after.filter(|after| !after.is_empty());
    let after = after.map(|after| after.parse()).transpose();
    let after = after.map_err(|_| Refusal::bad_request("after is not where a page ended"))?;
    Ok(Json(threads::directory(&app, &me, after).await?))
}

/// A thread to be started; people by their usernames.
#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    people: Vec<String>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    before: Option<MessageId>,
}

/// Days are those of UTC.
async fn search(
    State(app): AppState,
    Me(me): Me,
    Query(Search { q, before }): Query<Search>,
) -> Answer<Json<SearchPage>> {
    Ok(Json(finding::find(&app, &me, &q, 0, before).await?))
}

async fn create_thread(
    State(app): AppState,
    Me(me): Me,
    Body(new): Body<Start>,
) -> Answer<(StatusCode, Json<Thread>)> {
    let new = NewThread {
        name: new.name,
        description: new.description,
        private: new.private,
        people: new.people.join(","),
    };
    let thread = threads::start(&app, &me, &new).await?;
    Ok((StatusCode::CREATED, Json(thread)))
}

#[derive(Deserialize)]
struct With {
    #[serde(default)]
    people: Vec<String>,
}

async fn open_direct(
    State(app): AppState,
    Me(me): Me,
    Body(with): Body<With>,
) -> Answer<Json<Thread>> {
    Ok(Json(direct::open(&app, &me, &with.people.join(",")).await?))
}

async fn change_thread(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(change): Body<ThreadChange>,
) -> Answer<Json<Thread>> {
    let thread = changing::change(&app, &me, ThreadId(thread), &change).await?;
    Ok(Json(thread))
}

async fn find_thread(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
) -> Answer<Json<Thread>> {
    let found = threads::find(&app, &me, ThreadId(thread)).await?;
    Ok(Json(found.thread))
}

#[derive(Deserialize)]
struct Range {
    before: Option<Seq>,
    after: Option<Seq>,
    around: Option<Seq>,
    changed_after: Option<Seq>,
    /// The first message since then is in the middle.
    since: Option<Timestamp>,
    limit: Option<u32>,
}

async fn history(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    range: Result<Query<Range>, axum::extract::rejection::QueryRejection>,
) -> Answer<Json<HistoryPage>> {
    let Query(range) = range.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let id = ThreadId(thread);
    let around = match range.since {
        Some(since) => messages::first_since(&app, &me, id, since).await?,
        None => range.around,
    };
    let request = HistoryRequest {
        id,
        before: range.before,
        after: range.after,
        around,
        changed_after: range.changed_after,
        limit: range.limit,
    };
    Ok(Json(messages::history(&app, &me, request).await?))
}

async fn post_message(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(new): Body<PostRequest>,
) -> Answer<(StatusCode, Json<Posted>)> {
    let posted = messages::post(&app, &me, ThreadId(thread), new).await?;
    Ok((StatusCode::CREATED, Json(posted)))
}

/// Where to pass a message on to; people by their usernames.
#[derive(Deserialize)]
struct ForwardTo {
    to: Option<ThreadId>,
    #[serde(default)]
    people: Vec<String>,
    #[serde(default)]
    message: String,
    client_id: Option<String>,
}

async fn forward(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq)): At<(i64, i64)>,
    Body(to): Body<ForwardTo>,
) -> Answer<(StatusCode, Json<Posted>)> {
    let what = Forward {
        to: to.to,
        people: to.people.join(","),
        message: to.message,
        client_id: to.client_id,
    };
    let posted = forwarding::forward(&app, &me, ThreadId(thread), Seq(seq), what).await?;
    Ok((StatusCode::CREATED, Json(posted)))
}

async fn find_message(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq)): At<(i64, i64)>,
) -> Answer<Json<Message>> {
    let message = messages::find(&app, &me, ThreadId(thread), Seq(seq)).await?;
    Ok(Json(message))
}

#[derive(Deserialize)]
struct Edited {
    #[serde(default)]
    message: String,
}

async fn edit_message(
    State(app): AppState,
    Me(me): Me,
    At(at): At<(i64, i64)>,
    Body(Edited { message: text }): Body<Edited>,
) -> Answer<Json<Message>> {
    revise(&app, &me, at, Revise::Edit { text }).await
}

async fn delete_message(
    State(app): AppState,
    Me(me): Me,
    At(at): At<(i64, i64)>,
) -> Answer<Json<Message>> {
    revise(&app, &me, at, Revise::Delete).await
}

async fn restore_message(
    State(app): AppState,
    Me(me): Me,
    At(at): At<(i64, i64)>,
) -> Answer<Json<Message>> {
    revise(&app, &me, at, Revise::Restore).await
}

async fn react(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq, emoji)): At<(i64, i64, String)>,
) -> Answer<Json<Message>> {
    revise(&app, &me, (thread, seq), Revise::React { emoji }).await
}

async fn unreact(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq, emoji)): At<(i64, i64, String)>,
) -> Answer<Json<Message>> {
    revise(&app, &me, (thread, seq), Revise::Unreact { emoji }).await
}

async fn pin(State(app): AppState, Me(me): Me, At(at): At<(i64, i64)>) -> Answer<Json<Message>> {
    revise(&app, &me, at, Revise::Pin).await
}

async fn unpin(State(app): AppState, Me(me): Me, At(at): At<(i64, i64)>) -> Answer<Json<Message>> {
    revise(&app, &me, at, Revise::Unpin).await
}

/// Does it, and answers with the message as it is then.
async fn revise(
    app: &App,
    me: &Identity,
    (thread, seq): (i64, i64),
    what: Revise,
) -> Answer<Json<Message>> {
    let revised = revising::revise(app, me, ThreadId(thread), Seq(seq), &what).await?;
    Ok(Json(revised))
}

async fn members(State(app): AppState, Me(me): Me, At(thread): At<i64>) -> Answer<Json<Vec<User>>> {
    Ok(Json(memberships::list(&app, &me, ThreadId(thread)).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMember {
    /// Whoever asks, if nobody is named.
    user_id: Option<UserId>,
}

async fn add_member(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(new): Body<NewMember>,
) -> Answer<StatusCode> {
    let thread = ThreadId(thread);
    match new.user_id {
        Some(user) if user != me.user.id => memberships::add(&app, &me, thread, user).await?,
        _ => memberships::join(&app, &me, thread).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_member(
    State(app): AppState,
    Me(me): Me,
    At((thread, user)): At<(i64, i64)>,
) -> Answer<StatusCode> {
    memberships::remove(&app, &me, ThreadId(thread), UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Become {
    role: Role,
}

async fn change_member(
    State(app): AppState,
    Me(me): Me,
    At((thread, user)): At<(i64, i64)>,
    Body(change): Body<Become>,
) -> Answer<StatusCode> {
    if change.role != Role::Owner {
        return Err(Refusal::bad_request("somebody can only be made an owner"));
    }
    changing::make_owner(&app, &me, ThreadId(thread), UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read_position(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
) -> Answer<Json<Option<ReadPosition>>> {
    let position = reading::read_position(&app, &me, ThreadId(thread)).await?;
    Ok(Json(position))
}

#[derive(Deserialize)]
struct Read {
    seq: Seq,
    #[serde(default)]
    unread: bool,
}

async fn mark_read(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(read): Body<Read>,
) -> Answer<StatusCode> {
    let request = ReadRequest {
        id: ThreadId(thread),
        seq: read.seq,
        unread: read.unread,
        from: None,
    };
    reading::read(&app, &me, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read_several(
    State(app): AppState,
    Me(me): Me,
    Body(several): Body<ReadSeveral>,
) -> Answer<StatusCode> {
    reading::read_several(&app, &me, several).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Notify {
    level: NotifyLevel,
}

async fn set_notify(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(notify): Body<Notify>,
) -> Answer<StatusCode> {
    reading::set_notify(&app, &me, ThreadId(thread), notify.level).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_favourites(
    State(app): AppState,
    Me(me): Me,
    Body(wanted): Body<Favourites>,
) -> Answer<StatusCode> {
    favourites::set(&app, &me, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything else under `/api/v1`.
pub async fn not_found() -> Refusal {
    Error::NotFound.into()
}
