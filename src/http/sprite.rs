//! The symbols of the map: every SVG in `styles/icons` and `styles/patterns`, drawn once a ratio into one picture and
//! described by a JSON index, as MapLibre reads them from `/sprite` and `/sprite@2x`.

use resvg::{tiny_skia, usvg};
use rust_embed::RustEmbed;
use serde_json::{Map, json};
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/styles/icons"]
struct Icons;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/styles/patterns"]
struct Patterns;

/// Pictures stand in rows of this width, in pixels before the ratio.
const SHEET_WIDTH: u32 = 256;
/// Empty pixels around a picture, before the ratio, so that neighbours do not bleed.
const GAP: u32 = 1;

/// One sheet.
#[derive(Debug)]
pub struct Sprite {
    /// The picture.
    pub png: Vec<u8>,
    /// Name → x, y, width, height in pixels of the picture, and pixelRatio.
    pub json: String,
}

/// The sheet at 1 or 2 pixels a point; any greater ratio gives 2. Drawn at the first call.
pub fn sprite(ratio: u8) -> &'static Sprite {
    static SHEETS: [OnceLock<Sprite>; 2] = [OnceLock::new(), OnceLock::new()];
    let ratio = ratio.clamp(1, 2);
    SHEETS[usize::from(ratio) - 1].get_or_init(|| draw(u32::from(ratio)))
}

fn draw(ratio: u32) -> Sprite {
    let pictures = pictures();
    let places = shelves(&pictures);
    let bottom = places.iter().zip(&pictures).map(|((_, y), (_, tree))| y + size(tree).1 + GAP).max();
    let mut sheet = tiny_skia::Pixmap::new(SHEET_WIDTH * ratio, bottom.unwrap_or(1) * ratio)
        .expect("a sheet of at least one pixel and far under the limit");
    let mut index = Map::new();
    for ((x, y), (name, tree)) in places.into_iter().zip(&pictures) {
        let (width, height) = size(tree);
        let scale = ratio as f32;
        let mut picture = tiny_skia::Pixmap::new(width * ratio, height * ratio).expect("a drawing has a size");
        resvg::render(tree, tiny_skia::Transform::from_scale(scale, scale), &mut picture.as_mut());
        let (left, top) = ((x * ratio) as i32, (y * ratio) as i32);
        let (paint, at) = (tiny_skia::PixmapPaint::default(), tiny_skia::Transform::identity());
        sheet.draw_pixmap(left, top, picture.as_ref(), &paint, at, None);
        index.insert(
            name.clone(),
            json!({
                "x": x * ratio, "y": y * ratio, "width": width * ratio, "height": height * ratio, "pixelRatio": ratio
            }),
        );
    }
    let png = sheet.encode_png().expect("a picture in memory has a PNG");
    Sprite { png, json: serde_json::Value::from(index).to_string() }
}

/// The drawings by name, tallest first, then by name.
fn pictures() -> Vec<(String, usvg::Tree)> {
    let icons = Icons::iter().map(|path| (path.clone(), Icons::get(&path)));
    let patterns = Patterns::iter().map(|path| (path.clone(), Patterns::get(&path)));
    let mut pictures: Vec<_> = icons
        .chain(patterns)
        .filter_map(|(path, file)| {
            let name = path.strip_suffix(".svg")?.to_owned();
            let tree = usvg::Tree::from_data(&file?.data, &usvg::Options::default());
            Some((name, tree.expect("the drawings are embedded and drawn by a test")))
        })
        .collect();
    pictures.sort_by(|(a, one), (b, other)| (size(other).1, a).cmp(&(size(one).1, b)));
    pictures
}

fn size(tree: &usvg::Tree) -> (u32, u32) {
    (tree.size().width().ceil() as u32, tree.size().height().ceil() as u32)
}

/// Upper left corner of each picture, row after row.
fn shelves(pictures: &[(String, usvg::Tree)]) -> Vec<(u32, u32)> {
    let (mut x, mut y, mut row) = (GAP, GAP, 0);
    pictures
        .iter()
        .map(|(_, tree)| {
            let (width, height) = size(tree);
            if x + width + GAP > SHEET_WIDTH {
                (x, y, row) = (GAP, y + row + GAP, 0);
            }
            let place = (x, y);
            x += width + GAP;
            row = row.max(height);
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_drawing_is_on_the_sheet_at_both_ratios() {
        for ratio in [1, 2] {
            let sheet = sprite(ratio);
            let index: Value = serde_json::from_str(&sheet.json).unwrap();
            let picture = tiny_skia::Pixmap::decode_png(&sheet.png).unwrap();
            let entries = index.as_object().unwrap();
            assert_eq!(entries.len(), Icons::iter().count() + Patterns::iter().count());
            for (name, entry) in entries {
                let number = |key: &str| entry[key].as_u64().unwrap() as u32;
                assert_eq!(number("pixelRatio"), u32::from(ratio));
                assert!(number("x") + number("width") <= picture.width(), "{name}");
                assert!(number("y") + number("height") <= picture.height(), "{name}");
                let middle =
                    picture.pixel(number("x") + number("width") / 2, number("y") + number("height") / 2).unwrap();
                assert!(middle.alpha() > 0 || name.starts_with("hatch"), "{name} is empty");
            }
        }
    }

    #[test]
    fn pictures_do_not_lie_on_one_another() {
        let index: Value = serde_json::from_str(&sprite(1).json).unwrap();
        let boxes: Vec<[u64; 4]> = index
            .as_object()
            .unwrap()
            .values()
            .map(|entry| ["x", "y", "width", "height"].map(|key| entry[key].as_u64().unwrap()))
            .collect();
        for (at, [x, y, w, h]) in boxes.iter().enumerate() {
            for [ox, oy, ow, oh] in &boxes[at + 1..] {
                assert!(x + w <= *ox || ox + ow <= *x || y + h <= *oy || oy + oh <= *y);
            }
        }
    }
}
