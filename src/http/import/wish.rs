//! What a person says about an import on the screen: the same things, by the same names, as on the command line.

use std::path::PathBuf;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::ingest::{IngestError, Options, Replace};
use crate::model::{Lang, Layer};

/// What a person says about an import. What is left out is guessed, or refused with what could be meant.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportWish {
    /// The layer, such as `hydrant`.
    layer: Option<String>,
    /// The coordinates, such as `GCJ-02`, `EPSG:4523` or well-known text.
    crs: Option<String>,
    /// The source's name; otherwise the file's.
    source: Option<String>,
    /// What the map must say of the source.
    attribution: Option<String>,
    /// Whether features of the source that the files do not hold go off the map, unless that is most of them.
    replace: bool,
    /// Fields, each with the column it is taken from.
    #[schema(value_type = Vec<Vec<String>>)]
    map: Vec<(String, String)>,
}

impl ImportWish {
    /// The engine's options.
    pub fn options(&self, lang: Lang, rejects: PathBuf) -> Result<Options, IngestError> {
        let said =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let layer = said(&self.layer).map(|name| {
            let by_label = Layer::ALL.into_iter().find(|layer| layer.def().zh == name);
            let known = || Layer::ALL.map(Layer::name).join(", ");
            Layer::named(&name).or(by_label).ok_or_else(|| IngestError::NoSuchLayer { layer: name, layers: known() })
        });
        Ok(Options {
            layer: layer.transpose()?,
            source: said(&self.source),
            attribution: said(&self.attribution),
            crs: said(&self.crs),
            map: self.map.clone(),
            replace: if self.replace { Replace::Rest } else { Replace::No },
            rejects: Some(rejects),
            // That of an earlier look.
            force: true,
            lang,
            ..Options::default()
        })
    }
}
