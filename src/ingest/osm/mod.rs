//! OpenStreetMap: nodes, ways and relations become places, lines and areas with the key `node/1`, `way/1`,
//! `relation/1`.
//!
//! An area is a closed way of a polygon layer or a `multipolygon` or `boundary` relation; a line is a way of a line
//! layer, a closed one too (a square's edge joins the roads that end there). What belongs to a point layer but is
//! mapped as an area stands at a place inside it: wherever its centroid is, that place is in the right building and
//! the right district. A way that the extract has cut keeps what is there, a line its pieces and an outline its
//! remaining corners, and that is told; an area that has lost ways is rejected.

mod collect;
mod element;
mod pbf;
mod places;
mod reader;
mod rings;
mod shapes;
mod tags;
mod xml;

use std::ops::Range;

use element::Pass;

use super::error::IngestError;
pub use reader::{OsmReader, open};
pub use tags::map as map_tags;

/// The source of OpenStreetMap's features, unless another is named.
pub const SOURCE: &str = "osm";

/// What a map of OpenStreetMap's data must say.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0";

/// Which of the two formats a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Protocol buffers, `.osm.pbf`.
    Pbf,
    /// XML, `.osm`, perhaps gzipped.
    Xml,
}

/// A file of either format. Its length and the places in it are counted in blocks, or in elements where it has none.
enum OsmFile {
    Pbf(pbf::PbfFile),
    Xml(xml::XmlFile),
}

impl OsmFile {
    /// Looks through a stretch of the file. `join` gets what each chunk held and how many elements stood before it, and
    /// says whether to go on; the place where it ended.
    fn run<P: Pass>(
        &mut self,
        pass: &P,
        stretch: Range<u64>,
        join: &mut dyn FnMut(P::Found, u64) -> bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, IngestError> {
        match self {
            OsmFile::Pbf(file) => file.run(pass, stretch, join, progress),
            OsmFile::Xml(file) => file.run(pass, stretch, join, progress),
        }
    }

    /// How many elements it holds; known after the first pass.
    fn elements(&self) -> u64 {
        match self {
            OsmFile::Pbf(file) => file.elements(),
            OsmFile::Xml(file) => file.elements(),
        }
    }

    /// Its length; known after the first pass.
    fn len(&self) -> u64 {
        match self {
            OsmFile::Pbf(file) => file.len(),
            OsmFile::Xml(file) => file.elements(),
        }
    }
}
