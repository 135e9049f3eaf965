//! A disk that is full, here or there. It is a small one in memory, which only the processes of the
//! test can see.

use super::device::{Device, SYNC};
use crate::common::Ran;
use crate::support::far::Far;
use crate::support::{git, skip};
use std::path::Path;
use std::process::{Command, Stdio};

/// What makes `unshare` give a mount namespace here: `-rm` where anyone may have one, `-m` where only
/// root may.
pub fn mount_namespace() -> Option<&'static str> {
    ["-rm", "-m"].into_iter().find(|namespace| {
        let tried = Command::new("unshare")
            .args([namespace, "sh", "-c", "mount -t tmpfs none /mnt"])
            .output();
        tried.is_ok_and(|output| output.status.success())
    })
}

/// Syncs where a folder lies on a disk of so many KiB, of which all but a few are taken. `None`
/// where the system gives no such disk.
fn sync_with_full(device: &Device, folder: &Path, free: u32) -> Option<Ran> {
    let Some(namespace) = mount_namespace() else {
        skip("unshare, and mount namespaces");
        return None;
    };
    let inner = device.home.command(&SYNC);
    let script = format!(
        "cp -a '{0}/.' '{0}.copy' && mount -t tmpfs -o size=8m,mode=0700 none '{0}' \
         && cp -a '{0}.copy/.' '{0}' && head -c {free}k /dev/zero >'{0}/room' \
         && {{ cat /dev/zero >'{0}/filler' 2>/dev/null; rm '{0}/room'; }} \
         && PATH=\"$INNER_PATH\" exec \"$0\" \"$@\"",
        folder.display()
    );
    let mut command = Command::new("unshare");
    command
        .args([namespace, "sh", "-c", &script])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(device.home.path())
        .env("HOME", device.home.path())
        .env("INNER_PATH", device.home.path().join("bin"))
        .stdin(Stdio::null());
    Some(Ran::of(command.output().unwrap()))
}

/// Words that don't pack, more than a small disk takes.
fn talks_much(device: &Device) {
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{:08x}", state >> 32)
    };
    let text: String = (0..100_000).map(|_| noise()).collect();
    let args = ["chat", "--backend", "echo", "--title", "much", "-m", "-"];
    device.home.run_with_input(&args, text).exits(0);
}

#[test]
fn a_full_disk_there_is_named_and_all_goes_there_when_there_is_room_again() {
    let far = Far::new();
    let device = Device::with_remote(1, 1, &far.path_url());
    talks_much(&device);
    let Some(ran) = sync_with_full(&device, &far.repository(), 64) else {
        return;
    };
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(shown.contains("a disk is full"), "{shown}");
    // Outside of that namespace the disk is the old one.
    device.sync(0);
    assert_eq!(
        far.tip_of(&device.author()),
        device.tip_of(&device.author())
    );
    device.assert_sound();
    far.assert_sound();
}

#[test]
fn a_full_disk_here_is_named_and_costs_nothing() {
    let far = Far::new();
    let giver = Device::with_remote(2, 1, &far.path_url());
    talks_much(&giver);
    giver.sync(0);
    let mut device = Device::with_remote(1, 1, &far.path_url());
    device.talk(1);
    let Some(ran) = sync_with_full(&device, &device.home.mmogit(), 64) else {
        return;
    };
    assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        shown.contains("a disk is full") || shown.contains("No space left"),
        "{shown}"
    );
    device.sync(0);
    assert_eq!(device.listed().len(), 2);
    device.assert_sound();
    let repository = device.home.mmogit().join("repo.git");
    git(&repository, &["fsck", "--strict", "--no-dangling"]);
}
