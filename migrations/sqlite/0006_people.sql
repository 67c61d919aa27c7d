-- People: what they may do here, what they are doing, by whose invitation they came, and that they
-- left; what the server is called and whether it was set up; what administrators did.

alter table users add column role text not null default 'member' check (role in ('admin', 'member'));
update users set role = 'admin'
  where id = (select min(id) from users where banned_at is null);
alter table users add column status text;
alter table users add column status_emoji text;
-- None: until it is changed.
alter table users add column status_until bigint;
alter table users add column left_at bigint;
-- Username and name as they are searched: in lower case, a space before each word; filled in by the
-- program, because engines do not agree on what is lower case.
alter table users add column search_key text;

alter table invites add column created_by bigint references users (id) on delete set null;
alter table invites add column revoked_at bigint;
-- The invitation that somebody came by.
alter table users add column invited_by bigint references invites (id) on delete set null;
create index users_by_invitation on users (invited_by);
create index invites_by_maker on invites (created_by);

-- Names of people who left are given to nobody else.
create table former_usernames (
    username text not null primary key,
    username_key text not null,
    left_at bigint not null
);

alter table server_identity add column name text not null default '';
alter table server_identity add column set_up_at bigint;
update server_identity set set_up_at = created_at where exists (select 1 from users);

create table audit_log (
    id integer primary key autoincrement,
    done_at bigint not null,
    done_by bigint references users (id) on delete set null,
    act text not null,
    -- Whom it was about, if anybody.
    user_id bigint references users (id) on delete set null,
    detail text not null default ''
);
