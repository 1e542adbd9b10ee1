//! The files of the viewer as `build.rs` built them from `web/`: compiled into the binary, served from memory.
//!
//! A debug build reads them from the build's folder instead. Where Node was missing at build time there is one plain
//! page that says how to get the viewer.

use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$FIREMAP_WEB_DIST"]
struct Files;

/// A file of the viewer: its bytes, its media type, and whether its name changes with its content, so that a browser
/// may keep it for ever. The empty path is the page itself. `None` if there is no such file.
pub fn asset(path: &str) -> Option<(Cow<'static, [u8]>, &'static str, bool)> {
    let path = match path.trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    Some((Files::get(path)?.data, media_type(path), path.starts_with("assets/")))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_whether_or_not_node_built_it() {
        let (page, media_type, immutable) = asset("").unwrap();
        assert!(String::from_utf8_lossy(&page).contains("<title>"));
        assert_eq!((media_type, immutable), ("text/html; charset=utf-8", false));
        assert_eq!(asset("/index.html").unwrap().0, page);
    }

    #[test]
    fn what_is_not_a_file_of_the_viewer_is_nothing() {
        assert!(asset("../Cargo.toml").is_none());
        assert!(asset("assets/").is_none());
    }
}
