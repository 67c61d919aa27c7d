-- How each person wants everything to look: words, see `protocol/preferences`.

alter table users add column preferences text not null default '';

-- The number of the newest message of the thread that mentions this member or answers them.

alter table memberships add column for_me integer not null default 0;

-- Where a thread stands among the favourites of this member, from the top; nothing if it is none.

alter table memberships add column favourite integer;
