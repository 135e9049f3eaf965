//! A key that another took the place of, on another machine of its owner's, while its home is served.

use super::ProfileWork;
use crate::render::safe::SafeText;
use std::sync::atomic::Ordering;

impl ProfileWork {
    /// Whether another key took the place of the owner's, as their branch is now. Then nothing more is
    /// signed; it stays so until the home is served anew.
    pub(super) fn is_succeeded(&mut self) -> bool {
        let is_known = self.shared.is_succeeded.load(Ordering::SeqCst);
        // Of a branch that can't be read nothing new is known, and nothing is saved on it.
        let Ok(tip) = self.home.store.tip(&self.home.keys.public()) else {
            return is_known;
        };
        if is_known || tip == self.tip_in_use {
            return is_known;
        }
        self.tip_in_use = tip;
        let Err(error) = self.home.workspace.check_in_use(&self.home.keys) else {
            return false;
        };
        tracing::error!("{}: the home is served no further", SafeText::shown(error));
        self.shared.is_succeeded.store(true, Ordering::SeqCst);
        self.drop_replies();
        true
    }
}
