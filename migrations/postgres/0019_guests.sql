-- Guests: people who see nothing but the threads they were put into.
-- (The SQLite twin makes the column anew.)

alter table users drop constraint users_role_check;
alter table users add constraint users_role_check check (role in ('admin', 'member', 'guest'));
-- Whom nobody of them knows hears nothing of them.
create index users_by_guest on users (id) where role = 'guest';

-- Whoever comes by such an invitation is a guest, in these threads.
alter table invites add column for_guests boolean not null default false;
create table invite_threads (
    invite_id bigint not null references invites (id) on delete cascade,
    thread_id bigint not null references threads (id) on delete cascade,
    primary key (invite_id, thread_id)
);
create index invite_threads_by_thread on invite_threads (thread_id);

-- Who may do what, as administrators say: 'everybody', 'members' or 'administrators'. Who invites is as it
-- was configured, as long as nobody has said so.
alter table server_identity add column may_start_public text not null default 'members';
alter table server_identity add column may_start_private text not null default 'members';
alter table server_identity add column may_invite text;

-- Contacts: a row for each of the two. One has asked (their row says so), the other is asked, or they have
-- become contacts.
create table contacts (
    user_id bigint not null references users (id) on delete cascade,
    contact_id bigint not null references users (id) on delete cascade,
    tie text not null check (tie in ('asked', 'waits', 'contact')),
    created_at bigint not null,
    primary key (user_id, contact_id)
);
create index contacts_by_contact on contacts (contact_id);
