//! Tags to layers, and tags to fields, by what the model declares: [`LayerDef::osm`](crate::model::LayerDef) and
//! [`Field::osm`](crate::model::Field). What only OpenStreetMap means by a tag stands here and nowhere else.

use jiff::tz::TimeZone;

use super::element::{Kind, Tags};
use crate::ingest::grid::numerals::Numerals;
use crate::ingest::ignored::Ignored;
use crate::ingest::mapping::Mapped;
use crate::ingest::values::{self, How, Reading};
use crate::model::{Field, FieldType, GeometryKind, Layer, Value, hydrant};

/// A set of layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layers(u16);

impl Layers {
    /// The layers, in order.
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |layer| self.has(*layer))
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a layer is in it.
    pub fn has(self, layer: Layer) -> bool {
        self.0 & (1 << layer as u16) != 0
    }

    fn add(&mut self, layer: Layer) {
        self.0 |= 1 << layer as u16;
    }

    /// The set without a layer.
    pub fn without(self, layer: Layer) -> Layers {
        Layers(self.0 & !(1 << layer as u16))
    }
}

/// The layers that ask for an element of these tags, or `only` one; if none, why not.
pub fn layers(only: Option<Layer>, kind: Kind, tags: Tags<'_>) -> Result<Layers, Ignored> {
    if tags.0.is_empty() {
        return Err(if kind == Kind::Node { Ignored::Vertex {} } else { Ignored::Untagged {} });
    }
    if kind == Kind::Relation && !matches!(tags.get("type"), Some("multipolygon" | "boundary")) {
        return Err(Ignored::OtherRelation {});
    }
    let mut asked = Layers::default();
    let mut why_not = Ignored::NotAsked {};
    for layer in Layer::ALL {
        let matches = |key: &str, values: &[&str]| {
            // A node so tagged is a door.
            let door = |value| kind == Kind::Node && value == "entrance";
            let any = |value| values == ["*"] && value != "no" && !door(value);
            tags.get(key).is_some_and(|value| any(value) || values.contains(&value))
        };
        if only.is_some_and(|only| only != layer) {
            continue;
        }
        if !layer.def().osm.iter().any(|rule| matches(rule.key, rule.values)) {
            continue;
        }
        if layer == Layer::Area && !matches!(tags.get("admin_level"), Some("6" | "8" | "10")) {
            why_not = Ignored::AdminLevel {};
        } else if kind == Kind::Relation && layer.def().geometry == GeometryKind::Line {
            why_not = Ignored::RoadArea {};
        } else if layer == Layer::Barrier
            && ["tunnel", "bridge"].into_iter().any(|key| tags.get(key).is_some_and(|value| value != "no"))
        {
            // Who walks over a railway's tunnel, or under its bridge, is not stopped by it.
            why_not = Ignored::OverOrUnder {};
        } else {
            asked.add(layer);
        }
    }
    if asked.is_empty() { Err(why_not) } else { Ok(asked) }
}

/// Fields from tags; tags that no field takes whole are left over.
pub fn map(layer: Layer, tags: &[(&str, &str)], zone: &TimeZone) -> Mapped {
    let tags = Tags(tags);
    let mut mapped = Mapped::nothing_known(layer);
    let mut taken: Vec<&str> = Vec::new();
    for (ix, field) in layer.fields().iter().enumerate() {
        let mut bad: Option<&str> = None;
        for &key in field.osm {
            let reading = match key.split_once('+') {
                Some((first, second)) => join(tags, first, second),
                None => tags.get(key).map_or(Reading::Nothing, |text| read(text, field, zone)),
            };
            match reading {
                Reading::Nothing => continue,
                Reading::Unreadable => {
                    bad = bad.or(Some(key));
                    continue;
                }
                Reading::Value(value) => {
                    taken.extend(key.split('+'));
                    mapped.values[ix] = Some(value);
                }
                Reading::Coarser(value) => mapped.values[ix] = Some(value),
            }
            break;
        }
        // A tag that says something a vocabulary has no word for is not wrong; it stays beside the fields.
        let is_choice = matches!(field.ty, FieldType::Choice(_));
        if let (None, Some(key), false) = (&mapped.values[ix], bad, is_choice) {
            mapped.unread.push((ix, key.into(), tags.get(key).unwrap_or_default().chars().take(80).collect()));
        }
    }
    meant(layer, tags, &mut mapped);
    let mut rest: Vec<(&str, &str)> = tags.0.iter().copied().filter(|(key, _)| !taken.contains(key)).collect();
    rest.sort_unstable();
    mapped.extra.extend(rest.into_iter().map(|(key, value)| (key.to_owned(), value.into())));
    mapped
}

fn read(text: &str, field: &Field, zone: &TimeZone) -> Reading {
    match (field.ty, values::read_text(text, field, &How::new("", field.unit, Numerals::Each), zone)) {
        // `bridge=viaduct` is a bridge.
        (FieldType::Bool, Reading::Unreadable) => Reading::Coarser(Value::Bool(true)),
        (_, reading) => reading,
    }
}

/// Street and house number in the order and with the gap of their script.
fn join(tags: Tags<'_>, first: &str, second: &str) -> Reading {
    let Some(street) = tags.get(first) else { return Reading::Nothing };
    let text = match tags.get(second) {
        Some(number) if street.chars().next_back().is_some_and(|c| c > '\u{2e80}') => format!("{street}{number}"),
        Some(number) => format!("{street} {number}"),
        None => street.to_owned(),
    };
    Reading::Value(Value::Text(text.trim().into()))
}

/// What tags mean beyond the field they stand for.
fn meant(layer: Layer, tags: Tags<'_>, mapped: &mut Mapped) {
    let word = |field: &str, code: &str| {
        let (ix, field) = layer.field(field)?;
        let nth = field.choices().iter().position(|choice| choice.is_meant_by(code))?;
        Some((ix, Value::Choice(nth as u8)))
    };
    match layer {
        Layer::Hydrant => {
            let out_of_use = ["disused:emergency", "abandoned:emergency"].into_iter().find_map(|key| tags.get(key));
            let gone = out_of_use.is_some() || [tags.get("disused"), tags.get("abandoned")].contains(&Some("yes"));
            // The type is finer than the tag that makes it a hydrant; a former hydrant has only that.
            let kinds = [tags.get("fire_hydrant:type"), tags.get("emergency"), out_of_use];
            if let Some((ix, kind)) = kinds.into_iter().flatten().find_map(|code| word("kind", code)) {
                mapped.values[ix] = Some(kind);
            }
            if gone && let Some((ix, state)) = word("state", "out_of_service") {
                mapped.values[ix] = Some(state);
            }
            // No tag tells a hydrant of the town from one of an estate: the vocabulary's word is an assumption.
            let plain = tags.get("emergency").or(out_of_use) == Some("fire_hydrant");
            if plain && mapped.values[hydrant::KIND] == word("kind", "municipal").map(|(_, kind)| kind) {
                mapped.values[hydrant::KIND] = None;
            }
        }
        Layer::Road if tags.get("oneway").is_none() => {
            let circles = matches!(tags.get("junction"), Some("roundabout" | "circular"));
            if (circles || tags.get("highway") == Some("motorway"))
                && let Some((ix, way)) = word("one_way", "forward")
            {
                mapped.values[ix] = Some(way);
            }
        }
        _ => {}
    }
    for (ix, field) in layer.fields().iter().enumerate() {
        if let (None, Some(code)) = (&mapped.values[ix], field.assumed)
            && let Some((_, value)) = word(field.name, code)
        {
            mapped.values[ix] = Some(value);
            mapped.assumed.push(ix);
        }
    }
}
