//! Remotes, and what a sync did, for people and for programs.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::{Erasure, PublicKey};
use crate::safe_format;
use crate::store::{BranchFinding, Joined, Remote, Store};
use crate::sync::{Came, How, Refusal, Refused, Step, Summary, Went};
use serde_json::{Value, json};

/// How somebody is called; `None`: it is the owner.
pub type Names<'n> = dyn Fn(&PublicKey) -> Option<String> + 'n;

/// The remotes, a line each.
pub fn remotes(remotes: &[Remote]) -> SafeText {
    let line = |remote: &Remote| {
        let name = SafeText::line(&remote.name);
        let address = SafeText::line(&remote.address);
        match &remote.place {
            Ok(_) => safe_format!("🔗 {}  {}\n", name, address),
            Err(fault) => {
                let why = SafeText::shown(fault);
                safe_format!("🔗 {}  {}  (not used: {})\n", name, address, why)
            }
        }
    };
    remotes.iter().map(line).collect()
}

/// The same for programs.
pub fn remotes_json(remotes: &[Remote]) -> Value {
    let remote = |remote: &Remote| {
        json!({
            "name": remote.name,
            "address": remote.address,
            "fault": remote.place.as_ref().err().map(|fault| fault.code()),
        })
    };
    json!({ "remotes": remotes.iter().map(remote).collect::<Vec<_>>() })
}

/// What a sync is at.
pub fn step(step: &Step) -> SafeText {
    match step {
        Step::Waiting => "Another sync is running; waiting for it".into(),
        Step::Looking => "Looking what is there".into(),
        Step::Fetching(said) => safe_format!("Fetching  {}", SafeText::line(said)),
        Step::Checking { done, total } => safe_format!("Checking  {} of {}", done, total),
        Step::Pushing(said) => safe_format!("Pushing  {}", SafeText::line(said)),
    }
}

/// What a sync did.
pub fn summary(summary: &Summary, names: &Names<'_>) -> SafeText {
    let mut text = safe_format!(
        "🔄 {} ({})\n",
        SafeText::line(&summary.remote),
        SafeText::line(&summary.address)
    );
    for came in &summary.came {
        text += came_line(came, names);
    }
    for joined in &summary.joined {
        text += joined_lines(joined);
    }
    text += went_line(&summary.went);
    for refused in &summary.refused {
        text += refused_line(refused, names);
    }
    let is_quiet = summary.came.is_empty() && summary.refused.is_empty();
    if is_quiet && summary.went == Went::Nothing {
        text += "   ✅ Nothing new, here or there\n";
    }
    text
}

fn whose(author: &PublicKey, names: &Names<'_>) -> SafeText {
    match names(author) {
        None => "your branch".into(),
        Some(name) => safe_format!("the branch of {}", SafeText::line(&name)),
    }
}

fn came_line(came: &Came, names: &Names<'_>) -> SafeText {
    let whose = whose(&came.author, names);
    let what = match came.how {
        How::New => safe_format!("{} is new here", whose),
        How::Forward => safe_format!("{} went on", whose),
        How::Rewritten => safe_format!("{} was written anew by its owner", whose),
        How::Joined => safe_format!("{} was continued here and there; both are one now", whose),
        How::ToFetch => safe_format!("{} would be fetched", whose),
    };
    safe_format!("   ⬇️  {}{}\n", what, with_threads(came.threads))
}

/// What a person must know of two states that became one: an erasure takes away.
fn joined_lines(joined: &Joined) -> SafeText {
    let mut text = SafeText::new();
    for erasure in &joined.erased {
        text += safe_format!(
            "   🪦 {} was erased elsewhere, and is gone here too\n",
            erasure.thread
        );
    }
    for path in &joined.said_since {
        text += safe_format!(
            "   📦 What was said in a thread after it was erased is kept in {}\n",
            SafeText::shown(path.display())
        );
    }
    for path in &joined.apart {
        text += safe_format!(
            "   ⚠️  {} has no room for what was said here and elsewhere; \
             the other version lies beside it\n",
            SafeText::line(path)
        );
    }
    if let Some(kept_at) = &joined.kept_at {
        text += safe_format!(
            "   🗄️  The state that led to it is kept at {}\n",
            SafeText::line(kept_at)
        );
    }
    text
}

fn went_line(went: &Went) -> SafeText {
    match went {
        Went::Pushed { threads, .. } => {
            safe_format!("   ⬆️  your branch was pushed{}\n", with_threads(*threads))
        }
        Went::ToPush => "   ⬆️  your branch would be pushed\n".into(),
        Went::Withheld => "   ✋ your branch was not pushed, as you said\n".into(),
        Went::Nothing | Went::Refused => SafeText::new(),
    }
}

fn with_threads(threads: Option<usize>) -> SafeText {
    threads.map_or_else(SafeText::new, |threads| {
        safe_format!(" ({} new or changed)", counted(threads, "thread"))
    })
}

fn refused_line(refused: &Refused, names: &Names<'_>) -> SafeText {
    safe_format!(
        "   ⛔ {}: {}\n",
        whose(&refused.author, names),
        SafeText::shown(&refused.why)
    )
}

/// The same for programs.
pub fn summary_json(summary: &Summary) -> Value {
    let came = |came: &Came| {
        json!({
            "author": came.author.to_string(),
            "how": came.how.code(),
            "threads": came.threads,
        })
    };
    let joined = |joined: &Joined| {
        let erased = |erasure: &Erasure| {
            json!({
                "thread": erasure.thread.to_string(),
                "root": erasure.root.map(|root| root.to_string()),
            })
        };
        let said_since = joined
            .said_since
            .iter()
            .map(|path| path.display().to_string());
        json!({
            "commit": joined.tip.to_string(),
            "erased": joined.erased.iter().map(erased).collect::<Vec<_>>(),
            "said_since": said_since.collect::<Vec<_>>(),
            "apart": joined.apart,
            "kept_at": joined.kept_at,
        })
    };
    let (commit, threads) = match &summary.went {
        Went::Pushed { tip, threads } => (Some(tip.to_string()), *threads),
        _ => (None, None),
    };
    json!({
        "remote": summary.remote,
        "address": summary.address,
        "dry_run": summary.is_dry_run,
        "came": summary.came.iter().map(came).collect::<Vec<_>>(),
        "joined": summary.joined.iter().map(joined).collect::<Vec<_>>(),
        "went": {"how": summary.went.code(), "commit": commit, "threads": threads},
        "refused": summary.refused.iter().map(refused_json).collect::<Vec<_>>(),
    })
}

fn refused_json(refused: &Refused) -> Value {
    let finding = match &refused.why {
        Refusal::Branch(finding) => Some(finding),
        _ => None,
    };
    json!({
        "author": refused.author.to_string(),
        "branch": Store::branch_name(&refused.author),
        "kind": refused.why.code(),
        "fault": finding.and_then(BranchFinding::fault),
        "path": finding.and_then(BranchFinding::path),
        "why": refused.why.to_string(),
    })
}
