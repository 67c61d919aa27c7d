-- How each person wants everything to look: words, see `protocol/preferences`.

alter table users add column preferences text not null default '';
