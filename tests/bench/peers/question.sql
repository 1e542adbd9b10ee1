-- Of each building the distance to the nearest hydrant and how many stand within 150 m; summed, so that no time goes
-- into sending rows.
select sum(nearest.metres), sum(around.count)
from house
cross join lateral (
    select st_distance(house.geom, outlet.geom) as metres from outlet order by house.geom <-> outlet.geom limit 1
) as nearest
cross join lateral (
    select count(*) from outlet where st_dwithin(house.geom, outlet.geom, 150)
) as around;
