-- Files: what is in them lies beside the database, by content; here is whose they are and where they
-- belong. (Only ids are spelled differently on the two engines.)

create table files (
    id integer primary key autoincrement,
    owner_id bigint not null references users (id),
    -- The message that shows it; none until it is posted.
    message_id bigint references messages (id) on delete set null,
    name text not null,
    kind text not null,
    -- What is kept of it, and of its smaller form, by the digest of each.
    content text not null,
    small text,
    small_kind text,
    bytes bigint not null,
    -- What is known of a picture, as it is told.
    picture text,
    created_at bigint not null
);
create index files_by_owner on files (owner_id);
create index files_by_message on files (message_id) where message_id is not null;
create index files_by_upload on files (created_at) where message_id is null;
create index files_by_content on files (content);
create index files_by_small on files (small) where small is not null;

-- All that is told of a message's files: pages need nothing else.
alter table messages add column files text;
-- Which of them are to be forgotten, because their message was deleted.
create index messages_by_deletion on messages (deleted_at)
    where files is not null and deleted_at is not null;
