//! What a person says about an import on the screen: the same things, by the same names, as on the command line.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ingest::{IngestError, Numerals, Options, Profile, Replace};
use crate::model::{Bounds, Lang};

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
    /// Whether features of the source that the files do not hold go off the map.
    replace: Replaced,
    /// Only what touches this box: west, south, east, north in degrees of WGS 84.
    #[serde(rename = "box")]
    within: Option<String>,
    /// Fields, each with the column it is taken from; the place is assigned likewise, as `lon`, `lat`, `x`, `y`,
    /// `lonlat`, `latlon` or `geometry`, and what goes to `none` stays aside.
    #[schema(value_type = Vec<Vec<String>>)]
    map: Vec<(String, String)>,
    /// The column whose values are keys.
    key: Option<String>,
    /// The sheet of a workbook.
    sheet: Option<String>,
    /// The encoding of a text, such as `GB18030`.
    encoding: Option<String>,
    /// The row of the header as a spreadsheet counts; 0 where there is none.
    header_row: Option<u64>,
    /// What stands for the decimal point: `point` or `comma`.
    #[schema(value_type = Option<String>)]
    decimal: Option<Numerals>,
    /// Fields, each with the unit of its column.
    #[schema(value_type = Vec<Vec<String>>)]
    units: Vec<(String, String)>,
    /// Fields, a word of the file, and the code that it stands for; an empty code for nothing known.
    #[schema(value_type = Vec<Vec<String>>)]
    words: Vec<(String, String, String)>,
    /// A profile that was kept, by its name. What is said beside it counts before it.
    profile: Option<String>,
    /// The name to keep what was said and found by, once it is imported.
    save_profile: Option<String>,
}

/// What becomes of features of the source that the files do not hold.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Replaced {
    /// They stay.
    #[default]
    No,
    /// They go off the map, unless that is most of them.
    Rest,
    /// They go off the map, even most of them.
    All,
}

impl ImportWish {
    /// The engine's options; `profiles` is the folder of profiles.
    pub fn options(&self, lang: Lang, rejects: PathBuf, profiles: &Path) -> Result<Options, IngestError> {
        let mut options = Options {
            layer: said(&self.layer).map(|name| Options::layer_named(&name)).transpose()?,
            source: said(&self.source),
            attribution: said(&self.attribution),
            crs: said(&self.crs),
            key: said(&self.key),
            replace: match self.replace {
                Replaced::No => Replace::No,
                Replaced::Rest => Replace::Rest,
                Replaced::All => Replace::EvenMost,
            },
            within: said(&self.within).map(box_named).transpose()?,
            rejects: Some(rejects),
            // That of an earlier look.
            force: true,
            lang,
            ..Options::default()
        };
        options.tables.sheet = self.sheet.clone().filter(|sheet| !sheet.is_empty());
        options.tables.encoding = said(&self.encoding);
        options.tables.header_row = self.header_row;
        options.tables.numerals = self.decimal;
        for (field, column) in &self.map {
            options.say_column(field, column)?;
        }
        for (field, unit) in &self.units {
            options.say_unit(field, unit)?;
        }
        for (field, word, code) in &self.words {
            options.say_word(field, word, code)?;
        }
        if let Some(name) = said(&self.profile) {
            let read = Profile::read(&Profile::path_in(&name, profiles)?);
            read.map_err(|error| by_name(error, &name))?.fill(&mut options)?;
        }
        Ok(options)
    }

    /// The name of the profile to keep and its path, if one is to be kept.
    pub fn keeps(&self, profiles: &Path) -> Result<Option<(String, PathBuf)>, IngestError> {
        let name = said(&self.save_profile);
        name.map(|name| Profile::path_in(&name, profiles).map(|path| (name, path))).transpose()
    }
}

/// A refusal that names a profile as the person knows it, not by its path.
pub fn by_name(error: IngestError, name: &str) -> IngestError {
    let path = name.to_owned();
    match error {
        IngestError::BadProfile { detail, .. } => IngestError::BadProfile { path, detail },
        IngestError::ProfileUnwritable { detail, .. } => IngestError::ProfileUnwritable { path, detail },
        other => other,
    }
}

fn box_named(text: String) -> Result<Bounds, IngestError> {
    crate::crs::bounds_named(&text).ok_or(IngestError::BadBox { text })
}

/// What was said, without the blanks around it; nothing where nothing is left.
fn said(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
