-- Of each building the distance to the nearest hydrant and how many stand within 150 m; summed, so that no time goes
-- into sending rows. PostgreSQL runs such a query in one process.
select
    sum((select st_distance(house.geom, outlet.geom) from outlet order by house.geom <-> outlet.geom limit 1)),
    sum((select count(*) from outlet where st_dwithin(house.geom, outlet.geom, 150)))
from house;
