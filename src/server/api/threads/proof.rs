//! `GET /api/threads/{id}/messages/{message}/proof`: all that stock tools need to check a message.

use super::fault::{Ambiguous, ThreadFault};
use super::one::findings;
use super::shown::{ShownFinding, ShownVerdict};
use crate::model::Hash;
use crate::server::api::asked::Named;
use crate::server::caller::Caller;
use crate::server::fault::{Fault, FaultBody};
use crate::sign::{Namespace, allowed_signers_line, armour};
use crate::workspace::CheckedThread;
use axum::Json;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct MessagePlace {
    /// The thread's id, name or root
    id: String,
    /// The message's id: 64 hex digits
    message: String,
}

/// What proves a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageProof {
    /// The message's id.
    id: String,
    /// The thread's id.
    thread: String,
    /// The bytes that are hashed and signed: the message without its signature, in canonical form
    /// (RFC 8785).
    canonical: String,
    /// Their SHA-256, computed just now: the id.
    sha256: String,
    /// The key that it says signed it: 64 hex digits.
    signer: String,
    /// What it was signed as.
    #[schema(example = "mmogit.message.v1")]
    namespace: &'static str,
    /// The signature, 128 hex digits; none if it has none.
    signature: Option<String>,
    /// The same as `ssh-keygen -Y verify` reads it.
    armour: Option<String>,
    /// A line of an allowed-signers file, for the same.
    allowed_signers: String,
    /// What that file calls the key.
    principal: String,
    verdict: ShownVerdict,
    /// What is wrong with the message.
    findings: Vec<ShownFinding>,
    thread_verdict: ShownVerdict,
    /// What is wrong with the thread: a message may hold and be out of its place.
    thread_findings: Vec<ShownFinding>,
}

/// Show what proves a message
///
/// Write `canonical` to a file, `armour` to another and `allowedSigners` to a third, and
/// `ssh-keygen -Y verify -f SIGNERS -I PRINCIPAL -n NAMESPACE -s ARMOUR < CANONICAL` says the same
/// as this answer. Of a sealed message it is the sealed form that was signed.
#[utoipa::path(
    get,
    path = "/api/threads/{id}/messages/{message}/proof",
    tag = "threads",
    params(MessagePlace),
    responses(
        (status = 200, description = "The proof", body = MessageProof),
        (status = 404, description = "There is no such thread or message", body = FaultBody),
        (status = 409, description = "Several threads have the id", body = Ambiguous),
        (status = 500, description = "The threads can't be read", body = FaultBody)
    )
)]
pub(super) async fn show(
    caller: Caller,
    Named(place): Named<MessagePlace>,
) -> Result<Json<MessageProof>, ThreadFault> {
    let id: Hash = place.message.parse().map_err(|_| Fault::not_found())?;
    let proof = caller
        .profile
        .read(move |workspace| {
            let thread = workspace.threads().checked(&place.id)?;
            proof(&thread, &id).ok_or_else(|| ThreadFault::from(Fault::not_found()))
        })
        .await??;
    Ok(Json(proof))
}

fn proof(checked: &CheckedThread, id: &Hash) -> Option<MessageProof> {
    let thread = checked.thread()?;
    let mut messages = thread.messages().iter();
    let message = messages.find(|message| message.id() == *id)?;
    let finding = finding(checked, id);
    let canonical = message.canonical();
    let key = message.author();
    let signature = message.signature();
    let principal = key.to_string();
    let report = &checked.file.report;
    Some(MessageProof {
        id: id.to_string(),
        thread: thread.id().to_string(),
        sha256: Hash(Sha256::digest(&canonical).into()).to_string(),
        canonical: String::from_utf8_lossy(&canonical).into_owned(),
        namespace: Namespace::Message.as_str(),
        signature: signature.map(ToString::to_string),
        armour: signature.map(|signature| armour(&key, Namespace::Message, signature)),
        allowed_signers: allowed_signers_line(&principal, &[Namespace::Message], &key),
        signer: key.to_string(),
        principal,
        verdict: match finding {
            None => ShownVerdict::Valid,
            Some(_) => ShownVerdict::Invalid,
        },
        findings: finding.into_iter().collect(),
        thread_verdict: report.verdict.into(),
        thread_findings: findings(&report.findings),
    })
}

/// What is wrong with a message. That nobody checked it would be, too.
fn finding(checked: &CheckedThread, id: &Hash) -> Option<ShownFinding> {
    let Some(checks) = checked.checks() else {
        return Some(ShownFinding::unchecked());
    };
    let mut verdicts = checks.messages.iter();
    match verdicts.find(|verdict| verdict.id == *id) {
        Some(verdict) => match &verdict.check {
            Ok(()) => None,
            Err(fault) => Some(ShownFinding::new(fault.kind.code(), fault)),
        },
        None => Some(ShownFinding::unchecked()),
    }
}
