-- Ids and times are bigint on both engines; times are milliseconds since 1970 UTC.
-- The PostgreSQL twin of this file differs only in how ids are made and bytes are stored.

create table server_identity (
    id bigint primary key check (id = 1),
    epoch text not null,
    created_at bigint not null
);

create table users (
    id integer primary key autoincrement,
    username text not null unique,
    name text not null,
    password_hash text not null,
    created_at bigint not null
);

create table sessions (
    id integer primary key autoincrement,
    user_id bigint not null references users (id) on delete cascade,
    token_hash blob not null unique,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    user_agent text not null,
    address text not null
);
create index sessions_by_user on sessions (user_id);

create table api_tokens (
    id integer primary key autoincrement,
    user_id bigint not null references users (id) on delete cascade,
    name text not null,
    token_hash blob not null unique,
    created_at bigint not null,
    unique (user_id, name)
);

create table invites (
    id integer primary key autoincrement,
    code_hash blob not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    uses_left bigint not null
);

create table threads (
    id integer primary key autoincrement,
    name text not null,
    kind text not null check (kind in ('public', 'private', 'direct')),
    created_by bigint references users (id) on delete set null,
    created_at bigint not null,
    last_seq bigint not null default 0,
    active_at bigint not null
);
create index threads_by_activity on threads (kind, active_at);

create table memberships (
    thread_id bigint not null references threads (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    joined_at bigint not null,
    last_read_seq bigint not null default 0,
    primary key (thread_id, user_id)
) without rowid;
create index memberships_by_user on memberships (user_id);

create table messages (
    id integer primary key autoincrement,
    thread_id bigint not null references threads (id) on delete cascade,
    author_id bigint not null references users (id),
    seq bigint not null,
    text text not null,
    client_id text not null,
    created_at bigint not null,
    edited_at bigint,
    deleted_at bigint,
    unique (thread_id, seq),
    unique (author_id, client_id)
);

create table thread_events (
    thread_id bigint not null references threads (id) on delete cascade,
    seq bigint not null,
    kind text not null,
    message_id bigint references messages (id) on delete cascade,
    payload text,
    created_at bigint not null,
    primary key (thread_id, seq)
) without rowid;
