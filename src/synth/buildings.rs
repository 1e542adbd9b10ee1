//! Houses set on the lots of a quarter, by what the quarter is used for.

use super::blocks::Block;
use super::footprints::{Form, Lot};
use super::outline::{direction, offset};
use super::plan::distance;
use super::quarters::{Quarter, Use};
use super::rng::Rng;
use super::site::{House, Kind, Rows, Site, frontage};
use super::terrain::Xy;

/// Sets the houses of a quarter; each block's lot is left with what was taken of it.
pub fn build(quarter: &Quarter, blocks: &[Block], lots: &mut [Lot]) -> Vec<House> {
    let mut chance = Rng::of(&[quarter.seed, 0xB1D]);
    let mut houses = Vec::new();
    let decade = chance.whole(0, 16);
    for (block, lot) in lots.iter_mut().enumerate() {
        let along = if quarter.usage == Use::Centre { quarter.along } else { frontage(&blocks[block], quarter.along) };
        let mut site = Site { lot, along, block, houses: &mut houses, chance: chance.clone() };
        match quarter.usage {
            Use::OldTown => old_town(&mut site),
            Use::WalkUps => walk_ups(&mut site, decade),
            Use::Slabs => slabs(&mut site, decade),
            Use::Towers => towers(&mut site, decade),
            Use::Centre => centre(&mut site),
            Use::School => school(&mut site, block),
            Use::Hospital => hospital(&mut site),
            Use::Market => market(&mut site, block),
            Use::Works => works(&mut site),
            Use::Village => village(&mut site),
            Use::Hill => {}
        }
        chance = site.chance;
    }
    houses
}

fn old_town(site: &mut Site<'_>) {
    if site.chance.percent(34) {
        // An estate of walk-ups in the middle of the old lanes.
        return walk_ups(site, 3);
    }
    let rows = Rows { depth: (9.5, 13.5), width: (9.0, 19.0), gap: (0.8, 2.6), behind: (2.6, 5.5) };
    site.rows(rows, &mut |w, d, chance| {
        let form = match chance.whole(0, 11) {
            0 if w > 14.0 => Form::Court(w + 4.0, d + 5.0, 4.6),
            1 | 2 if w > 12.0 => Form::Angle(w, d, 5.5),
            3 if w > 13.0 => Form::Step(w, d, 1.8),
            _ => Form::Slab(w, d),
        };
        let heritage = chance.percent(2);
        let usage = match chance.whole(0, 99) {
            _ if heritage => "heritage",
            0..=44 => "residential",
            45..=82 => "mixed",
            83..=90 => "commercial",
            91..=93 => "hotel",
            94..=95 => "office",
            96 => "religious",
            97 => "elderly_care",
            _ => "public",
        };
        let (floors, year) = if heritage {
            (chance.whole(1, 3), chance.whole(1890, 1938))
        } else {
            (chance.whole(2, 7), chance.whole(1962, 1996))
        };
        (form, (usage, floors, year))
    });
}

fn walk_ups(site: &mut Site<'_>, decade: i64) {
    let rows = Rows { depth: (10.5, 12.5), width: (26.0, 46.0), gap: (4.0, 8.0), behind: (9.0, 13.5) };
    let year = 1978 + decade.min(14);
    site.rows(rows, &mut |w, d, chance| {
        let form = match chance.whole(0, 8) {
            0 | 1 => Form::Step(w, d + 2.0, 2.6),
            2 if w > 34.0 => Form::Angle(w, d * 2.0, d),
            _ => Form::Slab(w, d),
        };
        let usage = if chance.percent(22) { "mixed" } else { "residential" };
        (form, (usage, chance.whole(6, 8), (year + chance.whole(0, 6)).min(1999)))
    });
    if site.chance.percent(55) {
        return;
    }
    let small = Rows { depth: (7.0, 9.5), width: (8.0, 15.0), gap: (2.0, 5.0), behind: (4.0, 7.0) };
    site.rows(small, &mut |w, d, chance| {
        let kind = [("commercial", 2), ("mixed", 4), ("minor", 1), ("residential", 5), ("commercial", 2)];
        let (usage, floors) = if chance.percent(3) { ("kindergarten", 3) } else { *chance.pick(&kind) };
        (Form::Slab(w, d), (usage, floors, year + chance.whole(0, 12)))
    });
}

fn slabs(site: &mut Site<'_>, decade: i64) {
    let rows = Rows { depth: (12.5, 14.5), width: (36.0, 58.0), gap: (9.0, 14.0), behind: (17.0, 24.0) };
    let year = 1996 + decade / 2;
    site.rows(rows, &mut |w, d, chance| {
        let form = match chance.whole(0, 5) {
            0 | 1 => Form::Step(w, d + 3.0, 3.2),
            2 => Form::Waist(w, d + 1.5, 1.8),
            _ => Form::Slab(w, d),
        };
        (form, ("residential", chance.whole(7, 11), year + chance.whole(0, 5)))
    });
    if site.chance.percent(40) {
        let shops = Rows { depth: (9.0, 11.0), width: (16.0, 30.0), gap: (6.0, 12.0), behind: (9.0, 14.0) };
        site.rows(shops, &mut |w, d, chance| {
            let shops = [("commercial", 2), ("commercial", 3), ("commercial", 2), ("utility", 1)];
            let (usage, floors) = if chance.percent(8) { ("kindergarten", 3) } else { *chance.pick(&shops) };
            (Form::Slab(w, d), (usage, floors, year + chance.whole(0, 8)))
        });
    }
}

fn towers(site: &mut Site<'_>, decade: i64) {
    let (side, recess) = (site.chance.between(25.0, 31.0), site.chance.between(3.6, 5.2));
    let style = site.chance.whole(0, 2);
    let year = 2002 + decade;
    let tall = site.chance.whole(18, 32);
    let rows = Rows { depth: (22.0, 26.0), width: (side, side + 6.0), gap: (19.0, 30.0), behind: (27.0, 38.0) };
    site.rows(rows, &mut |w, d, chance| {
        let form = match style {
            0 => Form::Cross(w, d + 3.0, recess + 2.0),
            1 => Form::Waist(w + 4.0, d - 3.0, recess),
            _ => Form::Chamfer(w, d, recess),
        };
        (form, ("residential", (tall + chance.whole(-3, 3)).clamp(18, 34), year + chance.whole(0, 3)))
    });
    let shops = Rows { depth: (10.0, 13.0), width: (18.0, 46.0), gap: (7.0, 14.0), behind: (20.0, 40.0) };
    site.rows(shops, &mut |w, d, chance| {
        let (usage, floors) = *chance.pick(&[
            ("commercial", 2),
            ("commercial", 2),
            ("commercial", 3),
            ("commercial", 2),
            ("garage", 1),
            ("utility", 1),
        ]);
        (Form::Slab(w, d), (usage, floors, year + chance.whole(0, 4)))
    });
}

fn centre(site: &mut Site<'_>) {
    let [(west, east), (south, north)] = site.extent();
    let year = site.chance.whole(2004, 2021);
    let middle = site.at((west + east) / 2.0, (south + north) / 2.0);
    // The mall as large as the ground allows.
    for share in [0.86, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5, 0.44, 0.38] {
        let (w, d) = ((east - west) * share, (north - south) * share * 0.86);
        let form = Form::Chamfer(w, d, w.min(d) * 0.16);
        let floors = site.chance.whole(5, 7);
        if site.set(form, middle, site.along, 8.0, ("mall", floors, year)) {
            break;
        }
    }
    let rows = Rows { depth: (28.0, 36.0), width: (30.0, 42.0), gap: (16.0, 24.0), behind: (16.0, 24.0) };
    site.rows(rows, &mut |w, d, chance| {
        let usage = *chance.pick(&["office", "office", "hotel", "dormitory"]);
        (Form::Chamfer(w, d, 4.0), (usage, chance.whole(20, 46), year + chance.whole(0, 3)))
    });
    let shops = Rows { depth: (11.0, 15.0), width: (18.0, 40.0), gap: (7.0, 12.0), behind: (8.0, 14.0) };
    site.rows(shops, &mut |w, d, chance| (Form::Slab(w, d), ("commercial", chance.whole(2, 4), year)));
}

/// Two wings of one house that stand apart but are one in the books.
fn pair(site: &mut Site<'_>, form: Form, middle: Xy, apart: f64, kind: Kind) -> bool {
    if !site.set(form, middle, site.along, 8.0, kind) {
        return false;
    }
    for side in [1.0, -1.0] {
        let twin = form.stand(offset(middle, site.along, 0.0, side * (form.size().1 + apart)), site.along);
        if site.lot.take(&twin.ring, 3.0) {
            site.houses.last_mut().expect("one was just set").parts.push(twin);
            break;
        }
    }
    true
}

fn school(site: &mut Site<'_>, block: usize) {
    if block > 0 {
        return walk_ups(site, 12);
    }
    let year = site.chance.whole(1986, 2016);
    let [(west, east), (south, north)] = site.extent();
    let mut set = [false; 4];
    // Teaching block, laboratories in two wings, hall and canteen, wherever the ground allows.
    for _ in 0..160 {
        let (x, y) = (site.chance.between(west, east), site.chance.between(south, north));
        let middle = site.at(x, y);
        let along = site.along;
        let nth = set.iter().position(|done| !done);
        let Some(nth) = nth else { break };
        set[nth] = match nth {
            0 => site.set(Form::Horseshoe(62.0, 44.0, 12.0), middle, along, 14.0, ("school", 5, year)),
            1 => pair(site, Form::Slab(48.0, 11.5), middle, 9.0, ("school", 4, year + 2)),
            2 => site.set(Form::Slab(40.0, 26.0), middle, along, 12.0, ("school", 2, year + 6)),
            _ => site.set(Form::Angle(36.0, 26.0, 13.0), middle, along, 10.0, ("school", 6, year + 4)),
        };
    }
}

fn hospital(site: &mut Site<'_>) {
    let year = site.chance.whole(1998, 2014);
    let [(west, east), (south, north)] = site.extent();
    let along = site.along;
    let wanted = [
        (Form::Comb(112.0, 56.0, 18.0), 8),
        (Form::Waist(66.0, 24.0, 4.0), 19),
        (Form::Court(54.0, 46.0, 13.0), 6),
        (Form::Slab(44.0, 18.0), 4),
        (Form::Slab(30.0, 20.0), 3),
    ];
    for (form, floors) in wanted {
        for _ in 0..60 {
            let (x, y) = (site.chance.between(west, east), site.chance.between(south, north));
            let middle = site.at(x, y);
            if site.set(form, middle, along, 16.0, ("hospital", floors, year)) {
                break;
            }
        }
    }
}

fn market(site: &mut Site<'_>, block: usize) {
    if block > 2 {
        return old_town(site);
    }
    let rows = Rows { depth: (26.0, 34.0), width: (44.0, 74.0), gap: (7.0, 10.0), behind: (8.0, 12.0) };
    site.rows(rows, &mut |w, d, chance| (Form::Slab(w, d), ("market", chance.whole(1, 4), chance.whole(1991, 2008))));
    let small = Rows { depth: (9.0, 12.0), width: (10.0, 20.0), gap: (1.0, 3.0), behind: (4.0, 6.0) };
    site.rows(small, &mut |w, d, chance| {
        (Form::Slab(w, d), ("commercial", chance.whole(2, 5), chance.whole(1988, 2005)))
    });
}

fn works(site: &mut Site<'_>) {
    let store = site.chance.percent(45);
    let rows = Rows { depth: (26.0, 46.0), width: (46.0, 96.0), gap: (11.0, 18.0), behind: (13.0, 20.0) };
    site.rows(rows, &mut |w, d, chance| {
        let usage = if store ^ chance.percent(20) { "warehouse" } else { "industrial" };
        (Form::Slab(w, d), (usage, chance.whole(1, 3), chance.whole(1992, 2019)))
    });
    let small = Rows { depth: (10.0, 14.0), width: (20.0, 38.0), gap: (8.0, 16.0), behind: (9.0, 16.0) };
    site.rows(small, &mut |w, d, chance| {
        let (usage, floors) = *chance.pick(&[("office", 4), ("dormitory", 6), ("warehouse", 1), ("utility", 1)]);
        (Form::Slab(w, d), (usage, floors, chance.whole(1992, 2019)))
    });
}

fn village(site: &mut Site<'_>) {
    let [(west, east), (south, north)] = site.extent();
    let tries = ((east - west) * (north - south) / 520.0) as usize;
    let (x, y) = (site.chance.between(0.3, 0.7), site.chance.between(0.3, 0.7));
    let heart = site.at(west + (east - west) * x, south + (north - south) * y);
    let reach = site.chance.between(70.0, 130.0);
    for _ in 0..tries {
        let (x, y) = (site.chance.between(west, east), site.chance.between(south, north));
        let middle = site.at(x, y);
        // Houses gather around the heart of the hamlet.
        let away = distance(middle, heart) / reach;
        if site.chance.unit() > 1.0 / (1.0 + away * away * away) {
            continue;
        }
        let tilt = site.chance.between(-0.3, 0.3);
        let along = direction([0.0; 2], offset([0.0; 2], site.along, 1.0, tilt));
        let (w, d) = (site.chance.between(9.0, 15.0), site.chance.between(8.0, 11.0));
        let form = match site.chance.whole(0, 7) {
            0 => Form::Horseshoe(w + 5.0, d + 5.0, 5.0),
            1 | 2 => Form::Angle(w + 2.0, d + 4.0, 5.5),
            _ => Form::Slab(w, d),
        };
        let usage = match site.chance.whole(0, 19) {
            0 | 1 => "farm",
            2 => "minor",
            3 => "mixed",
            4 => "commercial",
            _ => "residential",
        };
        let kind = (usage, site.chance.whole(1, 4), site.chance.whole(1974, 2015));
        site.set(form, middle, along, 2.2, kind);
    }
}
