-- Events that need not have a message; messages counted apart from events; roles; where one has
-- read; what a restored copy is recognised by. (The SQLite twin copies what cannot be altered there.)

alter table server_identity add column origin text not null default '';
update server_identity set origin = epoch;
-- Events without a message, ever: with the last message's id it tells how far this database has come.
alter table server_identity add column changes bigint not null default 0;
-- What the database knows of itself that a copy would not share.
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

alter table thread_events
    drop constraint thread_events_message_id_fkey,
    add constraint thread_events_message_id_fkey
        foreign key (message_id) references messages (id) on delete set null,
    -- Whom it concerns, where that is not the message's author.
    add column user_id bigint references users (id) on delete set null;
create index thread_events_by_message on thread_events (message_id);
