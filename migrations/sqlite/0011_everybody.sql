-- Everybody: in which time zone people say to be, whom they have blocked, and new keys by which they
-- are found, without the marks on letters. (The program fills the keys in.)
alter table users add column time_zone text;
update users set search_key = null;

create table blocks (
    user_id bigint not null references users (id) on delete cascade,
    -- Whose words are not to reach them.
    blocked_id bigint not null references users (id) on delete cascade,
    created_at bigint not null,
    primary key (user_id, blocked_id)
);
create index blocks_by_blocked on blocks (blocked_id);
