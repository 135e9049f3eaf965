//! What the commands that organise threads have in common.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::index::{Filter, Summary};
use crate::model::{Reading, Thread, Timestamp};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::render::threads::{self, titled};
use crate::safe_format;
use crate::seal::CannotSeal;
use crate::workspace::{Changing, FoundThread, WorkError, Workspace, check_title};
use serde_json::json;

/// How many threads are named before the question whether to change them.
const SHOWN: usize = 10;

/// Changes threads one by one, each in a commit of its own. All are looked up before the first is
/// changed. `change` returns what to tell.
///
/// # Errors
/// If one of them can't be found or changed; what was changed before it stays so.
pub(super) fn change_each(
    queries: &[String],
    environment: &Environment,
    ui: &Ui,
    change: impl Fn(&Workspace, &Keys, FoundThread) -> Result<Echo, WorkError>,
) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let found = queries
        .iter()
        .map(|query| workspace.threads().find(query))
        .collect::<Result<Vec<_>, _>>()?;
    for found in &found {
        workspace.organiser().changeable(found, &keys.public())?;
    }
    for found in found {
        change(&workspace, &keys, found)?.tell(ui)?;
    }
    Ok(Exit::Done)
}

/// The one line that each change answers with: what was done, with which thread.
pub(super) enum Echo {
    /// `⚫ Archived: refresh tokens - thread_1737446400`
    Changed(SafeText),
    /// It was so before; no commit was made.
    Unchanged(SafeText),
}

/// A thread before it is changed, as it is named.
pub(super) struct Before(SafeText);

impl Echo {
    /// Which thread it is, before it is given away to be changed.
    pub(super) fn before(found: &FoundThread) -> Before {
        let title = match &found.reading {
            Reading::Thread(thread) => titled(thread.title(), thread.is_sealed()),
            Reading::Legacy(legacy) => SafeText::line(&legacy.title),
        };
        Before(named(&title, &found.reading.id()))
    }

    /// `done` begins with a sign: `⚫ Archived`.
    pub(super) fn changed(done: &'static str, thread: &Thread) -> Self {
        Self::Changed(safe_format!("{}: {}", done, name_of(thread)))
    }

    /// With what it is like now.
    pub(super) fn changed_to(done: &'static str, thread: &Thread, now: &SafeText) -> Self {
        Self::Changed(safe_format!("{}: {} ({})", done, name_of(thread), now))
    }

    /// What was done to standard output, that nothing was done beside it.
    ///
    /// # Errors
    /// If standard output takes nothing.
    pub(super) fn tell(&self, ui: &Ui) -> Result<(), Failure> {
        match self {
            Self::Changed(line) => ui.data_line(line),
            Self::Unchanged(line) => {
                ui.status(line);
                Ok(())
            }
        }
    }
}

impl Before {
    /// `is` says what it was already: `is archived already`.
    pub(super) fn unchanged(self, is: &'static str) -> Echo {
        Echo::Unchanged(safe_format!("{} {}; nothing was changed", self.0, is))
    }
}

fn name_of(thread: &Thread) -> SafeText {
    let title = titled(thread.title(), thread.is_sealed());
    named(&title, &thread.id().to_string())
}

fn named(title: &SafeText, id: &str) -> SafeText {
    safe_format!("{} - {}", title, SafeText::line(id))
}

/// Threads chosen by what they have in common.
#[derive(clap::Args)]
pub struct FilterArgs {
    /// All your threads that fit, in one commit, after asking: tag:NAME before:WHEN after:WHEN
    /// title:PART model:PART is:archived, and words, all of which must fit
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// With --filter, don't ask
    #[arg(long)]
    yes: bool,
}

impl FilterArgs {
    /// Whether threads are chosen so, and not each by its name.
    pub(super) fn is_given(&self) -> Result<bool, Failure> {
        if self.yes && self.filter.is_none() {
            return Err(Failure::new(
                Exit::Usage,
                "--yes is for --filter; nothing is asked otherwise",
            )
            .hint("Leave it out."));
        }
        Ok(self.filter.is_some())
    }

    /// Changes all that fit, once the user has seen how many they are. `what` is to be done, `done`
    /// what was.
    pub(super) fn change(
        &self,
        what: &SafeText,
        done: &SafeText,
        environment: &Environment,
        ui: &Ui,
        narrow: impl Fn(&mut Filter),
        change: impl Fn(&mut Changing<'_>) -> Result<(), CannotSeal>,
    ) -> Result<Exit, Failure> {
        let workspace = environment.workspace()?;
        let mut filter = read_filter(self.filter.as_deref().unwrap_or_default(), workspace.now())?;
        narrow(&mut filter);
        let keys = cli::keys_of_owner(&workspace, environment, ui)?;
        let (threads, troubles) = workspace
            .organiser()
            .own_that_fit(&filter, &keys.public())?;
        troubles
            .iter()
            .for_each(|trouble| ui.warning(threads::trouble(trouble)));
        if threads.is_empty() {
            ui.status("No thread of yours fits; nothing was changed.");
            return Ok(Exit::Done);
        }
        self.confirm(what, &threads, ui)?;
        let changed = workspace.organiser().change_all(&keys, &threads, change)?;
        ui.data_line(safe_format!(
            "{}: {} of {}",
            done,
            changed,
            counted(threads.len(), "thread")
        ))?;
        Ok(Exit::Done)
    }

    fn confirm(&self, what: &SafeText, threads: &[Summary], ui: &Ui) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let count = counted(threads.len(), "thread");
        if !ui.stdin_is_terminal {
            let said = safe_format!(
                "{} would be changed, and there is no terminal to ask whether they should",
                count
            );
            return Err(Failure::new(Exit::Usage, said).hint("Add --yes."));
        }
        for thread in threads.iter().take(SHOWN) {
            ui.status(safe_format!(
                "  {}  {}",
                SafeText::line(thread.name()),
                SafeText::line(&thread.title)
            ));
        }
        if threads.len() > SHOWN {
            ui.status(safe_format!("  … and {} more", threads.len() - SHOWN));
        }
        if ui.confirm(safe_format!("{} {}?", what, count))? {
            return Ok(());
        }
        Err(Failure::new(Exit::Failed, "nothing was changed"))
    }
}

fn read_filter(text: &str, now: Timestamp) -> Result<Filter, Failure> {
    let refuse = |what: SafeText| {
        Failure::new(Exit::Usage, what).hint(
            "As in: --filter 'tag:rust before:2025-06-01'. \
             `mmogit thread-list WORDS` shows what words fit.",
        )
    };
    let filter = Filter::read(text, now).map_err(|piece| {
        refuse(safe_format!(
            "--filter: “{}” is not understood",
            SafeText::line(&piece)
        ))
    })?;
    if filter == Filter::default() {
        return Err(refuse(
            "--filter: it says nothing, and would fit every thread".into(),
        ));
    }
    Ok(filter)
}

/// A bad title is refused before anybody is asked for a passphrase.
pub(super) fn check_new_title(title: Option<&str>) -> Result<(), WorkError> {
    Ok(title.map_or(Ok(()), check_title)?)
}

/// Tells of a thread that was made of others.
pub(super) fn show_derived(thread: &Thread, is_json: bool, ui: &Ui) -> Result<Exit, Failure> {
    let count = thread.visible().len();
    if is_json {
        let value = json!({
            "id": thread.id().to_string(),
            "title": thread.title(),
            "message_count": count,
            "derived_from": thread.header().get("derived_from"),
        });
        ui.json(&value)?;
        return Ok(Exit::Done);
    }
    ui.data_line(safe_format!(
        "🌱 {} - {} ({})",
        SafeText::line(thread.title()),
        thread.id(),
        counted(count, "message")
    ))?;
    ui.data_line(safe_format!(
        "   Derived from: {}",
        threads::derivation(thread).unwrap_or_default()
    ))?;
    ui.data_line(safe_format!(
        "   Continue it: mmogit chat --continue {}",
        thread.id()
    ))?;
    Ok(Exit::Done)
}
