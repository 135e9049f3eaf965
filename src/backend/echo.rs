//! Says back what was said: for trying the plumbing, and for tests.

use super::{Backend, Event, Listener, NoReply, Reply, Request};

/// Repeats the message to be answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo;

impl Backend for Echo {
    fn name(&self) -> &str {
        "echo"
    }

    fn description(&self) -> String {
        "echo (repeats what you say)".to_owned()
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let text = request.prompt.question();
        let stopped = listener(Event::Text(text)).is_break();
        Ok(Reply {
            text: text.to_owned(),
            model: Some("echo".to_owned()),
            usage: None,
            interrupted: stopped.then_some(NoReply::Stopped),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::backend::FilePlace;
    use crate::prompt::Prompt;

    #[test]
    fn it_repeats_the_last_message_alone() {
        let request = Request {
            prompt: &Prompt::alone("hello"),
            model: None,
            files: FilePlace::Disk,
        };
        let mut heard = String::new();
        let reply = Echo.ask(&request, &mut |event| {
            if let Event::Text(text) = event {
                heard.push_str(text);
            }
            ControlFlow::Continue(())
        });
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), heard.as_str()), ("hello", "hello"));
        assert_eq!(reply.interrupted, None);
    }
}
