//! 水域: rivers and lakes, for the map and as what a hose does not cross.

use crate::model::field::{Choice, Field};
use crate::model::layer::{GeometryKind, LayerDef, OsmRule};

/// The layer.
pub const LAYER: LayerDef = LayerDef {
    name: "water",
    zh: "水域",
    en: "Water",
    geometry: GeometryKind::Polygon,
    fields: FIELDS,
    osm: &[
        OsmRule { key: "natural", values: &["water", "bay"] },
        OsmRule { key: "waterway", values: &["riverbank", "dock"] },
        OsmRule { key: "landuse", values: &["reservoir", "basin"] },
    ],
    tile_zoom: 0,
    hints: &["water", "river", "lake", "水域", "河", "湖"],
};

const KINDS: &[Choice] = &[
    Choice::new("river", "河流", "River", &["riverbank", "stream", "河"]),
    Choice::new("lake", "湖泊", "Lake", &["pond", "湖", "池塘", "oxbow", "lagoon"]),
    Choice::new("reservoir", "水库", "Reservoir", &["basin"]),
    Choice::new("canal", "沟渠", "Canal", &["ditch", "dock", "moat", "harbour"]),
    Choice::new("sea", "海", "Sea", &["bay"]),
];

const FIELDS: &[Field] = &[
    Field::choice("kind", "类型", "Kind", KINDS)
        .aliases(&["水体类型", "type"])
        .osm(&["water", "waterway", "landuse", "natural"])
        .zoom(0),
    Field::text("name", "名称", "Name").aliases(&["水体名称"]).osm(&["name:zh", "name"]).zoom(10),
];
