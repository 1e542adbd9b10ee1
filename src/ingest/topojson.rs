//! TopoJSON: arcs that neighbours share become the lines and rings of one object's geometries.
//!
//! Arcs may stand behind the objects that use them, so the file is held in memory: up to [`MOST_BYTES`] of text, in it
//! [`MOST_VERTICES`] vertices of arcs. What the geometries make of them is bounded too, for one arc can be named
//! without end.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::detail::{Detail, detail};
use super::error::IngestError;
use super::geojson::{crs_of, properties_of};
use super::record::{Degrees, Geometry, Item, Reader, Record};
use super::reject::Reason;
use super::unpack::{Unpacked, explain};
use super::zip::whole;
use crate::crs::{Crs, CrsError};

/// The most bytes of a file.
const MOST_BYTES: u64 = 64 << 20;
/// The most vertices of all arcs.
const MOST_VERTICES: usize = 2_500_000;
/// The most vertices that the geometries of an object may make of them.
const MOST_MADE: usize = 10 * MOST_VERTICES;

/// The objects of a file by name.
pub fn objects(path: &Path) -> Result<Vec<Box<str>>, IngestError> {
    let topology = Topology::read(path)?;
    if topology.objects.is_empty() {
        return Err(not_topojson(path, "其中没有对象", "it has no objects"));
    }
    Ok(topology.objects.into_iter().map(|(name, _)| name).collect())
}

/// An object of a TopoJSON file, geometry by geometry.
pub struct TopoJsonReader {
    path: PathBuf,
    arcs: Vec<Vec<Degrees>>,
    transform: Option<Transform>,
    geometries: std::vec::IntoIter<Box<RawValue>>,
    count: u64,
    crs: Option<Result<Crs, CrsError>>,
    made: usize,
    read: u64,
}

impl TopoJsonReader {
    /// Opens an object of a file.
    pub fn open(path: &Path, object: &str) -> Result<TopoJsonReader, IngestError> {
        let damaged = |detail| IngestError::Damaged { path: path.display().to_string(), detail };
        let mut topology = Topology::read(path)?;
        let nth = topology.objects.iter().position(|(name, _)| &**name == object);
        let nth = nth.ok_or_else(|| not_topojson(path, "其中的对象不见了", "the object is gone"))?;
        let (_, object) = topology.objects.swap_remove(nth);
        let members: Members = serde_json::from_str(object.get()).map_err(|err| damaged(Detail::quoted(err)))?;
        let geometries = match members.geometries {
            Some(geometries) if members.kind == "GeometryCollection" => geometries,
            _ => vec![object],
        };
        let mut arcs: Vec<Vec<Degrees>> = topology.arcs.into_iter().map(|arc| arc.0).collect();
        if let Some(transform) = &topology.transform {
            // Each vertex is written as the step from the one before it.
            for arc in &mut arcs {
                let mut at = [0.0; 2];
                for vertex in arc {
                    at = [at[0] + vertex[0], at[1] + vertex[1]];
                    *vertex = transform.apply(at);
                }
            }
        }
        let crs = topology.crs.as_ref().and_then(crs_of);
        Ok(TopoJsonReader {
            path: path.to_owned(),
            arcs,
            transform: topology.transform,
            count: geometries.len() as u64,
            geometries: geometries.into_iter(),
            crs,
            made: 0,
            read: 0,
        })
    }

    fn record(&mut self, text: &RawValue) -> Result<Record, IngestError> {
        let mut record = Record {
            row: self.read,
            key: None,
            layer: None,
            geometry: Geometry::None,
            columns: Vec::new(),
            original: None,
            cut: false,
        };
        match serde_json::from_str::<Json>(text.get()) {
            Ok(mut value) => {
                properties_of(&mut value, &mut record);
                record.geometry = self.geometry(&value);
                if matches!(record.geometry, Geometry::Unusable(_)) {
                    record.original = Some(text.get().into());
                }
            }
            Err(err) => record.geometry = Geometry::Unusable(Reason::NotARecord { what: err.to_string() }),
        }
        if self.made > MOST_MADE {
            let what = detail!(
                "用 {} 条弧拼出的顶点多于 {MOST_MADE} 个",
                "more than {MOST_MADE} vertices made of {} arcs",
                self.arcs.len()
            );
            return Err(IngestError::TooMuch { path: self.path.display().to_string(), what });
        }
        Ok(record)
    }

    /// A geometry; a collection of one kind becomes one geometry of that kind.
    fn geometry(&mut self, value: &Json) -> Geometry {
        let mut waiting = vec![value];
        let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(value) = waiting.pop() {
            let (at, arcs) = (&value["coordinates"], &value["arcs"]);
            let read = match value["type"].as_str() {
                None if value["type"].is_null() => Some(()),
                Some("GeometryCollection") => {
                    waiting.extend(value["geometries"].as_array().into_iter().flatten().rev());
                    Some(())
                }
                Some("Point") => self.point(at).map(|at| points.push(at)),
                Some("MultiPoint") => each(at, |at| self.point(at)).map(|more| points.extend(more)),
                Some("LineString") => self.line(arcs).map(|line| lines.push(line)),
                Some("MultiLineString") => each(arcs, |line| self.line(line)).map(|more| lines.extend(more)),
                Some("Polygon") => each(arcs, |ring| self.line(ring)).map(|rings| polygons.push(rings)),
                Some("MultiPolygon") => {
                    each(arcs, |polygon| each(polygon, |ring| self.line(ring))).map(|more| polygons.extend(more))
                }
                _ => None,
            };
            if read.is_none() {
                let kind = value["type"].as_str().unwrap_or("?").chars().take(40).collect::<String>();
                return Geometry::Unusable(Reason::BadGeometry { what: format!("arcs that do not make a {kind}") });
            }
        }
        polygons.retain(|rings| !rings.is_empty());
        lines.retain(|line| !line.is_empty());
        match (points.is_empty(), lines.is_empty(), polygons.is_empty()) {
            (true, true, true) => Geometry::None,
            (false, true, true) => Geometry::Points(points),
            (true, false, true) => Geometry::Lines(lines),
            (true, true, false) => Geometry::Polygons(polygons),
            _ => Geometry::Unusable(Reason::MixedCollection {}),
        }
    }

    fn point(&mut self, value: &Json) -> Option<Degrees> {
        let numbers = value.as_array()?;
        let at = [numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?];
        self.made += 1;
        Some(self.transform.as_ref().map_or(at, |transform| transform.apply(at)))
    }

    /// Arcs end to end; a negative number is an arc backwards. The place where two join stands once.
    fn line(&mut self, arcs: &Json) -> Option<Vec<Degrees>> {
        let mut line: Vec<Degrees> = Vec::new();
        for arc in arcs.as_array()? {
            let nth = arc.as_i64()?;
            let arc = self.arcs.get(usize::try_from(if nth < 0 { !nth } else { nth }).ok()?)?;
            self.made += arc.len();
            if self.made > MOST_MADE {
                return Some(Vec::new());
            }
            line.pop();
            match nth < 0 {
                true => line.extend(arc.iter().rev()),
                false => line.extend(arc),
            }
        }
        Some(line)
    }
}

fn each<T>(value: &Json, mut read: impl FnMut(&Json) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(&mut read).collect()
}

impl Iterator for TopoJsonReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.geometries.next()?;
        self.read += 1;
        Some(self.record(&text).map(Item::Record))
    }
}

impl Reader for TopoJsonReader {
    fn read(&self) -> u64 {
        self.read
    }

    fn progress(&self) -> (u64, u64) {
        (self.read, self.count)
    }

    fn crs(&self) -> Option<Result<Crs, CrsError>> {
        self.crs.clone()
    }
}

/// The outermost object.
#[derive(Deserialize)]
struct Topology {
    #[serde(rename = "type")]
    kind: String,
    transform: Option<Transform>,
    crs: Option<Json>,
    #[serde(deserialize_with = "by_name")]
    objects: Vec<(Box<str>, Box<RawValue>)>,
    #[serde(deserialize_with = "arcs")]
    arcs: Vec<Arc>,
}

impl Topology {
    fn read(path: &Path) -> Result<Topology, IngestError> {
        let mut bytes = Unpacked::open(path).map_err(|err| explain(path, &err))?;
        let meter = bytes.meter();
        let text = whole(&mut Released(&mut bytes, meter), MOST_BYTES).map_err(|err| explain(path, &err))?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let topology: Topology = serde_json::from_slice(text).map_err(|err| match err.classify() {
            serde_json::error::Category::Eof => {
                IngestError::Truncated { path: path.display().to_string(), detail: Detail::quoted(err) }
            }
            _ if err.to_string().starts_with(TOO_MANY) => {
                let what = Detail::both("弧的顶点多于 2500000 个", TOO_MANY);
                IngestError::TooMuch { path: path.display().to_string(), what }
            }
            _ => IngestError::Damaged { path: path.display().to_string(), detail: Detail::quoted(err) },
        })?;
        match topology.kind == "Topology" {
            true => Ok(topology),
            false => Err(not_topojson(path, "其 type 不是 Topology", "its type is not Topology")),
        }
    }
}

/// Bytes of one value that may be as large as the file: they do not count as a record.
struct Released<'a>(&'a mut Unpacked, super::unpack::Meter);

impl std::io::Read for Released<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.1.record_ends();
        self.0.read(buf)
    }
}

fn not_topojson(path: &Path, zh: &str, en: &str) -> IngestError {
    let detail = Detail::both(format!("TopoJSON：{zh}"), format!("TopoJSON: {en}"));
    IngestError::Damaged { path: path.display().to_string(), detail }
}

/// From whole numbers to degrees.
#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

impl Transform {
    fn apply(&self, at: Degrees) -> Degrees {
        [at[0] * self.scale[0] + self.translate[0], at[1] * self.scale[1] + self.translate[1]]
    }
}

/// Of an object only what tells whether it holds several.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "type", default)]
    kind: String,
    geometries: Option<Vec<Box<RawValue>>>,
}

struct Arc(Vec<Degrees>);

/// The first two numbers of a vertex.
struct Vertex(Degrees);

impl<'de> Deserialize<'de> for Vertex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Vertex, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Vertex;

            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("a vertex of two numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vertex, A::Error> {
                let few = || de::Error::invalid_length(1, &Numbers);
                let x = numbers.next_element()?.ok_or_else(few)?;
                let y = numbers.next_element()?.ok_or_else(few)?;
                while numbers.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Vertex([x, y]))
            }
        }
        from.deserialize_seq(Numbers)
    }
}

/// How the error begins that says it.
const TOO_MANY: &str = "more than 2500000 vertices of arcs";

/// Arcs, as long as their vertices are not too many.
fn arcs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Arc>, D::Error> {
    struct Arcs;
    impl<'de> Visitor<'de> for Arcs {
        type Value = Vec<Arc>;

        fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            to.write_str("arcs")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Arc>, A::Error> {
            let (mut arcs, mut count) = (Vec::new(), 0);
            while let Some(arc) = seq.next_element::<Vec<Vertex>>()? {
                count += arc.len() + 1;
                if count > MOST_VERTICES {
                    return Err(de::Error::custom(TOO_MANY));
                }
                arcs.push(Arc(arc.into_iter().map(|vertex| vertex.0).collect()));
            }
            Ok(arcs)
        }
    }
    from.deserialize_seq(Arcs)
}

/// Objects by name, in the file's order.
type ByName = Vec<(Box<str>, Box<RawValue>)>;

fn by_name<'de, D: Deserializer<'de>>(from: D) -> Result<ByName, D::Error> {
    struct Objects;
    impl<'de> Visitor<'de> for Objects {
        type Value = ByName;

        fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            to.write_str("objects by name")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut objects: Self::Value = Vec::new();
            while let Some((name, object)) = map.next_entry::<Box<str>, Box<RawValue>>()? {
                if objects.len() == 1000 || objects.iter().any(|(known, _)| *known == name) {
                    return Err(de::Error::custom("more than 1000 objects, or two of one name"));
                }
                objects.push((name, object));
            }
            Ok(objects)
        }
    }
    from.deserialize_map(Objects)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ingest::record::Cell;

    /// Two squares that share an edge, quantised; their arcs stand behind them.
    fn town() -> Json {
        json!({
            "type": "Topology",
            "transform": {"scale": [0.5, 0.25], "translate": [100.0, 20.0]},
            "objects": {
                "plots": {"type": "GeometryCollection", "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]], "id": 7, "properties": {"name": "west"}},
                    {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"name": "east"}},
                    {"type": null, "properties": {"name": "nowhere"}},
                    {"type": "Polygon", "arcs": [[9]]}
                ]},
                "well": {"type": "Point", "coordinates": [4, 8]}
            },
            "arcs": [[[4, 0], [0, 4]], [[4, 4], [-4, 0], [0, -4], [4, 0]], [[4, 0], [4, 0], [0, 4], [-4, 0]]]
        })
    }

    fn read(text: &[u8], object: &str) -> Result<Vec<Record>, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::write(&path, text).unwrap();
        assert!(objects(&path).is_err() || !objects(&path).unwrap().is_empty());
        let record = |item| match item {
            Ok(Item::Record(record)) => Ok(record),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        TopoJsonReader::open(&path, object)?.map(record).collect()
    }

    #[test]
    fn arcs_become_rings_forwards_and_backwards() {
        let records = read(town().to_string().as_bytes(), "plots").unwrap();
        let west = vec![[102.0, 20.0], [102.0, 21.0], [100.0, 21.0], [100.0, 20.0], [102.0, 20.0]];
        assert_eq!(records[0].geometry, Geometry::Polygons(vec![vec![west]]));
        assert_eq!(records[0].key.as_deref(), Some("7"));
        assert_eq!(records[0].columns, [("name".into(), Cell::Text("west".into()))]);
        let east = vec![[102.0, 20.0], [104.0, 20.0], [104.0, 21.0], [102.0, 21.0], [102.0, 20.0]];
        assert_eq!(records[1].geometry, Geometry::Polygons(vec![vec![east]]));
        assert_eq!(records[2].geometry, Geometry::None);
        assert!(
            matches!(&records[3].geometry, Geometry::Unusable(Reason::BadGeometry { .. })),
            "an arc that is not there"
        );
        let well = read(town().to_string().as_bytes(), "well").unwrap();
        assert_eq!(well[0].geometry, Geometry::Points(vec![[102.0, 22.0]]));
    }

    #[test]
    fn without_a_transform_places_are_places() {
        let mut town = town();
        town["transform"].take();
        let records = read(town.to_string().as_bytes(), "well").unwrap();
        assert_eq!(records[0].geometry, Geometry::Points(vec![[4.0, 8.0]]));
    }

    #[test]
    fn one_arc_named_without_end_is_refused() {
        let arc: Vec<[i32; 2]> = (0..10_000).map(|n| [n % 3, 1]).collect();
        let lines = vec![json!({"type": "LineString", "arcs": vec![0; 500]}); 6];
        let bomb = json!({"type": "Topology", "arcs": [arc],
            "objects": {"a": {"type": "GeometryCollection", "geometries": lines}}});
        let told = read(bomb.to_string().as_bytes(), "a");
        assert!(matches!(told, Err(IngestError::TooMuch { .. })), "{:?}", told.map(|records| records.len()));
        let arcs = vec![json!([[0, 0], [1, 1], [1, 1], [1, 1], [1, 1]]); 420_000];
        let many =
            json!({"type": "Topology", "arcs": arcs, "objects": {"a": {"type": "Point", "coordinates": [1, 1]}}});
        assert!(matches!(read(many.to_string().as_bytes(), "a"), Err(IngestError::TooMuch { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn damaged_bytes_are_rejects_or_a_sentence(
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
            cut in proptest::option::of(any::<proptest::sample::Index>()),
        ) {
            let mut bytes = town().to_string().into_bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            let _ = read(&bytes, "plots");
        }
    }
}
