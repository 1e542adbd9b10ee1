//! Writing: one thread owns the one connection that writes; a batch streams to it and becomes one transaction.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::edit::EditJob;
use super::layer::{Keep, LayerWriter};
use super::rows::Unstorable;
use super::{file, history, imports, migrate, read, relief};
use crate::model::{Feature, Layer};
use crate::store::{Aborted, Batch, Counts, ImportedFile, Receipt, Revision, Source, StoreError, Watch, Write};

/// Writes sent to the writer at a time.
const CHUNK: usize = 512;
/// Chunks that may wait for the writer.
pub const WAITING: usize = 8;

/// A write on its way to the writer: a shape is turned to bytes on the side of the one who sends.
pub enum Prepared {
    /// A feature with its shape's bytes.
    Put(Feature, Vec<u8>),
    /// The same; what an export leaves out stays.
    Amend(Feature, Vec<u8>),
    /// A source.
    Source(Source),
    /// The file of the features that follow.
    File(ImportedFile),
    /// The heights of a square.
    Relief(relief::Packed),
    /// A feature not to be taken away with the rest.
    Spare(Layer, Arc<str>, Box<str>),
    /// What was not named, to be taken away.
    RetireRest(Layer, Arc<str>, bool),
    /// A feature to take away.
    Retire(Layer, Arc<str>, Box<str>),
}

/// A piece of a batch. One that ends without `End` is undone.
pub enum Piece {
    /// Some writes.
    Writes(Vec<Prepared>),
    /// All writes were sent.
    End,
}

/// What the writer is asked to do.
pub enum Command {
    /// Write a batch.
    Commit(Job),
    /// Do edits of single features.
    Edit(EditJob),
    /// Make again what another program dropped.
    Complete(SyncSender<Result<(), StoreError>>),
}

/// A batch as the writer sees it.
pub struct Job {
    /// Who writes.
    pub actor: String,
    /// Sources to add or bring up to date.
    pub sources: Vec<Source>,
    /// Keep nothing.
    pub dry_run: bool,
    /// Is told of rows that become others.
    pub watch: Option<Box<dyn Watch>>,
    /// The writes.
    pub pieces: Receiver<Piece>,
    /// Where the receipt goes.
    pub answer: SyncSender<Result<Receipt, StoreError>>,
}

/// Sends the writes of a batch to the writer, until it hangs up.
pub fn send(batch: &mut Batch<'_>, pieces: &SyncSender<Piece>) -> Result<(), Aborted> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for write in &mut *batch.writes {
        let mut is_large = false;
        chunk.push(match write? {
            Write::Put(feature) => {
                let geom = super::blob::write(&feature.shape);
                Prepared::Put(feature, geom)
            }
            Write::Amend(feature) => {
                let geom = super::blob::write(&feature.shape);
                Prepared::Amend(feature, geom)
            }
            Write::Source(source) => Prepared::Source(source),
            Write::Relief(tile) => {
                is_large = true;
                Prepared::Relief(relief::Packed::of(&tile))
            }
            Write::File(file) => Prepared::File(file),
            Write::Spare { layer, source, source_key } => Prepared::Spare(layer, source, source_key),
            Write::RetireRest { layer, source, even_most } => Prepared::RetireRest(layer, source, even_most),
            Write::Retire { layer, source, source_key } => Prepared::Retire(layer, source, source_key),
        });
        if chunk.len() == CHUNK || is_large {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            if pieces.send(Piece::Writes(full)).is_err() {
                return Ok(());
            }
        }
    }
    // Where the writer has hung up, its answer says why.
    let _ = pieces.send(Piece::Writes(chunk)).and_then(|()| pieces.send(Piece::End));
    Ok(())
}

/// The writer: works off commands until nobody can send one any more.
pub fn run(mut conn: Connection, path: PathBuf, commands: Receiver<Command>, committed: impl Fn(Revision)) {
    for command in commands {
        // The one who asked may have died meanwhile; what is committed is committed.
        match command {
            Command::Complete(answer) => {
                let _ = answer.send(migrate::complete(&mut conn).map_err(|error| file::told(&path, &error)));
            }
            Command::Edit(job) => {
                if let Some(Ok(receipt)) = &job.run(&mut conn, &path) {
                    committed(receipt.revision);
                }
            }
            Command::Commit(mut job) => {
                let receipt = commit(&mut conn, &mut job).map_err(|failure| failure.told(&path));
                if let Ok(receipt) = &receipt {
                    committed(receipt.revision);
                }
                let _ = job.answer.send(receipt);
            }
        }
    }
}

/// Why a batch is undone.
pub enum Failure {
    /// The one who supplies or watches cannot go on.
    Aborted,
    /// SQLite refuses.
    Sql(rusqlite::Error),
    /// A date or instant has no text.
    Time(&'static str),
    /// Most of a source would go.
    RetiresMost {
        /// The layer.
        layer: Layer,
        /// The source.
        source: String,
        /// How many would go.
        gone: u64,
        /// How many there are.
        of: u64,
    },
}

impl Failure {
    fn told(self, path: &Path) -> StoreError {
        match self {
            Failure::Aborted => StoreError::Aborted {},
            Failure::Sql(error) => file::told(path, &error),
            Failure::RetiresMost { layer, source, gone, of } => {
                StoreError::RetiresMost { layer: layer.name(), source, gone, of }
            }
            Failure::Time(field) => {
                StoreError::Io { path: path.display().to_string(), detail: Unstorable::Time(field).to_string() }
            }
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Sql(error)
    }
}

impl From<Aborted> for Failure {
    fn from(_: Aborted) -> Failure {
        Failure::Aborted
    }
}

impl From<Unstorable> for Failure {
    fn from(error: Unstorable) -> Failure {
        match error {
            Unstorable::Sql(error) => Failure::Sql(error),
            Unstorable::Time(field) => Failure::Time(field),
        }
    }
}

/// Whatever ends this early drops the transaction, which undoes it.
fn commit(conn: &mut Connection, job: &mut Job) -> Result<Receipt, Failure> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = read::head(&tx)?;
    tx.execute("update firemap_actor set name = ?1", [&job.actor])?;
    let mut files = Files::new(&tx, &job.actor);
    files.sources_changed = write_sources(&tx, &job.sources)?;
    let mut layers: [Option<LayerWriter<'_>>; Layer::ALL.len()] = [const { None }; Layer::ALL.len()];
    receive(&tx, job, &mut files, &mut layers)?;
    let mut counts = Vec::new();
    let relief = files.relief;
    let (mut anything, mut seen_elsewhere) = (files.sources_changed || relief.added + relief.changed > 0, false);
    for writer in layers.into_iter().flatten() {
        let (layer, count, seen) = writer.finish(&job.actor)?;
        anything |= count.added + count.changed + count.retired > 0;
        seen_elsewhere |= imports::saw(&tx, layer, seen)?;
        counts.push((layer, count));
    }
    if let Some(watch) = &mut job.watch {
        watch.done()?;
    }
    if job.dry_run || !(anything || seen_elsewhere) {
        tx.rollback()?;
        return Ok(Receipt { revision: before, counts, relief });
    }
    tx.execute("update firemap_actor set name = null", [])?;
    let revision = read::head(&tx)?;
    history::at_one_moment(&tx, before)?;
    tx.commit()?;
    Ok(Receipt { revision, counts, relief })
}

fn receive<'tx>(
    tx: &'tx Transaction<'_>,
    job: &mut Job,
    files: &mut Files<'tx>,
    layers: &mut [Option<LayerWriter<'tx>>; Layer::ALL.len()],
) -> Result<(), Failure> {
    loop {
        let writes = match job.pieces.recv() {
            Ok(Piece::Writes(writes)) => writes,
            Ok(Piece::End) => return Ok(()),
            Err(_) => return Err(Failure::Aborted),
        };
        for write in writes {
            let layer = match &write {
                Prepared::Put(feature, _) | Prepared::Amend(feature, _) => feature.layer,
                Prepared::Retire(layer, ..) | Prepared::Spare(layer, ..) | Prepared::RetireRest(layer, ..) => *layer,
                Prepared::File(file) => {
                    files.begin(file.clone())?;
                    continue;
                }
                Prepared::Relief(tile) => {
                    files.put_relief(tile)?;
                    continue;
                }
                Prepared::Source(source) => {
                    files.sources_changed |= write_sources(tx, std::slice::from_ref(source))?;
                    continue;
                }
            };
            let slot = &mut layers[layer as usize];
            let writer = match slot {
                Some(writer) => writer,
                None => slot.insert(LayerWriter::new(tx, layer)?),
            };
            let watch = &mut job.watch;
            match write {
                Prepared::Put(feature, geom) => writer.put(feature, &geom, Keep::Nothing, files, watch)?,
                Prepared::Amend(feature, geom) => writer.put(feature, &geom, Keep::LeftOut, files, watch)?,
                Prepared::Spare(_, source, key) => writer.spare(&source, &key)?,
                Prepared::Retire(_, source, key) => writer.retire(&source, &key, watch)?,
                Prepared::RetireRest(_, source, even_most) => writer.retire_rest(&source, even_most, watch)?,
                Prepared::File(_) | Prepared::Source(_) | Prepared::Relief(_) => {}
            }
        }
    }
}

/// The sources and imports of a batch: that of the file at hand, or one for the name that a feature's origin has.
pub struct Files<'tx> {
    conn: &'tx Connection,
    actor: String,
    current: Option<(Arc<str>, u32)>,
    /// Whether any source says something else than before.
    sources_changed: bool,
    /// What became of squares of relief.
    relief: Counts,
}

impl<'tx> Files<'tx> {
    fn new(conn: &'tx Connection, actor: &str) -> Files<'tx> {
        Files { conn, actor: actor.to_owned(), current: None, sources_changed: false, relief: Counts::default() }
    }

    fn begin(&mut self, file: ImportedFile) -> rusqlite::Result<u32> {
        let import = imports::begin(self.conn, &file, &self.actor)?;
        self.current = Some((file.file, import));
        Ok(import)
    }

    /// Writes a square of relief, of the file at hand.
    fn put_relief(&mut self, tile: &relief::Packed) -> rusqlite::Result<()> {
        let import = self.current.as_ref().map(|(_, import)| *import);
        match tile.put(self.conn, import)? {
            relief::Put::Added => self.relief.added += 1,
            relief::Put::Changed => self.relief.changed += 1,
            relief::Put::Unchanged => self.relief.unchanged += 1,
        }
        Ok(())
    }

    /// The number of the import a feature is of. A file may hold features of several sources.
    pub fn import_of(&mut self, feature: &Feature) -> rusqlite::Result<u32> {
        match &self.current {
            Some((file, import)) if *file == feature.origin.file => Ok(*import),
            _ => self.begin(ImportedFile {
                file: feature.origin.file.clone(),
                source: feature.source.clone(),
                layer: None,
                hash: None,
                bytes: 0,
                row_key: None,
            }),
        }
    }
}

/// Adds sources or brings them up to date; a change of them is a revision of its own.
fn write_sources(tx: &Transaction<'_>, sources: &[Source]) -> rusqlite::Result<bool> {
    let mut changed = 0;
    for Source { name, attribution, demo } in sources {
        changed += tx.execute(
            "insert into firemap_source (name, attribution, demo) values (?1, ?2, ?3)
             on conflict (name) do update set attribution = excluded.attribution, demo = excluded.demo
             where attribution <> excluded.attribution or demo <> excluded.demo",
            (&**name, attribution, demo),
        )?;
    }
    if changed > 0 {
        tx.execute("update firemap_head set seq = seq + 1", [])?;
    }
    Ok(changed > 0)
}
