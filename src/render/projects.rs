//! Projects, for people and for programs.

use super::contacts::called;
use super::counted::counted;
use super::safe::SafeText;
use crate::model::{Project, PublicKey, Uuid};
use crate::safe_format;
use crate::workspace::ProjectList;
use serde_json::{Value, json};

/// What a key is called here; empty if it has no name.
pub type NameOf<'n> = &'n dyn Fn(&PublicKey) -> String;

/// All projects that somebody has a part in, for people.
pub fn list(list: &ProjectList, own: &PublicKey, name_of: NameOf<'_>) -> SafeText {
    let mut text = safe_format!("🗂️  Projects ({} total)\n\n", list.projects.len());
    for project in &list.projects {
        text += safe_format!(
            "{} - {}\n   {}; {}\n   {}\n",
            SafeText::line(&project.name),
            SafeText::shown(project.id.short()),
            owned_by(project, own, name_of),
            beside_its_owner(project),
            for_programs(project)
        );
    }
    text
}

/// How many have a part in it besides its owner.
fn beside_its_owner(project: &Project) -> SafeText {
    match project.members_now().count() {
        0 => "no other members".into(),
        others => counted(others, "other member"),
    }
}

/// As the API and a page's widget call it.
pub fn for_programs(project: &Project) -> SafeText {
    safe_format!(
        "UUID, for the API and the widget: {}",
        SafeText::shown(Uuid::of(&project.id))
    )
}

fn owned_by(project: &Project, own: &PublicKey, name_of: NameOf<'_>) -> SafeText {
    let owner = project.author();
    match owner == *own {
        true => "yours".into(),
        false => safe_format!("of {}", called(&name_of(&owner), &owner)),
    }
}

/// Who has a part in a project, for people.
pub fn members(project: &Project, own: &PublicKey, name_of: NameOf<'_>) -> SafeText {
    let one = |key: &PublicKey| match key == own {
        true => safe_format!("{} (you)", called(&name_of(key), key)),
        false => called(&name_of(key), key),
    };
    let mut text = safe_format!(
        "🗂️  {} ({})\n   {}\n   Owner: {}\n",
        SafeText::line(&project.name),
        SafeText::shown(project.id),
        for_programs(project),
        one(&project.author())
    );
    if project.members.is_empty() {
        text.push("   No other members\n");
    }
    for member in &project.members {
        let word = if member.is_in() {
            "Member"
        } else {
            "Former member"
        };
        text += safe_format!("   {}: {}\n", word, one(&member.key));
    }
    text
}

/// All projects, for programs.
pub fn list_json(list: &ProjectList, own: &PublicKey) -> Value {
    let projects: Vec<Value> = list.projects.iter().map(|one| json(one, own)).collect();
    let troubles = list.troubles.iter();
    let troubles: Vec<Value> = troubles
        .map(|trouble| json!({"place": trouble.place, "why": trouble.why}))
        .collect();
    json!({ "projects": projects, "troubles": troubles })
}

/// One project, for programs.
pub fn json(project: &Project, own: &PublicKey) -> Value {
    let members = project.members.iter().map(|member| {
        json!({
            "key": member.key.to_string(),
            "member": member.is_in(),
            "times": member.times,
        })
    });
    json!({
        "id": project.id.to_string(),
        "uuid": Uuid::of(&project.id).to_string(),
        "name": project.name,
        "owner": project.author().to_string(),
        "yours": project.author() == *own,
        "begun_by": project.begun_by_whom().to_string(),
        "created_at": project.created_at.to_string(),
        "updated_at": project.updated_at.to_string(),
        "members": members.collect::<Vec<_>>(),
    })
}
