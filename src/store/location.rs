//! Where a store is: a file, or a database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Address, GeoPackage, PostGis, Store, StoreError};

/// The place of a store. It is told without the password of a database.
#[derive(Clone, Debug)]
pub enum Location {
    /// A GeoPackage file.
    File(PathBuf),
    /// A PostGIS database.
    Database(Box<Address>),
}

impl Location {
    /// Opens the store there; refuses where there is none.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Location::File(path) => Box::new(GeoPackage::open(path)?),
            Location::Database(address) => Box::new(PostGis::open((**address).clone())?),
        })
    }

    /// Opens the store there, or makes one whose days are those of `zone` (an IANA name).
    pub fn open_or_create(&self, zone: &str) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Location::File(path) => Box::new(GeoPackage::open_or_create(path, zone)?),
            Location::Database(address) => Box::new(PostGis::open_or_create((**address).clone(), zone)?),
        })
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Location::File(path) => Some(path),
            Location::Database(_) => None,
        }
    }
}

impl FromStr for Location {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Location, StoreError> {
        Ok(match Address::is_meant_by(text) {
            true => Location::Database(Box::new(Address::parse(text)?)),
            false => Location::File(PathBuf::from(text)),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::File(path) => write!(f, "{}", path.display()),
            Location::Database(address) => write!(f, "{address}"),
        }
    }
}
