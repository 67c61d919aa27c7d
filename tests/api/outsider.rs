//! A private thread, a direct one, and one that has become private, for whoever does not belong to
//! them: by no way in is anything learnt of them, not even that they are there.
//!
//! Each way is asked twice for the same, about such a thread and about one that is not there, and both
//! answers must be one. The ways are in lists (`requests`), and that these are whole is asked of the
//! server (`routes`). That the questions are good ones is shown by somebody who belongs: to them the
//! answers differ.

mod asking;
mod guest;
mod requests;
mod routes;

use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::realtime::server_api::METHODS as SERVER_METHODS;
use serde_json::{Value, json};

use self::asking::{About, Asker, commands};
use self::requests::{
    CHANNELS, FORMS, FUNCTIONS, METHODS, NOWHERE, PAGES, REST, SERVER_API, SESSIONS,
};
use crate::support::listener::{WAYS, Way};
use crate::support::{TestApp, TestSocket};

/// The first thread there is, told from every other number; and one that is not there.
const FIRST: i64 = 770_001;
const MISSING: i64 = 880_001;
/// What nobody else may read: names, a description, and the beginning of every message.
const SECRETS: [&str; 4] = ["Zephyrplans", "Nimbusplans", "Quixotic", "Xylophone"];

/// Threads with people in them, and people who do not belong there.
struct Town {
    john: User,
    wren: User,
    johns: TestSocket,
    wrens: TestSocket,
    /// A private thread, a direct one, and one that has become private.
    threads: [i64; 3],
    outsiders: Vec<Asker>,
}

async fn town(app: &TestApp) -> Town {
    // The first is the administrator, and belongs nowhere.
    let ada = app.person("ada").await;
    let john = app.person("john").await;
    let wren = app.person("wren").await;
    let eve = app.person("eve").await;
    let frank = app.person("frank").await;
    let otto = app.person("otto").await;
    app.next_thread(FIRST).await;
    let elsewhere = app.thread(&otto, ThreadKind::Private).await;
    let gus = app.guest("gus", &[elsewhere]).await;
    let mut johns = app.socket_of(&john).await;
    let mut wrens = app.socket_of(&wren).await;
    let mut eves = Asker::signed_in(app, "an outsider", &eve).await;
    let mut franks = Asker::signed_in(app, "a former member", &frank).await;
    let private = json!({ "name": SECRETS[0], "description": SECRETS[2], "private": true,
        "people": ["wren", "frank"] });
    let public = json!({ "name": SECRETS[1], "description": SECRETS[2], "people": ["frank"] });
    let threads = [
        start(&mut johns, "post:threads", private).await,
        start(
            &mut johns,
            "post:threads/direct",
            json!({ "people": ["wren"] }),
        )
        .await,
        start(&mut johns, "post:threads", public).await,
    ];
    let [private, _, closed] = threads;
    // Who governs sees that there is such an invitation, and not into which thread it leads.
    app.invite_guests(&[ThreadId(private)]).await;
    for name in ["thread", "presence"] {
        let listens = eves.listen(&format!("{name}:{closed}")).await;
        assert!(
            listens.get("subscribe").is_some(),
            "it is public: {listens}"
        );
    }
    let about = |thread| About {
        thread,
        user: frank.id.0,
        name: "",
    };
    let post = r#"{"id":{thread},"message":"Xylophone","client_id":"was-here"}"#;
    let posted = franks.method("thread:publish", post, about(private)).await;
    assert!(posted.contains("Xylophone"), "{posted}");
    for thread in [private, closed] {
        let path = format!("delete:threads/{thread}/members/{}", frank.id);
        assert_eq!(johns.rpc(&path, json!({})).await["code"], 204);
    }
    let close = format!("patch:threads/{closed}");
    assert_eq!(
        johns.rpc(&close, json!({ "private": true })).await["code"],
        200
    );
    let add = format!("post:threads/{closed}/members");
    assert_eq!(
        johns.rpc(&add, json!({ "user_id": wren.id })).await["code"],
        204
    );
    for thread in threads {
        for socket in [&mut johns, &mut wrens] {
            say(socket, thread).await;
        }
    }
    let mut outsiders = vec![
        eves,
        franks,
        Asker::signed_in(app, "an administrator", &ada).await,
        Asker::signed_in(app, "a guest", &gus).await,
        Asker::stranger(app),
    ];
    for outsider in &mut outsiders {
        outsider.heard().await;
    }
    Town {
        john,
        wren,
        johns,
        wrens,
        threads,
        outsiders,
    }
}

async fn start(socket: &mut TestSocket, method: &str, new: Value) -> i64 {
    let thread = socket.rpc(method, new).await;
    let id = thread["id"].as_i64();
    id.unwrap_or_else(|| panic!("{method}: {thread}"))
}

async fn say(socket: &mut TestSocket, thread: i64) {
    let post = json!({ "id": thread, "message": "Xylophone concert" });
    socket.rpc("thread:publish", post).await;
}

/// How a thread stands, as John sees it.
async fn standing(socket: &mut TestSocket, thread: i64) -> [Value; 2] {
    let members = format!("get:threads/{thread}/members");
    [
        socket
            .rpc(&format!("get:threads/{thread}"), json!({}))
            .await,
        socket.rpc(&members, json!({})).await,
    ]
}

/// One request, whichever way it goes.
#[derive(Clone, Debug)]
enum Request {
    Page(&'static str),
    Function(&'static str, &'static str),
    Form(&'static str, &'static str),
    Rest((&'static str, &'static str, &'static str)),
    Proxied((&'static str, &'static str, &'static str)),
    Method(&'static str, &'static str),
    Command(String, String),
    ServerApi(&'static str),
    /// Connecting to listen only, with a position in a channel.
    OneWay(Way, &'static str),
}

impl Request {
    /// Everything that can be asked.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        all.extend(PAGES.iter().chain(NOWHERE).map(|page| Self::Page(page)));
        all.extend(
            FUNCTIONS
                .iter()
                .map(|(name, body)| Self::Function(name, body)),
        );
        all.extend(FORMS.iter().map(|(name, body)| Self::Form(name, body)));
        all.extend(REST.iter().chain(SESSIONS).map(|call| Self::Rest(*call)));
        all.extend(REST.iter().map(|call| Self::Proxied(*call)));
        all.extend(METHODS.iter().map(|(name, data)| Self::Method(name, data)));
        let of_channels = CHANNELS.iter().flat_map(|(_, channel)| commands(channel));
        all.extend(of_channels.map(|(name, request)| Self::Command(name, request)));
        all.extend(SERVER_METHODS.iter().map(|method| Self::ServerApi(method)));
        for way in WAYS {
            all.extend(
                CHANNELS
                    .iter()
                    .map(|(_, channel)| Self::OneWay(way, channel)),
            );
        }
        all
    }

    fn is_about_a_thread(&self) -> bool {
        matches!(self, Self::ServerApi(_)) || format!("{self:?}").contains("{thread}")
    }

    /// Looks for somebody or something of a name.
    fn has_a_name(&self) -> bool {
        format!("{self:?}").contains("{name}")
    }

    async fn ask(&self, asker: &mut Asker, about: About<'_>) -> String {
        match self {
            Self::Page(address) => asker.page(address, about).await,
            Self::Function(name, body) => asker.function(name, body, about).await,
            Self::Form(name, body) => asker.form(name, body, about).await,
            Self::Rest(call) => asker.rest(*call, about).await,
            Self::Proxied(call) => asker.proxied(*call, about).await,
            Self::Method(name, data) => asker.method(name, data, about).await,
            Self::Command(name, request) => asker.command(name, request, about).await,
            Self::ServerApi(method) => asker.server_api(method, SERVER_API, about).await,
            Self::OneWay(way, channel) => asker.one_way(*way, channel, about).await,
        }
    }
}

/// Nothing of the threads is in what somebody was told.
fn assert_secret(told: &str, threads: &[i64], context: &str) {
    let ids = threads.iter().map(ToString::to_string);
    for secret in SECRETS.map(str::to_owned).into_iter().chain(ids) {
        assert!(
            !told.contains(&secret),
            "{secret} was told to {context}: {told}"
        );
    }
}

/// What somebody who belongs is told as if they did not: these say the same of any thread.
fn says_nothing(request: &Request) -> bool {
    match request {
        Request::Page(page) => {
            page.starts_with("/browse") || page.starts_with("/login") || NOWHERE.contains(page)
        }
        Request::Form(name, _) => *name == "login",
        Request::Rest((_, path, _)) | Request::Proxied((_, path, _)) => {
            // What is about several says nothing of those that are not mine.
            path.starts_with("/threads/public")
                || ["/threads/read", "/threads/favourites"].contains(path)
        }
        Request::Method(name, _) => ["threads:read", "threads:favourites"].contains(name),
        Request::Command(name, request) => {
            let is_presence = request.contains("presence:");
            let has_presence = matches!(
                name.as_str(),
                "connect" | "history" | "publish" | "presence" | "presence_stats"
            );
            matches!(
                name.as_str(),
                "unsubscribe" | "refresh" | "sub_refresh" | "send"
            ) || (is_presence && has_presence)
        }
        // Of who is there nobody is told by connecting.
        Request::OneWay(_, channel) => channel.starts_with("presence"),
        Request::ServerApi(_) => true,
        Request::Function(..) => false,
    }
}

on_both_engines! {
    async fn whoever_does_not_belong_to_a_thread_cannot_tell_it_from_one_that_is_not_there(app) {
        let mut town = town(&app).await;
        let mut before = Vec::new();
        for thread in town.threads {
            before.push(standing(&mut town.johns, thread).await);
        }
        let requests = Request::all();
        let user = town.john.id.0;
        for outsider in &mut town.outsiders {
            for request in &requests {
                let context = format!("{} by {request:?}", outsider.name);
                let about = |thread, name| About { thread, user, name };
                if !request.is_about_a_thread() {
                    let told = request.ask(outsider, about(MISSING, SECRETS[0])).await;
                    if request.has_a_name() {
                        let missing = request.ask(outsider, about(MISSING, "Nothingness")).await;
                        assert_eq!(told, missing, "{context}");
                    }
                    assert_secret(&told, &town.threads, &context);
                    continue;
                }
                for thread in town.threads {
                    let told = request.ask(outsider, about(thread, "")).await;
                    assert_secret(&told, &town.threads, &context);
                    let missing = request.ask(outsider, about(MISSING, "")).await;
                    assert_eq!(told, missing, "{context}");
                }
            }
            let heard = outsider.heard().await;
            assert_secret(&json!(heard).to_string(), &town.threads, outsider.name);
        }
        for (thread, before) in town.threads.into_iter().zip(before) {
            assert_eq!(standing(&mut town.johns, thread).await, before, "nothing has changed");
        }
        for outsider in &town.outsiders {
            let about = About { thread: MISSING, user, name: "" };
            let signed_out = outsider.form("logout", "", about).await;
            assert_secret(&signed_out, &town.threads, outsider.name);
        }
    }

    async fn whoever_belongs_to_a_thread_can_tell_by_each_of_these_ways(app) {
        let john = app.person("john").await;
        let wren = app.person("wren").await;
        app.next_thread(FIRST).await;
        let mut johns = Asker::signed_in(&app, "john", &john).await;
        for request in Request::all() {
            if !request.is_about_a_thread() || says_nothing(&request) {
                continue;
            }
            // One of its own for each: some of these change it.
            let thread = app.thread(&john, ThreadKind::Private).await;
            let about = |thread| About { thread, user: wren.id.0, name: "" };
            let hello = r#"{"id":{thread},"message":"hello"}"#;
            johns.method("thread:publish", hello, about(thread.0)).await;
            app.join(thread, &wren).await;
            let told = request.ask(&mut johns, about(thread.0)).await;
            let missing = request.ask(&mut johns, about(MISSING)).await;
            assert_ne!(told, missing, "{request:?}");
        }
    }

    async fn whoever_does_not_belong_hears_nothing_of_what_happens_and_whoever_does_hears_it(app) {
        let mut town = town(&app).await;
        for outsider in &mut town.outsiders[..3] {
            for channel in ["threads", "chat"] {
                outsider.listen(channel).await;
            }
        }
        for thread in town.threads {
            town.wrens.subscribe(&format!("presence:{thread}")).await;
            town.wrens.rpc("presence", json!({ "id": thread })).await;
        }
        town.wrens.everything_so_far().await;
        let zoe = app.person("zoe").await;
        for thread in town.threads {
            happens(&mut town, thread, &zoe).await;
        }
        // Somebody who belongs comes: whoever looks at the people is told within a second or two.
        let mut late = app.socket_of(&zoe).await;
        late.rpc("presence:active", json!({ "ago": 0 })).await;
        let mut kinds = Vec::new();
        while kinds.iter().filter(|kind| *kind == "presence").count() == 0 {
            let (channel, _, data) = town.wrens.publication().await;
            let kind = data["type"].as_str().unwrap_or("presence");
            if channel.starts_with("thread:") || channel.starts_with("presence:") {
                kinds.push(kind.to_owned());
            }
        }
        for kind in ["posted", "typing", "changed", "joined", "made_owner", "left", "presence"] {
            assert!(kinds.iter().any(|heard| heard == kind), "{kind} is heard by a member: {kinds:?}");
        }
        for outsider in &mut town.outsiders {
            let heard = outsider.heard().await;
            assert_secret(&json!(heard).to_string(), &town.threads, outsider.name);
            assert_eq!(heard, [] as [Value; 0], "{}", outsider.name);
        }
    }
}

/// Everything that can happen in a thread; a direct one refuses some of it.
async fn happens(town: &mut Town, thread: i64, zoe: &User) {
    let path = format!("threads/{thread}");
    let wren = town.wren.id;
    let johns = &mut town.johns;
    say(johns, thread).await;
    say(&mut town.wrens, thread).await;
    johns.call("thread:typing", json!({ "id": thread })).await;
    johns
        .rpc(
            "thread:read",
            json!({ "id": thread, "seq": 1, "unread": true }),
        )
        .await;
    johns
        .rpc(
            "thread:notify",
            json!({ "id": thread, "level": "mentions" }),
        )
        .await;
    for change in [
        json!({ "name": format!("{} {thread}", SECRETS[0]) }),
        json!({ "description": format!("{} still", SECRETS[2]) }),
        json!({ "archived": true }),
        json!({ "archived": false }),
    ] {
        johns.rpc(&format!("patch:{path}"), change).await;
    }
    let add = json!({ "user_id": zoe.id });
    johns
        .rpc(&format!("post:{path}/members"), add.clone())
        .await;
    johns
        .rpc(&format!("delete:{path}/members/{}", zoe.id), json!({}))
        .await;
    johns.rpc(&format!("post:{path}/members"), add).await;
    let owner = json!({ "role": "owner" });
    johns
        .rpc(&format!("patch:{path}/members/{wren}"), owner)
        .await;
}
