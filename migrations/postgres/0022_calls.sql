-- A message that calls on all of its thread (`@all`), or on who is there (`@here`), and was allowed to:
-- 1. (Alike on both engines.)

alter table messages add column calls bigint not null default 0;
