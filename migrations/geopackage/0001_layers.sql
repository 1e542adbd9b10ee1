-- The tables of a store: what a GeoPackage 1.3 asks for, firemap's own books, and one table a layer.
-- A log table, an R-tree and triggers for each layer are derived from these (src/store/geopackage/schema.rs).
-- Column types are written large where the GeoPackage standard (table 1) names them.
-- A migration is never edited: add the next one.

pragma application_id = 1196444487; -- "GPKG"
pragma user_version = 10300; -- GeoPackage 1.3

create table gpkg_spatial_ref_sys (
    srs_name TEXT not null,
    srs_id INTEGER primary key not null,
    organization TEXT not null,
    organization_coordsys_id INTEGER not null,
    definition TEXT not null,
    description TEXT
);

insert into gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition, description)
values
    ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326,
        'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
        'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');

create table gpkg_contents (
    table_name TEXT primary key not null,
    data_type TEXT not null,
    identifier TEXT unique,
    description TEXT default '',
    last_change DATETIME not null default (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE,
    min_y DOUBLE,
    max_x DOUBLE,
    max_y DOUBLE,
    srs_id INTEGER,
    constraint fk_gc_r_srs_id foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id)
);

create table gpkg_geometry_columns (
    table_name TEXT not null,
    column_name TEXT not null,
    geometry_type_name TEXT not null,
    srs_id INTEGER not null,
    z TINYINT not null,
    m TINYINT not null,
    constraint pk_geom_cols primary key (table_name, column_name),
    constraint uk_gc_table_name unique (table_name),
    constraint fk_gc_tn foreign key (table_name) references gpkg_contents (table_name),
    constraint fk_gc_srs foreign key (srs_id) references gpkg_spatial_ref_sys (srs_id)
);

create table gpkg_extensions (
    table_name TEXT,
    column_name TEXT,
    extension_name TEXT not null,
    definition TEXT not null,
    scope TEXT not null,
    constraint ge_tce unique (table_name, column_name, extension_name)
);

-- Facts about the store as a whole: 'zone' is the time zone of its days.
create table firemap_meta (
    key text primary key not null,
    value text not null
);

-- How far the change log has come: one number over all layers.
create table firemap_head (
    one integer primary key not null,
    seq integer not null,
    constraint firemap_head_one_row check (one = 1)
);

insert into firemap_head (one, seq) values (1, 0);

-- Who writes in the transaction that is open; null outside of firemap's own, and then the log says 'external'.
create table firemap_actor (
    one integer primary key not null,
    name text,
    constraint firemap_actor_one_row check (one = 1)
);

insert into firemap_actor (one, name) values (1, null);

-- Where features came from. Registered as attributes, so that GDAL and QGIS do not list the tables of the log.
create table firemap_source (
    fid INTEGER primary key autoincrement not null,
    name TEXT not null, -- short name, such as osm
    attribution TEXT not null, -- what the map must say of it
    demo BOOLEAN not null, -- made up, to be shown as 演示数据
    constraint firemap_source_name unique (name),
    constraint firemap_source_demo_yes_no check (demo in (0, 1))
);

-- Columns that every layer has beside its fields: source and source_key name a feature for good; flaw is what is odd
-- about its shape; extra holds unknown columns as a JSON object; file and row say where it last stood; changed is when
-- the row was last written.

create table area (
    fid INTEGER primary key autoincrement not null,
    geom MULTIPOLYGON,
    kind TEXT,
    code TEXT,
    name TEXT,
    parent TEXT,
    residents INTEGER,
    planned_hydrants INTEGER,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint area_source_key unique (source, source_key),
    constraint area_kind_code check (kind in ('district', 'subdistrict', 'community', 'grid', 'estate', 'quarter',
        'built_up'))
);

create table building (
    fid INTEGER primary key autoincrement not null,
    geom MULTIPOLYGON,
    name TEXT,
    address TEXT,
    use TEXT,
    height_m DOUBLE,
    floors_above INTEGER,
    floors_below INTEGER,
    year_built INTEGER,
    floor_area_m2 DOUBLE,
    insulation TEXT,
    entrance_elevation_m DOUBLE,
    residents INTEGER,
    care_residents INTEGER,
    e_bikes INTEGER,
    charging_ports INTEGER,
    gas_cylinders INTEGER,
    iot_installed TEXT,
    iot_reporting TEXT,
    manager TEXT,
    contact TEXT,
    supervised_by TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint building_source_key unique (source, source_key),
    constraint building_use_code check (use in ('residential', 'dormitory', 'mixed', 'office', 'commercial', 'mall',
        'market', 'hotel', 'school', 'kindergarten', 'hospital', 'elderly_care', 'industrial', 'warehouse',
        'heritage', 'religious', 'public', 'garage', 'farm', 'utility', 'minor', 'other')),
    constraint building_insulation_code check (insulation in ('a', 'b1', 'b2', 'b3')),
    constraint building_supervised_by_code check (supervised_by in ('fire_brigade', 'police', 'subdistrict'))
);

create table place (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    name TEXT,
    address TEXT,
    class TEXT,
    building TEXT,
    area_above_m2 DOUBLE,
    area_below_m2 DOUBLE,
    rooms INTEGER,
    storeys TEXT,
    alarm BOOLEAN,
    sprinkler BOOLEAN,
    indoor_hydrant BOOLEAN,
    smoke_control BOOLEAN,
    contact TEXT,
    supervised_by TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint place_source_key unique (source, source_key),
    constraint place_alarm_yes_no check (alarm in (0, 1)),
    constraint place_sprinkler_yes_no check (sprinkler in (0, 1)),
    constraint place_indoor_hydrant_yes_no check (indoor_hydrant in (0, 1)),
    constraint place_smoke_control_yes_no check (smoke_control in (0, 1)),
    constraint place_supervised_by_code check (supervised_by in ('fire_brigade', 'police', 'subdistrict'))
);

create table hydrant (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    name TEXT,
    address TEXT,
    kind TEXT,
    state TEXT,
    pressure_mpa DOUBLE,
    flow_lps DOUBLE,
    main TEXT,
    diameter_mm INTEGER,
    elevation_m DOUBLE,
    inspected DATE,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint hydrant_source_key unique (source, source_key),
    constraint hydrant_kind_code check (kind in ('municipal', 'building_outdoor', 'cistern', 'natural_intake', 'dry')),
    constraint hydrant_state_code check (state in ('in_service', 'out_of_service', 'obstructed', 'unknown')),
    constraint hydrant_main_code check (main in ('ring', 'tree', 'unknown'))
);

create table connection (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    name TEXT,
    building TEXT,
    state TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint connection_source_key unique (source, source_key),
    constraint connection_state_code check (state in ('in_service', 'out_of_service', 'unknown'))
);

create table road (
    fid INTEGER primary key autoincrement not null,
    geom MULTILINESTRING,
    class TEXT,
    name TEXT,
    one_way TEXT,
    width_m DOUBLE,
    clear_height_m DOUBLE,
    slope_pct DOUBLE,
    start_elevation_m DOUBLE,
    end_elevation_m DOUBLE,
    bridge BOOLEAN,
    tunnel BOOLEAN,
    level INTEGER,
    blocked BOOLEAN,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint road_source_key unique (source, source_key),
    constraint road_class_code check (class in ('motorway', 'trunk', 'primary', 'secondary', 'tertiary',
        'residential', 'living_street', 'unclassified', 'service', 'track', 'pedestrian', 'footway', 'path',
        'steps')),
    constraint road_one_way_code check (one_way in ('no', 'forward', 'backward')),
    constraint road_bridge_yes_no check (bridge in (0, 1)),
    constraint road_tunnel_yes_no check (tunnel in (0, 1)),
    constraint road_blocked_yes_no check (blocked in (0, 1))
);

create table lane (
    fid INTEGER primary key autoincrement not null,
    geom MULTILINESTRING,
    name TEXT,
    width_m DOUBLE,
    clear_height_m DOUBLE,
    slope_pct DOUBLE,
    turning_radius_m DOUBLE,
    bearing_t DOUBLE,
    overhead TEXT,
    dead_end BOOLEAN,
    turnaround BOOLEAN,
    marking BOOLEAN,
    building TEXT,
    state TEXT,
    obstructed_by TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint lane_source_key unique (source, source_key),
    constraint lane_dead_end_yes_no check (dead_end in (0, 1)),
    constraint lane_turnaround_yes_no check (turnaround in (0, 1)),
    constraint lane_marking_yes_no check (marking in (0, 1)),
    constraint lane_state_code check (state in ('clear', 'obstructed', 'unknown'))
);

create table ladder_field (
    fid INTEGER primary key autoincrement not null,
    geom MULTIPOLYGON,
    name TEXT,
    building TEXT,
    slope_pct DOUBLE,
    marking BOOLEAN,
    state TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint ladder_field_source_key unique (source, source_key),
    constraint ladder_field_marking_yes_no check (marking in (0, 1)),
    constraint ladder_field_state_code check (state in ('clear', 'obstructed', 'unknown'))
);

create table station (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    name TEXT,
    address TEXT,
    kind TEXT,
    staff INTEGER,
    vehicles TEXT,
    turnout_s INTEGER,
    telephone TEXT,
    contact TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint station_source_key unique (source, source_key),
    constraint station_kind_code check (kind in ('fire_station', 'micro_unit', 'micro_community', 'volunteer'))
);

create table barrier (
    fid INTEGER primary key autoincrement not null,
    geom MULTILINESTRING,
    kind TEXT,
    name TEXT,
    height_m DOUBLE,
    gates BOOLEAN,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint barrier_source_key unique (source, source_key),
    constraint barrier_kind_code check (kind in ('wall', 'fence', 'retaining_wall', 'hedge', 'railway')),
    constraint barrier_gates_yes_no check (gates in (0, 1))
);

create table water (
    fid INTEGER primary key autoincrement not null,
    geom MULTIPOLYGON,
    kind TEXT,
    name TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint water_source_key unique (source, source_key),
    constraint water_kind_code check (kind in ('river', 'lake', 'reservoir', 'canal', 'sea'))
);

create table danger (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    about TEXT,
    about_key TEXT,
    kind TEXT,
    grade TEXT,
    state TEXT,
    text TEXT,
    measure TEXT,
    responsible TEXT,
    reported DATETIME,
    due DATE,
    closed DATETIME,
    campaign TEXT,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint danger_source_key unique (source, source_key),
    constraint danger_about_code check (about in ('building', 'place', 'lane', 'hydrant', 'estate', 'road')),
    constraint danger_grade_code check (grade in ('minor', 'ordinary', 'principal', 'major')),
    constraint danger_state_code check (state in ('reported', 'verified', 'to_mend', 'mended', 'closed'))
);

create table incident (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    kind TEXT,
    occurred DATETIME,
    cause TEXT,
    deaths INTEGER,
    injured INTEGER,
    loss_yuan DOUBLE,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint incident_source_key unique (source, source_key),
    constraint incident_kind_code check (kind in ('fire', 'rescue'))
);

create table sensor (
    fid INTEGER primary key autoincrement not null,
    geom POINT,
    name TEXT,
    kind TEXT,
    about_key TEXT,
    reading DOUBLE,
    read_at DATETIME,
    low DOUBLE,
    high DOUBLE,
    source TEXT default 'edited',
    source_key TEXT,
    flaw TEXT,
    extra TEXT,
    file TEXT,
    row INTEGER,
    changed DATETIME,
    constraint sensor_source_key unique (source, source_key),
    constraint sensor_kind_code check (kind in ('water_pressure', 'electrical', 'lane_video', 'control_room', 'gas'))
);

insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('area', 'features', 'area', '区划', 4326),
    ('building', 'features', 'building', '建筑', 4326),
    ('place', 'features', 'place', '场所', 4326),
    ('hydrant', 'features', 'hydrant', '消火栓', 4326),
    ('connection', 'features', 'connection', '水泵接合器', 4326),
    ('road', 'features', 'road', '道路', 4326),
    ('lane', 'features', 'lane', '消防车道', 4326),
    ('ladder_field', 'features', 'ladder_field', '登高操作场地', 4326),
    ('station', 'features', 'station', '消防站', 4326),
    ('barrier', 'features', 'barrier', '障碍', 4326),
    ('water', 'features', 'water', '水域', 4326),
    ('danger', 'features', 'danger', '隐患', 4326),
    ('incident', 'features', 'incident', '火灾与救援', 4326),
    ('sensor', 'features', 'sensor', '物联感知', 4326),
    ('firemap_source', 'attributes', 'firemap_source', '数据来源', null);

insert into gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m) values
    ('area', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('building', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('place', 'geom', 'POINT', 4326, 0, 0),
    ('hydrant', 'geom', 'POINT', 4326, 0, 0),
    ('connection', 'geom', 'POINT', 4326, 0, 0),
    ('road', 'geom', 'MULTILINESTRING', 4326, 0, 0),
    ('lane', 'geom', 'MULTILINESTRING', 4326, 0, 0),
    ('ladder_field', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('station', 'geom', 'POINT', 4326, 0, 0),
    ('barrier', 'geom', 'MULTILINESTRING', 4326, 0, 0),
    ('water', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('danger', 'geom', 'POINT', 4326, 0, 0),
    ('incident', 'geom', 'POINT', 4326, 0, 0),
    ('sensor', 'geom', 'POINT', 4326, 0, 0);

insert into gpkg_extensions (table_name, column_name, extension_name, definition, scope)
select table_name, column_name, 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'
from gpkg_geometry_columns;
