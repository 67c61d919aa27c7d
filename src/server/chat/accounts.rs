//! Signing in, registering, signing out.

use std::sync::Arc;

use crate::protocol::error::{ApiError, Field, FieldError, Problem};
use crate::protocol::settings::InvitationState;
use crate::protocol::text::{TextError, usernames};
use crate::protocol::thread::DIRECT_PEOPLE;
use crate::protocol::{DisplayName, Password, Profile, RegistrationPolicy, User, UserId, Username};
use crate::server::auth::token::TokenKind;
use crate::server::auth::{Identity, RequestSource, names, token};
use crate::server::chat::{people, setup};
use crate::server::config::Registration;
use crate::server::db::people::Governed;
use crate::server::db::users::{Account, Named, NewUser, Newcomer};
use crate::server::db::{self, invites, search, users};
use crate::server::error::{Error, Result};
use crate::server::state::App;

/// What somebody typed into the form to sign in.
#[derive(Debug)]
pub struct SignIn {
    pub username: String,
    pub password: String,
}

/// What somebody typed into the form to register.
#[derive(Debug)]
pub struct Register {
    pub username: String,
    pub name: String,
    pub password: String,
    pub invite: String,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct SignedIn {
    pub user: User,
    pub token: String,
}

/// Checks a name and a password and begins a session.
///
/// # Errors
/// Empty fields, too many attempts, or a wrong name or password, which are not told apart.
pub async fn sign_in(app: &App, form: SignIn, source: &RequestSource) -> Result<SignedIn> {
    let empty = [
        (Field::Username, form.username.trim().is_empty()),
        (Field::Password, form.password.is_empty()),
    ];
    let fields: Vec<_> = empty
        .into_iter()
        .filter(|(_, is_empty)| *is_empty)
        .map(|(field, _)| FieldError::new(field, &TextError::Empty))
        .collect();
    if !fields.is_empty() {
        return Err(Error::InvalidForm(ApiError::Invalid { fields }));
    }
    // A name that cannot be one is nobody's, and takes as long to refuse.
    let username = Username::to_look_up(&form.username);
    let throttled_as = username.as_ref().map_or(NOBODY, Username::as_str);
    app.throttle.attempt(throttled_as, source.address)?;
    let account = match &username {
        Some(username) => users::find_account(&app.db, username).await?,
        None => None,
    };
    let hash = account.as_ref().map(|a| a.password_hash.as_str());
    let matches = app.passwords.verify(&form.password, hash).await?;
    let Some(account) = account.filter(|_| matches) else {
        return Err(Error::WrongCredentials);
    };
    if account.is_banned {
        return Err(Error::Banned);
    }
    let Account {
        user,
        password_hash,
        ..
    } = account;
    let token = app.sessions.begin(&user, &password_hash, source).await?;
    Ok(SignedIn { user, token })
}

/// Makes an account and begins its first session.
///
/// # Errors
/// Fields that do not parse, a taken username, too many attempts, registration by invitation only.
pub async fn register(app: &App, form: Register, source: &RequestSource) -> Result<SignedIn> {
    let parsed = parse_registration(&form).map_err(Error::InvalidForm)?;
    let (username, name, password) = parsed;
    if names::is_reserved(&username) {
        return Err(Error::UsernameTaken);
    }
    app.throttle.attempt(username.as_str(), source.address)?;
    let now = app.clock.now();
    let code_hash = token::hash(&form.invite);
    let is_invited = admit(app, &form.invite).await?;
    let hash: Arc<str> = app.passwords.hash(&password).await?.into();
    let (new_hash, db, announcer) = (hash.clone(), app.db.clone(), app.announcer.clone());
    let is_named_alike = username.as_str() == name.as_str().to_lowercase();
    // In the writer's queue: whatever becomes of the request, the transaction comes to its end.
    let adding = async move {
        let new = NewUser {
            username: &username,
            name: &name,
            password_hash: &new_hash,
        };
        let named = match is_invited {
            false => users::register(&db, new, now).await.map(Some),
            true => invites::redeem(&db, &code_hash, new, now).await,
        };
        if let Ok(Some(Named::Done(newcomer))) = &named {
            announcer.belongs_from_the_start(newcomer);
        }
        named
    };
    let named = app.writer.in_order(adding).await?;
    let user = added(named.ok_or(Error::InvitationNeeded)?, is_named_alike)?.user;
    let token = app.sessions.begin(&user, &hash, source).await?;
    Ok(SignedIn { user, token })
}

/// The person who was added, or which of the names to change.
pub(super) fn added(named: Named<Newcomer>, is_named_alike: bool) -> Result<Newcomer> {
    match named {
        Named::Done(newcomer) => Ok(newcomer),
        Named::UsernameTaken => Err(Error::UsernameTaken),
        // Where one has chosen a single name, that is the one to change.
        Named::LooksLikeAnother if is_named_alike => Err(Error::NameTaken(Field::Username)),
        Named::LooksLikeAnother => Err(Error::NameTaken(Field::Name)),
    }
}

/// Turns away who may not register, before any password is hashed. Whether an invitation is to be
/// used.
async fn admit(app: &App, invite: &str) -> Result<bool> {
    if !setup::is_done(app).await? {
        return Err(Error::NotSetUp);
    }
    match app.registration() {
        // Where anybody may come, an invitation that lets nobody in is no reason to turn them away.
        Registration::Open => {
            let (state, _) = invitation(app, invite).await?;
            Ok(state == InvitationState::Live)
        }
        Registration::Closed => Err(Error::RegistrationClosed),
        Registration::Invite | Registration::Auto => match invitation(app, invite).await? {
            (InvitationState::Live, _) => Ok(true),
            _ => Err(Error::InvitationNeeded),
        },
    }
}

/// Who may register here.
pub fn registration_policy(app: &App) -> RegistrationPolicy {
    match app.registration() {
        Registration::Open => RegistrationPolicy::Open,
        Registration::Invite | Registration::Auto => RegistrationPolicy::ByInvitation,
        Registration::Closed => RegistrationPolicy::Closed,
    }
}

/// A person as they see themselves.
///
/// # Errors
/// `Unauthenticated` if the account is gone.
pub async fn profile(app: &App, me: &Identity) -> Result<Profile> {
    users::find_profile(&app.db, me.user.id)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// A person, as I see them.
///
/// # Errors
/// `NotFound` if there is no such person, or none that I may know of.
pub async fn find(app: &App, me: &Identity, id: UserId) -> Result<User> {
    users::find(&app.db, me.user.id, id)
        .await?
        .ok_or(Error::NotFound)
}

/// The people that I have written down by their usernames, so many at most.
///
/// # Errors
/// They are more, or one of them is not there.
pub async fn named(app: &App, me: &Identity, text: &str, most: usize) -> Result<Vec<User>> {
    let names = usernames(text).map_err(|error| Error::Invalid {
        field: Field::People,
        error,
    })?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if names.len() > most {
        return Err(problem(match most {
            DIRECT_PEOPLE => Problem::TooLong,
            _ => Problem::TooMany,
        }));
    }
    let people = users::find_by_names(&app.db, me.user.id, &names).await?;
    match people.len() < names.len() {
        true => Err(problem(Problem::NotThere)),
        false => Ok(people),
    }
}

/// Something is wrong with the people who were named.
pub(super) fn problem(problem: Problem) -> Error {
    let field = Field::People;
    Error::InvalidForm(ApiError::Invalid {
        fields: vec![FieldError { field, problem }],
    })
}

/// People whose names begin with what was typed.
///
/// # Errors
/// I have asked too often, or the database fails.
pub async fn suggest(app: &App, me: &Identity, text: &str) -> Result<Vec<User>> {
    const SUGGESTIONS: u32 = 6;
    app.lookups.step(me.user.id)?;
    let text = text.trim().trim_start_matches('@');
    match text.chars().count() {
        1..=DisplayName::MAX_CHARS => {
            Ok(search::people(&app.db, me.user.id, text, SUGGESTIONS).await?)
        }
        _ => Ok(Vec::new()),
    }
}

/// Changes the name that others see; my devices hear of it.
///
/// # Errors
/// The name does not parse, or the database fails.
pub async fn rename(app: &App, me: &Identity, name: &str) -> Result<User> {
    let name = parse_name(name)?;
    if name == me.user.name {
        return Ok(me.shown());
    }
    app.changes.step(me.user.id)?;
    let (db, announcer, id) = (app.db.clone(), app.announcer.clone(), me.user.id);
    let now = app.clock.now();
    let renaming = async move {
        let named = users::set_name(&db, id, &name, now).await?;
        if let Some(Named::Done(user)) = &named {
            let guests = db::everybody::guests_who_know(&db, id).await?;
            announcer.profile_changed(user, &guests);
        }
        Ok(named)
    };
    match app.writer.in_order(renaming).await? {
        Some(Named::Done(user)) => Ok(user),
        Some(_) => Err(Error::NameTaken(Field::Name)),
        None => Err(Error::Unauthenticated),
    }
}

/// A name that somebody wants to be called by.
pub(super) fn parse_name(typed: &str) -> Result<DisplayName> {
    names::display_name(typed).map_err(|error| Error::Invalid {
        field: Field::Name,
        error,
    })
}

/// Gives a code that was typed or clicked to whoever wants to know how it stands.
///
/// # Errors
/// The database fails.
pub async fn invitation(app: &App, code: &str) -> Result<(InvitationState, Option<User>)> {
    match TokenKind::of(code) {
        Some(TokenKind::Invite) => {
            Ok(invites::find(&app.db, &token::hash(code), app.clock.now()).await?)
        }
        _ => Ok((InvitationState::Unknown, None)),
    }
}

/// Bans somebody: their credentials end, their sockets are closed at once, and they cannot sign
/// in until they are unbanned.
///
/// # Errors
/// `Forbidden` for who is neither an administrator nor a program with a token for it, `NotFound` if
/// there is no such person, `LastAdministrator` if nobody else is one.
pub async fn ban(app: &App, me: &Identity, id: UserId) -> Result<()> {
    if !me.may_serve {
        return people::ban(app, me, id).await;
    }
    let (db, announcer, now) = (app.db.clone(), app.announcer.clone(), app.clock.now());
    let banning = async move {
        let (outcome, heirs) = db::people::shut_out(&db, id, now).await?;
        if outcome == Governed::Done {
            announcer.banned(id, &heirs);
        }
        Ok(outcome)
    };
    match app.writer.in_order(banning).await? {
        Governed::Done => Ok(()),
        Governed::Refused => Err(Error::NotFound),
        Governed::LastAdministrator => Err(Error::LastAdministrator),
    }
}

/// Lets somebody sign in again.
///
/// # Errors
/// As for banning.
pub async fn unban(app: &App, me: &Identity, id: UserId) -> Result<()> {
    if !me.may_serve {
        return people::unban(app, me, id).await;
    }
    match db::people::let_in(&app.db, id, app.clock.now()).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

pub(super) fn parse_registration(
    form: &Register,
) -> Result<(Username, DisplayName, Password), ApiError> {
    let username = Username::parse(&form.username);
    // Without a display name, one is called by one's username.
    let name = if form.name.trim().is_empty() {
        names::display_name(form.username.trim())
    } else {
        names::display_name(&form.name)
    };
    let password = Password::parse(&form.password);
    match (username, name, password) {
        (Ok(username), Ok(name), Ok(password)) => Ok((username, name, password)),
        (username, name, password) => {
            let unnamed = form.name.trim().is_empty();
            let problems = [
                (Field::Username, username.err()),
                (Field::Name, name.err().filter(|_| !unnamed)),
                (Field::Password, password.err()),
            ];
            let fields = problems
                .into_iter()
                .filter_map(|(field, error)| Some(FieldError::new(field, &error?)))
                .collect();
            Err(ApiError::Invalid { fields })
        }
    }
}

/// Attempts with impossible names are counted together.
const NOBODY: &str = "-";
