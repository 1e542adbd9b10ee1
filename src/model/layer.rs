//! The fourteen layers and what each is declared to be.

use super::attributes::AttributesRef;
use super::catalogue::*;
use super::field::Field;

/// What shape the features of a layer have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeometryKind {
    /// One place.
    Point,
    /// One or more lines.
    Line,
    /// One or more polygons with holes.
    Polygon,
}

/// A way OpenStreetMap says that an element belongs to a layer: a key with one of these values (`*` is any but `no`).
#[derive(Clone, Copy, Debug)]
pub struct OsmRule {
    /// The tag's key.
    pub key: &'static str,
    /// The values that belong, or `["*"]`.
    pub values: &'static [&'static str],
}

/// All that is declared about a layer.
#[derive(Debug)]
pub struct LayerDef {
    /// Name of table, source layer and API path.
    pub name: &'static str,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
    /// Shape of its features.
    pub geometry: GeometryKind,
    /// Its fields, in the order of columns.
    pub fields: &'static [Field],
    /// Tags by which OpenStreetMap elements belong to it; any one suffices.
    pub osm: &'static [OsmRule],
    /// Least zoom at which tiles carry its features one by one.
    pub tile_zoom: u8,
    /// Words in a file's name that hint at this layer, lower case.
    pub hints: &'static [&'static str],
}

macro_rules! layers {
    ($($(#[$meta:meta])* $variant:ident => $module:ident),+ $(,)?) => {
        /// A layer of the model. The order is the order of tables.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Layer { $( $(#[$meta])* $variant ),+ }

        impl Layer {
            /// Every layer, in order.
            pub const ALL: [Layer; [$(stringify!($variant)),+].len()] = [$(Layer::$variant),+];

            /// What is declared about this layer.
            pub fn def(self) -> &'static LayerDef {
                match self { $(Layer::$variant => &$module::LAYER),+ }
            }
        }
    };
}

layers! {
    /// 行政区划与网格
    Area => area,
    /// 建筑
    Building => building,
    /// 场所
    Place => place,
    /// 消火栓与其他水源
    Hydrant => hydrant,
    /// 水泵接合器
    Connection => connection,
    /// 道路
    Road => road,
    /// 消防车道
    Lane => lane,
    /// 登高操作场地
    LadderField => ladder_field,
    /// 消防站
    Station => station,
    /// 障碍
    Barrier => barrier,
    /// 水域
    Water => water,
    /// 隐患
    Danger => danger,
    /// 火灾与救援
    Incident => incident,
    /// 物联感知
    Sensor => sensor,
}

impl Layer {
    /// Name of table, source layer and API path.
    pub fn name(self) -> &'static str {
        self.def().name
    }

    /// Its fields, in the order of columns.
    pub fn fields(self) -> &'static [Field] {
        self.def().fields
    }

    /// Zoom from which a feature with these values is drawn.
    pub fn least_zoom(self, values: AttributesRef<'_>) -> u8 {
        match self {
            Layer::Road => road::least_zoom(values.choice(self, road::CLASS)),
            Layer::Area => area::least_zoom(values.choice(self, area::KIND)),
            _ => self.def().tile_zoom,
        }
    }

    /// The layer of a name.
    pub fn named(name: &str) -> Option<Layer> {
        Layer::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// A field and its position by name.
    pub fn field(self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields().iter().enumerate().find(|(_, field)| field.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_fit_for_sql() {
        let mut names = HashSet::new();
        for layer in Layer::ALL {
            assert!(names.insert(layer.name()));
            let mut fields = HashSet::new();
            for field in layer.fields() {
                assert!(fields.insert(field.name), "{} twice in {}", field.name, layer.name());
                assert!(field.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
                let taken = ["fid", "geom", "source", "source_key", "flaw", "extra", "file", "row", "changed"];
                assert!(!taken.contains(&field.name), "{} is a column of every layer", field.name);
            }
        }
    }

    #[test]
    fn an_alias_means_one_field_of_its_layer() {
        for layer in Layer::ALL {
            let mut seen = HashSet::new();
            for alias in layer.fields().iter().flat_map(|field| field.aliases) {
                assert!(seen.insert(*alias), "{alias} stands twice in {}", layer.name());
                assert_eq!(*alias, alias.to_lowercase(), "aliases are lower case");
            }
        }
    }

    #[test]
    fn a_spelling_means_one_word_of_its_vocabulary() {
        for layer in Layer::ALL {
            for field in layer.fields() {
                let mut seen = HashSet::new();
                for choice in field.choices() {
                    for word in choice.aliases.iter().chain([&choice.code, &choice.zh]) {
                        assert!(seen.insert(*word), "{word} stands twice in {}.{}", layer.name(), field.name);
                    }
                }
                if let Some(code) = field.assumed {
                    assert!(field.choices().iter().any(|choice| choice.code == code));
                }
            }
        }
    }
}
