//! One run of Crush, and what it was worth.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::config::CrushConfig;
use super::errors::{self, CrushError};
use super::run_dir::RunDir;
use super::transcript::Transcript;
use super::version::{Denial, Version};
use super::{Crush, CrushFailure, database, deny, environment, sandbox};
use crate::backend::reply_text::ReplyText;
use crate::backend::{Listener, NoReply, Reply, Request};
use crate::process::{End, Finished, Program};
use crate::prompt;

/// Fetching the list of providers can fail a run of a version that carries the list; this tells it
/// to use its own.
const OWN_PROVIDERS: &str = "CRUSH_DISABLE_PROVIDER_AUTO_UPDATE";

/// Which list of providers a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Providers {
    /// As Crush is used to do: the newest it can get.
    Fetched,
    /// The one that the program carries.
    Carried,
}

/// What one run left.
pub(super) struct Run {
    finished: Finished,
    text: String,
    panicked: bool,
    transcript: Option<Transcript>,
    /// Why it was retrying when it ended.
    retried: Option<String>,
}

/// What is run: Crush, or a sandbox with Crush in it.
struct Invocation {
    program: PathBuf,
    args: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Run {
    /// Runs Crush to its end and looks at what it left.
    pub(super) fn of(
        crush: &Crush,
        version: &Version,
        request: &Request<'_>,
        listener: Listener<'_>,
        providers: Providers,
    ) -> Result<Self, NoReply> {
        let run_dir = crush.run_dir(request.files)?;
        let prepared = Invocation::prepare(crush, version, request, &run_dir, providers);
        let broken = |error: std::io::Error| NoReply::not_started("crush", &error);
        let invocation = prepared.map_err(broken)?;
        let program = Program {
            path: &invocation.program,
            args: &invocation.args,
            directory: Some(&run_dir.here()),
            environment: &invocation.environment,
            input: &prompt::as_text(request.prompt),
            timeouts: crush.settings.timeouts,
        };
        let mut text = ReplyText::new(listener);
        if version.writes_progress_codes() {
            text = text.without_progress_codes();
        }
        let finished = program
            .run(&mut |event| text.hear_program(event))
            .map_err(broken)?;
        let transcript = transcript(crush, version, &run_dir, &invocation.environment);
        let recorded = transcript
            .as_ref()
            .map(Transcript::text)
            .unwrap_or_default();
        let was_cut_here = matches!(finished.ended, End::Stopped | End::TooLong);
        let text = if recorded.is_empty() || was_cut_here {
            text.finish()
        } else {
            text.finish_with(&recorded)
        };
        Ok(Self {
            finished,
            text,
            panicked: run_dir.saw_a_panic(),
            transcript,
            retried: errors::cause_in_log(&run_dir.data()),
        })
    }

    /// Whether it failed before asking anyone because it could not fetch its list of providers.
    pub(super) fn lacked_providers(&self) -> bool {
        let fetching = [
            "failed to load providers",
            "failed to fetch providers",
            "updated list of providers",
        ];
        let error = errors::plain(&self.finished.stderr).to_lowercase();
        self.failed()
            && self.transcript.is_none()
            && fetching.iter().any(|words| error.contains(words))
    }

    fn failed(&self) -> bool {
        matches!(self.finished.ended, End::Exit(status) if !status.success())
    }

    /// A whole answer, a cut one, or none.
    pub(super) fn judge(self) -> Result<Reply, NoReply> {
        let wrong = self.what_is_wrong();
        if self.text.trim().is_empty() {
            let blank = || NoReply::blank("crush", &self.finished.stderr);
            return Err(wrong.unwrap_or_else(blank));
        }
        let transcript = self.transcript.as_ref();
        Ok(Reply {
            model: transcript.and_then(Transcript::model),
            usage: transcript.and_then(Transcript::usage),
            interrupted: wrong,
            text: self.text,
        })
    }

    /// What is wrong with this answer, if anything.
    fn what_is_wrong(&self) -> Option<NoReply> {
        let is_blank = self.text.trim().is_empty();
        let ended = match self.finished.ended {
            // Progress codes are no text.
            End::Silent(limit) if is_blank => End::NoFirstText(limit),
            ended => ended,
        };
        match ended {
            End::Exit(status) if status.success() => self.what_the_record_finds(is_blank),
            End::Exit(_) => Some(self.failure()),
            ended => Some(self.cut(ended)),
        }
    }

    /// It exited as if all were well, which with Crush says little.
    fn what_the_record_finds(&self, is_blank: bool) -> Option<NoReply> {
        if self.panicked {
            return Some(CrushFailure::Crashed.into());
        }
        let transcript = self.transcript.as_ref()?;
        let why = transcript.why_not_whole()?;
        let failure = if is_blank && transcript.was_canceled() {
            CrushFailure::GaveUp
        } else {
            why.into()
        };
        Some(failure.into())
    }

    /// It was ended by us.
    fn cut(&self, ended: End) -> NoReply {
        let is_late = matches!(
            ended,
            End::NoFirstText(_) | End::Silent(_) | End::TooSlow(_)
        );
        let ended = NoReply::of_end("crush", ended);
        match &self.retried {
            Some(cause) if is_late => NoReply::Crush(CrushFailure::Retried {
                ended: Box::new(ended),
                cause: errors::explain(cause),
            }),
            _ => ended,
        }
    }

    /// It exited with an error.
    fn failure(&self) -> NoReply {
        let error = errors::plain(&self.finished.stderr);
        if let Some(cause) = &self.retried
            && error.contains("maximum retry attempts")
        {
            return failed_with(errors::explain(cause));
        }
        if let (true, End::Exit(status)) = (error.is_empty(), self.finished.ended) {
            return NoReply::failed("crush", status, "");
        }
        failed_with(errors::explain(&error))
    }
}

fn failed_with(error: CrushError) -> NoReply {
    CrushFailure::Error(error).into()
}

impl Invocation {
    fn prepare(
        crush: &Crush,
        version: &Version,
        request: &Request<'_>,
        run_dir: &RunDir,
        providers: Providers,
    ) -> std::io::Result<Self> {
        let settings = &crush.settings;
        let config = CrushConfig::read(&settings.environment);
        let named = config.named_variables(settings.tools);
        let mut environment = environment::for_crush(&settings.environment, &named);
        if providers == Providers::Carried {
            environment::set(&mut environment, OWN_PROVIDERS, "1".into());
        }
        let invocation = Self {
            program: settings.program.clone(),
            args: arguments(version, crush.model(request), run_dir),
            environment,
        };
        if settings.tools {
            return Ok(invocation);
        }
        let denial = version.denial();
        deny::write(denial, &config.merged, &run_dir.here(), &run_dir.data())?;
        match (denial, &settings.bwrap) {
            (Denial::Nothing | Denial::Unknown, Some(bwrap)) => invocation.boxed(bwrap, run_dir),
            _ => Ok(invocation),
        }
    }

    fn boxed(self, bwrap: &Path, run_dir: &RunDir) -> std::io::Result<Self> {
        let boxed = sandbox::wrap(bwrap, &self.program, self.args, &self.environment, run_dir)?;
        Ok(Self {
            program: boxed.program,
            args: boxed.args,
            environment: boxed.environment,
        })
    }
}

fn arguments(version: &Version, model: Option<&str>, run_dir: &RunDir) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["run".into(), "-q".into()];
    args.extend(["-D".into(), run_dir.data().into()]);
    if let Some(model) = model.filter(|_| version.has_model_flag()) {
        args.extend(["-m".into(), model.into()]);
    }
    args
}

/// What Crush recorded of the run: from its database, or, should that look otherwise some day, from
/// Crush itself.
fn transcript(
    crush: &Crush,
    version: &Version,
    run_dir: &RunDir,
    environment: &[(OsString, OsString)],
) -> Option<Transcript> {
    let data = run_dir.data();
    if let Some(transcript) = database::read(&data) {
        return Some(transcript);
    }
    if !version.has_session_command() || !data.join("crush.db").exists() {
        return None;
    }
    let mut args: Vec<OsString> = ["session", "last", "--json", "-D"].map(Into::into).into();
    args.push(data.into());
    let asked = Program {
        path: &crush.settings.program,
        args: &args,
        directory: Some(&run_dir.here()),
        environment,
        input: "",
        timeouts: crush.settings.timeouts,
    };
    let finished = asked.run(&mut |_| ControlFlow::Continue(())).ok()?;
    Transcript::from_json(&finished.text)
}
