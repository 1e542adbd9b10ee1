//! The map style: `styles/layers.json`, one ordered list of layers with the legend beside each layer, whose colour
//! tokens (`"@land"`) are replaced by those of a theme in `styles/palette.json`.
//!
//! The style names no glyph server: MapLibre GL JS draws every letter from the viewer's own fonts.

use crate::model::Lang;
use serde_json::{Map, Value, json};

/// Vector sources of the style, each described by a TileJSON at `/tiles/{name}.json`.
pub const SOURCES: [&str; 6] = ["base", "buildings", "ground", "risk", "fire", "areas"];

/// Source that a viewer fills with what is selected; empty as served.
pub const SELECTION: &str = "selection";

/// Source that a viewer fills with what a file holds before it is imported; empty as served.
pub const PREVIEW: &str = "preview";

const LAYERS: &str = include_str!("../../styles/layers.json");
const PALETTE: &str = include_str!("../../styles/palette.json");

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark ink on light ground: the desk by day, and paper.
    #[default]
    Light,
    /// Light ink on dark ground: night and wall.
    Dark,
}

impl Theme {
    /// The theme of a query parameter; light for whatever else.
    pub fn named(name: &str) -> Theme {
        if name == "dark" { Theme::Dark } else { Theme::Light }
    }

    /// Its name in the palette and in links.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// The complete style for a browser that reached us at `origin` (scheme, host and port, no slash at its end).
///
/// The grade of hydrant and the level of area that colour the map are in the style's global state, as `grade`
/// (`nominal`, `serviceable`, `verified`) and `level`, so that a viewer changes them without another style.
pub fn style(theme: Theme, lang: Lang, origin: &str) -> Value {
    let palette: Value = serde_json::from_str(PALETTE).expect("styles/palette.json is embedded and read by a test");
    let mut style: Value = serde_json::from_str(LAYERS).expect("styles/layers.json is embedded and read by a test");
    paint(&mut style, &palette[theme.name()]);
    style["name"] = json!(lang.pick("风险一张图", "firemap"));
    style["metadata"]["firemap:theme"] = json!(theme.name());
    style["sprite"] = json!(format!("{origin}/sprite"));
    style["sources"] = SOURCES
        .into_iter()
        .map(|name| (name.to_owned(), json!({"type": "vector", "url": format!("{origin}/tiles/{name}.json")})))
        .chain([SELECTION, PREVIEW].map(|name| {
            let empty = json!({"type": "geojson", "data": {"type": "FeatureCollection", "features": []}});
            (name.to_owned(), empty)
        }))
        .collect::<Map<_, _>>()
        .into();
    style
}

/// Replaces every text that starts with `@` by the colour of that name.
fn paint(value: &mut Value, colours: &Value) {
    match value {
        Value::String(text) => {
            if let Some(colour) = text.strip_prefix('@').and_then(|token| colours.get(token)) {
                *value = colour.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| paint(item, colours)),
        Value::Object(fields) => fields.values_mut().for_each(|field| paint(field, colours)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
            _ => {}
        }
    }

    #[test]
    fn no_token_is_left_in_either_theme() {
        for theme in [Theme::Light, Theme::Dark] {
            let style = style(theme, Lang::Zh, "http://localhost:8080");
            let mut found = Vec::new();
            texts(&style, &mut found);
            let left: Vec<_> = found.into_iter().filter(|text| text.starts_with('@')).collect();
            assert!(left.is_empty(), "{}: {left:?}", theme.name());
        }
    }

    #[test]
    fn the_themes_name_the_same_colours() {
        let palette: Value = serde_json::from_str(PALETTE).unwrap();
        let names = |theme: &str| palette[theme].as_object().unwrap().keys().cloned().collect::<HashSet<_>>();
        assert_eq!(names("light"), names("dark"));
    }

    #[test]
    fn a_layer_reads_a_known_source_and_stands_in_a_known_group() {
        let style = style(Theme::Light, Lang::En, "");
        let groups: HashSet<_> =
            style["metadata"]["firemap:groups"].as_array().unwrap().iter().map(|group| group["id"].clone()).collect();
        let mut ids = HashSet::new();
        for layer in style["layers"].as_array().unwrap() {
            assert!(ids.insert(&layer["id"]), "{} twice", layer["id"]);
            let source = layer["source"].as_str();
            assert!(
                source.is_none_or(|source| [SELECTION, PREVIEW].contains(&source) || SOURCES.contains(&source)),
                "{}",
                layer["id"]
            );
            let group = &layer["metadata"]["firemap:group"];
            assert!(group == "base" || groups.contains(group), "{} stands in {group}", layer["id"]);
        }
    }

    #[test]
    fn every_symbol_named_by_a_legend_is_in_the_sprite() {
        let style = style(Theme::Light, Lang::En, "");
        let sprite: Value = serde_json::from_str(&crate::http::sprite::sprite(1).json).unwrap();
        for layer in style["layers"].as_array().unwrap() {
            for line in layer["metadata"]["firemap:legend"].as_array().into_iter().flatten() {
                for key in ["icon", "pattern"] {
                    if let Some(name) = line.get(key).and_then(Value::as_str) {
                        assert!(sprite.get(name).is_some(), "{name} of {}", layer["id"]);
                    }
                }
            }
        }
    }

    #[test]
    fn links_start_at_the_origin_and_no_glyph_server_is_named() {
        let style = style(Theme::Dark, Lang::En, "https://map.example");
        assert_eq!(style["sprite"], "https://map.example/sprite");
        assert_eq!(style["sources"]["fire"]["url"], "https://map.example/tiles/fire.json");
        assert!(style.get("glyphs").is_none());
    }
}
