//! Administration, from the grid cells up: each level is the union of its children, by their very vertices.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::plan::{Plan, ROWS};
use super::quarters::Quarter;
use super::record::Record;
use crate::model::{Layer, Place, Shape};

type Ring = Vec<Place>;

/// A grid cell: a quarter and, on a bank, its strip of river.
struct Cell {
    ring: Ring,
    code: String,
    residents: i64,
    rural: bool,
}

/// All areas of a district, coarse to fine; `residents` of each quarter in the order of `quarters`. The cells come
/// with the row: whose quarter lies in which cell is told by the order.
pub fn records(plan: &Plan, i: i64, j: i64, nth: u64, quarters: &[Quarter], residents: &[i64]) -> Vec<Record> {
    let mut order: Vec<usize> = (0..quarters.len()).collect();
    order.sort_by_key(|&k| (quarters[k].row, quarters[k].nth));
    let rows: Vec<i64> = plan.rows.clone().map(|row| j * ROWS + row).filter(|row| !Plan::is_strip(*row)).collect();
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let district = format!("99{:04}000000", nth + 1);
    let cells: Vec<Cell> = order
        .iter()
        .map(|&k| {
            let quarter = &quarters[k];
            let community = community(plan, i, nth, &rows, quarter);
            let number = numbers.entry(community.clone()).and_modify(|n| *n += 1).or_insert(1);
            Cell {
                ring: outline(plan, i, quarter),
                code: format!("{community}{number:02}"),
                residents: residents[k],
                rural: quarter.is_rural(),
            }
        })
        .collect();

    let seed = plan.recipe.seed;
    let level = |kind: &'static str, prefix: usize, parent: usize| {
        let mut groups: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
        for cell in &cells {
            groups.entry(&cell.code[..prefix]).or_default().push(cell);
        }
        let mut records = Vec::new();
        for (start, members) in groups {
            let shape = Shape::polygons(dissolve(members.iter().map(|cell| &cell.ring)));
            let Ok(shape) = shape else { continue };
            let code = if prefix < 12 { format!("{start:0<12}") } else { start.to_string() };
            let own = start.bytes().fold(seed, |h, byte| super::rng::hash(&[h, u64::from(byte)]));
            let rural = members.iter().filter(|cell| cell.rural).count() * 5 > members.len() * 3;
            let name = match kind {
                "district" => format!("{}区", names::place(&[own])),
                "subdistrict" => format!("{}{}", names::place(&[own]), if rural { "镇" } else { "街道" }),
                "community" => format!("{}{}", names::street(&[own]), if rural { "村" } else { "社区" }),
                _ => format!("第{}网格", start[12..].trim_start_matches('0')),
            };
            let count = members.iter().map(|cell| cell.residents).sum();
            records.push(
                Record::new(Layer::Area, shape)
                    .choice("kind", kind)
                    .text("code", code)
                    .text("name", name)
                    .when(parent > 0, |r| r.text("parent", format!("{:0<12}", &start[..parent])))
                    .integer("residents", count),
            );
        }
        records
    };
    let mut records = level("district", 6, 0);
    records.extend(level("subdistrict", 9, 6));
    records.extend(level("community", 12, 9));
    records.extend(level("grid", 14, 12));

    let built = cells.iter().filter(|cell| !cell.rural).map(|cell| &cell.ring);
    if let Ok(shape) = Shape::polygons(dissolve(built)) {
        let built_up = Record::new(Layer::Area, shape)
            .choice("kind", "built_up")
            .text("code", format!("{}-J", &district[..6]))
            .text("name", "建成区")
            .text("parent", &district);
        records.push(built_up);
    }
    records
}

/// The twelve digits of the community a quarter belongs to: pairs of rows, and eight parts along the river.
fn community(plan: &Plan, i: i64, nth: u64, rows: &[i64], quarter: &Quarter) -> String {
    let at = rows.iter().position(|row| *row == quarter.row).expect("the quarter's row is one of the district's");
    let pair = at / 2;
    let band = if rows.len() == 10 { [0, 0, 1, 2, 2][pair] } else { pair / 2 };
    let (u, _) = plan.ground.sheet(quarter.middle);
    let share = ((u - i as f64 * plan.width_m()) / plan.width_m() + 0.5).clamp(0.0, 0.999);
    let part = (share * 8.0) as usize;
    let sub = 1 + band * 2 + part / 4;
    format!("99{:04}{sub:03}{:03}", nth + 1, 1 + pair * 8 + part)
}

fn outline(plan: &Plan, i: i64, quarter: &Quarter) -> Ring {
    let ring =
        |stops: Vec<super::plan::Stop>| stops.into_iter().map(|stop| plan.ground.place(stop.at)).collect::<Ring>();
    let of = |row: i64| {
        let mut corners = ring(plan.contour(i, row, quarter.nth, false));
        corners.extend(ring(plan.climb(i, row, quarter.nth + 1).0));
        corners.extend(ring(plan.contour(i, row, quarter.nth, true)).into_iter().rev());
        corners.extend(ring(plan.climb(i, row, quarter.nth).0).into_iter().rev());
        corners.dedup();
        corners
    };
    let own = of(quarter.row);
    let strip = [quarter.row - 1, quarter.row + 1].into_iter().find(|row| Plan::is_strip(*row));
    let Some(strip) = strip else { return own };
    let strip = of(strip);
    dissolve([&own, &strip].into_iter()).into_iter().flatten().next().unwrap_or(own)
}

/// The union of rings that share their edges vertex for vertex, as polygons with holes; all rings wind to the left.
pub fn dissolve<'a>(rings: impl Iterator<Item = &'a Ring>) -> Vec<Vec<Ring>> {
    let mut edges: BTreeSet<(Place, Place)> = BTreeSet::new();
    for ring in rings {
        for k in 0..ring.len() {
            let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
            if a != b && !edges.remove(&(b, a)) {
                edges.insert((a, b));
            }
        }
    }
    let mut loops: Vec<Ring> = Vec::new();
    while let Some(&(start, _)) = edges.first() {
        let mut path = vec![start];
        loop {
            let here = path[path.len() - 1];
            let next = edges.range((here, Place { lon: i32::MIN, lat: i32::MIN })..).next().copied();
            let Some(edge) = next.filter(|edge| edge.0 == here) else { break };
            edges.remove(&edge);
            // Where the path meets itself a ring is complete: rings touch at a vertex and do not run through it.
            match path.iter().position(|at| *at == edge.1) {
                Some(from) => {
                    loops.push(path.split_off(from));
                    path.push(edge.1);
                    if path.len() == 1 {
                        break;
                    }
                }
                None => path.push(edge.1),
            }
        }
    }
    let (outer, holes): (Vec<Ring>, Vec<Ring>) = loops.into_iter().partition(|ring| area2(ring) > 0);
    let mut polygons: Vec<Vec<Ring>> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let around = polygons.iter().enumerate().filter(|(_, polygon)| surrounds(&polygon[0], &hole));
        if let Some((k, _)) = around.min_by_key(|(_, polygon)| area2(&polygon[0])) {
            polygons[k].push(hole);
        }
    }
    polygons
}

fn area2(ring: &Ring) -> i128 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| i128::from(a.lon) * i128::from(b.lat) - i128::from(b.lon) * i128::from(a.lat))
        .sum()
}

fn surrounds(ring: &Ring, hole: &Ring) -> bool {
    let ring: Vec<[f64; 2]> = ring.iter().map(|p| [f64::from(p.lon), f64::from(p.lat)]).collect();
    let middle = |k: usize| {
        let (a, b) = (hole[k], hole[(k + 1) % hole.len()]);
        [(f64::from(a.lon) + f64::from(b.lon)) / 2.0, (f64::from(a.lat) + f64::from(b.lat)) / 2.0]
    };
    (0..hole.len()).filter(|k| super::outline::within(&ring, middle(*k))).count() * 2 > hole.len()
}
