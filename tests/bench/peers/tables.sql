-- What the main question is asked of: footprints and hydrants in metres (UTM zone 48N), indexed, with statistics.
drop table if exists house, outlet;
create table house as select fid, st_transform(geom, 32648) as geom from building;
create table outlet as select fid, st_transform(geom, 32648) as geom from hydrant join asked_about using (fid);
create index house_place on house using gist (geom);
create index outlet_place on outlet using gist (geom);
vacuum analyze house;
vacuum analyze outlet;
