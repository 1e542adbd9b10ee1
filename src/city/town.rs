//! The city itself and what can be asked of it.

use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use super::frame::Frame;
use super::ground::GroundResults;
use super::joined_roads::JoinedRoads;
use super::layer::LayerSlots;
use super::network::Network;
use super::results::Results;
use super::risk::RiskResults;
use super::street_need::StreetNeed;
use crate::model::{Bounds, Layer, Relief};
use crate::rules::{Pack, RiskModel, Rule, Travel, WaterRules};
use crate::store::{Revision, Source};

/// The store at one revision and day, with all results. A clone costs some reference counts.
#[derive(Clone)]
pub struct City {
    pub(super) revision: Revision,
    pub(super) zone: Arc<str>,
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) frame: Frame,
    pub(super) layers: Vec<LayerSlots>,
    pub(super) relief: Arc<Relief>,
    pub(super) results: Results,
    /// Found with the load, and when first asked for after a change of what is in it.
    pub(super) joined_roads: Arc<OnceLock<JoinedRoads>>,
    /// Found when first asked for, and not again before a change of areas or roads.
    pub(super) street_need: Arc<OnceLock<StreetNeed>>,
    /// Made when first asked for, and not again before a change of what it is of.
    pub(super) network: Arc<OnceLock<Arc<Network>>>,
    /// Found when first asked for, and not again before a change.
    pub(super) ground: Arc<OnceLock<GroundResults>>,
    /// Scored when first asked for, and not again before a change.
    pub(super) risk: Arc<OnceLock<RiskResults>>,
    /// Found when first asked for, and not again before a change.
    pub(super) bounds: Arc<OnceLock<Option<Bounds>>>,
    pub(super) extent: Arc<OnceLock<Option<Bounds>>>,
}

impl City {
    /// The revision it is of.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The day its results are of.
    pub fn day(&self) -> Date {
        self.frame.day
    }

    /// The pack and the day that it is judged by.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The time zone of its days.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Where its rows came from.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The rule pack it is judged by.
    pub fn pack(&self) -> &Pack {
        &self.frame.pack
    }

    /// The rules of water supply that hold on its day.
    pub fn rules(&self) -> &WaterRules {
        &self.frame.rules
    }

    /// How its crews move.
    pub fn travel(&self) -> &Travel {
        &self.frame.pack.travel
    }

    /// The longest way of hose that counts, in millimetres: the standard's where it writes its radius for the way.
    pub fn hose_limit_mm(&self) -> u32 {
        let practice = || (self.travel().hose.route_limit_m * 1000.0).round() as u32;
        self.rules().route_limit().map_or_else(practice, Rule::mm)
    }

    /// Whether slots name the same features as in a city of the same load.
    pub fn numbers_as(&self, other: &City) -> bool {
        self.layers.iter().zip(&other.layers).all(|(own, others)| own.numbers_as(others))
    }

    /// One of its layers.
    pub fn layer(&self, layer: Layer) -> &LayerSlots {
        &self.layers[layer as usize]
    }

    /// The heights of the ground within its extent and [`MARGIN_M`](super::MARGIN_M) around it.
    pub fn relief(&self) -> &Arc<Relief> {
        &self.relief
    }

    /// Its results.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Its roads as low zooms draw them. Who asks first after a change of main roads waits until all are joined again.
    pub fn joined_roads(&self) -> &JoinedRoads {
        self.joined_roads.get_or_init(|| JoinedRoads::new(self.layer(Layer::Road)))
    }

    /// 建有率 of its areas. Who asks first waits until it is found: seconds in a city of a million buildings.
    pub fn street_need(&self) -> &StreetNeed {
        self.street_need.get_or_init(|| StreetNeed::new(self))
    }

    /// The same where it is found already.
    pub fn street_need_found(&self) -> Option<&StreetNeed> {
        self.street_need.get()
    }

    /// What it knows along the ground. Who asks first waits until it is found.
    pub fn ground(&self) -> &GroundResults {
        self.ground.get_or_init(|| GroundResults::new(self, self.network()))
    }

    /// The same where it is found already.
    pub fn ground_found(&self) -> Option<&GroundResults> {
        self.ground.get()
    }

    /// How its buildings are ranked by risk. Who asks first waits until the ground is found and all are scored.
    pub fn risk(&self) -> &RiskResults {
        self.risk.get_or_init(|| RiskResults::new(self))
    }

    /// The same where it is scored already.
    pub fn risk_found(&self) -> Option<&RiskResults> {
        self.risk.get()
    }

    /// The model that its buildings are ranked by.
    pub fn risk_model(&self) -> &RiskModel {
        &self.frame.pack.risk
    }

    /// Its roads as a network. Who asks first waits until it is made.
    pub fn network(&self) -> Arc<Network> {
        let made = self
            .network
            .get_or_init(|| Arc::new(Network::new(&self.layers, self.travel(), &|at| self.relief.height_m(at))));
        made.clone()
    }

    /// The least box around its buildings and hydrants, else around all it has; `None` of an empty city.
    pub fn bounds(&self) -> Option<Bounds> {
        let around = |layers: &[Layer]| {
            let rows = layers.iter().flat_map(|layer| self.layer(*layer).iter());
            rows.map(|(_, row)| row.shape.bounds()).reduce(Bounds::union)
        };
        *self.bounds.get_or_init(|| around(&[Layer::Building, Layer::Hydrant]).or_else(|| around(&Layer::ALL)))
    }

    /// The least box around all it has.
    pub fn extent(&self) -> Option<Bounds> {
        *self.extent.get_or_init(|| extent_of(&self.layers))
    }

    /// Whether any of it is made up.
    pub fn is_demo(&self) -> bool {
        self.sources.iter().any(|source| source.demo)
    }
}

/// The least box around all that layers have.
pub(super) fn extent_of(layers: &[LayerSlots]) -> Option<Bounds> {
    layers.iter().flat_map(|layer| layer.iter().map(|(_, row)| row.shape.bounds())).reduce(Bounds::union)
}
