//! What the domain refuses, as an answer.

use crate::model::{DraftRefusal, NoName, ProjectRefusal};
use crate::server::fault::Fault;
use crate::server::worker::AppendError;
use crate::service::{BadContent, Refusal};
use axum::http::StatusCode;

/// A conversation that there is not, or that belongs to somebody else.
pub(super) fn not_found() -> Fault {
    of_refusal(Refusal::NotFound)
}

/// The answer to what is refused; without a reason it went wrong, and the operator was told.
pub(super) fn of_told(refusal: Option<Refusal>) -> Fault {
    match refusal {
        Some(refusal) => of_refusal(refusal),
        None => Fault::internal("Something went wrong within the server"),
    }
}

pub(super) fn of_refusal(refusal: Refusal) -> Fault {
    let (status, code, hint) = match refusal {
        Refusal::NotFound | Refusal::NoProject | Refusal::NoDraft => {
            (StatusCode::NOT_FOUND, "not_found", None)
        }
        Refusal::UntrueDraft | Refusal::Unreadable => (
            StatusCode::CONFLICT,
            "not_verified",
            Some("`verify` of its home says what is wrong with it."),
        ),
        Refusal::DraftTooLarge => (
            StatusCode::CONFLICT,
            "draft_too_large",
            Some("1 MiB is kept, with all that belongs to it. Edit it to something shorter first."),
        ),
        Refusal::Draft(why) => of_draft(why),
        Refusal::ProjectExists => (StatusCode::CONFLICT, "project_exists", None),
        Refusal::ProjectName(_) => (StatusCode::BAD_REQUEST, "invalid_name", None),
        Refusal::NotProjectOwner => (StatusCode::FORBIDDEN, "not_project_owner", None),
        Refusal::NoMember => (StatusCode::NOT_FOUND, "not_found", None),
        Refusal::Membership(ProjectRefusal::NoMember) => (StatusCode::NOT_FOUND, "not_found", None),
        Refusal::Membership(_) => (StatusCode::CONFLICT, "members_unchanged", None),
        Refusal::Archived => (StatusCode::CONFLICT, "archived", Some("Restore it first.")),
        Refusal::TooManyActive => (
            StatusCode::CONFLICT,
            "too_many_conversations",
            Some("Archive one first."),
        ),
        Refusal::Untrue => (
            StatusCode::CONFLICT,
            "not_verified",
            Some("Its messages say which of them can't be verified."),
        ),
        Refusal::TooManyTags { .. } => (StatusCode::BAD_REQUEST, "too_many_tags", None),
        Refusal::Title(_) => (StatusCode::BAD_REQUEST, "invalid_title", None),
        Refusal::IntentContext => (StatusCode::BAD_REQUEST, "invalid_intent_context", None),
    };
    hinted(Fault::new(status, refusal.to_string()).coded(code), hint)
}

fn of_draft(why: DraftRefusal) -> (StatusCode, &'static str, Option<&'static str>) {
    let (code, hint) = match why {
        DraftRefusal::AlreadyApplied => ("draft_already_applied", None),
        DraftRefusal::Discarded => ("draft_discarded", None),
        DraftRefusal::NotEditable => ("draft_not_editable", None),
        DraftRefusal::NotAccepted => ("draft_not_accepted", Some("Accept it first.")),
        DraftRefusal::Changed => ("draft_changed", Some("Look at it as it is now.")),
    };
    (StatusCode::CONFLICT, code, hint)
}

pub(super) fn of_append(error: AppendError) -> Fault {
    match error {
        AppendError::Refused(refused) => refused.into(),
        AppendError::Conversation(refusal) => of_refusal(refusal),
        AppendError::OtherBody => Fault::other_body(),
        AppendError::TooManyWaiting => Fault::new(
            StatusCode::CONFLICT,
            "Too many messages wait for an answer. Wait for one, or stop it",
        )
        .coded("too_many_waiting"),
        AppendError::NotShown => Fault::internal("Message is saved, and could not be shown")
            .hinted("Look at the conversation; don't send it again."),
        AppendError::Bad(_) | AppendError::NotSaved => Fault::internal("Failed to save message"),
    }
}

pub(super) fn of_content(bad: BadContent) -> Fault {
    let fault = Fault::bad_request(bad.to_string()).coded("invalid_content");
    match bad {
        BadContent::Form => hinted(
            fault,
            Some(
                "Send {\"text\": \"…\"} or {\"blocks\": [{\"type\": \"text\", \"content\": \"…\"}]}.",
            ),
        ),
        BadContent::Block { number, why } => fault.hinted(format!("Block {number}: {why}.")),
        BadContent::EmptyText | BadContent::NoBlocks => fault,
    }
}

pub(super) fn of_intent(bad: NoName) -> Fault {
    Fault::bad_request(bad.to_string()).coded("invalid_intent")
}

fn hinted(fault: Fault, hint: Option<&str>) -> Fault {
    match hint {
        Some(hint) => fault.hinted(hint),
        None => fault,
    }
}
