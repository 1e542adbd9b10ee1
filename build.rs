//! Builds the viewer (`web/`) with Node into the build's own folder, from where `src/http/viewer.rs` embeds it.
//!
//! Without Node, or with `FIREMAP_SKIP_WEB=1`, one plain page takes its place and the build goes on. Nothing is
//! written beside the sources: Node works on a copy, and what is unchanged is not built again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Files and folders of `web/` that the viewer is built from.
const SOURCES: [&str; 9] = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    "index.html",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
    "public",
    "src",
];

fn main() -> io::Result<()> {
    // Cargo runs this in the package's own folder: relative names hold for every checkout that shares a target folder.
    let web = PathBuf::from("web");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let (copy, dist) = (out.join("web"), out.join("viewer"));
    println!("cargo::rerun-if-env-changed=FIREMAP_SKIP_WEB");
    println!("cargo::rustc-env=FIREMAP_WEB_DIST={}", dist.display());
    for source in SOURCES {
        name(&web.join(source))?;
    }

    if env::var("FIREMAP_SKIP_WEB").is_ok_and(|value| value == "1") {
        return plain_page(&dist);
    }
    if let Err(reason) = build(&web, &copy, &dist) {
        println!("cargo::warning=the viewer is not built, a plain page stands in its place: {reason}");
        plain_page(&dist)?;
    }
    Ok(())
}

/// Names every file under a path as something to build again for.
fn name(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            name(&entry?.path())?;
        }
    }
    println!("cargo::rerun-if-changed={}", path.display());
    Ok(())
}

fn build(web: &Path, copy: &Path, dist: &Path) -> Result<(), String> {
    let installed = copy.join("installed-lock.json");
    let lock = fs::read(web.join("package-lock.json")).map_err(|error| format!("web/package-lock.json: {error}"))?;
    take(web, copy).map_err(|error| format!("copying web/: {error}"))?;
    if fs::read(&installed).ok().as_ref() != Some(&lock) {
        npm(copy, &["ci", "--no-audit", "--no-fund"])?;
        fs::write(&installed, &lock).map_err(|error| format!("{}: {error}", installed.display()))?;
    }
    let dist = dist.to_string_lossy();
    npm(copy, &["run", "build", "--", "--emptyOutDir", "--outDir", &dist])
}

/// Makes the copy hold the sources as they are now and no older ones; `node_modules` stays.
fn take(web: &Path, copy: &Path) -> io::Result<()> {
    fs::create_dir_all(copy)?;
    for source in SOURCES {
        let (from, to) = (web.join(source), copy.join(source));
        if to.is_dir() {
            fs::remove_dir_all(&to)?;
        }
        copy_all(&from, &to)?;
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("Node.js with npm is needed ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.len().saturating_sub(6);
    Err(format!("npm {} failed: {}", arguments[0], lines[last..].join(" | ")))
}

fn plain_page(dist: &Path) -> io::Result<()> {
    if dist.is_dir() {
        fs::remove_dir_all(dist)?;
    }
    fs::create_dir_all(dist)?;
    fs::write(dist.join("index.html"), PLAIN_PAGE)
}

const PLAIN_PAGE: &str = r#"<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>firemap</title>
<body style="font: 16px/1.6 sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>此程序未带地图界面</h1>
<p>编译时没有 Node.js（或设了 FIREMAP_SKIP_WEB=1）。装上 Node.js 20 或更高版本后重新编译即可。接口照常可用：<a href="api/city">api/city</a>。</p>
<h1 lang="en">This build has no map viewer</h1>
<p lang="en">Node.js was missing when it was built (or FIREMAP_SKIP_WEB=1 was set). Install Node.js 20 or later and build
again. The API works as usual: <a href="api/city">api/city</a>.</p>
</body>
</html>
"#;
