-- Pictures of people. Which one is shown is said by the person's row alone: what no row points at is
-- old, and is taken away. An id is a number that nobody can guess, made by the program.

create table avatars (
    id bigint primary key,
    owner_id bigint not null references users (id),
    -- What is kept of it in either size, by the digest of each.
    large text not null,
    small text not null,
    bytes bigint not null,
    created_at bigint not null
);
create index avatars_by_owner on avatars (owner_id);
create index avatars_by_large on avatars (large);
create index avatars_by_small on avatars (small);

alter table users add column avatar bigint;
create index users_by_avatar on users (avatar) where avatar is not null;
