-- The relief: heights of the ground, a row a square of one degree.
create table firemap_relief (
    fid bigint generated always as identity,
    south bigint not null, -- latitude of the southern edge in whole degrees
    west bigint not null, -- longitude of the western edge in whole degrees
    side bigint not null, -- samples a side: 1201 (every 3″) or 3601 (every 1″)
    heights bytea not null, -- packed as src/store/geopackage/relief.rs says
    checksum text not null, -- SHA-256 of the samples as an .hgt file has them
    import bigint, -- the file they come from
    changed timestamptz(3) not null default clock_timestamp(), -- when the row was last written
    constraint firemap_relief_fid primary key (fid),
    constraint firemap_relief_square unique (south, west),
    constraint firemap_relief_side_known check (side in (1201, 3601))
);

-- The heights are packed already.
alter table firemap_relief alter column heights set storage external;

-- What happened to squares; their old heights are not kept.
create table firemap_relief_log (
    seq bigint not null, -- place in the log of all layers
    op text not null,
    time timestamptz(3) not null,
    actor text not null,
    south bigint,
    west bigint,
    constraint firemap_relief_log_seq primary key (seq),
    constraint firemap_relief_log_op_code check (op in ('insert', 'update', 'delete'))
);

create function firemap_relief_changed() returns trigger language plpgsql set search_path from current as
$$
declare
    n bigint;
    head bigint;
begin
    select count(*) into n from touched;
    if n = 0 then
        return null;
    end if;
    head := firemap_take(n);
    insert into firemap_relief_log (seq, op, time, actor, south, west)
    select head + row_number() over (order by fid), lower(tg_op), firemap_time(), firemap_actor(), south, west
    from touched;
    perform firemap_tell('firemap_relief', head + n, null);
    return null;
end
$$;

create trigger firemap_lock before insert or update or delete on firemap_relief
    for each statement execute function firemap_lock();
create trigger firemap_relief_log_insert after insert on firemap_relief
    referencing new table as touched for each statement execute function firemap_relief_changed();
create trigger firemap_relief_log_update after update on firemap_relief
    referencing new table as touched for each statement execute function firemap_relief_changed();
create trigger firemap_relief_log_delete after delete on firemap_relief
    referencing old table as touched for each statement execute function firemap_relief_changed();
