//! Nobody to ask: the message is kept, nothing is invented, and the user learns how to get replies.

use super::{Backend, Listener, NoReply, Reply, Request};

/// Stands in while no AI is installed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Backend for Offline {
    fn name(&self) -> &str {
        "offline"
    }

    fn description(&self) -> String {
        "none (offline: messages are kept, nobody answers)".to_owned()
    }

    fn ask(&self, _: &Request<'_>, _: Listener<'_>) -> Result<Reply, NoReply> {
        Err(NoReply {
            what: "there is no AI to ask".to_owned(),
            hint: "Install Crush (https://github.com/charmbracelet/crush) and run `crush` once to choose a model, \
                   or name any program that answers on stdout: --command 'PROGRAM ARGS'."
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    #[test]
    fn it_invents_nothing_and_names_both_ways_to_get_replies() {
        let request = Request {
            prompt: "hello",
            last: "hello",
            model: None,
        };
        let mut events = 0;
        let refused = Offline.ask(&request, &mut |_| {
            events += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(events, 0);
        let NoReply { hint, .. } = refused.unwrap_err();
        assert!(
            hint.contains("Crush") && hint.contains("--command"),
            "{hint}"
        );
    }
}
