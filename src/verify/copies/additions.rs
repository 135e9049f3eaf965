//! What a kept copy says of people and readers that the author's does not. It is never joined.

use super::{CopyFinding, people_of};
use crate::model::{Epoch, PublicKey, Thread};
use crate::verify::Verified;
use std::collections::BTreeMap;

/// What each kept copy adds to the author's header.
pub(super) fn of(
    authors: &Thread,
    copies: &BTreeMap<PublicKey, Verified<Thread>>,
) -> Vec<CopyFinding> {
    let people = people_of(authors);
    let mut findings = Vec::new();
    for (keeper, copy) in copies {
        let mut added = copy.participants();
        added.retain(|key| !people.contains(key));
        for key in added {
            let keeper = *keeper;
            findings.push(CopyFinding::AddedPerson { keeper, key });
        }
        for epoch in copy.epochs() {
            findings.extend(added_to(authors, *keeper, epoch));
        }
    }
    findings
}

fn added_to(authors: &Thread, keeper: PublicKey, epoch: &Epoch) -> Vec<CopyFinding> {
    let known = authors.epochs().iter().find(|known| known.id == epoch.id);
    let Some(known) = known else {
        let epoch = epoch.id;
        return vec![CopyFinding::AddedEpoch { keeper, epoch }];
    };
    let added = epoch
        .readers
        .iter()
        .filter(|reader| !known.readers.contains(reader));
    let finding = added.map(|reader| CopyFinding::AddedReader {
        keeper,
        epoch: epoch.id,
        reader: reader.author,
    });
    finding.collect()
}
