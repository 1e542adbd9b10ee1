-- The same answers by building, with how many stand within 0.05 % less and more than 150 m.
copy (
    select house.fid, round(nearest.metres::numeric, 4), around.count, around.less, around.more
    from house
    cross join lateral (
        select st_distance(house.geom, outlet.geom) as metres from outlet order by house.geom <-> outlet.geom limit 1
    ) as nearest
    cross join lateral (
        select
            count(*) filter (where st_distance(house.geom, outlet.geom) <= 150) as count,
            count(*) filter (where st_distance(house.geom, outlet.geom) <= 150 * 0.9995) as less,
            count(*) as more
        from outlet
        where st_dwithin(house.geom, outlet.geom, 150 * 1.0005)
    ) as around
) to stdout (format csv);
