//! Which projects can't be read or are not their owners' word, for the operator: what belongs to one is
//! as if it were not there.

use super::troubles::Found;
use crate::buffer::Work;
use crate::render::safe::SafeText;
use crate::workspace::WorkError;
use std::time::{Duration, Instant};

/// How often all projects are looked at.
const LOOKED_AT: Duration = Duration::from_secs(60);
/// So many are named: whoever syncs may bring any number.
const MOST_NAMED: usize = 10;

const WHAT: &str = "a project can't be used";

/// What the last look came upon.
#[derive(Debug, Default)]
pub(super) struct DamagedProjects {
    looked: Option<Instant>,
    why: Vec<String>,
}

impl DamagedProjects {
    /// Looks at them, if that was not done lately, and gives what was come upon.
    pub fn look(&mut self, work: Work<'_>, found: &mut Found) {
        if self.looked.is_none_or(|at| at.elapsed() >= LOOKED_AT) {
            self.why = damaged(work).unwrap_or_else(|error| vec![error.to_string()]);
            self.looked = Some(Instant::now());
        }
        for why in &self.why {
            found.failed(WHAT, why.clone());
        }
    }
}

fn damaged(work: Work<'_>) -> Result<Vec<String>, WorkError> {
    let troubles = work.workspace.projects().of(&work.keys.public())?.troubles;
    let named = troubles.iter().take(MOST_NAMED);
    let line = |text: &str| SafeText::line(text).to_string();
    let mut why: Vec<String> = named
        .map(|trouble| format!("{}: {}", line(&trouble.place), line(&trouble.why)))
        .collect();
    if troubles.len() > MOST_NAMED {
        why.push(format!("and {} more", troubles.len() - MOST_NAMED));
    }
    Ok(why)
}
