//! The declarations: one file a layer. To add a field, add it here and to the next migration.

pub mod area;
pub mod barrier;
pub mod building;
pub mod connection;
pub mod danger;
pub mod hydrant;
pub mod incident;
pub mod ladder_field;
pub mod lane;
pub mod place;
pub mod road;
pub mod sensor;
pub mod station;
pub mod water;

use super::field::Choice;

/// Who supervises a building or place.
const SUPERVISORS: &[Choice] = &[
    Choice::new("fire_brigade", "消防救援机构", "Fire brigade", &["消防", "消防大队", "消防支队"]),
    Choice::new("police", "公安派出所", "Police station", &["派出所", "公安"]),
    Choice::new("subdistrict", "街道（镇）", "Sub-district", &["街道", "镇", "乡镇"]),
];
