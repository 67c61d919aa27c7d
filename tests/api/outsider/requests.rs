//! Everything that can be asked of the server, as it is written down: one list for each way in.
//!
//! `{thread}` stands for the thread that it is about, `{user}` for one of its members, `{me}` for
//! whoever asks. What has no thread in it shows or does something else; it must not tell of one
//! either. `routes` checks that nothing is missing here.

/// Pages: addresses.
pub const PAGES: &[&str] = &[
    "/",
    "/t/{thread}",
    "/t/{thread}?m=1",
    "/t/{thread}?panel=people",
    "/t/{thread}?panel=settings",
    "/t/{thread}?panel=favourite",
    "/t/{thread}?panel=notify",
    "/t/{thread}?panel=date",
    "/t/{thread}?m=1&panel=message",
    "/t/{thread}?m=1&panel=remind",
    "/t/{thread}?m=1&panel=forward",
    "/browse",
    "/browse?after=1795000000000-{thread}",
    "/people",
    "/people?search={name}",
    "/people/{username}",
    "/search",
    "/search?q={name}",
    "/search?q=in:{thread}",
    "/saved",
    "/saved?before=5",
    "/activity",
    "/activity?before=5",
    "/new",
    "/new/direct",
    "/login",
    "/login?next=/t/{thread}",
    "/register",
    "/setup",
    "/settings",
    "/settings/preferences",
    "/settings/notifications",
    "/settings/folders",
    "/settings/password",
    "/settings/sessions",
    "/settings/invitations",
    "/settings/people",
    "/settings/people?search={name}",
    "/settings/blocked",
    "/settings/account",
    "/settings/reports",
    "/settings/reports?before=9",
    "/settings/audit",
    "/settings/audit?before=9",
];

/// Server functions: the function, and what it is given: JSON, or the fields of a form.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("login", "username=&password="),
    ("register", "username=&name=&password=&invite="),
    (
        "setup",
        "code=&server_name=&thread_name=&username=&name=&password=",
    ),
    ("shared", ""),
    ("content", "place=/"),
    ("content", "place=/browse"),
    ("content", "place=/people"),
    ("content", "place=/people/john"),
    ("content", "place=/people/{name}"),
    ("content", "place=/search"),
    ("content", "place=/search%3Fq%3D{name}"),
    ("content", "place=/search%3Fq%3Din%3A{thread}"),
    ("content", "place=/saved"),
    ("content", "place=/activity"),
    ("content", "place=/settings/people"),
    ("content", "place=/settings/reports"),
    ("content", "place=/settings/audit"),
    ("content", "place=/t/{thread}"),
    ("content", "place=/t/{thread}%3Fm%3D1"),
    ("content", "place=/t/{thread}%3Fpanel%3Dpeople"),
    ("content", "place=/t/{thread}%3Fpanel%3Dsettings"),
    ("content", "place=/t/{thread}%3Fpanel%3Dnotify"),
    ("content", "place=/t/{thread}%3Fm%3D1%26panel%3Dmessage"),
    ("content", "place=/t/{thread}%3Fm%3D1%26panel%3Dremind"),
    ("content", "place=/t/{thread}%3Fpanel%3Dpins"),
    ("content", "place=/t/{thread}%3Fpanel%3Dfiles"),
    ("thread_history", "request[id]={thread}"),
    ("thread_history", "request[id]={thread}&request[after]=0"),
    ("thread_history", "request[id]={thread}&request[before]=2"),
    ("thread_history", "request[id]={thread}&request[around]=1"),
    (
        "thread_history",
        "request[id]={thread}&request[changed_after]=0",
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"edit":{"text":"x"}}}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"delete"}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"restore"}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"react":{"emoji":"👍"}}}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"unreact":{"emoji":"👍"}}}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"pin"}"#,
    ),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"unpin"}"#,
    ),
    (
        "keep_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"save"}"#,
    ),
    (
        "keep_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"unsave"}"#,
    ),
    (
        "keep_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"remind":{"at":1795000060000}}}"#,
    ),
    (
        "keep_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":"done"}"#,
    ),
    (
        "forward_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"people":"wren"}}"#,
    ),
    (
        "first_message",
        r#"{"me":{me},"thread":{thread},"since":0}"#,
    ),
    ("kept_message", r#"{"me":{me},"thread":{thread},"seq":1}"#),
    (
        "revise_message",
        r#"{"me":{me},"thread":{thread},"seq":1,"what":{"report":{"reason":"x"}}}"#,
    ),
    ("suggest_people", "text=j"),
    ("suggest_people", "text={name}"),
    ("suggest_threads", "text=s"),
    (
        "change",
        r#"{"me":{me},"change":{"profile":{"name":"Me","emoji":"","status":"","lasts":"never"}}}"#,
    ),
    ("change", r#"{"me":{me},"change":{"Contact":{user}}}"#),
    ("change", r#"{"me":{me},"change":{"Block":{user}}}"#),
    (
        "change",
        r#"{"me":{me},"change":{"Invite":{"lasts":"Forever","uses":null,"guest_in":[{thread}]}}}"#,
    ),
    (
        "create_thread",
        r#"{"me":{me},"new":{"name":"","people":""}}"#,
    ),
    ("open_direct", r#"{"me":{me},"people":"nobody"}"#),
    ("open_direct", r#"{"me":{me},"people":"{name}"}"#),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":"join"}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"add":{"people":"wren"}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"make_owner":{"user":{user}}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"mute":{"user":{user}}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"unmute":{"user":{user}}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"remove":{"user":{user}}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"change":{"name":"Other"}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"change":{"archived":true}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"change":{"for_everybody":true}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"change":{"announcements":true}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":{"change":{"slow_seconds":30}}}"#,
    ),
    (
        "manage_thread",
        r#"{"me":{me},"thread":{thread},"what":"leave"}"#,
    ),
];

/// Plain forms: the form, and its fields.
pub const FORMS: &[(&str, &str)] = &[
    ("login", "username=&password=&next=/t/{thread}"),
    ("register", "username=&name=&password="),
    ("setup", "code=&username="),
    ("change", "change=profile&name=Me"),
    ("change", "change=keywords&words=xylophone"),
    ("change", "change=contact&id={user}"),
    ("change", "change=end_contact&id={user}"),
    ("change", "change=block&id={user}"),
    (
        "change",
        "change=invite&lasts=never&uses=any&guest_in={thread}",
    ),
    ("create_thread", "name=&people="),
    ("open_direct", "people=nobody"),
    ("open_direct", "people={name}"),
    ("post_message", "thread={thread}&text=hello&after=1"),
    (
        "post_message",
        "thread={thread}&text=hello&after=1&reply_to=1",
    ),
    ("revise_message", "thread={thread}&seq=1&what=edit&text=x"),
    ("revise_message", "thread={thread}&seq=1&what=delete"),
    ("revise_message", "thread={thread}&seq=1&what=restore"),
    ("revise_message", "thread={thread}&seq=1&what=pin"),
    (
        "revise_message",
        "thread={thread}&seq=1&what=report&reason=x",
    ),
    ("revise_message", "thread={thread}&toggle=1+%F0%9F%91%8D"),
    ("keep_message", "thread={thread}&seq=1&what=save"),
    ("keep_message", "thread={thread}&seq=1&what=unsave"),
    ("keep_message", "thread={thread}&seq=1&what=remind&when=20m"),
    ("keep_message", "thread={thread}&seq=1&what=done"),
    ("forward_message", "thread={thread}&seq=1&to={thread}"),
    ("go_to_date", "thread={thread}&date=2026-11-20"),
    ("mark_unread", "thread={thread}&seq=1"),
    ("mark_all_read", ""),
    ("set_notify", "thread={thread}&level=nothing"),
    ("set_favourite", "thread={thread}&what=add"),
    ("set_folder", "thread={thread}&folder="),
    ("change", "change=folder&what=make&name=Mine"),
    ("manage_thread", "thread={thread}&what=join"),
    ("manage_thread", "thread={thread}&what=add&people=wren"),
    (
        "manage_thread",
        "thread={thread}&what=make_owner&user={user}",
    ),
    ("manage_thread", "thread={thread}&what=mute&user={user}"),
    ("manage_thread", "thread={thread}&what=unmute&user={user}"),
    ("manage_thread", "thread={thread}&what=remove&user={user}"),
    (
        "manage_thread",
        "thread={thread}&what=change&was_name=&name=Other",
    ),
    ("manage_thread", "thread={thread}&what=archive"),
    ("manage_thread", "thread={thread}&what=bring_back"),
    ("manage_thread", "thread={thread}&what=leave"),
];

/// The REST API: method, path below `/api/v1`, body. The same are called over the socket.
pub const REST: &[(&str, &str, &str)] = &[
    ("GET", "/me", ""),
    ("PATCH", "/me", r#"{"name":"Me"}"#),
    ("GET", "/sessions", ""),
    ("DELETE", "/sessions/{id}", ""),
    ("GET", "/users", ""),
    ("GET", "/users?search={name}", ""),
    ("GET", "/users/{user}", ""),
    ("GET", "/users/{user}/card", ""),
    ("PUT", "/users/{user}/block", ""),
    ("DELETE", "/users/{user}/block", ""),
    ("GET", "/me/blocked", ""),
    ("GET", "/me/quiet", ""),
    ("PUT", "/me/pause", r#"{"minutes":30}"#),
    ("DELETE", "/me/pause", ""),
    ("PUT", "/users/{user}/contact", ""),
    ("DELETE", "/users/{user}/contact", ""),
    ("GET", "/me/contacts", ""),
    ("POST", "/users/{user}/ban", ""),
    ("DELETE", "/users/{user}/ban", ""),
    ("GET", "/threads", ""),
    ("POST", "/threads", r#"{"name":""}"#),
    ("GET", "/threads/mine", ""),
    ("GET", "/threads/public", ""),
    ("GET", "/threads/public?after=1795000000000-{thread}", ""),
    ("POST", "/threads/direct", r#"{"people":["nobody"]}"#),
    ("GET", "/saved", ""),
    ("GET", "/activity", ""),
    ("PUT", "/activity/seen", ""),
    ("POST", "/threads/direct", r#"{"people":["{name}"]}"#),
    ("GET", "/search", ""),
    ("GET", "/search?q={name}", ""),
    ("GET", "/search?q=in:{thread}", ""),
    (
        "POST",
        "/threads/read",
        r#"{"threads":[{"id":{thread},"seq":1}]}"#,
    ),
    (
        "POST",
        "/threads/read",
        r#"{"threads":[{"id":{thread},"seq":1,"unread":true}]}"#,
    ),
    ("GET", "/threads/{thread}", ""),
    ("PATCH", "/threads/{thread}", r#"{"name":"Other"}"#),
    ("PATCH", "/threads/{thread}", r#"{"private":true}"#),
    ("PATCH", "/threads/{thread}", "{}"),
    ("GET", "/threads/{thread}/messages", ""),
    ("GET", "/threads/{thread}/messages?after=0&limit=5", ""),
    ("GET", "/threads/{thread}/messages?before=2", ""),
    ("GET", "/threads/{thread}/messages?around=1", ""),
    ("GET", "/threads/{thread}/messages?since=0", ""),
    (
        "POST",
        "/threads/{thread}/messages",
        r#"{"message":"hello"}"#,
    ),
    (
        "POST",
        "/threads/{thread}/messages",
        r#"{"message":"hello","reply_to":1}"#,
    ),
    ("GET", "/threads/{thread}/messages?changed_after=0", ""),
    ("GET", "/threads/{thread}/messages/{seq}", ""),
    (
        "PATCH",
        "/threads/{thread}/messages/{seq}",
        r#"{"message":"x"}"#,
    ),
    ("DELETE", "/threads/{thread}/messages/{seq}", ""),
    ("POST", "/threads/{thread}/messages/{seq}/restore", ""),
    (
        "PUT",
        "/threads/{thread}/messages/{seq}/reactions/{emoji}",
        "",
    ),
    (
        "DELETE",
        "/threads/{thread}/messages/{seq}/reactions/{emoji}",
        "",
    ),
    ("PUT", "/threads/{thread}/messages/{seq}/pin", ""),
    ("DELETE", "/threads/{thread}/messages/{seq}/pin", ""),
    ("GET", "/threads/{thread}/messages/{seq}/about", ""),
    (
        "POST",
        "/threads/{thread}/messages/{seq}/forward",
        r#"{"to":{thread}}"#,
    ),
    ("GET", "/threads/{thread}/messages/{seq}/kept", ""),
    ("PUT", "/threads/{thread}/messages/{seq}/saved", ""),
    ("DELETE", "/threads/{thread}/messages/{seq}/saved", ""),
    (
        "PUT",
        "/threads/{thread}/messages/{seq}/reminder",
        r#"{"at":1795000060000}"#,
    ),
    ("DELETE", "/threads/{thread}/messages/{seq}/reminder", ""),
    (
        "POST",
        "/threads/{thread}/messages/{seq}/report",
        r#"{"reason":"x"}"#,
    ),
    ("GET", "/threads/{thread}/mutes", ""),
    ("PUT", "/threads/{thread}/members/{user}/mute", "{}"),
    ("DELETE", "/threads/{thread}/members/{user}/mute", ""),
    ("GET", "/threads/{thread}/pins", ""),
    ("GET", "/threads/{thread}/files", ""),
    ("GET", "/threads/{thread}/files?before=2", ""),
    ("GET", "/threads/{thread}/members", ""),
    ("POST", "/threads/{thread}/members", "{}"),
    ("POST", "/threads/{thread}/members", r#"{"user_id":{me}}"#),
    ("POST", "/threads/{thread}/members", r#"{"user_id":{user}}"#),
    (
        "PATCH",
        "/threads/{thread}/members/{user}",
        r#"{"role":"owner"}"#,
    ),
    ("DELETE", "/threads/{thread}/members/{user}", ""),
    ("DELETE", "/threads/{thread}/members/{me}", ""),
    ("GET", "/threads/{thread}/read", ""),
    ("POST", "/threads/{thread}/read", r#"{"seq":1}"#),
    (
        "POST",
        "/threads/{thread}/read",
        r#"{"seq":0,"unread":true}"#,
    ),
    ("PUT", "/threads/{thread}/read", r#"{"seq":1}"#),
    ("PUT", "/threads/{thread}/notify", r#"{"level":"nothing"}"#),
    ("PUT", "/threads/{thread}/folder", r#"{"name":""}"#),
    ("GET", "/threads/folders", ""),
    ("POST", "/threads/folders", r#"{"what":"up","name":"Mine"}"#),
    ("PUT", "/threads/favourites", r#"{"threads":[{thread}]}"#),
];

/// Beginning and ending a program's session: routes of the same API that are no calls.
pub const SESSIONS: &[(&str, &str, &str)] = &[
    ("POST", "/sessions", r#"{"username":"","password":""}"#),
    ("DELETE", "/sessions", ""),
];

/// Methods over the socket: name and data.
pub const METHODS: &[(&str, &str)] = &[
    ("ping", "{}"),
    ("thread:history", r#"{"id":{thread}}"#),
    ("thread:history", r#"{"id":{thread},"after":0}"#),
    ("thread:publish", r#"{"id":{thread},"message":"hello"}"#),
    // What whoever was here has posted is known by its client id, but not to them any more.
    (
        "thread:publish",
        r#"{"id":{thread},"message":"hello","client_id":"was-here"}"#,
    ),
    (
        "thread:publish",
        r#"{"id":{thread},"message":"hello","reply_to":1}"#,
    ),
    (
        "thread:revise",
        r#"{"id":{thread},"seq":1,"what":"delete"}"#,
    ),
    (
        "thread:revise",
        r#"{"id":{thread},"seq":1,"what":{"edit":{"text":"x"}}}"#,
    ),
    (
        "thread:revise",
        r#"{"id":{thread},"seq":1,"what":{"react":{"emoji":"👍"}}}"#,
    ),
    ("thread:revise", r#"{"id":{thread},"seq":1,"what":"pin"}"#),
    ("thread:history", r#"{"id":{thread},"changed_after":0}"#),
    ("thread:read", r#"{"id":{thread},"seq":1}"#),
    ("thread:read", r#"{"id":{thread},"seq":0,"unread":true}"#),
    ("threads:read", r#"{"threads":[{"id":{thread},"seq":1}]}"#),
    (
        "threads:read",
        r#"{"threads":[{"id":{thread},"seq":0,"unread":true}]}"#,
    ),
    ("thread:notify", r#"{"id":{thread},"level":"mentions"}"#),
    ("threads:favourites", r#"{"threads":[{thread}]}"#),
    ("threads:folders", r#"{"what":"up","name":"Mine"}"#),
    ("thread:folder", r#"{"id":{thread}}"#),
    ("thread:typing", r#"{"id":{thread}}"#),
    ("presence", r#"{"id":{thread}}"#),
    ("presence:active", r#"{"ago":0}"#),
];

/// Channels, by the patterns of their rules.
pub const CHANNELS: &[(&str, &str)] = &[
    ("thread:{id}", "thread:{thread}"),
    ("presence:{id}", "presence:{thread}"),
    ("peers:{id}", "peers:{user}"),
    ("user:{id}", "user:{user}"),
    ("threads", "threads"),
    ("chat", "chat"),
];

/// The server API, which needs a key: any of its methods gets this.
pub const SERVER_API: &str =
    r#"{"channel":"thread:{thread}","channels":["thread:{thread}"],"user":"{user}","data":{}}"#;

/// Routes that know nothing of threads, and those behind which the others are.
pub const OTHERS: &[&str] = &[
    "/pkg/{*file}",
    "/emoji.txt",
    // Who may open these is tested in `socket` and `streams`.
    "/connection/websocket",
    "/connection/http_stream",
    "/connection/sse",
    "/emulation",
    "/healthz",
    "/readyz",
    "/api/{*function}",
    "/api/v1/{*rest}",
    // Who may have a file is tested in `uploads`.
    "/upload",
    "/upload/{id}",
    "/files/{id}/{name}",
    // And who has a picture of somebody in `avatars`.
    "/avatar",
    "/avatars/{id}",
    "/api/v1/me/avatar",
    "/api/v1/avatars/{id}",
    "/api/v1/files",
    "/api/v1/files/{id}",
];

/// Addresses that are not there.
pub const NOWHERE: &[&str] = &[
    "/t/{thread}/messages",
    "/threads/{thread}",
    "/api/thread_history",
    "/api/v1/threads/{thread}/nothing",
    "/api/nothing?thread={thread}",
    "/pkg/{thread}",
];
