-- What can be done with a message: answer it, change it, delete it, react to it. (Alike on both
-- engines.)

-- The place, in the same thread, of the message that it answers.
alter table messages add column reply_to bigint;
alter table messages add column deleted_by bigint references users (id) on delete set null;
-- How many reactions it has, so that a page without any asks for none.
alter table messages add column reactions bigint not null default 0;
-- Which messages have changed since an event.
create index messages_by_change on messages (thread_id, changed_seq) where changed_seq is not null;

-- What a message said before.
create table message_versions (
    message_id bigint not null references messages (id) on delete cascade,
    -- The event that replaced it.
    seq bigint not null,
    text text not null,
    -- Of a deleted message: until when that can be taken back.
    kept_until bigint,
    primary key (message_id, seq)
);
create index message_versions_by_end on message_versions (kept_until) where kept_until is not null;

create table reactions (
    message_id bigint not null references messages (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    emoji text not null,
    -- The event that gave it.
    seq bigint not null,
    primary key (message_id, emoji, user_id)
);
create index reactions_by_user on reactions (user_id);
