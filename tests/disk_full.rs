//! The disk is full: edits are refused with a sentence, reading goes on, and when there is room edits go on.
//!
//! The disk is a small one in memory, in a namespace of mounts of its own; where `unshare` may not make one the test
//! says so and skips.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod running;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use firemap::store::{DEFAULT_ZONE, GeoPackage, Store, verify};
use running::{Dice, Left, Server, Wish, edited, names, number, send, without_settings};
use serde_json::Value as Json;

/// Mounts the disk, puts a store and a ballast on it, serves the store; at the first line it is told it throws the
/// ballast away, at the second it ends the server and brings the store back.
const DISK: &str = r#"
set -e
mount -t tmpfs -o size="$ROOM" none "$DISK"
cp "$STORE" "$DISK/town.gpkg"
head -c "$BALLAST" /dev/zero > "$DISK/ballast"
"$SERVER" serve --listen 127.0.0.1:0 --log error --store "$DISK/town.gpkg" &
server=$!
trap 'kill "$server"' EXIT
trap 'exit 1' TERM
read -r line
rm "$DISK/ballast"
read -r line
trap - EXIT
kill "$server"
wait "$server"
cp "$DISK"/town.gpkg* "$BACK"
"#;

/// Bytes that edits may take up before the disk is full: of the log some twenty need as much.
const FREE: u64 = 1 << 20;
/// Bytes of ballast: without it the log has room until it is written back.
const BALLAST: u64 = 8 << 20;
/// Edits after there is room again: so many that the log is written back.
const AFTERWARDS: usize = 100;

/// The command that makes a namespace in which one may mount; nothing where that is not permitted.
fn namespace(folder: &Path) -> Option<[&'static str; 2]> {
    let may = |with: &&[&str; 2]| {
        let mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none"];
        let tried = Command::new(with[0]).arg(with[1]).args(mount).arg(folder).output();
        tried.is_ok_and(|ended| ended.status.success())
    };
    [["unshare", "-rm"], ["unshare", "-m"]].iter().find(may).copied()
}

/// One who edits hydrants and keeps in mind what was acknowledged.
struct Client {
    dice: Dice,
    host: String,
    left: Left,
    sent: u64,
}

impl Client {
    /// Sends an edit; what is said where it is refused.
    fn edit(&mut self) -> Result<(), (u16, Json)> {
        self.sent += 1;
        let wish = Wish::any(&mut self.dice, &self.left, self.sent.to_string());
        let (status, told) = send(&self.host, "POST", "/api/edits", "", &wish.body()).unwrap();
        if status != 200 {
            return Err((status, told));
        }
        self.left.insert(edited(&told), wish.name());
        Ok(())
    }

    /// A hydrant that is there.
    fn hydrant(&self) -> u64 {
        *self.left.iter().find(|(_, name)| name.is_some()).unwrap().0
    }
}

/// Maps, cards and the log of edits are there.
fn reads(server: &Server, hydrant: u64) {
    let card = format!("/api/features/hydrant/{hydrant}");
    for path in ["/ready", "/tiles/fire/14/13038/6785", &card, &format!("{card}/history")] {
        assert_eq!(server.ask(path), Some(200), "{path}");
    }
}

#[test]
fn a_full_disk_refuses_edits_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (store, disk, back) = (path("town.gpkg"), path("disk"), path("back"));
    [&disk, &back].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let Some(namespace) = namespace(&disk) else {
        return println!("skipped: no disk can be mounted in a namespace of its own here");
    };
    drop(GeoPackage::open_or_create(&store, DEFAULT_ZONE).unwrap());
    let room = fs::metadata(&store).unwrap().len() + FREE + BALLAST;
    let mut command = without_settings(namespace[0]);
    command.arg(namespace[1]).args(["sh", "-c", DISK]).stdin(Stdio::piped());
    command
        .env("SERVER", env!("CARGO_BIN_EXE_firemap"))
        .env("ROOM", room.to_string())
        .env("BALLAST", BALLAST.to_string());
    command.env("STORE", &store).env("DISK", &disk).env("BACK", &back);
    let mut server = Server::telling(command);
    let dice = Dice(number("FIREMAP_SEED", 4711));
    let mut client = Client { dice, host: server.host.clone(), left: Left::new(), sent: 0 };

    let (mut refused, before) = (0, client.sent);
    while refused < 20 {
        assert!(client.sent < 1000, "the disk becomes full, and then most edits are refused: {refused}");
        let Err((status, told)) = client.edit() else { continue };
        assert_eq!((status, told["code"].as_str()), (507, Some("disk_full")), "{told}");
        let sentence = told["message"].as_str().unwrap();
        assert!(sentence.contains("is full") && !sentence.contains('/'), "{sentence}");
        reads(&server, client.hydrant());
        refused += 1;
    }
    let until_room = client.sent - before - refused;

    let mut stdin = server.child.stdin.take().unwrap();
    writeln!(stdin).unwrap();
    let told = Instant::now();
    while client.edit().is_err() {
        assert!(told.elapsed() < Duration::from_secs(10), "there is room again, and edits go on");
        std::thread::sleep(Duration::from_millis(10));
    }
    for _ in 0..AFTERWARDS {
        client.edit().unwrap();
    }
    reads(&server, client.hydrant());
    writeln!(stdin).unwrap();
    assert!(server.child.wait().unwrap().success(), "the server ends as it is asked to");

    verify(&back.join("town.gpkg")).unwrap();
    let rows = GeoPackage::open(back.join("town.gpkg")).unwrap().rows().unwrap().1;
    let left = client.left.into_iter().filter_map(|(id, name)| Some((id, name?))).collect();
    assert_eq!(names(&rows), left, "what was acknowledged is there, and what was refused is not");
    println!("{until_room} edits until the disk was full, {refused} refused, {AFTERWARDS} when there was room again");
}
