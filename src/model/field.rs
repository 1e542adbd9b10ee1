//! A field of a layer: its name, type, unit, labels, the names it goes by in other people's files, and who may see it.

/// What a field holds. Numbers carry the range outside which a value is refused as impossible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldType {
    /// UTF-8 text, trimmed, never empty.
    Text,
    /// A whole number from least to most.
    Integer(i64, i64),
    /// A finite number from least to most.
    Real(f64, f64),
    /// Yes or no; unknown is the absence of a value.
    Bool,
    /// A calendar date without a time, held as days since 1970-01-01.
    Date,
    /// An instant in UTC, held as milliseconds since 1970-01-01T00:00:00Z.
    Instant,
    /// One of a fixed vocabulary, held as its position there.
    Choice(&'static [Choice]),
}

/// One word of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The word in store, tiles and API.
    pub code: &'static str,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
    /// Other spellings met in files and in OpenStreetMap, lower case.
    pub aliases: &'static [&'static str],
}

impl Choice {
    /// A word of a vocabulary with the other spellings it is met in.
    pub const fn new(code: &'static str, zh: &'static str, en: &'static str, aliases: &'static [&'static str]) -> Self {
        Choice { code, zh, en, aliases }
    }

    /// Whether a text, already lower case and trimmed, means this word.
    pub fn is_meant_by(&self, text: &str) -> bool {
        self.code == text || self.zh == text || self.en.eq_ignore_ascii_case(text) || self.aliases.contains(&text)
    }
}

/// Who may see a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone who can reach the server.
    Public,
    /// Personal data: leaves by no tile, API, search, log or export.
    Restricted,
}

/// One field of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Column name in store, tiles and API; the unit, if any, is its ending (`height_m`).
    pub name: &'static str,
    /// What it holds.
    pub ty: FieldType,
    /// Unit as shown to a person, empty where there is none.
    pub unit: &'static str,
    /// Chinese label.
    pub zh: &'static str,
    /// English label.
    pub en: &'static str,
    /// Column names it goes by in other people's tables, lower case.
    pub aliases: &'static [&'static str],
    /// OpenStreetMap keys that hold it, best first.
    pub osm: &'static [&'static str],
    /// Least zoom at which tiles carry it; `None` never.
    pub tile_zoom: Option<u8>,
    /// Who may see it.
    pub access: Access,
    /// The vocabulary's word an import takes, and says it takes, where a file has no such column.
    pub assumed: Option<&'static str>,
}

impl Field {
    /// A field of a type, with its Chinese and English label.
    pub const fn new(name: &'static str, ty: FieldType, zh: &'static str, en: &'static str) -> Self {
        Field {
            name,
            ty,
            unit: "",
            zh,
            en,
            aliases: &[],
            osm: &[],
            tile_zoom: None,
            access: Access::Public,
            assumed: None,
        }
    }

    /// A text field.
    pub const fn text(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(name, FieldType::Text, zh, en)
    }

    /// A yes/no field.
    pub const fn bool(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(name, FieldType::Bool, zh, en)
    }

    /// A date field.
    pub const fn date(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(name, FieldType::Date, zh, en)
    }

    /// A field of instants.
    pub const fn instant(name: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::new(name, FieldType::Instant, zh, en)
    }

    /// A field with a vocabulary.
    pub const fn choice(name: &'static str, zh: &'static str, en: &'static str, choices: &'static [Choice]) -> Self {
        Self::new(name, FieldType::Choice(choices), zh, en)
    }

    /// A whole number within bounds, with its unit.
    pub const fn integer(
        name: &'static str,
        zh: &'static str,
        en: &'static str,
        unit: &'static str,
        least: i64,
        most: i64,
    ) -> Self {
        let mut field = Self::new(name, FieldType::Integer(least, most), zh, en);
        field.unit = unit;
        field
    }

    /// A number within bounds, with its unit.
    pub const fn real(
        name: &'static str,
        zh: &'static str,
        en: &'static str,
        unit: &'static str,
        least: f64,
        most: f64,
    ) -> Self {
        let mut field = Self::new(name, FieldType::Real(least, most), zh, en);
        field.unit = unit;
        field
    }

    /// The same field with the column names it goes by elsewhere.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same field with the OpenStreetMap keys that hold it.
    pub const fn osm(mut self, keys: &'static [&'static str]) -> Self {
        self.osm = keys;
        self
    }

    /// The same field, carried by tiles from a zoom on.
    pub const fn zoom(mut self, least: u8) -> Self {
        self.tile_zoom = Some(least);
        self
    }

    /// The same field as personal data.
    pub const fn restricted(mut self) -> Self {
        self.access = Access::Restricted;
        self
    }

    /// The same field with the word an import takes where a file has no such column.
    pub const fn assumed(mut self, code: &'static str) -> Self {
        self.assumed = Some(code);
        self
    }

    /// Whether anyone may see it.
    pub fn is_public(&self) -> bool {
        self.access == Access::Public
    }

    /// Whether tiles of a zoom carry it.
    pub fn is_told(&self, zoom: u8) -> bool {
        self.is_public() && self.tile_zoom.is_some_and(|least| least <= zoom)
    }

    /// The vocabulary of a choice field, else nothing.
    pub fn choices(&self) -> &'static [Choice] {
        match self.ty {
            FieldType::Choice(choices) => choices,
            _ => &[],
        }
    }
}

/// The position of a field by name; for constants, so that a misspelt name does not compile.
pub const fn position(fields: &[Field], name: &str) -> usize {
    let mut ix = 0;
    while ix < fields.len() {
        if same(fields[ix].name.as_bytes(), name.as_bytes()) {
            return ix;
        }
        ix += 1;
    }
    panic!("no field of that name");
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
