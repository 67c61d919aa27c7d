-- In a thread in slow mode everybody but those in charge waits so long between two messages. When
-- each has posted last is kept beside the memberships: who leaves and comes back waits all the same.
-- (Alike on both engines.)

alter table threads add column slow_seconds bigint not null default 0;

create table slow_posts (
    thread_id bigint not null references threads (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    posted_at bigint not null,
    primary key (thread_id, user_id)
);
