//! A file's elements as records. The file is looked through once for its relations and once for the nodes that layers
//! ask for; ways come a stretch of the file at a time, each stretch after the nodes that its ways need, and relations
//! last, some at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::collect::{Chunk, Edges, Found, MemberWays, NodeChunk, NodePlaces, Nodes, NodesOfWays, Relations, Ways};
use super::element::PackedTags;
use super::places::Places;
use super::{Encoding, OsmFile, pbf, shapes, xml};
use crate::ingest::error::IngestError;
use crate::ingest::ignored::Ignored;
use crate::ingest::record::{Cell, Geometry, Item, Reader, Record};
use crate::ingest::reject::Reason;
use crate::model::{Layer, Place};

/// How much is held at a time, about.
#[derive(Clone, Copy)]
struct AtOnce {
    /// Nodes whose places are looked up, at 16 bytes each.
    nodes: usize,
    /// Bytes of ways.
    ways: usize,
    /// Member ways of areas.
    members: usize,
}

impl Default for AtOnce {
    fn default() -> AtOnce {
        AtOnce { nodes: 5_000_000, ways: 32 << 20, members: 100_000 }
    }
}

/// What layers ask for in a file, one by one: the nodes, then the ways, then the areas of relations. Ways are read a
/// stretch of the file at a time, so that memory does not grow with the file; what it holds of relations, which are few,
/// is in memory.
pub struct OsmReader {
    file: OsmFile,
    only: Option<Layer>,
    at_once: AtOnce,
    edges: Edges,
    /// Records beyond the elements of the file: one that belongs to two layers counts twice.
    more: u64,
    ignored: BTreeMap<Ignored, u64>,
    nodes: std::vec::IntoIter<Found<Option<Place>>>,
    /// Where the ways begin that are still to come.
    from: u64,
    /// How far the nodes of ways are in `places`.
    known_to: u64,
    ways: std::vec::IntoIter<Found<Box<[i64]>>>,
    relations: std::vec::IntoIter<Found<Box<[i64]>>>,
    areas: std::vec::IntoIter<Found<Box<[i64]>>>,
    /// The member ways of those areas.
    members: HashMap<i64, Box<[i64]>>,
    places: Places,
    pending: Vec<Record>,
}

/// Opens a file and reads its relations, and of the other elements what comes first. `progress` gets bytes done of three
/// times the file's size.
pub fn open(
    path: &Path,
    encoding: Encoding,
    only: Option<Layer>,
    progress: &mut dyn FnMut(u64),
) -> Result<OsmReader, IngestError> {
    open_with(path, encoding, only, AtOnce::default(), progress)
}

fn open_with(
    path: &Path,
    encoding: Encoding,
    only: Option<Layer>,
    at_once: AtOnce,
    progress: &mut dyn FnMut(u64),
) -> Result<OsmReader, IngestError> {
    let mut file = match encoding {
        Encoding::Pbf => OsmFile::Pbf(pbf::PbfFile::open(path)?),
        Encoding::Xml => OsmFile::Xml(xml::XmlFile::open(path)),
    };
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());

    let mut relations = Chunk::default();
    let join = &mut |chunk, before| {
        relations.join(chunk, before);
        true
    };
    file.run(&Relations { only }, 0..u64::MAX, join, progress)?;
    let found = &relations.found;
    let members = sorted(found.iter().flat_map(|area| area.body.iter().copied()));
    let districts = found.iter().filter(|area| area.layers.has(Layer::Area));
    let boundaries = sorted(districts.flat_map(|area| area.body.iter().copied()));
    let edges = Edges { members, boundaries };

    let ways = NodesOfWays { only, edges: &edges };
    let (mut places, known_to) = nodes_of(&mut file, &ways, 0, at_once.nodes, &mut |done| progress(size + done))?;
    let mut nodes = Chunk::default();
    let (ids, mut found) = places.sought();
    let join = &mut |chunk: NodeChunk, before| {
        nodes.join(chunk.asked, before);
        found.put(&chunk.places);
        true
    };
    file.run(&Nodes { only, wanted: ids }, 0..u64::MAX, join, &mut |done| progress(2 * size + done))?;
    let mut ignored = relations.ignored;
    for (why, count) in nodes.ignored {
        *ignored.entry(why).or_default() += count;
    }
    Ok(OsmReader {
        file,
        only,
        at_once,
        edges,
        more: 0,
        ignored,
        nodes: nodes.found.into_iter(),
        from: 0,
        known_to,
        ways: Vec::new().into_iter(),
        relations: relations.found.into_iter(),
        areas: Vec::new().into_iter(),
        members: HashMap::new(),
        places,
        pending: Vec::new(),
    })
}

/// The nodes of asked ways from a place in the file on, as many as are looked up at a time, and where the next begin.
fn nodes_of(
    file: &mut OsmFile,
    ways: &NodesOfWays<'_>,
    from: u64,
    most: usize,
    progress: &mut dyn FnMut(u64),
) -> Result<(Places, u64), IngestError> {
    let mut ids = Vec::new();
    let join = &mut |chunk: Vec<i64>, _| {
        ids.extend(chunk);
        ids.len() < most
    };
    let to = file.run(ways, from..u64::MAX, join, progress)?;
    Ok((Places::wanted(ids), to))
}

/// Looks up where nodes are.
fn find(file: &mut OsmFile, places: &mut Places) -> Result<(), IngestError> {
    let (wanted, mut found) = places.sought();
    let join = &mut |chunk: Vec<(u32, Place)>, _| {
        found.put(&chunk);
        true
    };
    file.run(&NodePlaces { wanted }, 0..u64::MAX, join, &mut |_| {}).map(|_| ())
}

fn sorted(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Iterator for OsmReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((why, count)) = self.ignored.pop_first() {
                return Some(Ok(Item::Ignored(why, count)));
            }
            if let Some(record) = self.pending.pop() {
                return Some(Ok(Item::Record(record)));
            }
            if let Some(node) = self.nodes.next() {
                self.pending = records("node", &node, false, |layer| shapes::node(node.body, layer));
            } else if let Some(way) = self.ways.next() {
                let cut = self.places.of(&way.body).contains(&None);
                self.pending = records("way", &way, cut, |layer| shapes::way(&way.body, layer, &self.places));
            } else if let Some(relation) = self.areas.next() {
                let (area, cut) = self.area_of(&relation.body);
                self.pending = records("relation", &relation, cut, |layer| shapes::area(area.clone(), layer));
            } else {
                match self.advance() {
                    Ok(true) => continue,
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
            self.more += (self.pending.len() as u64).saturating_sub(1);
        }
    }
}

impl Reader for OsmReader {
    /// Elements; one that belongs to two layers counts twice.
    fn read(&self) -> u64 {
        self.file.elements() + self.more
    }

    fn progress(&self) -> (u64, u64) {
        (self.from, self.file.len())
    }
}

impl OsmReader {
    /// Takes up what comes next in the file; whether there was something.
    fn advance(&mut self) -> Result<bool, IngestError> {
        let (file, only, edges, at_once) = (&mut self.file, self.only, &self.edges, self.at_once);
        if self.from == self.known_to && self.from < file.len() {
            // Not both at a time.
            self.places = Places::default();
            (self.places, self.known_to) =
                nodes_of(file, &NodesOfWays { only, edges }, self.from, at_once.nodes, &mut |_| {})?;
            find(file, &mut self.places)?;
        }
        if self.from < self.known_to {
            let mut chunk = Chunk::default();
            let join = &mut |next, before| {
                chunk.join(next, before);
                chunk.bytes < at_once.ways
            };
            self.from = file.run(&Ways { only, edges }, self.from..self.known_to, join, &mut |_| {})?;
            (self.ways, self.ignored) = (chunk.found.into_iter(), chunk.ignored);
            return Ok(true);
        }
        let mut areas = Vec::new();
        let mut members = 0;
        while members < at_once.members
            && let Some(area) = self.relations.next()
        {
            members += area.body.len();
            areas.push(area);
        }
        if areas.is_empty() {
            return Ok(false);
        }
        (self.places, self.members) = (Places::default(), HashMap::new());
        let wanted = sorted(areas.iter().flat_map(|area| area.body.iter().copied()));
        let members = &mut self.members;
        let join = &mut |chunk: Vec<(i64, Box<[i64]>)>, _| {
            members.extend(chunk);
            true
        };
        file.run(&MemberWays { wanted: &wanted }, 0..u64::MAX, join, &mut |_| {})?;
        self.places = Places::wanted(self.members.values().flat_map(|refs| refs.iter().copied()).collect());
        find(file, &mut self.places)?;
        self.areas = areas.into_iter();
        Ok(true)
    }

    /// The area of a relation, and whether it lacks nodes.
    fn area_of(&self, members: &[i64]) -> (Geometry, bool) {
        let ways: Vec<_> = members.iter().filter_map(|id| self.members.get(id)).collect();
        if ways.len() < members.len() {
            let reason = Reason::Incomplete { missing: members.len() - ways.len(), of: members.len() };
            return (Geometry::Unusable(reason), true);
        }
        let all: Vec<Vec<Option<Place>>> = ways.iter().map(|refs| self.places.of(refs)).collect();
        let rings: Vec<Vec<Place>> = all.iter().map(|ring| ring.iter().flatten().copied().collect()).collect();
        let (of, found) = (all.iter().map(Vec::len).sum(), rings.iter().map(Vec::len).sum::<usize>());
        match shapes::assemble(&rings) {
            Ok(area) => (area, found < of),
            Err(_) if found < of => (Geometry::Unusable(Reason::MissingNodes { missing: of - found, of }), true),
            Err(reason) => (Geometry::Unusable(reason), false),
        }
    }
}

/// One record a layer that asks for the element; last layer first, as they are taken from the end.
fn records<T>(kind: &str, found: &Found<T>, cut: bool, shape: impl Fn(Layer) -> Geometry) -> Vec<Record> {
    let layers: Vec<Layer> = found.layers.iter().collect();
    let record = |layer: &Layer| Record {
        row: found.row,
        key: Some(format!("{kind}/{}", found.id).into()),
        layer: Some(*layer),
        geometry: shape(*layer),
        columns: columns(&found.tags),
        original: None,
        cut,
    };
    layers.iter().rev().map(record).collect()
}

fn columns(tags: &PackedTags) -> Vec<(Box<str>, Cell)> {
    tags.iter().map(|(key, value)| (key.into(), Cell::Text(value.into()))).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// Blocks of houses along streets, courtyards that relations tell, hydrants, and a way whose nodes are not there.
    fn town() -> String {
        let mut town = String::from("<osm version='0.6'>");
        let lon = |n: usize| 8.0 + n as f64 / 1000.0;
        for n in 1..=240 {
            let tag = if n % 20 == 0 { "<tag k='emergency' v='fire_hydrant'/>" } else { "" };
            let (lon, lat) = (lon(n / 4), 50.0 + (n % 4) as f64 / 3000.0 + (n % 2) as f64 / 7000.0);
            write!(town, "<node id='{n}' lon='{lon}' lat='{lat}'>{tag}</node>").unwrap();
        }
        for n in 1..=57 {
            let tags = match n % 4 {
                0 => "<tag k='highway' v='residential'/>",
                1 => "",
                _ => "<tag k='building' v='yes'/><tag k='highway' v='pedestrian'/>",
            };
            let ring = [0, 1, 3, 2, 0].map(|corner| format!("<nd ref='{}'/>", 4 * n + corner)).concat();
            write!(town, "<way id='{n}'>{ring}{tags}</way>").unwrap();
        }
        town += "<way id='90'><nd ref='999'/><nd ref='998'/><tag k='highway' v='residential'/></way>";
        for n in 0..9 {
            let (one, other) = (4 * n + 1, 4 * n + 5);
            write!(
                town,
                "<relation id='{n}'><member type='way' ref='{one}' role='outer'/>\
                 <member type='way' ref='{other}' role='outer'/><tag k='type' v='multipolygon'/>\
                 <tag k='building' v='yes'/></relation>"
            )
            .unwrap();
        }
        town + "</osm>"
    }

    fn read(at_once: AtOnce) -> (Vec<String>, BTreeMap<Ignored, u64>, u64) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), town()).expect("written");
        let mut reader = open_with(file.path(), Encoding::Xml, None, at_once, &mut |_| {}).expect("a reader");
        let (mut records, mut ignored) = (Vec::new(), BTreeMap::new());
        for item in &mut reader {
            match item.expect("an item") {
                Item::Record(record) => records.push(format!("{record:?}")),
                Item::Ignored(why, count) => *ignored.entry(why).or_default() += count,
            }
        }
        (records, ignored, reader.read())
    }

    #[test]
    fn a_file_read_in_stretches_holds_what_it_holds_read_at_once() {
        let whole = read(AtOnce::default());
        let (records, ignored, elements) = &whole;
        assert!(records.len() > 90 && records.iter().any(|record| record.contains("relation/8")), "{}", records.len());
        assert_eq!(records.len() as u64 + ignored.values().sum::<u64>(), *elements);
        for (nodes, ways, members) in [(1, 1, 1), (40, 1, 3), (100, 3000, 5), (1, 1 << 20, 100), (1000, 1, 2)] {
            assert_eq!(read(AtOnce { nodes, ways, members }), whole, "{nodes} {ways} {members}");
        }
    }
}
