-- In a thread for announcements only owners and administrators post. (Alike on both engines.)

alter table threads add column announcements boolean not null default false;
