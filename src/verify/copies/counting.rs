//! Which messages count: those that verify under the header, and all that they follow counts too.

use super::{CopyFinding, Uncounted};
use crate::model::{Hash, Message, PublicKey, Thread};
use crate::verify::Verified;
use std::collections::{BTreeMap, HashSet};

/// Takes out of the gathered thread what does not count, and says what that was.
pub(super) fn leave_out(
    gathered: &mut Thread,
    copies: &BTreeMap<PublicKey, Verified<Thread>>,
) -> Vec<CopyFinding> {
    let mut known: HashSet<Hash> = gathered.origins().into_iter().collect();
    // As everywhere: an anchor that is a message here is no beginning.
    for message in gathered.messages() {
        known.remove(&message.id());
    }
    let report = crate::verify::thread(gathered);
    let mut findings = Vec::new();
    for (message, verdict) in gathered.messages().iter().zip(report.messages) {
        let unknown = message.prev().iter().find(|id| !known.contains(id));
        let why = match (verdict.check, unknown) {
            (Err(fault), _) => Uncounted::Fault(fault.kind),
            (Ok(()), Some(unknown)) => Uncounted::Follows(*unknown),
            (Ok(()), None) => {
                known.insert(message.id());
                continue;
            }
        };
        findings.extend(uncounted(message, &why, copies));
    }
    gathered.retain_messages(|message| known.contains(&message.id()));
    findings
}

fn uncounted(
    message: &Message,
    why: &Uncounted,
    copies: &BTreeMap<PublicKey, Verified<Thread>>,
) -> Vec<CopyFinding> {
    let mut findings = Vec::new();
    for (keeper, copy) in copies {
        if copy
            .messages()
            .iter()
            .any(|other| other.id() == message.id())
        {
            findings.push(CopyFinding::Uncounted {
                message: message.id(),
                keeper: *keeper,
                why: why.clone(),
            });
        }
    }
    findings
}
