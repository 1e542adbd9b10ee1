//! The truth on disk: current rows and a change log.
//!
//! The trait is blocking and coarse: load all, commit a batch whole or not at all, ask what changed, wait for a
//! change. There is no search here; the city answers questions. Every number of a revision is a place in the change
//! log, whoever wrote it.

mod edits;
mod exchange;
mod geopackage;
mod location;
mod migrations;
mod past;
mod postgis;
mod provenance;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Bounds, Feature, FeatureId, Layer, Relief, ReliefTile};
pub use edits::{Drawn, EDITED, Edit, EditError, EditReceipt, EditTask, Edited, Edits, Once, Present};
pub use exchange::{Copied, copy};
pub use geopackage::{
    DEFAULT_ZONE, Fault, GeoPackage, PlainColumn, PlainGeometry, PlainRow, PlainRows, PlainSrs, PlainTable, PlainType,
    PlainValue, TableRow, TableRows, TableValue, VectorTable, vector_tables, verify, write_plain,
};
pub use location::Location;
pub use past::{Entry, Happened, PastError, Span};
pub use postgis::{Address, PostGis};
pub use provenance::{Import, ImportedFile, Provenance, Standing};

/// How far the change log had come: the number of its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

/// A current row: a feature with its number. `extra` is left out (`None`) by [`Store::load`] and [`Store::changes`]:
/// unknown columns may be personal and never leave the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number in its layer.
    pub id: FeatureId,
    /// The feature.
    pub feature: Feature,
}

/// Where features came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Short name, such as `osm`.
    pub name: Arc<str>,
    /// What the map must say of it, such as `© OpenStreetMap contributors, ODbL 1.0`; empty where nothing.
    pub attribution: String,
    /// Whether it is made up, to be shown as 演示数据.
    pub demo: bool,
}

/// What stands beside the rows of a load.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The revision the rows are of.
    pub revision: Revision,
    /// The sources of the rows, by name.
    pub sources: Vec<Source>,
    /// Time zone of the store's days, an IANA name such as `Asia/Shanghai`.
    pub zone: String,
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Add the feature, or bring the one of the same layer, source and key up to it.
    Put(Feature),
    /// The same, but what an export leaves out stays as it is: restricted fields, and unknown columns that the feature
    /// does not name.
    Amend(Feature),
    /// A source to add or bring up to date, as those of [`Batch::sources`].
    Source(Source),
    /// The heights of a square, in place of those it has.
    Relief(ReliefTile),
    /// The features and heights that follow come from this file.
    File(ImportedFile),
    /// The feature of this layer, source and key still stands in its source though it could not be read: it is not
    /// among the rest that [`Write::RetireRest`] takes away.
    Spare {
        /// Its layer.
        layer: Layer,
        /// Its source.
        source: Arc<str>,
        /// Its key there.
        source_key: Box<str>,
    },
    /// Take every feature of this layer and source off the map that the batch has not put, amended or spared.
    RetireRest {
        /// Their layer.
        layer: Layer,
        /// Their source.
        source: Arc<str>,
        /// Also where that is more than half of them; else such a batch fails.
        even_most: bool,
    },
    /// Take the feature of this layer, source and key off the map; its past stays in the log.
    Retire {
        /// Its layer.
        layer: Layer,
        /// Its source.
        source: Arc<str>,
        /// Its key there.
        source_key: Box<str>,
    },
}

/// Writes that become one transaction.
pub struct Batch<'a> {
    /// Who writes, for the log, such as `import`.
    pub actor: &'a str,
    /// Sources to add or bring up to date.
    pub sources: Vec<Source>,
    /// The writes in order. An `Err` ends the batch and undoes it whole; the error is the reader's own sentence, kept
    /// by the reader.
    pub writes: &'a mut dyn Iterator<Item = Result<Write, Aborted>>,
    /// Do everything but keep nothing.
    pub dry_run: bool,
    /// Is told of every row that becomes another, while it is written.
    pub watch: Option<Box<dyn Watch>>,
}

/// One who is told what a batch does to rows, in the order in which it is done. An `Err` undoes the batch.
pub trait Watch: Send {
    /// A row is written or taken away.
    fn change(&mut self, change: RowChange<'_>) -> Result<(), Aborted>;

    /// All is written, and is about to be kept.
    fn done(&mut self) -> Result<(), Aborted>;
}

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowChange<'a> {
    /// It was not there.
    Added(&'a Feature),
    /// It was there and says something else.
    Changed {
        /// What it said; nothing where that could not be read.
        old: Option<&'a Feature>,
        /// What it says now.
        new: &'a Feature,
    },
    /// It is taken off the map.
    Retired {
        /// Its layer.
        layer: Layer,
        /// Its source.
        source: &'a str,
        /// Its key there.
        source_key: &'a str,
    },
}

/// The one who supplied the writes cannot go on; the batch is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted;

/// What became of the writes of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Not there before.
    pub added: u64,
    /// There, and different.
    pub changed: u64,
    /// There, and the same: nothing written, nothing logged.
    pub unchanged: u64,
    /// Taken off the map.
    pub retired: u64,
}

/// The answer to a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The revision after it; of a dry run the present one.
    pub revision: Revision,
    /// What became of the writes, by layer.
    pub counts: Vec<(Layer, Counts)>,
    /// What became of squares of relief.
    pub relief: Counts,
}

/// What a change left behind.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The row is now this.
    Put(Row),
    /// There is no such row any more.
    Gone(Layer, FeatureId),
}

/// All that changed since a revision, each row once, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The revision these changes lead to, and sources and zone at it.
    pub snapshot: Snapshot,
    /// The rows that are different, in order of layer and id.
    pub rows: Vec<Change>,
    /// Whether the heights of any square were written or taken away.
    pub relief_changed: bool,
}

/// What a source has already of features that are brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// Keys that it has.
    pub keys: usize,
    /// Places where it has a feature of the same box, to some two metres.
    pub places: usize,
}

/// A store. Methods block; call them off the async threads.
pub trait Store: Send + Sync {
    /// Hands all current rows to `sink` in batches, all of one revision, in no order, from several threads at a time.
    fn load(&self, sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError>;

    /// Hands the rows of some layers to `sink`, as [`load`](Store::load) does.
    fn load_of(&self, layers: &[Layer], sink: &(dyn Fn(Vec<Row>) + Sync)) -> Result<Snapshot, StoreError> {
        self.load(&|mut rows| {
            rows.retain(|row| layers.contains(&row.feature.layer));
            sink(rows);
        })
    }

    /// All current rows in order of layer and id, for what needs them so.
    fn rows(&self) -> Result<(Snapshot, Vec<Row>), StoreError> {
        let all = Mutex::new(Vec::new());
        let snapshot = self.load(&|batch| all.lock().unwrap_or_else(PoisonError::into_inner).extend(batch))?;
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.sort_by_key(|row| (row.feature.layer as usize, row.id));
        Ok((snapshot, all))
    }

    /// Writes a batch whole or not at all. When this returns `Ok`, it is on disk.
    fn commit(&self, batch: Batch<'_>) -> Result<Receipt, StoreError>;

    /// Does edits of single features, whole or not at all. When this returns `Ok`, they are on disk.
    ///
    /// What is expected of features is checked within the transaction that writes; of several that are not as expected
    /// all are told. A value that the row has already is no change: where nothing changes, nothing is logged and the
    /// revision stays. A request that was done before (the same actor, key and digest within a day) is not done again
    /// and gets the receipt it got. Waits for an import that is being written, or another program, at most some seconds:
    /// then it is [`StoreError::Busy`].
    fn edit(&self, _: Edits) -> Result<EditReceipt, EditError> {
        Err(EditError::Unsupported)
    }

    /// The revision of each feature at a moment: the last entry of the log for it that is not later than `at`; `None`
    /// where there is none. The present one is that at `Revision(u64::MAX)`.
    fn revisions(&self, of: &[(Layer, FeatureId)], _at: Revision) -> Result<Vec<Option<Revision>>, StoreError> {
        Ok(vec![None; of.len()])
    }

    /// Entries of the log, newest first. Of one feature with the gaps of its layer.
    fn history(&self, _: &Span) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    /// The rows that were different at the revision `at` from what they were at `from`, a later one, each once and as
    /// it was at `at`; [`Change::Gone`] where it was not there. Sources, zone and heights are those of now.
    fn past(&self, _at: Revision, _from: Revision) -> Result<Changes, PastError> {
        Err(PastError::Unsupported {})
    }

    /// The last revision that was written not later than a time (RFC 3339 in UTC, as the log has it); 0 where none was.
    fn revision_at(&self, _time: &str) -> Result<Revision, StoreError> {
        Ok(Revision(0))
    }

    /// When the last entry of the log was written that is not later than a revision; `None` where there is none.
    fn time_of(&self, _at: Revision) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    /// What changed after a revision, by whatever program.
    fn changes(&self, after: Revision) -> Result<Changes, StoreError>;

    /// The heights around a box as they are now (nothing is held where there is none); of the squares there are it says
    /// which, so that one can tell when more is needed.
    fn relief(&self, around: Option<Bounds>) -> Result<Relief, StoreError> {
        Ok(Relief::around(around, Vec::new()))
    }

    /// All imported files, oldest first.
    fn imports(&self) -> Result<Vec<Import>, StoreError> {
        Ok(Vec::new())
    }

    /// Where a feature comes from and where it was last seen; `None` where there is no such feature.
    fn provenance(&self, _layer: Layer, _id: FeatureId) -> Result<Option<Provenance>, StoreError> {
        Ok(None)
    }

    /// How many of the keys, and how many of the boxes around shapes, a layer has from a source already.
    fn recognise(&self, _: Layer, _source: &str, _: &[(Box<str>, Bounds)]) -> Result<Recognised, StoreError> {
        Ok(Recognised::default())
    }

    /// What was wrong with rows when they were last read, by [`load`](Store::load) or since by
    /// [`changes`](Store::changes).
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// Waits until there is a revision after this one, at most so long; the present revision.
    fn wait(&self, after: Revision, at_most: Duration) -> Result<Revision, StoreError>;
}

crate::sentences! {
    /// Why a store cannot be used, in words for the person who can mend it.
    pub enum StoreError {
        /// There is no file.
        Missing { path: String }
            "store_missing",
            "没有找到数据文件 {path}。请先用 firemap import 文件… --store {path} 建立，或用 firemap demo 试用演示数据。",
            "There is no store at {path}. Make one with: firemap import FILE… --store {path} (or try firemap demo).";
        /// A file that firemap did not make.
        Foreign { path: String, what: String }
            "store_foreign",
            "{path} 不是 firemap 的数据文件（{what}），未作任何改动。请换一个 --store 路径。",
            "{path} is not a firemap store ({what}); it was left as it is. Name another path with --store.";
        /// Written by a later version.
        Newer { path: String, found: u32, known: u32 }
            "store_newer",
            "{path} 的结构版本是 {found}，本程序只认识到 {known}，未作任何改动。请使用较新的 firemap。",
            "{path} has schema version {found} and this program knows up to {known}; it was left as it is. Use a newer firemap.";
        /// SQLite cannot read it.
        Damaged { path: String, detail: String }
            "store_damaged",
            "{path} 已损坏（{detail}），未作任何改动。请从备份恢复。",
            "{path} is damaged ({detail}); it was left as it is. Restore it from a backup.";
        /// It lies where locks cannot be trusted.
        NetworkShare { path: String, kind: String }
            "store_on_network_share",
            "{path} 位于网络共享（{kind}），多人写入会损坏数据。请放到本机磁盘；多人共用请用 PostGIS。",
            "{path} lies on a network share ({kind}), where writing can destroy it. Put it on a local disk; to share it between machines use PostGIS.";
        /// Another file has come to stand in its place.
        Replaced { path: String }
            "store_replaced",
            "{path} 已被换成另一个文件。请重新启动 firemap serve。",
            "Another file stands at {path} now. Start firemap serve again.";
        /// The database does not answer, or turned the connection away.
        Away { path: String, detail: String }
            "store_away",
            "无法连接数据库 {path}（{detail}）。恢复后会自动重新连接；请检查网络、地址和账号。",
            "The database {path} cannot be reached ({detail}). It is tried again by itself; check the network, the address and the account.";
        /// A text that is no address of a database.
        BadUrl {}
            "store_url_malformed",
            "这不是有效的数据库地址。请写作 postgres://用户@主机:5432/数据库。",
            "This is no address of a database. Write postgres://USER@HOST:5432/DATABASE.";
        /// What was asked for needs a store that is empty.
        NotEmpty { path: String }
            "store_not_empty",
            "{path} 已有数据，未作任何改动。请指定一个空的数据文件或数据库。",
            "{path} holds something already and was left as it is. Name a store that is empty.";
        /// Another program holds it.
        Busy { path: String }
            "store_busy",
            "{path} 正被其他程序占用写入，等待超时。请关闭其中的编辑后重试。",
            "{path} is being written by another program and did not become free. Finish the edit there and try again.";
        /// The writes broke off; nothing was kept.
        Aborted {}
            "batch_aborted",
            "写入中断，数据保持原样。",
            "The writes broke off; the store is as it was.";
        /// A file that holds much less than the one before is likely the wrong one.
        RetiresMost { layer: &'static str, source: String, gone: u64, of: u64 }
            "retires_most",
            "来源 {source} 的 {layer} 共 {of} 个，其中 {gone} 个不在文件里；超过一半，可能是文件不全或选错了文件，未作任何改动。确认无误请用 --replace=all。",
            "Of the {of} {layer} of source {source}, {gone} are not in the file: more than half, as happens with the wrong file or one that is not whole. Nothing was changed. If it is right, say --replace=all.";
        /// There is no room for what is to be written.
        DiskFull { path: String }
            "disk_full",
            "磁盘已满，未向 {path} 保存任何内容。请在该磁盘（或临时文件夹）腾出空间后重试。",
            "The disk is full, and nothing was kept in {path}. Make room there, or in the folder for temporary files, and try again.";
        /// The disk or the file system refuses.
        Io { path: String, detail: String }
            "store_io",
            "无法读写 {path}：{detail}。",
            "{path} cannot be read or written: {detail}.";
    }
}
