-- What a token may do beyond what its owner may; and people who may do nothing any more.

alter table api_tokens add column may_serve boolean not null default false;
alter table users add column banned_at bigint;
