-- What of a thread each of its members wants to be told of.

alter table memberships add column notify text not null default 'everything'
    check (notify in ('everything', 'mentions', 'nothing'));
