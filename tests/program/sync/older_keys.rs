//! The branch of a key that its owner had before: what is said there after its end does not come.

use super::device::Device;
use crate::support;
use crate::support::far::Far;
use crate::support::hostile::{Entry, Hostile, mode};

/// Two machines of one person, of which the first takes a newer key after both have all.
fn one_of_two_rotates() -> (Far, Device, Device) {
    let far = Far::new();
    let [mut first, second] =
        [1, 2].map(|machine| Device::with_remote(1, machine, &far.path_url()));
    first.talk(1);
    first.sync(0);
    second.sync(0);
    first.run(&["identity", "rotate", "--no-verify"]).exits(0);
    (far, first, second)
}

/// The first machine takes nothing more of the older key's, and says why.
#[track_caller]
fn is_kept_out(far: &Far, first: &Device) {
    let older = first.author();
    let kept = first.tip_of(&older);
    assert_ne!(far.tip_of(&older), kept);
    let listed = first.listed();
    let after_its_end = [(older.to_string(), "after-succession".to_owned())];
    for _ in 0..2 {
        assert_eq!(first.refused(), after_its_end);
        assert_eq!(first.tip_of(&older), kept);
        assert_eq!(first.listed(), listed);
    }
    first.assert_sound();
}

#[test]
fn what_an_older_key_says_before_it_hears_of_its_end_is_kept_out() {
    let (far, first, mut second) = one_of_two_rotates();
    second.talk(1);
    second.sync(0);
    is_kept_out(&far, &first);
}

#[test]
fn what_an_older_key_says_on_top_of_its_end_is_kept_out() {
    let (far, first, mut second) = one_of_two_rotates();
    second.talk(1);
    first.sync(0);
    // Here the remote's branch stands on all that the first machine has.
    second.sync(0);
    is_kept_out(&far, &first);
}

#[test]
fn over_what_was_refused_of_an_older_key_nothing_is_pushed() {
    let (far, first, second) = one_of_two_rotates();
    let older = first.author();
    let remote = Hostile::at(&far.repository());
    let lost = remote.blob(b"a file that is going to be lost");
    let tree = remote.tree_of(remote.tip_of(&older));
    let tree = remote.with(Some(tree), &[], Entry::new(mode::FILE, "lost.txt", lost));
    let tip = remote.commit(tree, &[remote.tip_of(&older)], Some(second.keys.owner()));
    remote.move_branch(&older, tip);
    remote.remove(lost);
    // Only what is wanted is asked for, so that nobody says what else is there.
    let someone = support::keys(3).public().to_string();
    first.run(&["sync", "--yes", "--follow", &someone]).exits(3);
    let refused = first.refused();
    let [(author, kind)] = refused.as_slice() else {
        panic!("{refused:?}");
    };
    assert_eq!(*author, older.to_string());
    let not_fetched = [
        "bad-objects",
        "object-unreadable",
        "git-failed",
        "broken-off",
    ];
    assert!(not_fetched.contains(&kind.as_str()), "{refused:?}");
    assert_eq!(remote.tip_of(&older), tip);
}

#[test]
fn what_a_remote_loses_of_an_older_key_it_gets_back() {
    let (far, first, _) = one_of_two_rotates();
    let older = first.author();
    first.sync(0);
    let kept = far.tip_of(&older);
    let branch = format!("refs/heads/users/{older}");
    assert!(far.refs().contains(&branch), "{}", far.refs());
    far.git(&["update-ref", "-d", &branch]);
    first.sync(3);
    assert_eq!(far.tip_of(&older), kept);
    first.sync(0);
}
