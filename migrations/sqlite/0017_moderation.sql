-- Somebody who is muted in a thread reads it, and says nothing in it until then. That is kept beside the
-- memberships: who leaves and comes back is muted all the same. Somebody reports a message to the
-- administrators, with what it said then: what is deleted or changed afterwards has been reported all the
-- same. Once it is dealt with, what it said is kept here no longer.

create table mutes (
    thread_id bigint not null references threads (id) on delete cascade,
    user_id bigint not null references users (id) on delete cascade,
    until bigint not null,
    muted_by bigint references users (id) on delete set null,
    primary key (thread_id, user_id)
);
create index mutes_by_end on mutes (until);

create table reports (
    id integer primary key autoincrement,
    thread_id bigint not null references threads (id) on delete cascade,
    message_id bigint not null references messages (id) on delete cascade,
    reported_by bigint not null references users (id) on delete cascade,
    reported_at bigint not null,
    reason text not null default '',
    -- What the message said.
    text text not null,
    closed_at bigint
);
create unique index reports_by_message on reports (message_id, reported_by);
create index reports_by_end on reports (closed_at);

-- The thread that something was done in, where that names none which its readers may not see.
alter table audit_log add column thread_id bigint references threads (id) on delete set null;
