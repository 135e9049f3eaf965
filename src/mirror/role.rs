//! The names that a buffer has for who speaks.

use crate::model::Role;

/// How a buffer names a role.
pub fn shown_role(role: Role) -> &'static str {
    match role {
        Role::Human => "user",
        Role::Ai => "assistant",
        other => other.as_str(),
    }
}

/// The role that a buffer names so.
pub fn role_named(name: &str) -> Option<Role> {
    match name {
        "user" => Some(Role::Human),
        "assistant" => Some(Role::Ai),
        "human" | "ai" => None,
        other => Role::read(other),
    }
}
