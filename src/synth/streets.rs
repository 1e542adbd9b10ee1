//! Streets as rows: class, name, width, and the slope they have on the ground.

use super::plan::distance;
use super::record::Record;
use super::rng::{Rng, hash};
use super::terrain::{Terrain, Xy};
use crate::model::{Layer, Shape};

/// What a street is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// 快速路
    Trunk,
    /// 主干路
    Primary,
    /// 次干路
    Secondary,
    /// 支路
    Tertiary,
    /// 居住区道路
    Residential,
    /// 巷
    Alley,
    /// 内部道路
    Service,
    /// 人行道
    Footway,
    /// 梯道
    Steps,
    /// No street at all, such as the middle of a river.
    Nothing,
}

impl Way {
    /// The model's word for it; `None` for no street.
    pub fn class(self) -> Option<&'static str> {
        Some(match self {
            Way::Trunk => "trunk",
            Way::Primary => "primary",
            Way::Secondary => "secondary",
            Way::Tertiary => "tertiary",
            Way::Residential => "residential",
            Way::Alley => "living_street",
            Way::Service => "service",
            Way::Footway => "footway",
            Way::Steps => "steps",
            Way::Nothing => return None,
        })
    }

    /// Metres from kerb to kerb.
    pub fn width_m(self) -> f64 {
        match self {
            Way::Trunk => 28.0,
            Way::Primary => 22.0,
            Way::Secondary => 16.0,
            Way::Tertiary => 11.0,
            Way::Residential => 7.0,
            Way::Alley => 4.2,
            Way::Service => 5.0,
            Way::Footway => 2.4,
            Way::Steps => 3.2,
            Way::Nothing => 0.0,
        }
    }

    /// Whether an engine can use it.
    pub fn carries_engines(self) -> bool {
        !matches!(self, Way::Footway | Way::Steps | Way::Nothing)
    }

    /// Metres from the kerb to where a building may begin.
    pub fn pavement_m(self) -> f64 {
        match self {
            Way::Trunk => 9.0,
            Way::Primary => 7.0,
            Way::Secondary => 5.5,
            Way::Tertiary => 4.0,
            Way::Residential => 3.0,
            Way::Alley | Way::Footway | Way::Steps => 1.6,
            Way::Service => 2.4,
            Way::Nothing => 0.0,
        }
    }

    /// What such a street is called, after its own name.
    pub fn ending(self) -> &'static str {
        match self {
            Way::Trunk => "大道",
            Way::Primary | Way::Secondary => "路",
            Way::Tertiary | Way::Residential => "街",
            Way::Alley | Way::Footway => "巷",
            Way::Steps => "梯道",
            Way::Service | Way::Nothing => "",
        }
    }
}

/// A street between two junctions.
#[derive(Clone, Debug)]
pub struct Street {
    /// Its centre line.
    pub points: Vec<Xy>,
    /// What it is.
    pub way: Way,
    /// Its name, empty where it has none.
    pub name: String,
    /// Whether it crosses a river.
    pub bridge: bool,
    /// Whether it goes under a ridge.
    pub tunnel: bool,
}

impl Street {
    /// A street on the ground.
    pub fn new(points: Vec<Xy>, way: Way, name: impl Into<String>) -> Street {
        Street { points, way, name: name.into(), bridge: false, tunnel: false }
    }

    /// Its length in metres.
    pub fn length_m(&self) -> f64 {
        self.points.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
    }

    /// Its row; `None` where it is no street.
    pub fn record(&self, ground: &Terrain) -> Option<Record> {
        let class = self.way.class()?;
        let shape = Shape::lines([ground.places(&self.points)]).ok()?;
        let mut chance =
            Rng::of(&[shape.first().lon as u64, shape.first().lat as u64, hash(&[self.points.len() as u64])]);
        let (first, last) = (self.points[0], self.points[self.points.len() - 1]);
        let (start, end) = (ground.elevation(first), ground.elevation(last));
        let length = self.length_m();
        let slope = 100.0 * (end - start) / length;
        // Ways off the ground keep an even grade; stairs are as steep as stairs are.
        let limit = match self.way {
            Way::Steps => 55.0,
            _ if self.bridge || self.tunnel => 4.0,
            _ => 16.0,
        };
        let width = match self.way {
            Way::Alley => self.way.width_m() + chance.between(-1.4, 0.4),
            Way::Residential | Way::Service | Way::Steps => self.way.width_m() + chance.between(-1.0, 0.6),
            way => way.width_m(),
        };
        let narrow = matches!(self.way, Way::Alley | Way::Service);
        let one_way = match self.way {
            Way::Residential | Way::Alley => chance.percent(12),
            _ => false,
        };
        let record = Record::new(Layer::Road, shape)
            .choice("class", class)
            .when(!self.name.is_empty(), |r| r.text("name", &self.name))
            .when(self.way.carries_engines(), |r| r.choice("one_way", if one_way { "forward" } else { "no" }))
            .when(!narrow || chance.percent(70), |r| r.real("width_m", width, 1))
            .when(narrow && chance.percent(14), |r| r.real("clear_height_m", chance.between(2.8, 4.3), 1))
            .when(self.tunnel, |r| r.real("clear_height_m", 4.5, 1).flag("tunnel", true).integer("level", -1))
            .when(self.bridge, |r| r.flag("bridge", true).integer("level", 1))
            .real("slope_pct", slope.clamp(-limit, limit), 1);
        let on_ground = !self.bridge && !self.tunnel;
        Some(record.when(on_ground, |r| r.real("start_elevation_m", start, 1).real("end_elevation_m", end, 1)))
    }
}
