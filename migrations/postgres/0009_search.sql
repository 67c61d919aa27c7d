-- Finding messages by what they say. What is indexed are not words but pairs of letters (see
-- `server/search`), so parts of words are found, and languages that put no spaces between words.
-- (The SQLite twin has a virtual table.)

create table message_search (
    message_id bigint primary key references messages (id) on delete cascade,
    tokens tsvector not null
);
create index message_search_by_token on message_search using gin (tokens);
-- Messages up to this id are still to be indexed, from the newest on.
alter table server_identity add column search_below bigint not null default 0;
update server_identity set search_below = (select coalesce(max(id), 0) + 1 from messages);
