-- Messages that are to be posted later. (Only ids are spelled differently on the two engines.)

create table scheduled (
    id integer primary key autoincrement,
    user_id bigint not null references users (id) on delete cascade,
    thread_id bigint not null references threads (id) on delete cascade,
    text text not null,
    reply_to bigint,
    -- Ids of files, in their order, as JSON.
    files text not null default '[]',
    -- Of the message that it becomes: so it becomes one, however often that is tried.
    client_id text not null,
    send_at bigint not null,
    -- Since when a server is posting it.
    taken_at bigint,
    -- Why it could not be posted, as JSON: it waits for its author then.
    refused text,
    unique (user_id, client_id)
);
create index scheduled_by_user on scheduled (user_id, send_at);
create index scheduled_by_time on scheduled (send_at) where refused is null;

-- A file waits for what takes it along.
alter table files add column scheduled_id bigint references scheduled (id) on delete set null;
create index files_by_scheduled on files (scheduled_id) where scheduled_id is not null;
