-- Folders in one's list: their names in their order, see `protocol/folders`, and in which of them a
-- thread of this member is, by its place from the top; in none if nothing is said. (Alike on both
-- engines.)

alter table users add column folders text not null default '';
alter table memberships add column folder bigint;
