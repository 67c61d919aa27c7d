-- Finding messages by what they say. What is indexed are not words but pairs of letters (see
-- `server/search`), so parts of words are found, and languages that put no spaces between words.
-- The text itself is not kept a second time. (The PostgreSQL twin has a table with a `tsvector`.)

create virtual table message_search using fts5 (
    tokens, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- Messages up to this id are still to be indexed, from the newest on.
alter table server_identity add column search_below bigint not null default 0;
update server_identity set search_below = (select coalesce(max(id), 0) + 1 from messages);
