//! `/api/events`: what changed, for every tab.

use crate::buffer::Mode;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::replies::{ReplyName, ReplyState};
use crate::server::worker::{ModeState, ServedState};
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// So often a stream says that it lives, where nothing else is to be said.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow))
}

/// One change: `data: {"type": …, "data": …}`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
#[schema(rename_all = "lowercase")]
enum Change {
    /// How all is now. This is the first event.
    Hello {
        /// Names this run of the server.
        run: String,
        /// The version of what each buffer shows.
        views: Versions,
        /// The replies that come and wait, and the one of each buffer that ended last.
        replies: Vec<ReplyTold>,
    },
    /// A buffer shows something else.
    View {
        /// `conversation` or `inner`.
        mode: &'static str,
        /// Its version, which never comes twice.
        version: u64,
    },
    /// A reply waits, comes or has ended.
    Reply(ReplyTold),
    /// Threads may have changed.
    Threads {},
}

/// The version of what each buffer shows.
#[derive(Serialize, ToSchema)]
struct Versions {
    conversation: u64,
    inner: u64,
}

/// How far a reply is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct ReplyTold {
    /// The reply's name.
    id: String,
    /// The id of the message that it answers.
    message: String,
    /// `conversation` or `inner`.
    mode: &'static str,
    /// `waiting`, `running` or `ended`.
    state: &'static str,
    /// How it ended, if it did. It is left out of one that ended before another: reading the reply
    /// tells that.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// How a reply ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
enum Outcome {
    /// With an answer.
    Answer {
        /// The answer's id.
        answer: String,
    },
    /// Without one. The question stays.
    Error {
        /// A sentence for people.
        error: String,
        /// A stable word for programs.
        code: &'static str,
    },
}

/// Follow what changes
///
/// One stream tells all that happens to a profile: in its buffers, with its replies, in its threads.
#[utoipa::path(get, path = "/api/events", tag = "events",
    responses((status = 200, description = "Each change as it happens", body = Change,
               content_type = "text/event-stream")))]
async fn follow(caller: Caller, State(app): State<App>) -> Response {
    let mut states = caller.profile.state();
    let told = states.borrow_and_update().clone();
    let hello = Change::Hello {
        run: app.run().to_owned(),
        views: Versions {
            conversation: told.modes.conversation.version,
            inner: told.modes.inner.version,
        },
        replies: ended_last(&told)
            .into_iter()
            .chain(unfinished(&told))
            .collect(),
    };
    let follower = Follower {
        states,
        ending: caller.profile.ending(),
        told,
        waiting: VecDeque::from([hello]),
    };
    stream_of(stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        Some((event, follower))
    }))
}

/// A stream of events, with a sign of life where nothing comes, and past proxies that would hold it.
pub(super) fn stream_of(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let events = events.map(Ok::<_, Infallible>);
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, stream).into_response()
}

/// Somebody who follows a profile. Who is slow is told less often, and never of the past.
struct Follower {
    states: watch::Receiver<ServedState>,
    ending: watch::Receiver<bool>,
    told: ServedState,
    waiting: VecDeque<Change>,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                let data = serde_json::to_string(&change).expect("an event is writable");
                return Some(Event::default().data(data));
            }
            tokio::select! {
                changed = self.states.changed() => changed.ok()?,
                _ = self.ending.wait_for(|ended| *ended) => return None,
            }
            let now = self.states.borrow_and_update().clone();
            self.waiting.extend(changes(&self.told, &now));
            self.told = now;
        }
    }
}

/// What is to be told of the way from one state to another.
fn changes(before: &ServedState, now: &ServedState) -> Vec<Change> {
    let mut changes = Vec::new();
    let (told, there): (Vec<_>, Vec<_>) = (unfinished(before).collect(), unfinished(now).collect());
    for reply in &there {
        if !told.contains(reply) {
            changes.push(Change::Reply(reply.clone()));
        }
    }
    // What a buffer shows comes before the end of the reply that changed it.
    for mode in Mode::ALL {
        let version = now.modes.of(mode).version;
        if version != before.modes.of(mode).version {
            changes.push(Change::View {
                mode: mode.as_str(),
                version,
            });
        }
    }
    let last = ended_last(now);
    for reply in told {
        let is_told = |others: &[ReplyTold]| others.iter().any(|other| other.id == reply.id);
        if !is_told(&there) && !is_told(&last) {
            changes.push(Change::Reply(ReplyTold {
                state: "ended",
                ..reply
            }));
        }
    }
    for mode in Mode::ALL {
        let last = &now.modes.of(mode).ended;
        if *last != before.modes.of(mode).ended {
            changes.extend(ended_last_in(now, mode).map(Change::Reply));
        }
    }
    if now.threads != before.threads {
        changes.push(Change::Threads {});
    }
    changes
}

fn unfinished(state: &ServedState) -> impl Iterator<Item = ReplyTold> {
    Mode::ALL.into_iter().flat_map(move |mode| {
        let ModeState {
            running, waiting, ..
        } = state.modes.of(mode);
        let running = running.iter().map(move |name| told(name, mode, "running"));
        let waiting = waiting.iter().map(move |name| told(name, mode, "waiting"));
        running.chain(waiting)
    })
}

fn ended_last(state: &ServedState) -> Vec<ReplyTold> {
    let ended = Mode::ALL
        .into_iter()
        .filter_map(|mode| ended_last_in(state, mode));
    ended.collect()
}

/// The reply that ended last, unless it is being tried again.
fn ended_last_in(state: &ServedState, mode: Mode) -> Option<ReplyTold> {
    let of_mode = state.modes.of(mode);
    let ended = of_mode.ended.as_ref()?;
    let mut unfinished = of_mode.running.iter().chain(&of_mode.waiting);
    if unfinished.any(|name| *name == ended.name) {
        return None;
    }
    Some(ReplyTold {
        outcome: Outcome::of(&ended.state),
        ..told(&ended.name, mode, "ended")
    })
}

fn told(name: &ReplyName, mode: Mode, state: &'static str) -> ReplyTold {
    ReplyTold {
        id: name.to_string(),
        message: name.question.to_string(),
        mode: mode.as_str(),
        state,
        outcome: None,
    }
}

impl Outcome {
    fn of(state: &ReplyState) -> Option<Self> {
        match state {
            ReplyState::Waiting | ReplyState::Running => None,
            ReplyState::Answered(answer) => Some(Self::Answer {
                answer: answer.message.to_string(),
            }),
            ReplyState::None(none) => Some(Self::Error {
                error: none.why.clone(),
                code: none.code,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Hash;
    use crate::server::replies::NoAnswer;
    use serde_json::{Value, json};

    fn told_of(before: &ServedState, now: &ServedState) -> Vec<Value> {
        let changes = changes(before, now);
        changes
            .iter()
            .map(|change| serde_json::to_value(change).unwrap())
            .collect()
    }

    fn name() -> ReplyName {
        ReplyName::first(Hash([1; 32]))
    }

    fn of(state: &str) -> Value {
        let id = name().to_string();
        json!({"type": "reply", "data": {"id": id, "message": id, "mode": "inner", "state": state}})
    }

    fn failed() -> ReplyState {
        ReplyState::None(NoAnswer {
            code: "failed",
            why: "it broke".to_owned(),
        })
    }

    fn told_failed() -> Value {
        let mut told = of("ended");
        told["data"]["outcome"] = json!({"error": "it broke", "code": "failed"});
        told
    }

    #[test]
    fn a_reply_waits_comes_and_ends_after_what_it_changed() {
        let quiet = ServedState::default();
        let mut waiting = quiet.clone();
        waiting.modes.inner.waiting = vec![name()];
        let mut running = quiet.clone();
        running.modes.inner.running = Some(name());
        let mut ended = quiet.clone();
        ended.modes.inner.version = 1;
        ended.threads = 1;
        assert_eq!(told_of(&quiet, &waiting), [of("waiting")]);
        assert_eq!(told_of(&waiting, &running), [of("running")]);
        let view = json!({"type": "view", "data": {"mode": "inner", "version": 1}});
        let threads = json!({"type": "threads", "data": {}});
        let told = told_of(&running, &ended);
        assert_eq!(told, [view.clone(), of("ended"), threads.clone()]);
        ended.modes.inner.note_end(name(), failed());
        assert_eq!(told_of(&running, &ended), [view, told_failed(), threads]);
        assert_eq!(told_of(&ended, &ended), [Value::Null; 0]);
    }

    #[test]
    fn what_came_and_ended_unseen_is_told_each_time() {
        let mut quiet = ServedState::default();
        for _ in 0..2 {
            let before = quiet.clone();
            quiet.modes.inner.note_end(name(), failed());
            assert_eq!(told_of(&before, &quiet), [told_failed()]);
        }
        assert_eq!(ended_last(&quiet).len(), 1);
    }

    #[test]
    fn what_is_tried_again_has_not_ended() {
        let quiet = ServedState::default();
        let mut again = quiet.clone();
        again.modes.inner.note_end(name(), failed());
        again.modes.inner.running = Some(name());
        assert_eq!(told_of(&quiet, &again), [of("running")]);
        assert_eq!(ended_last(&again), []);
    }
}
