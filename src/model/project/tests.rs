use super::*;
use crate::model::Signature;
use proptest::prelude::*;

const OWNER: PublicKey = PublicKey([1; 32]);

fn begun() -> OwnedProject {
    OwnedProject::begin(&OWNER, "launch", at(1_000), ProjectNonce([7; 32]))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn key(number: u8) -> PublicKey {
    PublicKey([number; 32])
}

fn signed(project: OwnedProject) -> Project {
    let mut project = Project::new(OWNER, project);
    project.set_signature(Signature([3; 64]));
    project
}

#[test]
fn a_project_is_read_as_it_was_written_and_nothing_else_is() {
    let mut project = begun();
    project.add(&OWNER, key(9), at(2_000)).unwrap();
    project.add(&OWNER, key(8), at(3_000)).unwrap();
    project.rename("Launch of it", at(4_000));
    let made = signed(project);
    assert_eq!(Project::read(&made.to_file()), Ok(made.clone()));
    assert_eq!(made.id, made.true_id(&OWNER));
    let text = String::from_utf8(made.to_file()).unwrap();
    let (eight, nine) = ("08".repeat(32), "09".repeat(32));
    for (right, wrong) in [
        ("\"id\"", "\"other\""),
        ("\"nonce\"", "\"other\""),
        ("\"created_at\"", "\"other\""),
        ("\"changed\"", "\"other\""),
        ("\"members\"", "\"other\""),
        ("\"times\": 1", "\"times\": 0"),
        ("\"times\": 1", "\"times\": -1"),
        ("Launch of it", ""),
        ("Launch of it", "a\\u001bb"),
        ("Launch of it", "a\\u202eb"),
        (&eight, &nine),
        (&nine, &"07".repeat(32)),
    ] {
        let other = text.replace(right, wrong);
        assert_ne!(other, text);
        assert!(Project::read(other.as_bytes()).is_err(), "{right} {wrong}");
    }
}

#[test]
fn what_never_changes_gives_the_id() {
    let made = begun();
    let mut changed = made.clone();
    changed.rename("other", at(5_000));
    changed.add(&OWNER, key(2), at(5_000)).unwrap();
    assert_eq!(changed.true_id(&OWNER), made.id);
    assert_ne!(made.true_id(&key(2)), made.id);
    let other_nonce = OwnedProject::begin(&OWNER, "launch", at(1_000), ProjectNonce([8; 32]));
    assert_ne!(other_nonce.id, made.id);
}

#[test]
fn a_newer_key_goes_on_with_the_same_id() {
    let made = begun();
    let newer = made.handed_on(&OWNER, &key(5));
    assert_eq!((newer.id, newer.true_id(&key(5))), (made.id, made.id));
    let newest = newer.handed_on(&key(5), &key(6));
    assert_eq!(newest.begun_by, Some(OWNER));
    assert_eq!(newest.true_id(&key(6)), made.id);
    assert_eq!(newest.handed_on(&key(6), &OWNER).begun_by, None);
}

#[test]
fn members_come_and_go_and_the_owner_stays() {
    let mut project = begun();
    let add = |project: &mut OwnedProject, who| project.add(&OWNER, who, at(2_000));
    let remove = |project: &mut OwnedProject, who| project.remove(&OWNER, who, at(2_000));
    assert_eq!(add(&mut project, OWNER), Err(ProjectRefusal::Owner));
    assert_eq!(remove(&mut project, OWNER), Err(ProjectRefusal::Owner));
    assert_eq!(remove(&mut project, key(2)), Err(ProjectRefusal::NoMember));
    assert_eq!(add(&mut project, key(2)), Ok(()));
    assert_eq!(
        add(&mut project, key(2)),
        Err(ProjectRefusal::MemberAlready)
    );
    assert!(signed(project.clone()).has_member(&key(2)));
    assert_eq!(remove(&mut project, key(2)), Ok(()));
    assert_eq!(remove(&mut project, key(2)), Err(ProjectRefusal::NoMember));
    let without = signed(project.clone());
    assert!(!without.has_member(&key(2)) && without.has_member(&OWNER));
    assert_eq!(add(&mut project, key(2)), Ok(()));
    assert_eq!(project.members[0].times, 3);
    project.members[0].times = json::MAX_INTEGER;
    assert_eq!(remove(&mut project, key(2)), Err(ProjectRefusal::TooOften));
}

#[test]
fn an_older_copy_brings_no_former_member_back() {
    let mut with = begun();
    with.add(&OWNER, key(2), at(9_000)).unwrap();
    let older = signed(with.clone());
    with.remove(&OWNER, key(2), at(2_000)).unwrap();
    let newer = signed(with);
    let united = OwnedProject::unite(&older, &newer);
    assert!(!united.has_member(&key(2)));
    assert!(newer.has_all_of(&older) && !older.has_all_of(&newer));
}

prop_compose! {
    fn any_version()(
        names in prop::sample::subsequence(vec!["a", "b", "c"], 0..3),
        times in prop::collection::vec(0_u64..4, 3),
        name_at in prop::option::of(0_i64..3),
        updated in 0_i64..3,
        future in prop::option::of(0..3),
    ) -> Project {
        let mut project = begun();
        project.updated_at = at(1_000 + updated);
        project.name = (*names.last().unwrap_or(&"launch")).to_owned();
        project.changed = name_at.into_iter().map(|millis| (NAME.to_owned(), at(millis))).collect();
        let member = |(number, times): (u8, u64)| Member {
            key: key(number),
            times,
            others: if times == 3 { Map::from_iter([("why".to_owned(), number.into())]) } else { Map::new() },
        };
        let members = (10..).zip(times).filter(|(_, times)| *times > 0);
        project.members = members.map(member).collect();
        let file = signed(project).to_file();
        let text = String::from_utf8(file).unwrap();
        let text = match future {
            Some(value) => text.replacen('{', &format!("{{\"future\": {value},"), 1),
            None => text,
        };
        Project::read(text.as_bytes()).unwrap()
    }
}

proptest! {
    #[test]
    fn unions_end_alike_in_any_order(a in any_version(), b in any_version(), c in any_version()) {
        let unite = |one: &Project, other: &Project| OwnedProject::unite(one, other);
        let signed = |project: &Project| project.signed_bytes();
        let all = unite(&unite(&a, &b), &c);
        prop_assert_eq!(signed(&unite(&a, &b)), signed(&unite(&b, &a)));
        prop_assert_eq!(signed(&unite(&a, &unite(&b, &c))), signed(&all));
        prop_assert_eq!(unite(&a, &a), a.clone());
        for one in [&a, &b, &c] {
            prop_assert_eq!(signed(&unite(&all, one)), signed(&all));
            prop_assert!(all.has_all_of(one));
        }
    }

    #[test]
    fn whatever_is_done_to_a_project_keeps_all_of_it(
        acts in prop::collection::vec((0_u8..3, 0_u8..3, 0_i64..5_000), 0..12)
    ) {
        let mut project = begun();
        for (act, who, millis) in acts {
            let before = signed(project.clone());
            match act {
                0 => project.rename(["x", "y", "z"][usize::from(who)], at(millis)),
                1 => { let _ = project.add(&OWNER, key(10 + who), at(millis)); }
                _ => { let _ = project.remove(&OWNER, key(10 + who), at(millis)); }
            }
            prop_assert!(signed(project.clone()).has_all_of(&before));
        }
    }
}
