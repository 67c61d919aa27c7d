-- What a program has published under a key of its own: when it comes with the key again, it is
-- answered with what is here. Kept for minutes. (Only byte strings are spelled differently.)

create table receipts (
    -- A digest of the channel and the key.
    key bytea not null primary key,
    taken_at bigint not null,
    -- The position it was published at, as JSON; nothing as long as somebody is at it.
    published text
);
create index receipts_by_time on receipts (taken_at);
