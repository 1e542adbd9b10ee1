-- The relief: heights of the ground, a row a square of one degree. Not registered in gpkg_contents: other programs have
-- no use for the packed heights, which are those of an .hgt file.
create table firemap_relief (
    fid INTEGER primary key autoincrement not null,
    south INTEGER not null, -- latitude of the southern edge in whole degrees
    west INTEGER not null, -- longitude of the western edge in whole degrees
    side INTEGER not null, -- samples a side: 1201 (every 3″) or 3601 (every 1″)
    heights BLOB not null, -- packed as src/store/geopackage/relief.rs says
    checksum TEXT not null, -- SHA-256 of the samples as an .hgt file has them, as sha256sum prints it of one without heights beyond belief
    import INTEGER, -- the file they come from
    changed DATETIME not null, -- when the row was last written
    constraint firemap_relief_square unique (south, west),
    constraint firemap_relief_side_known check (side in (1201, 3601))
);

-- What happened to squares; their old heights are not kept.
create table firemap_relief_log (
    seq integer primary key not null, -- place in the log of all layers
    op text not null,
    time text not null,
    actor text not null,
    south integer,
    west integer,
    constraint firemap_relief_log_op_code check (op in ('insert', 'update', 'delete'))
);

create trigger firemap_relief_log_insert after insert on firemap_relief
begin
    update firemap_head set seq = seq + 1;
    insert into firemap_relief_log (seq, op, time, actor, south, west)
    select seq, 'insert', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
        coalesce((select name from firemap_actor), 'external'), new.south, new.west
    from firemap_head;
end;

create trigger firemap_relief_log_update after update on firemap_relief
begin
    update firemap_head set seq = seq + 1;
    insert into firemap_relief_log (seq, op, time, actor, south, west)
    select seq, 'update', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
        coalesce((select name from firemap_actor), 'external'), new.south, new.west
    from firemap_head;
end;

create trigger firemap_relief_log_delete after delete on firemap_relief
begin
    update firemap_head set seq = seq + 1;
    insert into firemap_relief_log (seq, op, time, actor, south, west)
    select seq, 'delete', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
        coalesce((select name from firemap_actor), 'external'), old.south, old.west
    from firemap_head;
end;
