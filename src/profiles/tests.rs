//! Who is admitted stays written down, and nothing that is missing or damaged passes for empty.

use super::*;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

const NOW: i64 = 1_700_000_000_123;

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn with_home(profiles: &Profiles, who: &str) -> PathBuf {
    let home = profiles.home_or_new(&name(who)).unwrap();
    fs::write(Home::at(&home).identity(), "{}").unwrap();
    home
}

fn in_new_folder() -> (tempfile::TempDir, Profiles) {
    let outside = tempfile::tempdir().unwrap();
    let profiles = Profiles::open_or_create(&outside.path().join("homes")).unwrap();
    (outside, profiles)
}

#[test]
fn who_is_admitted_is_found_again_in_private_files() {
    let (_outside, profiles) = in_new_folder();
    assert_eq!(profiles.register().unwrap(), Register::default());
    let home = with_home(&profiles, "ana");
    let now = Timestamp::from_millis(NOW);
    let admit = |role| profiles.admit(&name("ana"), role, now).unwrap();
    assert_eq!(admit(Role::Owner), Admitted::Added);
    assert_eq!(admit(Role::Owner), Admitted::Already);
    assert_eq!(admit(Role::User), Admitted::Changed);
    let later = Timestamp::from_millis(NOW + 1);
    profiles.admit(&name("ana"), Role::User, later).unwrap();
    let register = Profiles::open(profiles.folder())
        .unwrap()
        .register()
        .unwrap();
    let entry = ProfileEntry {
        role: Role::User,
        may_log_in: true,
        added_at: now,
    };
    assert_eq!(register.get(&name("ana")), Some(&entry));
    assert_eq!(mode_of(profiles.folder()), 0o700);
    assert_eq!(mode_of(&home), 0o700);
    assert_eq!(mode_of(&profiles.register_path()), 0o600);
}

#[test]
fn a_login_is_taken_and_given_back_and_the_home_stays() {
    let (_outside, profiles) = in_new_folder();
    let home = with_home(&profiles, "ana");
    let now = Timestamp::from_millis(NOW);
    profiles.admit(&name("ana"), Role::User, now).unwrap();
    assert!(profiles.remove_login(&name("ana")).unwrap());
    assert!(!profiles.remove_login(&name("ana")).unwrap());
    assert!(!profiles.register().unwrap().may_log_in(&name("ana")));
    assert!(Home::at(&home).identity().exists());
    profiles.admit(&name("ana"), Role::User, now).unwrap();
    assert!(profiles.register().unwrap().may_log_in(&name("ana")));
    let nobody = profiles.remove_login(&name("ben"));
    assert!(matches!(nobody, Err(ProfilesError::Unknown(_))));
}

#[test]
fn a_missing_register_is_not_an_empty_one_where_there_are_homes() {
    let (_outside, profiles) = in_new_folder();
    with_home(&profiles, "ana");
    let missing = profiles.register();
    assert!(matches!(missing, Err(ProfilesError::RegisterMissing(_))));
    let now = Timestamp::from_millis(NOW);
    profiles.admit(&name("ana"), Role::User, now).unwrap();
    assert!(profiles.register().unwrap().may_log_in(&name("ana")));
}

#[test]
fn a_damaged_register_is_refused_and_never_written_over() {
    let (_outside, profiles) = in_new_folder();
    let now = Timestamp::from_millis(NOW);
    profiles.admit(&name("ana"), Role::User, now).unwrap();
    let path = profiles.register_path();
    let good = fs::read_to_string(&path).unwrap();
    let twice = good.replacen(
        "\"profiles\": {",
        r#""profiles": {"ana": {"role": "owner", "login": true, "added_at": "2023-11-14T22:13:20.123Z"},"#,
        1,
    );
    let damaged = [
        String::new(),
        "{}".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"version\": 1", "\"version\": 2"),
        good.replace("\"ana\"", "\"../ana\""),
        good.replace("\"user\"", "\"root\""),
        good.replace("\"login\": true", "\"login\": \"yes\""),
        good.replace("\"login\"", "\"log_in\": true, \"login\""),
        good.replace("2023-11", "2023-13"),
        twice,
    ];
    for text in damaged {
        assert_ne!(text, good);
        fs::write(&path, &text).unwrap();
        let refused = profiles.register();
        let is_damaged = matches!(refused, Err(ProfilesError::RegisterDamaged { .. }));
        assert!(is_damaged, "{text}\n{refused:?}");
        assert!(profiles.admit(&name("ben"), Role::User, now).is_err());
        assert!(profiles.remove_login(&name("ana")).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_register_that_others_may_write_is_refused() {
    let (outside, profiles) = in_new_folder();
    let now = Timestamp::from_millis(NOW);
    profiles.admit(&name("ana"), Role::User, now).unwrap();
    let path = profiles.register_path();
    fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
    let refused = profiles.register().unwrap_err();
    let why = NotPrivate::Mode(0o660);
    assert!(matches!(refused, ProfilesError::NotPrivate { why: w, .. } if w == why));
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let elsewhere = outside.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    let refused = profiles.register().unwrap_err();
    let why = NotPrivate::Link;
    assert!(matches!(refused, ProfilesError::NotPrivate { why: w, .. } if w == why));
}

/// Whoever put the link there would say whose home is served.
#[test]
fn a_link_in_the_place_of_a_home_is_refused() {
    let (outside, profiles) = in_new_folder();
    let home = with_home(&profiles, "ana");
    assert_eq!(profiles.home(&name("ana")).unwrap(), home);
    symlink(&home, profiles.path_of(&name("ben"))).unwrap();
    for found in [
        profiles.home(&name("ben")),
        profiles.home_or_new(&name("ben")),
    ] {
        let why = NotPrivate::Link;
        assert!(matches!(found, Err(ProfilesError::NotPrivate { why: w, .. }) if w == why));
    }
    let nowhere = profiles.home(&name("cleo"));
    assert!(matches!(nowhere, Err(ProfilesError::NoHome(_))));
    let link = outside.path().join("link");
    symlink(profiles.folder(), &link).unwrap();
    assert!(Profiles::open(&link).is_err());
    assert!(Profiles::open_or_create(&link).is_err());
    let missing = Profiles::open(&outside.path().join("missing"));
    assert!(matches!(missing, Err(ProfilesError::NoFolder(_))));
}
