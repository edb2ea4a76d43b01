//! Full disks and quotas: the old vault stays, and the error says why.

use std::fs;
use std::io::Write;

use crate::support::mount::Mount;
use crate::support::{Home, Ran, X, Y, Z, can, program, run, uri, works};

/// Fills the disk except for `leave` bytes.
fn fill(home: &Home, disk: &Mount, leave: u64) {
    let filler = home.path().join("filler");
    let _ = fs::remove_file(&filler);
    disk.settle();
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[b'x'; 512]).is_ok() {}
    let size = file.metadata().unwrap().len();
    file.set_len(size.saturating_sub(leave)).unwrap();
    disk.settle();
}

/// Adds an account with more and more free space, until it succeeds.
fn add_with_more_and_more_room(home: &Home, disk: &Mount, block: u64) {
    let mut refused = 0;
    for blocks in 0..40 {
        fill(home, disk, blocks * block);
        let ran = home.add(&Z);
        if ran.acknowledged() {
            ran.ends(0);
            break;
        }
        ran.ends(1).says("No space left on device");
        home.has_no_temporary_files();
        home.holds(&[X, Y]);
        refused += 1;
    }
    assert!(refused > 0, "the disk was never full");
    home.holds(&[X, Y, Z]);
    fs::remove_file(home.path().join("filler")).unwrap();
    home.goes_on();
}

fn fill_vault(home: &Home) {
    home.add(&X).ends(0);
    home.add(&Y).ends(0);
}

#[test]
fn a_full_tmpfs_keeps_the_old_vault() {
    let home = Home::empty();
    let options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs"];
    let Some(disk) = Mount::new(&options, &home.path(), "a full tmpfs") else {
        return;
    };
    fill_vault(&home);
    add_with_more_and_more_room(&home, &disk, 4096);
}

#[test]
fn a_full_ext4_keeps_the_old_vault() {
    let home = Home::empty();
    let image = home.path().with_file_name("image");
    let image = image.to_str().unwrap();
    fs::File::create(image).unwrap().set_len(300 << 10).unwrap();
    if !can(works("mkfs.ext4", &["-q", "-F", image]), "mkfs.ext4") {
        return;
    }
    let options = ["-o", "loop", image];
    let Some(disk) = Mount::new(&options, &home.path(), "a full ext4") else {
        return;
    };
    fill_vault(&home);
    add_with_more_and_more_room(&home, &disk, 1024);
}

/// A write above the limit sends SIGXFSZ, which must not kill the program.
#[test]
fn a_file_size_limit_is_an_error_and_no_end() {
    let home = Home::new();
    let refused = |ran: Ran| {
        ran.ends(1).says("File too large");
        home.has_no_temporary_files();
    };
    for limit in [0, 4] {
        refused(home.add_after(&format!("ulimit -f {limit}"), &Z));
        home.holds(&[X, Y]);
    }
    home.goes_on();
    // A large vault; the limit allows all smaller files. dash counts in units of 512 bytes.
    let many: String = (0..300).map(|n| uri(&format!("many-{n}"), 6)).collect();
    home.add_uris(&many).ends(0);
    let before = home.accounts();
    assert!(before.len() == 303 && fs::metadata(&home.vault).unwrap().len() > 40 << 10);
    refused(home.add_after("ulimit -f 40", &Z));
    assert_eq!(home.accounts(), before);
    home.mfa(&["vault", "check"]).ends(0);
}

/// Opening a vault for the first time records that. If the record cannot be written, reading works.
#[test]
fn reading_goes_on_where_nothing_can_be_written() {
    let home = Home::new();
    fs::remove_dir_all(home.path().join(".local")).unwrap();
    let script = "ulimit -f 0; exec \"$0\" code x --at 30";
    let ran = run(home.command("sh").args(["-c", script, program()]), "");
    assert_eq!(ran.ends(0).stdout, "287082\n");
    home.goes_on();
}
