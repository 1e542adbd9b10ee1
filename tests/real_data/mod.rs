//! Where real files are looked for: beside the checkout, or where `FIREMAP_REAL_DATA` points.

use std::path::PathBuf;

/// The file or folder of this name among the real files; says that it is skipped where there is none.
pub fn real_data(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let found = std::env::var_os("FIREMAP_REAL_DATA").map_or_else(beside, PathBuf::from).join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} not found", found.display());
    None
}
