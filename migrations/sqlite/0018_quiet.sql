-- When somebody is left in peace: words, see `protocol/quiet`. And the words for which a message is for
-- them although it does not mention them. (Alike on both engines.)

alter table users add column quiet text not null default '';

create table keywords (
    user_id bigint not null references users (id) on delete cascade,
    word text not null,
    primary key (word, user_id)
);
create index keywords_by_user on keywords (user_id);
