//! Edits as a client asks for them, and what is wrong with them: every value is checked as an import checks it.

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::refused::Problem;
use crate::ingest::{Misfit, entered, entered_shape};
use crate::model::{Attributes, FeatureId, Layer, Value};
use crate::store::{Drawn, Edit, Revision};

/// Edits of one request at most.
pub const MOST_EDITS: usize = 1000;
/// Problems that are told at most.
const MOST_PROBLEMS: usize = 100;

/// Edits that become one transaction: all or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditsWish {
    /// At most 1,000, in order.
    pub edits: Vec<EditWish>,
}

/// One edit.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum EditWish {
    /// A new feature.
    Create(CreateWish),
    /// Other values or another shape.
    Change(ChangeWish),
    /// Off the map.
    Retire(RetireWish),
}

/// A new feature.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWish {
    layer: String,
    /// GeoJSON, WGS 84.
    #[schema(value_type = Object)]
    geometry: Json,
    #[serde(default)]
    #[schema(value_type = Object)]
    properties: Map<String, Json>,
}

/// What a feature is to be instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeWish {
    layer: String,
    id: u64,
    /// Its `revision` as the client has seen it; `null` changes it whatever it is.
    revision: Option<u64>,
    /// Those that change; `null` clears.
    #[serde(default)]
    #[schema(value_type = Object)]
    properties: Map<String, Json>,
    /// GeoJSON, WGS 84; its shape stays where not said.
    #[serde(default)]
    #[schema(value_type = Object)]
    geometry: Option<Json>,
}

/// A feature to be taken off the map.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetireWish {
    layer: String,
    id: u64,
    /// Its `revision` as the client has seen it; `null` takes it whatever it is.
    revision: Option<u64>,
}

/// What a feature that is named by the address is to be instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchWish {
    /// Those that change; `null` clears.
    #[serde(default)]
    #[schema(value_type = Object)]
    properties: Map<String, Json>,
    /// GeoJSON, WGS 84; its shape stays where not said.
    #[serde(default)]
    #[schema(value_type = Object)]
    geometry: Option<Json>,
}

/// The batch that is to be undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoWish {
    /// The `revision` of its answer.
    pub revision: u64,
}

impl PatchWish {
    /// The same as an edit of a feature.
    pub fn of(self, layer: Layer, id: u64, revision: Option<u64>) -> EditWish {
        let PatchWish { properties, geometry } = self;
        EditWish::Change(ChangeWish { layer: layer.name().to_owned(), id, revision, properties, geometry })
    }
}

/// Taking one feature off the map.
pub fn retiring(layer: Layer, id: u64, revision: Option<u64>) -> EditWish {
    EditWish::Retire(RetireWish { layer: layer.name().to_owned(), id, revision })
}

/// The edits for the store, or all that is wrong with them. Dates and instants without a zone are of `zone`.
pub fn edits_of(wishes: Vec<EditWish>, zone: &TimeZone) -> Result<Vec<Edit>, Vec<Problem>> {
    if wishes.is_empty() || wishes.len() > MOST_EDITS {
        return Err(vec![Problem::count(wishes.len(), MOST_EDITS)]);
    }
    let (mut edits, mut problems) = (Vec::with_capacity(wishes.len()), Vec::new());
    for (nth, wish) in wishes.into_iter().enumerate() {
        let mut reading = Reading { nth, zone, problems: &mut problems };
        edits.extend(reading.edit(wish));
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    if problems.is_empty() { Ok(edits) } else { Err(problems) }
}

/// Reads one edit and notes what is wrong with it.
struct Reading<'a> {
    nth: usize,
    zone: &'a TimeZone,
    problems: &'a mut Vec<Problem>,
}

impl Reading<'_> {
    fn edit(&mut self, wish: EditWish) -> Option<Edit> {
        match wish {
            EditWish::Create(CreateWish { layer, geometry, properties }) => {
                let layer = self.layer(&layer)?;
                let drawn = self.drawn(layer, &geometry);
                let mut values = vec![None; layer.fields().len()];
                for (ix, value) in self.values(layer, &properties) {
                    if let Some(slot) = values.get_mut(ix) {
                        *slot = value;
                    }
                }
                Some(Edit::Create { layer, drawn: drawn?, attributes: Attributes::pack(layer, &values) })
            }
            EditWish::Change(ChangeWish { layer, id, revision, properties, geometry }) => {
                let layer = self.layer(&layer)?;
                if properties.is_empty() && geometry.is_none() {
                    self.problems.push(Problem::nothing(self.nth));
                }
                let drawn = geometry.map(|geometry| self.drawn(layer, &geometry));
                let values = self.values(layer, &properties);
                let drawn = match drawn {
                    Some(None) => return None,
                    Some(drawn) => drawn,
                    None => None,
                };
                let expected = revision.map(Revision);
                Some(Edit::Change { layer, id: FeatureId(id), expected, values, drawn })
            }
            EditWish::Retire(RetireWish { layer, id, revision }) => {
                let layer = self.layer(&layer)?;
                Some(Edit::Retire { layer, id: FeatureId(id), expected: revision.map(Revision) })
            }
        }
    }

    fn layer(&mut self, name: &str) -> Option<Layer> {
        let layer = Layer::named(name);
        if layer.is_none() {
            self.problems.push(Problem::no_layer(self.nth, name));
        }
        layer
    }

    fn drawn(&mut self, layer: Layer, geometry: &Json) -> Option<Drawn> {
        let shape = entered_shape(geometry, layer);
        let shape = shape.map_err(|reason| self.problems.push(Problem::new(self.nth, Some("geometry"), &reason)));
        shape.ok().map(|(shape, flaw)| Drawn { shape, flaw })
    }

    /// The fields that are named and what they are to say. Those nobody may see cannot be set either, and are not told
    /// apart from those that are not there.
    fn values(&mut self, layer: Layer, properties: &Map<String, Json>) -> Vec<(usize, Option<Value>)> {
        let mut values = Vec::with_capacity(properties.len());
        for (name, value) in properties {
            let Some((ix, field)) = layer.field(name).filter(|(_, field)| field.is_public()) else {
                let field: String = name.chars().take(40).collect();
                let misfit = Misfit::NoField { field: field.clone(), layer: layer.name() };
                self.problems.push(Problem::new(self.nth, Some(&field), &misfit));
                continue;
            };
            match entered(value, field, self.zone) {
                Ok(value) => values.push((ix, value)),
                Err(misfit) => self.problems.push(Problem::new(self.nth, Some(name), &misfit)),
            }
        }
        values
    }
}
