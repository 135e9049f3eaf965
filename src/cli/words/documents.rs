//! The next step where something is in the way of a project or a draft.

use crate::model::{DraftRefusal, DraftState, KeptDraft, ProjectRefusal};
use crate::render::contacts::called;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{DraftError, LEAST_DIGITS, ProjectCandidate, ProjectError, ProjectOwner};

/// So many are named where several fit.
const NAMED: usize = 10;

pub(super) fn of_project(error: &ProjectError) -> Option<SafeText> {
    Some(match error {
        ProjectError::NotFound(query) => not_found(query),
        ProjectError::Ambiguous { candidates, .. } => one_of(candidates),
        ProjectError::Exists(known) => safe_format!(
            "Take that one, or another name: two that look alike are easily mistaken. Its id is {}.",
            SafeText::shown(known.id.short())
        ),
        ProjectError::ExistsUntrue(_) => {
            "It can't be used until it is mended: `mmogit verify` says what is wrong with it. \
             Or take another name."
                .into()
        }
        ProjectError::Foreign { .. } => "Only its owner says who has a part in it.".into(),
        ProjectError::Refused(ProjectRefusal::Owner) => return None,
        ProjectError::Refused(_) => "`mmogit project members PROJECT` shows who has a part.".into(),
    })
}

fn not_found(query: &str) -> SafeText {
    let next = "`mmogit project list` shows those that you have a part in; `mmogit project create NAME` \
                begins one.";
    let is_digit = |c: char| c.is_ascii_hexdigit();
    let is_short_of_digits =
        !query.is_empty() && query.len() < LEAST_DIGITS && query.chars().all(is_digit);
    match is_short_of_digits {
        true => safe_format!("Of an id, give at least {} digits. {}", LEAST_DIGITS, next),
        false => next.into(),
    }
}

fn one_of(candidates: &[ProjectCandidate]) -> SafeText {
    let mut lines = vec![SafeText::from("Name one of them by its id:")];
    for candidate in candidates.iter().take(NAMED) {
        let project = &candidate.project;
        lines.push(safe_format!(
            "  {}  {}, {}",
            SafeText::shown(project.id.short()),
            SafeText::line(&project.name),
            whose(&candidate.owner)
        ));
    }
    if candidates.len() > NAMED {
        lines.push(safe_format!("  … and {} more", candidates.len() - NAMED));
    }
    SafeText::joined(lines, "\n")
}

fn whose(owner: &ProjectOwner) -> SafeText {
    match owner {
        ProjectOwner::Reader => "yours".into(),
        ProjectOwner::Other { key, name } => {
            safe_format!("of {}", called(name.as_deref().unwrap_or_default(), key))
        }
    }
}

pub(super) fn of_draft(error: &DraftError) -> Option<SafeText> {
    Some(match error {
        DraftError::NotFound(_) => {
            "`mmogit draft list` shows all drafts; at least four digits of an id name one.".into()
        }
        DraftError::NotFoundInAll { .. } => {
            "`mmogit draft list` names these files; `mmogit verify` says what is wrong with them."
                .into()
        }
        DraftError::Ambiguous { ids, .. } => {
            let named = ids.iter().take(NAMED);
            let lines = named.map(|id| safe_format!("  {}", SafeText::shown(id)));
            safe_format!("Name one of them:\n{}", SafeText::joined(lines, "\n"))
        }
        DraftError::NoThread => {
            "It is sealed, and its thread has the keys. Sync with a repository that has it.".into()
        }
        DraftError::Closed(_) => {
            "It is sealed for the readers of its thread; `mmogit thread-readers` shows them.".into()
        }
        DraftError::Refused(DraftRefusal::NotAccepted) => {
            "Accept it first: `mmogit draft accept ID`; or apply a part of it with --part.".into()
        }
        DraftError::Refused(_) => "`mmogit draft show ID` shows what became of it.".into(),
    })
}

/// The next step where what became of a draft is in the way.
pub fn after_refusal(why: DraftRefusal, draft: &KeptDraft) -> SafeText {
    let id = || SafeText::shown(draft.id.short());
    match (why, draft.state) {
        (DraftRefusal::NotAccepted, _) => safe_format!(
            "Accept it first: `mmogit draft accept {}`; or take some of its lines: \
             `mmogit draft apply {} --part LINES --to FILE`.",
            id(),
            id()
        ),
        (DraftRefusal::Changed, _) | (_, DraftState::Generated | DraftState::Edited) => {
            safe_format!("Look at it once more: `mmogit draft show {}`.", id())
        }
        (_, DraftState::Discarded) => safe_format!(
            "That is final. `mmogit draft show {} --text` still prints it.",
            id()
        ),
        (_, DraftState::PartiallyApplied) => safe_format!(
            "Some of it was applied, so it can't be accepted, edited, discarded or applied as a whole \
             any more. More of its lines: `mmogit draft apply {} --part LINES --to FILE`.",
            id()
        ),
        (_, DraftState::Accepted) if draft.applied.is_empty() => safe_format!(
            "It was accepted, which is final; nothing was applied yet: \
             `mmogit draft apply {} --to FILE`.",
            id()
        ),
        (_, DraftState::Accepted) => safe_format!(
            "It was accepted and applied. To write it once more: `mmogit draft apply {} --to FILE`.",
            id()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::json::Value;
    use crate::model::{Applied, Changed, DraftText, Hash, OpenDraft, Timestamp, draft_id};

    fn draft(state: DraftState, times_applied: usize) -> KeptDraft {
        let (message, now) = (Hash([1; 32]), Timestamp::from_millis(0));
        let applied = Applied {
            at: now,
            to: None,
            others: Default::default(),
        };
        KeptDraft {
            id: draft_id(&message, 0),
            thread: Hash([2; 32]),
            message,
            block: 0,
            text: DraftText::Open(OpenDraft {
                content: Value::from("x"),
                kind: None,
                project: None,
            }),
            state,
            created_at: now,
            updated_at: now,
            changed: Changed::new(),
            applied: vec![applied; times_applied],
        }
    }

    #[test]
    fn each_refusal_of_a_draft_names_a_step_that_is_left() {
        use DraftRefusal::{AlreadyApplied, Discarded, NotAccepted, NotEditable};
        for (why, state, times_applied, step) in [
            (
                AlreadyApplied,
                DraftState::Accepted,
                0,
                "nothing was applied yet: `mmogit draft apply",
            ),
            (
                NotEditable,
                DraftState::Accepted,
                1,
                "write it once more: `mmogit draft apply",
            ),
            (
                AlreadyApplied,
                DraftState::PartiallyApplied,
                1,
                "--part LINES",
            ),
            (Discarded, DraftState::Discarded, 0, "draft show"),
            (NotAccepted, DraftState::Edited, 0, "draft accept"),
        ] {
            let draft = draft(state, times_applied);
            let hint = after_refusal(why, &draft).to_string();
            assert!(hint.contains(step), "{why:?} {state}: {hint}");
            assert!(hint.contains(&draft.id.short().to_string()), "{hint}");
        }
    }
}
