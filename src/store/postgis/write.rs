//! Writing: a batch streams into one transaction that holds the lock of all writers from its begin to its end.

use std::sync::Arc;

use sqlx::{PgConnection, Row as _};

use super::cell::Column;
use super::layer::{Done, LayerWriter};
use super::link::{ANSWER, Link};
use super::rows::OutsideTime;
use super::{imports, migrate, read, relief};
use crate::model::{Feature, Layer};
use crate::store::geopackage::relief::{Packed, Put};
use crate::store::{Aborted, Batch, Counts, ImportedFile, Receipt, Revision, Source, StoreError, Watch, Write};

/// Writes taken up at a time.
const CHUNK: usize = 512;

/// A thousand rows are looked up among however many: a table that is being filled has no statistics yet, and would be
/// read whole for each thousand.
const BY_INDEX: &str = "set local enable_hashjoin = off; set local enable_mergejoin = off";

/// Why a batch is undone.
pub enum Failure {
    /// The one who supplies or watches cannot go on.
    Aborted,
    /// The database refuses.
    Sql(sqlx::Error),
    /// A date or instant that no store holds.
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
    fn told(self, link: &Link) -> StoreError {
        match self {
            Failure::Aborted => StoreError::Aborted {},
            Failure::Sql(error) => link.told(&error),
            Failure::RetiresMost { layer, source, gone, of } => {
                StoreError::RetiresMost { layer: layer.name(), source, gone, of }
            }
            Failure::Time(field) => StoreError::Io {
                path: link.address().to_string(),
                detail: format!("{field} is outside the years -4712 to 9999"),
            },
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        Failure::Sql(error)
    }
}

impl From<Aborted> for Failure {
    fn from(_: Aborted) -> Failure {
        Failure::Aborted
    }
}

impl From<OutsideTime> for Failure {
    fn from(OutsideTime(field): OutsideTime) -> Failure {
        Failure::Time(field)
    }
}

/// Writes a batch whole or not at all.
pub fn commit(link: &Link, batch: Batch<'_>) -> Result<Receipt, StoreError> {
    let Batch { actor, sources, writes, dry_run, mut watch } = batch;
    let mut lent = link.lend()?;
    let told = |failure: Failure| failure.told(link);
    let mut writing = link.block(ANSWER, Writing::begin(lent.conn(), actor, &sources)).map_err(told)?;
    let written = (|| {
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            let next = writes.next().transpose()?;
            let is_last = next.is_none();
            // A square's heights are as much as thousands of features.
            let is_large = matches!(next, Some(Write::Relief(_)));
            chunk.extend(next);
            if chunk.len() >= CHUNK || is_large || is_last {
                let some = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
                link.block(ANSWER, writing.take_up(some, is_last))?;
                tell(&mut writing.done, &mut watch)?;
            }
            if is_last {
                let found = link.block(ANSWER, writing.close_books())?;
                if let Some(watch) = &mut watch {
                    watch.done()?;
                }
                return Ok(found);
            }
        }
    })();
    let (receipt, keep) = match written {
        Ok((receipt, is_new)) => (Ok(receipt), is_new && !dry_run),
        Err(failure) => (Err(told(failure)), false),
    };
    let before = writing.before;
    drop(writing);
    let end = if keep { "commit" } else { "rollback" };
    let ended = link.block(ANSWER, sqlx::raw_sql(end).execute(lent.conn()));
    let receipt = receipt?;
    ended.map_err(|error| link.told(&error))?;
    lent.keep();
    Ok(if keep { receipt } else { Receipt { revision: before, ..receipt } })
}

/// Tells the one who watches what was done.
fn tell(done: &mut Vec<Done>, watch: &mut Option<Box<dyn Watch>>) -> Result<(), Aborted> {
    match watch {
        Some(watch) => done.drain(..).try_for_each(|done| watch.change(done.told())),
        None => {
            done.clear();
            Ok(())
        }
    }
}

/// A batch that is being written.
struct Writing<'c> {
    conn: &'c mut PgConnection,
    actor: String,
    before: Revision,
    layers: [Option<LayerWriter>; Layer::ALL.len()],
    /// The file of the features that follow, and its number.
    file: Option<(Arc<str>, u32)>,
    sources_changed: bool,
    relief: Counts,
    done: Vec<Done>,
}

impl<'c> Writing<'c> {
    async fn begin(conn: &'c mut PgConnection, actor: &str, sources: &[Source]) -> Result<Writing<'c>, Failure> {
        sqlx::raw_sql("begin").execute(&mut *conn).await?;
        sqlx::raw_sql(migrate::LOCK).execute(&mut *conn).await?;
        sqlx::raw_sql(BY_INDEX).execute(&mut *conn).await?;
        sqlx::query(migrate::SIGN).bind(actor).execute(&mut *conn).await?;
        let before = read::head(&mut *conn).await?;
        let sources_changed = write_sources(&mut *conn, sources).await?;
        Ok(Writing {
            conn,
            actor: actor.to_owned(),
            before,
            layers: [const { None }; Layer::ALL.len()],
            file: None,
            sources_changed,
            relief: Counts::default(),
            done: Vec::new(),
        })
    }

    /// Writes some, and what is pending where these are the last.
    async fn take_up(&mut self, writes: Vec<Write>, are_last: bool) -> Result<(), Failure> {
        for write in writes {
            match write {
                Write::Put(feature) => self.put(feature, false).await?,
                Write::Amend(feature) => self.put(feature, true).await?,
                Write::Source(source) => self.sources_changed |= write_sources(&mut *self.conn, &[source]).await?,
                Write::File(file) => {
                    self.begin_file(file).await?;
                }
                Write::Relief(tile) => self.put_relief(&Packed::of(&tile)).await?,
                Write::Spare { layer, source, source_key } => {
                    let (writer, conn, done) = self.writer(layer).await?;
                    writer.spare(conn, &source, &source_key, done).await?;
                }
                Write::Retire { layer, source, source_key } => {
                    let (writer, conn, done) = self.writer(layer).await?;
                    writer.retire(conn, &source, &[&*source_key], done).await?;
                }
                Write::RetireRest { layer, source, even_most } => {
                    let (writer, conn, done) = self.writer(layer).await?;
                    writer.retire_rest(conn, &source, even_most, done).await?;
                }
            }
        }
        if are_last {
            for writer in self.layers.iter_mut().flatten() {
                writer.flush(&mut *self.conn, &mut self.done).await?;
            }
        }
        Ok(())
    }

    /// The writer of a layer, with what it needs.
    async fn writer(&mut self, layer: Layer) -> Result<(&mut LayerWriter, &mut PgConnection, &mut Vec<Done>), Failure> {
        let slot = &mut self.layers[layer as usize];
        let writer = match slot {
            Some(writer) => writer,
            None => slot.insert(LayerWriter::new(&mut *self.conn, layer).await?),
        };
        Ok((writer, &mut *self.conn, &mut self.done))
    }

    async fn put(&mut self, feature: Feature, amends: bool) -> Result<(), Failure> {
        let import = match &self.file {
            Some((file, import)) if *file == feature.origin.file => *import,
            // A file may hold features of several sources.
            _ => {
                let file = ImportedFile {
                    file: feature.origin.file.clone(),
                    source: feature.source.clone(),
                    layer: None,
                    hash: None,
                    bytes: 0,
                    row_key: None,
                };
                self.begin_file(file).await?
            }
        };
        let (writer, conn, done) = self.writer(feature.layer).await?;
        writer.put(conn, feature, amends, import, done).await
    }

    async fn begin_file(&mut self, file: ImportedFile) -> Result<u32, Failure> {
        let import = imports::begin(&mut *self.conn, &file, &self.actor).await?;
        self.file = Some((file.file, import));
        Ok(import)
    }

    async fn put_relief(&mut self, tile: &Packed) -> Result<(), Failure> {
        let import = self.file.as_ref().map(|(_, import)| *import);
        match relief::put(&mut *self.conn, tile, import).await? {
            Put::Added => self.relief.added += 1,
            Put::Changed => self.relief.changed += 1,
            Put::Unchanged => self.relief.unchanged += 1,
        }
        Ok(())
    }

    /// Writes down where features were seen; the receipt, and whether there is anything to keep.
    async fn close_books(&mut self) -> Result<(Receipt, bool), Failure> {
        let mut counts = Vec::new();
        let mut is_new = self.sources_changed || self.relief.added + self.relief.changed > 0;
        for writer in std::mem::replace(&mut self.layers, [const { None }; Layer::ALL.len()]).into_iter().flatten() {
            let (layer, count, seen) = writer.finish();
            is_new |= count.added + count.changed + count.retired > 0;
            is_new |= imports::saw(&mut *self.conn, layer, seen).await?;
            counts.push((layer, count));
        }
        let revision = read::head(&mut *self.conn).await?;
        Ok((Receipt { revision, counts, relief: self.relief }, is_new))
    }
}

/// Adds sources or brings them up to date; whether any says something else than before.
async fn write_sources(conn: &mut PgConnection, sources: &[Source]) -> sqlx::Result<bool> {
    if sources.is_empty() {
        return Ok(false);
    }
    let demo: Vec<bool> = sources.iter().map(|source| source.demo).collect();
    let written = sqlx::query(
        "insert into firemap_source (name, attribution, demo) select * from unnest($1, $2, $3)
         on conflict (name) do update set attribution = excluded.attribution, demo = excluded.demo
         where (firemap_source.attribution, firemap_source.demo) is distinct from (excluded.attribution, excluded.demo)
         returning fid",
    );
    let written = written
        .bind(Column::texts(sources.iter().map(|source| &*source.name)))
        .bind(Column::texts(sources.iter().map(|source| &*source.attribution)))
        .bind(demo)
        .fetch_all(conn)
        .await?;
    Ok(written.iter().any(|row| row.try_get::<i64, _>(0).is_ok()))
}
