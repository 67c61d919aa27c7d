-- Messages of one's own: what somebody has saved, what they want to be reminded of, and what has
-- happened that is for them. (Only ids are spelled differently on the two engines.)

create table saved (
    id integer primary key autoincrement,
    user_id bigint not null references users (id) on delete cascade,
    message_id bigint not null references messages (id) on delete cascade,
    saved_at bigint not null,
    unique (user_id, message_id)
);
create index saved_by_user on saved (user_id, id);
create index saved_by_message on saved (message_id);

create table reminders (
    user_id bigint not null references users (id) on delete cascade,
    message_id bigint not null references messages (id) on delete cascade,
    due_at bigint not null,
    -- When it was told; it stays until its person is done with it.
    told_at bigint,
    primary key (user_id, message_id)
);
create index reminders_by_message on reminders (message_id);
create index reminders_by_time on reminders (due_at) where told_at is null;

-- Messages that mention somebody or answer them, and reactions to what they wrote.
create table activity (
    id integer primary key autoincrement,
    user_id bigint not null references users (id) on delete cascade,
    message_id bigint not null references messages (id) on delete cascade,
    kind text not null check (kind in ('mention', 'answer', 'reaction')),
    -- Who has done it.
    by_id bigint not null references users (id) on delete cascade,
    -- Of a reaction.
    emoji text not null default '',
    done_at bigint not null
);
create index activity_by_user on activity (user_id, id);
create index activity_by_message on activity (message_id);
create index activity_by_who on activity (by_id);

-- What was there before is there: but for mentions, which only the program finds in a text.
insert into activity (user_id, message_id, kind, by_id, emoji, done_at)
  select happened.user_id, happened.message_id, happened.kind, happened.by_id, happened.emoji,
         happened.done_at
  from (
    select q.author_id as user_id, m.id as message_id, 'answer' as kind, m.author_id as by_id,
           '' as emoji, m.created_at as done_at
    from messages m join messages q on q.thread_id = m.thread_id and q.seq = m.reply_to
    where q.author_id <> m.author_id and m.deleted_at is null
    union all
    select m.author_id, m.id, 'reaction', r.user_id, r.emoji, e.created_at
    from reactions r
    join messages m on m.id = r.message_id
    join thread_events e on e.thread_id = m.thread_id and e.seq = r.seq
    where m.author_id <> r.user_id and m.deleted_at is null) happened
  order by happened.done_at;

-- Up to where each has seen what has happened, now and when they came to look for the last time.
alter table users add column activity_seen bigint not null default 0;
alter table users add column activity_line bigint not null default 0;
alter table users add column activity_visited_at bigint not null default 0;
-- Nobody is told of what was there before as if it were new.
update users set activity_seen = (select coalesce(max(id), 0) from activity);
update users set activity_line = activity_seen;

-- What a message passes on: by whom it was said, what, and where, as it was then.
alter table messages add column forwarded_user bigint references users (id) on delete set null;
alter table messages add column forwarded_text text;
alter table messages add column forwarded_thread bigint;
alter table messages add column forwarded_seq bigint;
