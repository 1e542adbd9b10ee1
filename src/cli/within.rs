//! A box on the map, as several commands take it.

use clap::Args;

use super::CommandError;
use crate::crs::bounds_named;
use crate::model::Bounds;

/// Which part of the map.
#[derive(Args, Clone)]
pub struct BoxArg {
    /// Only what touches this box: its west, south, east and north side in degrees (WGS 84).
    #[arg(long = "box", env = "FIREMAP_BOX", value_name = "W,S,E,N", allow_hyphen_values = true)]
    within: Option<String>,
}

impl BoxArg {
    /// The box, where one is named.
    pub fn bounds(&self) -> Result<Option<Bounds>, CommandError> {
        let named = |text: &String| bounds_named(text).ok_or_else(|| CommandError::BadBox { text: text.clone() });
        self.within.as_ref().map(named).transpose()
    }
}
