-- What a thread is about, threads that are put away, threads that everybody belongs to; names of
-- public threads that are unique, and one direct thread for each set of people. (Alike on both
-- engines.)

alter table threads add column description text not null default '';
-- Since when it is put away; it can still be read.
alter table threads add column archived_at bigint;
-- People belong to it from their first day.
alter table threads add column for_everybody boolean not null default false;
-- The form in which names of public threads look alike; filled in by the program. Of those that
-- were called alike before, the oldest has it as it is, and the others with their ids.
alter table threads add column name_key text;
create unique index threads_by_name_key on threads (name_key);
-- The ids of a direct thread's people, in order.
alter table threads add column direct_key text;
create unique index threads_by_direct_key on threads (direct_key);
