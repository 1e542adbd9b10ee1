-- Where every feature comes from: one row an imported file, and of each feature the number of that row instead of the
-- file's name. Registered as attributes, so that QGIS joins them.
create table firemap_import (
    fid INTEGER primary key autoincrement not null,
    file TEXT not null, -- its name, without its folder
    source TEXT, -- the source its features were given
    layer TEXT, -- the layer, where the file holds one
    hash TEXT, -- SHA-256 of the file, as sha256sum prints it; null where nobody looked
    bytes INTEGER, -- its size
    row_key TEXT, -- how its rows are known: own, place, or column:NAME
    time DATETIME, -- when it was imported; null before this table was
    actor TEXT -- who imported it
);

-- In which import a feature was last seen: each feature stands once, in the newest file that held it, changed by it or
-- not. Spans of features of a layer, packed: of each the distance of its number from the one before, then of its row.
create table firemap_seen (
    layer text not null,
    import integer not null,
    first integer not null, -- least number of a feature in rows
    last integer not null, -- greatest
    rows blob not null,
    constraint firemap_seen_key primary key (layer, import, first)
) without rowid;

insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('firemap_import', 'attributes', 'firemap_import', '导入的文件', null);

insert into firemap_import (file, source)
select file, source from area where file is not null
union select file, source from building where file is not null
union select file, source from place where file is not null
union select file, source from hydrant where file is not null
union select file, source from connection where file is not null
union select file, source from road where file is not null
union select file, source from lane where file is not null
union select file, source from ladder_field where file is not null
union select file, source from station where file is not null
union select file, source from barrier where file is not null
union select file, source from water where file is not null
union select file, source from danger where file is not null
union select file, source from incident where file is not null
union select file, source from sensor where file is not null
order by 1, 2;

-- The name gives way to the number: import is the file that a feature has its present content from, row its place
-- there.

alter table area add column import INTEGER;
update area set import = (
    select i.fid from firemap_import i where i.file = area.file and i.source is area.source);
alter table area drop column file;

alter table building add column import INTEGER;
update building set import = (
    select i.fid from firemap_import i where i.file = building.file and i.source is building.source);
alter table building drop column file;

alter table place add column import INTEGER;
update place set import = (
    select i.fid from firemap_import i where i.file = place.file and i.source is place.source);
alter table place drop column file;

alter table hydrant add column import INTEGER;
update hydrant set import = (
    select i.fid from firemap_import i where i.file = hydrant.file and i.source is hydrant.source);
alter table hydrant drop column file;

alter table connection add column import INTEGER;
update connection set import = (
    select i.fid from firemap_import i where i.file = connection.file and i.source is connection.source);
alter table connection drop column file;

alter table road add column import INTEGER;
update road set import = (
    select i.fid from firemap_import i where i.file = road.file and i.source is road.source);
alter table road drop column file;

alter table lane add column import INTEGER;
update lane set import = (
    select i.fid from firemap_import i where i.file = lane.file and i.source is lane.source);
alter table lane drop column file;

alter table ladder_field add column import INTEGER;
update ladder_field set import = (
    select i.fid from firemap_import i where i.file = ladder_field.file and i.source is ladder_field.source);
alter table ladder_field drop column file;

alter table station add column import INTEGER;
update station set import = (
    select i.fid from firemap_import i where i.file = station.file and i.source is station.source);
alter table station drop column file;

alter table barrier add column import INTEGER;
update barrier set import = (
    select i.fid from firemap_import i where i.file = barrier.file and i.source is barrier.source);
alter table barrier drop column file;

alter table water add column import INTEGER;
update water set import = (
    select i.fid from firemap_import i where i.file = water.file and i.source is water.source);
alter table water drop column file;

alter table danger add column import INTEGER;
update danger set import = (
    select i.fid from firemap_import i where i.file = danger.file and i.source is danger.source);
alter table danger drop column file;

alter table incident add column import INTEGER;
update incident set import = (
    select i.fid from firemap_import i where i.file = incident.file and i.source is incident.source);
alter table incident drop column file;

alter table sensor add column import INTEGER;
update sensor set import = (
    select i.fid from firemap_import i where i.file = sensor.file and i.source is sensor.source);
alter table sensor drop column file;
