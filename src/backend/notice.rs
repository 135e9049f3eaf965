//! What the user should know of a backend before it answers.

use super::crush::Version;

/// One thing to know, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    not(feature = "internals"),
    expect(
        clippy::enum_variant_names,
        reason = "so far only Crush has something to be known of"
    )
)]
pub enum Notice {
    /// Another model answers than the one asked for.
    #[error(
        "Crush {version} can't be told which model to use; it answers with the one it is set to, not `{model}`"
    )]
    CrushChoosesItsModel {
        /// Which Crush it is.
        version: Version,
        /// The model asked for.
        model: String,
    },
    /// Its tools are on, as the user wished.
    #[error(
        "Crush {0} runs with its tools: whatever the model asks for, commands too, is done without asking you"
    )]
    CrushHasTools(Version),
    /// Its tools are on, since it has no way to turn them off and there is no sandbox.
    #[error("Crush {0} can't turn its tools off, so the model may run commands as you")]
    CrushKeepsTools(Version),
}
