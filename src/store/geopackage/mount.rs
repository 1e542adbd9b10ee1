//! Whether a path lies on a network share, told from the kernel's list of mounts.

use std::path::Path;

/// Kinds of file system that live on another machine (or another kernel), where WAL's shared memory does not reach.
const SHARED: &[&str] = &[
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "lustre", "gfs2", "ocfs2",
    "vboxsf",
];

/// FUSE helpers that speak to another machine.
const SHARED_FUSE: &[&str] =
    &["sshfs", "s3fs", "rclone", "davfs", "glusterfs", "gvfsd-fuse", "smbnetfs", "ceph-fuse", "juicefs", "vmhgfs-fuse"];

/// The kind of the network share a path lies on; `None` on a local disk or where the list says nothing of it.
///
/// `mountinfo` is the text of `/proc/self/mountinfo` (proc(5)), `path` absolute and free of links.
pub fn network_share(mountinfo: &str, path: &Path) -> Option<String> {
    let (_, kind) = mountinfo
        .lines()
        .filter_map(mount)
        .filter(|(point, _)| path.starts_with(point))
        // Of two mounts on the same point the later one hides the earlier.
        .max_by_key(|(point, _)| Path::new(point).components().count())?;
    is_shared(kind).then(|| kind.to_owned())
}

fn is_shared(kind: &str) -> bool {
    SHARED.contains(&kind) || kind.strip_prefix("fuse.").is_some_and(|helper| SHARED_FUSE.contains(&helper))
}

/// Mount point and file system of a line; the fields before the dash vary in number.
fn mount(line: &str) -> Option<(String, &str)> {
    let (left, right) = line.split_once(" - ")?;
    let point = left.split(' ').nth(4)?;
    Some((unescape(point), right.split(' ').next()?))
}

/// Space, tab, newline and backslash stand there as three octal digits.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:27 / /srv/share rw,relatime shared:9 master:2 - nfs4 server:/share rw,vers=4.2
31 30 8:2 / /srv/share/local rw - xfs /dev/sdb1 rw
32 22 0:40 / /mnt/two\\040words rw - cifs //server/x rw
33 22 0:41 / /home/me/far rw,nosuid - fuse.sshfs me@far:/ rw
34 22 0:42 / /home/me/ntfs rw - fuse.ntfs-3g /dev/sdc1 rw
35 22 0:43 / /host rw - 9p hostshare rw
36 22 8:3 / /over rw - ext4 /dev/sdd1 rw
37 36 0:44 / /over rw - cifs //server/y rw
";

    fn kind(path: &str) -> Option<String> {
        network_share(MOUNTS, Path::new(path))
    }

    #[test]
    fn the_deepest_mount_decides() {
        assert_eq!(kind("/srv/share/city.gpkg").as_deref(), Some("nfs4"));
        assert_eq!(kind("/srv/share/local/city.gpkg"), None);
        assert_eq!(kind("/srv/shared.gpkg"), None, "a longer name is another folder");
        assert_eq!(kind("/var/city.gpkg"), None);
    }

    #[test]
    fn shares_of_every_kind_are_known_and_local_disks_left_alone() {
        assert_eq!(kind("/mnt/two words/city.gpkg").as_deref(), Some("cifs"));
        assert_eq!(kind("/home/me/far/city.gpkg").as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind("/home/me/ntfs/city.gpkg"), None);
        assert_eq!(kind("/host/city.gpkg").as_deref(), Some("9p"));
        assert_eq!(kind("/over/city.gpkg").as_deref(), Some("cifs"), "the later mount hides the earlier");
    }

    #[test]
    fn an_unreadable_list_refuses_nothing() {
        assert_eq!(network_share("", Path::new("/a")), None);
        assert_eq!(network_share("nonsense\n - \n1 2 3 - nfs\n", Path::new("/a")), None);
    }
}
