//! Nobody to ask: the message is kept, and nothing is invented.

use super::{Backend, Listener, NoReply, Reply, Request};

/// Stands in while no AI is installed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl Offline {
    /// What it is called.
    pub const NAME: &str = "offline";
}

impl Backend for Offline {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn description(&self) -> String {
        "none (offline: messages are kept, nobody answers)".to_owned()
    }

    fn ask(&self, _: &Request<'_>, _: Listener<'_>) -> Result<Reply, NoReply> {
        Err(NoReply::Nobody)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::backend::FilePlace;
    use crate::prompt::Prompt;

    #[test]
    fn it_invents_nothing() {
        let request = Request {
            prompt: &Prompt::alone("hello"),
            model: None,
            files: FilePlace::Disk,
        };
        let mut events = 0;
        let refused = Offline.ask(&request, &mut |_| {
            events += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(events, 0);
        assert_eq!(refused, Err(NoReply::Nobody));
    }
}
