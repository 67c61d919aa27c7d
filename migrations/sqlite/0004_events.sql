-- Events that need not have a message; messages counted apart from events; roles; where one has
-- read; what a restored copy is recognised by. (The PostgreSQL twin alters in place what SQLite
-- has to copy.)

alter table server_identity add column origin text not null default '';
update server_identity set origin = epoch;
-- Events without a message, ever: with the last message's id it tells how far this database has come.
alter table server_identity add column changes bigint not null default 0;
-- What the database knows of itself that a copy would not share (PostgreSQL).
alter table server_identity add column lineage text not null default '';

-- The form in which two names look alike; filled in by the program.
alter table users add column name_key text;
alter table users add column username_key text;
create index users_by_name_key on users (name_key);
create index users_by_username_key on users (username_key);

alter table threads add column message_count bigint not null default 0;
update threads set message_count = last_seq;
drop index threads_by_activity;
create index threads_by_activity on threads (kind, active_at desc, id desc);

alter table messages add column number bigint not null default 0;
update messages set number = seq;
-- The last event that changed it, if there was one.
alter table messages add column changed_seq bigint;

alter table memberships add column role text not null default 'member' check (role in ('owner', 'member'));
update memberships set role = 'owner'
    where user_id = (select created_by from threads t where t.id = thread_id);
-- How many messages there were up to last_read_seq.
alter table memberships add column last_read_number bigint not null default 0;
update memberships set last_read_number = last_read_seq;

create table thread_events_new (
    thread_id bigint not null references threads (id) on delete cascade,
    seq bigint not null,
    kind text not null,
    message_id bigint references messages (id) on delete set null,
    -- Whom it concerns, where that is not the message's author.
    user_id bigint references users (id) on delete set null,
    payload text,
    created_at bigint not null,
    primary key (thread_id, seq)
) without rowid;
insert into thread_events_new (thread_id, seq, kind, message_id, payload, created_at)
    select thread_id, seq, kind, message_id, payload, created_at from thread_events;
drop table thread_events;
alter table thread_events_new rename to thread_events;
create index thread_events_by_message on thread_events (message_id);
