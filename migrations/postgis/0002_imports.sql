-- Where every feature comes from: one row an imported file, and of each feature the number of that row.
create table firemap_import (
    fid bigint generated always as identity,
    file text not null, -- its name, without its folder
    source text, -- the source its features were given
    layer text, -- the layer, where the file holds one
    hash text, -- SHA-256 of the file, as sha256sum prints it; null where nobody looked
    bytes bigint, -- its size
    row_key text, -- how its rows are known: own, place, or column:NAME
    time timestamptz(3), -- when it was imported
    actor text, -- who imported it
    constraint firemap_import_fid primary key (fid)
);

-- In which import a feature was last seen: each feature stands once, in the newest file that held it, changed by it or
-- not. Spans of features of a layer, packed: of each the distance of its number from the one before, then of its row.
create table firemap_seen (
    layer text not null,
    import bigint not null,
    first bigint not null, -- least number of a feature in rows
    last bigint not null, -- greatest
    rows bytea not null,
    constraint firemap_seen_key primary key (layer, import, first)
);
