-- The tables of a store in PostgreSQL with PostGIS: firemap's own books, one table a layer, and what keeps their log.
-- Numbers and names are those of migrations/geopackage; the same number means the same columns from 0002 on (no store
-- of this kind was ever at 0001, so layers have the number of their import from the start).
-- Run in one transaction, in the schema that the connection's search_path names first.
-- A migration is never edited: add the next one.

create extension if not exists postgis;

-- Facts about the store as a whole: 'zone' is the time zone of its days.
create table firemap_meta (
    key text not null,
    value text not null,
    constraint firemap_meta_key primary key (key)
);

-- How far the change log has come: one number over all layers.
create table firemap_head (
    one integer not null,
    seq bigint not null,
    constraint firemap_head_one primary key (one),
    constraint firemap_head_one_row check (one = 1)
) with (fillfactor = 10);

insert into firemap_head (one, seq) values (1, 0);

-- Where features came from.
create table firemap_source (
    fid bigint generated always as identity,
    name text not null, -- short name, such as osm
    attribution text not null, -- what the map must say of it
    demo boolean not null, -- made up, to be shown as 演示数据
    constraint firemap_source_fid primary key (fid),
    constraint firemap_source_name unique (name)
);

-- Columns that every layer has beside its fields: source and source_key name a feature for good; flaw is what is odd
-- about its shape; extra holds unknown columns as a JSON object; import and row say in which file it stood; changed is
-- when the row was last written. Instants are kept to the millisecond, as the GeoPackage has them.

create table area (
    fid bigint generated always as identity,
    geom geometry(MultiPolygon, 4326),
    "kind" text,
    "code" text,
    "name" text,
    "parent" text,
    "residents" bigint,
    "planned_hydrants" bigint,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint area_fid primary key (fid),
    constraint area_fid_safe check (fid between 1 and 9007199254740991),
    constraint area_source_key unique (source, source_key),
    constraint area_kind_code check ("kind" in ('district', 'subdistrict', 'community', 'grid', 'estate', 'quarter',
        'built_up'))
);

create table building (
    fid bigint generated always as identity,
    geom geometry(MultiPolygon, 4326),
    "name" text,
    "address" text,
    "use" text,
    "height_m" double precision,
    "floors_above" bigint,
    "floors_below" bigint,
    "year_built" bigint,
    "floor_area_m2" double precision,
    "insulation" text,
    "entrance_elevation_m" double precision,
    "residents" bigint,
    "care_residents" bigint,
    "e_bikes" bigint,
    "charging_ports" bigint,
    "gas_cylinders" bigint,
    "iot_installed" text,
    "iot_reporting" text,
    "manager" text,
    "contact" text,
    "supervised_by" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint building_fid primary key (fid),
    constraint building_fid_safe check (fid between 1 and 9007199254740991),
    constraint building_source_key unique (source, source_key),
    constraint building_use_code check ("use" in ('residential', 'dormitory', 'mixed', 'office', 'commercial', 'mall',
        'market', 'hotel', 'school', 'kindergarten', 'hospital', 'elderly_care', 'industrial', 'warehouse',
        'heritage', 'religious', 'public', 'garage', 'farm', 'utility', 'minor', 'other')),
    constraint building_insulation_code check ("insulation" in ('a', 'b1', 'b2', 'b3')),
    constraint building_supervised_by_code check ("supervised_by" in ('fire_brigade', 'police', 'subdistrict'))
);

create table place (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "name" text,
    "address" text,
    "class" text,
    "building" text,
    "area_above_m2" double precision,
    "area_below_m2" double precision,
    "rooms" bigint,
    "storeys" text,
    "alarm" boolean,
    "sprinkler" boolean,
    "indoor_hydrant" boolean,
    "smoke_control" boolean,
    "contact" text,
    "supervised_by" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint place_fid primary key (fid),
    constraint place_fid_safe check (fid between 1 and 9007199254740991),
    constraint place_source_key unique (source, source_key),
    constraint place_supervised_by_code check ("supervised_by" in ('fire_brigade', 'police', 'subdistrict'))
);

create table hydrant (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "name" text,
    "address" text,
    "kind" text,
    "state" text,
    "pressure_mpa" double precision,
    "flow_lps" double precision,
    "main" text,
    "diameter_mm" bigint,
    "elevation_m" double precision,
    "inspected" date,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint hydrant_fid primary key (fid),
    constraint hydrant_fid_safe check (fid between 1 and 9007199254740991),
    constraint hydrant_source_key unique (source, source_key),
    constraint hydrant_kind_code check ("kind" in ('municipal', 'building_outdoor', 'cistern', 'natural_intake', 'dry')),
    constraint hydrant_state_code check ("state" in ('in_service', 'out_of_service', 'obstructed', 'unknown')),
    constraint hydrant_main_code check ("main" in ('ring', 'tree', 'unknown'))
);

create table connection (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "name" text,
    "building" text,
    "state" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint connection_fid primary key (fid),
    constraint connection_fid_safe check (fid between 1 and 9007199254740991),
    constraint connection_source_key unique (source, source_key),
    constraint connection_state_code check ("state" in ('in_service', 'out_of_service', 'unknown'))
);

create table road (
    fid bigint generated always as identity,
    geom geometry(MultiLineString, 4326),
    "class" text,
    "name" text,
    "one_way" text,
    "width_m" double precision,
    "clear_height_m" double precision,
    "slope_pct" double precision,
    "start_elevation_m" double precision,
    "end_elevation_m" double precision,
    "bridge" boolean,
    "tunnel" boolean,
    "level" bigint,
    "blocked" boolean,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint road_fid primary key (fid),
    constraint road_fid_safe check (fid between 1 and 9007199254740991),
    constraint road_source_key unique (source, source_key),
    constraint road_class_code check ("class" in ('motorway', 'trunk', 'primary', 'secondary', 'tertiary',
        'residential', 'living_street', 'unclassified', 'service', 'track', 'pedestrian', 'footway', 'path',
        'steps')),
    constraint road_one_way_code check ("one_way" in ('no', 'forward', 'backward'))
);

create table lane (
    fid bigint generated always as identity,
    geom geometry(MultiLineString, 4326),
    "name" text,
    "width_m" double precision,
    "clear_height_m" double precision,
    "slope_pct" double precision,
    "turning_radius_m" double precision,
    "bearing_t" double precision,
    "overhead" text,
    "dead_end" boolean,
    "turnaround" boolean,
    "marking" boolean,
    "building" text,
    "state" text,
    "obstructed_by" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint lane_fid primary key (fid),
    constraint lane_fid_safe check (fid between 1 and 9007199254740991),
    constraint lane_source_key unique (source, source_key),
    constraint lane_state_code check ("state" in ('clear', 'obstructed', 'unknown'))
);

create table ladder_field (
    fid bigint generated always as identity,
    geom geometry(MultiPolygon, 4326),
    "name" text,
    "building" text,
    "slope_pct" double precision,
    "marking" boolean,
    "state" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint ladder_field_fid primary key (fid),
    constraint ladder_field_fid_safe check (fid between 1 and 9007199254740991),
    constraint ladder_field_source_key unique (source, source_key),
    constraint ladder_field_state_code check ("state" in ('clear', 'obstructed', 'unknown'))
);

create table station (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "name" text,
    "address" text,
    "kind" text,
    "staff" bigint,
    "vehicles" text,
    "turnout_s" bigint,
    "telephone" text,
    "contact" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint station_fid primary key (fid),
    constraint station_fid_safe check (fid between 1 and 9007199254740991),
    constraint station_source_key unique (source, source_key),
    constraint station_kind_code check ("kind" in ('fire_station', 'micro_unit', 'micro_community', 'volunteer'))
);

create table barrier (
    fid bigint generated always as identity,
    geom geometry(MultiLineString, 4326),
    "kind" text,
    "name" text,
    "height_m" double precision,
    "gates" boolean,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint barrier_fid primary key (fid),
    constraint barrier_fid_safe check (fid between 1 and 9007199254740991),
    constraint barrier_source_key unique (source, source_key),
    constraint barrier_kind_code check ("kind" in ('wall', 'fence', 'retaining_wall', 'hedge', 'railway'))
);

create table water (
    fid bigint generated always as identity,
    geom geometry(MultiPolygon, 4326),
    "kind" text,
    "name" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint water_fid primary key (fid),
    constraint water_fid_safe check (fid between 1 and 9007199254740991),
    constraint water_source_key unique (source, source_key),
    constraint water_kind_code check ("kind" in ('river', 'lake', 'reservoir', 'canal', 'sea'))
);

create table danger (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "about" text,
    "about_key" text,
    "kind" text,
    "grade" text,
    "state" text,
    "text" text,
    "measure" text,
    "responsible" text,
    "reported" timestamptz(3),
    "due" date,
    "closed" timestamptz(3),
    "campaign" text,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint danger_fid primary key (fid),
    constraint danger_fid_safe check (fid between 1 and 9007199254740991),
    constraint danger_source_key unique (source, source_key),
    constraint danger_about_code check ("about" in ('building', 'place', 'lane', 'hydrant', 'estate', 'road')),
    constraint danger_grade_code check ("grade" in ('minor', 'ordinary', 'principal', 'major')),
    constraint danger_state_code check ("state" in ('reported', 'verified', 'to_mend', 'mended', 'closed'))
);

create table incident (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "kind" text,
    "occurred" timestamptz(3),
    "cause" text,
    "deaths" bigint,
    "injured" bigint,
    "loss_yuan" double precision,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint incident_fid primary key (fid),
    constraint incident_fid_safe check (fid between 1 and 9007199254740991),
    constraint incident_source_key unique (source, source_key),
    constraint incident_kind_code check ("kind" in ('fire', 'rescue'))
);

create table sensor (
    fid bigint generated always as identity,
    geom geometry(Point, 4326),
    "name" text,
    "kind" text,
    "about_key" text,
    "reading" double precision,
    "read_at" timestamptz(3),
    "low" double precision,
    "high" double precision,
    "source" text default 'edited',
    "source_key" text,
    "flaw" text,
    "extra" text,
    "row" bigint,
    "changed" timestamptz(3),
    "import" bigint,
    constraint sensor_fid primary key (fid),
    constraint sensor_fid_safe check (fid between 1 and 9007199254740991),
    constraint sensor_source_key unique (source, source_key),
    constraint sensor_kind_code check ("kind" in ('water_pressure', 'electrical', 'lane_video', 'control_room', 'gas'))
);

-- The layers whose log firemap keeps.
create table firemap_layer (
    name text not null,
    constraint firemap_layer_name primary key (name)
);

insert into firemap_layer (name) values
    ('area'), ('building'), ('place'), ('hydrant'), ('connection'), ('road'), ('lane'), ('ladder_field'), ('station'),
    ('barrier'), ('water'), ('danger'), ('incident'), ('sensor');

-- Who writes: firemap says so for its own transaction (set local firemap.actor), anybody else is external.
create function firemap_actor() returns text language sql stable as
$$ select coalesce(nullif(current_setting('firemap.actor', true), ''), 'external') $$;

-- When: firemap gives all entries of a transaction of its own one time; of others each statement has its own.
create function firemap_time() returns timestamptz language sql as
$$ select coalesce(nullif(current_setting('firemap.time', true), '')::timestamptz, clock_timestamp()) $$;

-- Who writes waits here for the one who writes now, before any row is locked or any number taken: the order of numbers
-- is the order of commits, and two writers cannot block each other.
create function firemap_lock() returns trigger language plpgsql as
$$
begin
    perform pg_advisory_xact_lock(28826396990989680); -- 'firemap' in ASCII
    return null;
end
$$;

-- Takes so many numbers of the log; the one before the first.
create function firemap_take(numbers bigint) returns bigint language plpgsql set search_path from current as
$$
declare
    last bigint;
begin
    update firemap_head set seq = seq + numbers returning seq into last;
    return last - numbers;
end
$$;

-- Tells those who listen how far the log has come and, where they are few, which rows of a layer changed.
create function firemap_tell(layer text, seq bigint, fids bigint[]) returns void language sql as
$$
    select pg_notify('firemap', concat_ws(' ', seq, layer,
        case when cardinality(fids) <= 400 then array_to_string(fids, ',') end))
$$;

-- A source that says something else is a revision of its own.
create function firemap_source_changed() returns trigger language plpgsql set search_path from current as
$$
begin
    if exists (select from touched) then
        perform firemap_tell('firemap_source', firemap_take(1) + 1, null);
    end if;
    return null;
end
$$;

create trigger firemap_source_lock before insert or update or delete on firemap_source
    for each statement execute function firemap_lock();
create trigger firemap_source_insert after insert on firemap_source
    referencing new table as touched for each statement execute function firemap_source_changed();
create trigger firemap_source_update after update on firemap_source
    referencing new table as touched for each statement execute function firemap_source_changed();
create trigger firemap_source_delete after delete on firemap_source
    referencing old table as touched for each statement execute function firemap_source_changed();

-- What another program leaves away of a row: its time of change, and a source and key to know it by.
create function firemap_complete_row() returns trigger language plpgsql as
$$
begin
    if tg_op = 'UPDATE' then
        if new.fid <> old.fid then
            raise exception 'the number of a row never changes (% % of %)', old.fid, new.fid, tg_table_name;
        end if;
        if new.changed is not distinct from old.changed then
            new.changed := clock_timestamp();
        end if;
    else
        new.changed := coalesce(new.changed, clock_timestamp());
    end if;
    new.source := coalesce(nullif(new.source, ''), 'edited');
    new.source_key := coalesce(nullif(new.source_key, ''), 'fid/' || new.fid);
    return new;
end
$$;

-- The columns of a layer's table but its number, quoted, each behind a prefix.
create function firemap_columns(layer text, prefix text) returns text language sql stable set search_path from current as
$$
    select string_agg(prefix || quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = layer::regclass and attnum > 0 and not attisdropped and attname <> 'fid'
$$;

-- Makes a layer's log and the triggers that write it, or brings them up to the columns that the layer has.
create function firemap_derive(layer text) returns void language plpgsql set search_path from current as
$$
declare
    log text := layer || '_log';
    names text := firemap_columns(layer, '');
    old_names text := firemap_columns(layer, 'o.');
    added record;
begin
    execute format(
        'create table if not exists %1$I (
            seq bigint not null, -- place in the log of all layers
            op text not null,
            time timestamptz(3) not null,
            actor text not null,
            fid bigint, -- null where op is gap
            constraint %2$I primary key (seq),
            constraint %3$I check (op in (''insert'', ''update'', ''delete'', ''replace'', ''gap''))
        )', log, log || '_seq', log || '_op_code');
    execute format('create index if not exists %I on %I (fid, seq)', log || '_fid', log);
    execute format('create index if not exists %I on %I (seq) where op = ''gap''', log || '_gap', log);
    for added in
        select attname, format_type(atttypid, atttypmod) as type
        from pg_attribute c
        where attrelid = layer::regclass and attnum > 0 and not attisdropped and attname <> 'fid' and not exists (
            select from pg_attribute l
            where l.attrelid = log::regclass and l.attname = c.attname and not l.attisdropped)
        order by attnum
    loop
        execute format('alter table %I add column %I %s', log, added.attname, added.type);
    end loop;

    -- One statement, one set of entries: a load of many rows is logged as quickly as one.
    execute format(
        'create or replace function %1$I() returns trigger language plpgsql set search_path from current as
        $body$
        declare
            n bigint;
            first bigint;
            last bigint;
            head bigint;
            now timestamptz := firemap_time();
        begin
            select count(*), min(fid), max(fid) into n, first, last from touched;
            if n = 0 then
                return null;
            end if;
            -- Undoing a batch of edits gives a row its own number back.
            if coalesce(current_setting(''firemap.returns'', true), '''') = ''''
                and first <= (select max(fid) from %2$I)
                and exists (select from touched join %2$I using (fid)) then
                raise exception ''a number that %3$s once had is never given again'';
            end if;
            if last > (select last_value from %4$s) then
                perform setval(''%4$s'', last);
            end if;
            head := firemap_take(n);
            insert into %2$I (seq, op, time, actor, fid)
            select head + row_number() over (order by fid), ''insert'', now, firemap_actor(), fid from touched;
            perform firemap_tell(%3$L, head + n, array(select fid from touched order by fid limit 401));
            return null;
        end
        $body$', 'firemap_' || layer || '_insert', log, layer, pg_get_serial_sequence(quote_ident(layer), 'fid'));
    execute format(
        'create or replace function %1$I() returns trigger language plpgsql set search_path from current as
        $body$
        declare
            n bigint;
            head bigint;
            now timestamptz := firemap_time();
        begin
            select count(*) into n from touched;
            if n = 0 then
                return null;
            end if;
            head := firemap_take(n);
            insert into %2$I (seq, op, time, actor, fid, %4$s)
            select head + row_number() over (order by o.fid), lower(tg_op), now, firemap_actor(), o.fid, %5$s
            from touched o;
            perform firemap_tell(%3$L, head + n, array(select fid from touched order by fid limit 401));
            return null;
        end
        $body$', 'firemap_' || layer || '_change', log, layer, names, old_names);
    execute format(
        'create or replace function %1$I() returns trigger language plpgsql set search_path from current as
        $body$
        declare
            n bigint;
            head bigint;
            now timestamptz := firemap_time();
        begin
            perform pg_advisory_xact_lock(28826396990989680);
            select count(*) into n from %3$I;
            head := firemap_take(n);
            insert into %2$I (seq, op, time, actor, fid, %4$s)
            select head + row_number() over (order by o.fid), ''delete'', now, firemap_actor(), o.fid, %5$s
            from %3$I o;
            perform firemap_tell(%3$L, head + n, null);
            return null;
        end
        $body$', 'firemap_' || layer || '_truncate', log, layer, names, old_names);

    execute format(
        'create or replace trigger %2$I before insert or update or delete on %1$I
            for each statement execute function firemap_lock()', layer, 'firemap_lock');
    execute format(
        'create or replace trigger firemap_complete_insert before insert on %1$I for each row
            when (new.changed is null or coalesce(new.source, '''') = '''' or coalesce(new.source_key, '''') = '''')
            execute function firemap_complete_row()', layer);
    execute format(
        'create or replace trigger firemap_complete_update before update on %1$I for each row
            when (new.changed is not distinct from old.changed or new.fid <> old.fid
                or coalesce(new.source, '''') = '''' or coalesce(new.source_key, '''') = '''')
            execute function firemap_complete_row()', layer);
    execute format(
        'create or replace trigger firemap_log_insert after insert on %1$I
            referencing new table as touched for each statement execute function %2$I()',
        layer, 'firemap_' || layer || '_insert');
    execute format(
        'create or replace trigger firemap_log_update after update on %1$I
            referencing old table as touched for each statement execute function %2$I()',
        layer, 'firemap_' || layer || '_change');
    execute format(
        'create or replace trigger firemap_log_delete after delete on %1$I
            referencing old table as touched for each statement execute function %2$I()',
        layer, 'firemap_' || layer || '_change');
    execute format(
        'create or replace trigger firemap_log_truncate before truncate on %1$I
            for each statement execute function %2$I()', layer, 'firemap_' || layer || '_truncate');
    execute format('alter table %I enable trigger user', layer);
end
$$;

-- The layers that lack one of their triggers, or have it switched off: nobody knows what was edited meanwhile.
create function firemap_unlogged() returns setof text language sql stable set search_path from current as
$$
    select name from firemap_layer
    where 7 > (
        select count(*) from pg_trigger
        where tgrelid = name::regclass and not tgisinternal and tgenabled in ('O', 'A') and tgname in (
            'firemap_lock', 'firemap_complete_insert', 'firemap_complete_update', 'firemap_log_insert',
            'firemap_log_update', 'firemap_log_delete', 'firemap_log_truncate'))
    order by name
$$;

-- Makes a layer's triggers again, and logs that edits went by unseen and every row that came in that time.
create function firemap_mend(layer text) returns void language plpgsql set search_path from current as
$$
declare
    log text := layer || '_log';
    head bigint;
    n bigint;
begin
    perform pg_advisory_xact_lock(28826396990989680);
    perform firemap_derive(layer);
    head := firemap_take(1);
    execute format('insert into %I (seq, op, time, actor) values ($1, ''gap'', clock_timestamp(), ''external'')', log)
        using head + 1;
    execute format(
        'insert into %2$I (seq, op, time, actor, fid)
        select $1 + row_number() over (order by fid), ''insert'', clock_timestamp(), ''external'', fid
        from %1$I where fid not in (select fid from %2$I where fid is not null)', layer, log)
        using head + 1;
    get diagnostics n = row_count;
    perform firemap_take(n);
    execute format(
        'select setval(%L, greatest((select last_value from %s), (select max(fid) from %I)))',
        pg_get_serial_sequence(quote_ident(layer), 'fid'), pg_get_serial_sequence(quote_ident(layer), 'fid'), layer);
    execute format(
        'update %1$I set changed = changed where coalesce(source, '''') = '''' or coalesce(source_key, '''') = ''''',
        layer);
    perform firemap_tell(layer, head + 1 + n, null);
end
$$;

do
$$
declare
    layer text;
begin
    for layer in select name from firemap_layer loop
        execute format('create index %I on %I using gist (geom)', layer || '_geom', layer);
        perform firemap_derive(layer);
    end loop;
end
$$;
