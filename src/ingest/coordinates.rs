//! Which system a file's numbers are in: the person's word, the file's own, or what the numbers show; else a refusal that
//! lists what would explain them and where each would put the data.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::error::IngestError;
use super::geometry::agreed;
use super::record::{Geometry, Record};
use super::report::Remark;
use crate::crs::evidence::{self, Candidate, Evidence, Fit};
use crate::crs::{Crs, CrsError, CrsNote, geodesic_m};
use crate::model::{Lang, Place, Speak};
use crate::store::{Store, StoreError};

/// The system of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The one its numbers are in.
    pub crs: Crs,
    /// The one that was stated when its first records had been read.
    stated: Option<Crs>,
}

impl Settled {
    /// Of a file whose format has one system only.
    pub fn always(crs: Crs) -> Settled {
        Settled { crs, stated: None }
    }

    /// Refuses a file that states another system behind its features, when they have been read.
    pub fn holds_to_the_end(
        &self,
        path: &Path,
        told: Option<&Crs>,
        own: Option<Result<Crs, CrsError>>,
    ) -> Result<(), IngestError> {
        match agreed(path, told, own)? {
            Some(own) if self.stated.as_ref() != Some(&own) && own != self.crs => {
                let (own, taken) = (own.typed(), self.crs.name().to_owned());
                Err(IngestError::SaysLate { path: path.display().to_string(), own, taken })
            }
            _ => Ok(()),
        }
    }
}

/// The system of a file: what a person has `told`, else what it says itself (`own`), else what its first records show.
pub fn settle(
    path: &Path,
    told: Option<&Crs>,
    own: Option<Result<Crs, CrsError>>,
    sample: &[Record],
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Settled, IngestError> {
    let numbers = numbers(sample);
    let stated = agreed(path, told, own)?;
    let crs = match &stated {
        Some(stated) => fitting(path, stated, &numbers, remarks)?,
        None => match evidence::of(&numbers) {
            None | Some(Evidence::Degrees) => Crs::Wgs84,
            Some(Evidence::Only(crs)) => {
                remarks.push((Remark::CrsEvident { crs: crs.name().to_owned(), typed: crs.typed() }, 0));
                crs
            }
            Some(Evidence::Several(candidates)) => return Err(unclear(path, &numbers, candidates)),
        },
    };
    remarks.extend(told_of(&crs).map(|remark| (remark, 0)));
    Ok(Settled { crs, stated })
}

/// The stated system, or the same in the order or with the prefix that the numbers have.
fn fitting(
    path: &Path,
    stated: &Crs,
    numbers: &[[f64; 2]],
    remarks: &mut Vec<(Remark, u64)>,
) -> Result<Crs, IngestError> {
    let path_told = || path.display().to_string();
    let crs = || stated.name().to_owned();
    match evidence::fit(stated, numbers) {
        Fit::Fits => Ok(stated.clone()),
        Fit::As(found) => {
            remarks.push((Remark::CrsWrittenAs { crs: crs(), found: found.typed() }, 0));
            Ok(found)
        }
        Fit::Degrees => Err(IngestError::CrsButDegrees { path: path_told(), crs: crs(), example: example(numbers) }),
        Fit::Outside => match evidence::of(numbers) {
            Some(Evidence::Only(found)) => {
                let (found, example) = (found.typed(), example(numbers));
                Err(IngestError::CrsMisfits { path: path_told(), crs: crs(), example, found })
            }
            Some(Evidence::Several(candidates)) => Err(unclear(path, numbers, candidates)),
            _ => Err(unclear(path, numbers, Vec::new())),
        },
    }
}

/// Columns that name their system as our own exports do (`gcj02_lon`, `bd09_wkt`, `epsg4523_x`), so that nobody takes
/// them for WGS 84: the system, and the positions of east and north, which are one where both stand in one text. Of
/// several that of the `wanted` system. Names are plain: lower case without marks.
pub fn system_of_columns(plain: &[String], wanted: Option<&Crs>) -> Option<(Crs, usize, usize)> {
    let at = |name: String| plain.iter().position(|column| *column == name);
    plain.iter().enumerate().find_map(|(east, column)| {
        let (system, north) = [("lon", "lat"), ("lng", "lat"), ("x", "y"), ("wkt", "wkt")]
            .iter()
            .find_map(|(east, north)| Some((column.strip_suffix(east)?, *north)))?;
        let digits =
            |code: &&str| !code.is_empty() && code.len() <= 5 && code.bytes().all(|byte| byte.is_ascii_digit());
        let crs = match system {
            "gcj02" => Crs::Gcj02,
            "bd09" => Crs::Bd09,
            other => Crs::named(&format!("EPSG:{}", other.strip_prefix("epsg").filter(digits)?)).ok()?,
        };
        let is_wanted = wanted.is_none_or(|wanted| *wanted.upright() == crs);
        is_wanted.then_some(())?;
        Some((crs, east, at(format!("{system}{north}"))?))
    })
}

/// The first numbers of records' geometries.
fn numbers(sample: &[Record]) -> Vec<[f64; 2]> {
    let first = |record: &Record| match &record.geometry {
        Geometry::Points(points) => points.first().copied(),
        Geometry::Lines(lines) => lines.first()?.first().copied(),
        Geometry::Polygons(polygons) => polygons.first()?.first()?.first().copied(),
        Geometry::None | Geometry::Built(..) | Geometry::Unusable(_) => None,
    };
    sample.iter().filter_map(first).collect()
}

fn example(numbers: &[[f64; 2]]) -> String {
    evidence::middle(numbers).map_or_else(String::new, |[x, y]| format!("{x}, {y}"))
}

fn unclear(path: &Path, numbers: &[[f64; 2]], candidates: Vec<Candidate>) -> IngestError {
    let (path, example) = (path.display().to_string(), example(numbers));
    if candidates.is_empty() {
        return IngestError::CrsUnknown { path, example };
    }
    let candidates = Candidates::of(candidates);
    let most_like = candidates.most_like();
    IngestError::CrsUnclear { path, example, candidates, most_like }
}

/// What is said of the system a file is taken to be in.
fn told_of(crs: &Crs) -> impl Iterator<Item = Remark> {
    let name = crs.name().to_owned();
    let taken = match crs.upright() {
        Crs::Wgs84 => None,
        Crs::Gcj02 => Some(Remark::Gcj02 {}),
        _ => Some(Remark::OtherCrs { crs: name.clone() }),
    };
    let note = move |note: CrsNote| {
        let (zh, en) = (note.say(Lang::Zh), note.say(Lang::En));
        Remark::CrsNote { crs: name.clone(), zh, en }
    };
    taken.into_iter().chain(crs.notes().into_iter().map(note))
}

/// Systems that would explain a file's numbers, the nearest to what the store holds first.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates(Vec<(Candidate, Option<f64>)>);

/// The most that are told.
const MOST_TOLD: usize = 9;

impl Candidates {
    fn of(candidates: Vec<Candidate>) -> Candidates {
        Candidates(candidates.into_iter().map(|candidate| (candidate, None)).collect())
    }

    /// What to type for the first.
    pub fn most_like(&self) -> String {
        self.0.first().map_or_else(|| "EPSG:4544".to_owned(), |(candidate, _)| candidate.crs.typed())
    }

    /// The systems and metres to what the store holds, where it holds anything.
    pub fn all(&self) -> impl Iterator<Item = (&Candidate, Option<f64>)> {
        self.0.iter().map(|(candidate, away)| (candidate, *away))
    }

    /// Asks the store how far its nearest feature is from each.
    pub fn measured(mut self, store: &dyn Store) -> Result<Candidates, StoreError> {
        let places: Vec<Option<Place>> =
            self.0.iter().map(|(one, _)| Place::from_degrees(one.at[0], one.at[1])).collect();
        let nearest = Mutex::new(vec![f64::INFINITY; places.len()]);
        store.load(&|rows| {
            let mut nearest = nearest.lock().unwrap_or_else(PoisonError::into_inner);
            for row in rows {
                let there = row.feature.shape.first();
                for (place, least) in places.iter().zip(nearest.iter_mut()) {
                    *least = place.map_or(*least, |place| least.min(roughly_m(place, there)));
                }
            }
        })?;
        let nearest = nearest.into_inner().unwrap_or_else(PoisonError::into_inner);
        for ((_, away), metres) in self.0.iter_mut().zip(nearest) {
            *away = metres.is_finite().then_some(metres);
        }
        self.0.sort_by(|(_, one), (_, other)| one.unwrap_or(f64::INFINITY).total_cmp(&other.unwrap_or(f64::INFINITY)));
        Ok(self)
    }
}

/// Metres between places, near enough for kilometres: the flat formula far away, where only the order matters.
fn roughly_m(a: Place, b: Place) -> f64 {
    let (east, north) = (f64::from(a.lon) - f64::from(b.lon), f64::from(a.lat) - f64::from(b.lat));
    if east.abs().max(north.abs()) < 5e6 { geodesic_m(a, b) } else { east.hypot(north) * 1e-7 * 111_000.0 }
}

/// `EPSG:4544 → 106.5012, 29.5003 (2 km); …`: the code, longitude and latitude, and how far from what the store holds.
impl fmt::Display for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (Candidate { crs, at: [lon, lat] }, away)) in self.0.iter().take(MOST_TOLD).enumerate() {
            let separator = if nth > 0 { "; " } else { "" };
            write!(f, "{separator}{} → {lon:.4}, {lat:.4}", crs.typed())?;
            match away {
                Some(metres) if *metres < 950.0 => write!(f, " ({metres:.0} m)")?,
                Some(metres) => write!(f, " ({:.0} km)", metres / 1000.0)?,
                None => {}
            }
        }
        if self.0.len() > MOST_TOLD { write!(f, "; …({})", self.0.len()) } else { Ok(()) }
    }
}
