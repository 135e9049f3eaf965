//! `/attach`: files that go with the next message.

use super::{Act, Next};
use crate::chat::files;
use crate::cli::Failure;

impl Act<'_, '_> {
    /// Lets files go with the next message; `-` takes them back.
    pub(super) fn attach(&mut self, words: &str) -> Result<Next, Failure> {
        let environment = self.desk.environment;
        let waiting = &mut self.conversation.waiting;
        if words == "-" {
            waiting.clear();
        } else {
            for name in files::named(words, environment) {
                files::add(waiting, &name, environment).unwrap_or_else(|why| self.ui.warning(why));
            }
        }
        waiting.iter().for_each(|file| self.ui.status(file.label()));
        self.ui.hint(match waiting.len() {
            0 => "No file waits. /attach FILE lets one go with your next message.",
            1 => "It goes with your next message; /attach - takes it back.",
            _ => "They go with your next message; /attach - takes them back.",
        });
        self.ui.blank_line()?;
        Ok(Next::Go)
    }
}
