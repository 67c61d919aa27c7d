-- What somebody picked out of a thread for everybody: since when it is pinned. (Alike on both engines.)

alter table messages add column pinned_at bigint;
create index messages_by_pin on messages (thread_id, pinned_at) where pinned_at is not null;

-- The files of a thread, newest first.
create index messages_by_files on messages (thread_id, seq) where files is not null;
