-- Batches of edits through the API: what each one spans in the log, so that it can be undone; and for a day the key by
-- which the same request is known again, with the answer it got.
create table firemap_edit (
    number integer primary key not null,
    first integer not null, -- the log's last entry before the batch
    last integer not null, -- the log's last entry of it
    actor text not null,
    time text not null,
    key text, -- null where the client named none, and after a day
    digest text, -- of all that the request said
    answer text -- the receipt: src/store/edits.rs
);

create index firemap_edit_last on firemap_edit (last);
create unique index firemap_edit_key on firemap_edit (actor, key) where key is not null;
create index firemap_edit_kept on firemap_edit (time) where key is not null;
