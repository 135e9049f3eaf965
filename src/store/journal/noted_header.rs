//! A header as a line of a journal has it.

use crate::model::json::{Map, Value};
use crate::model::{Malformed, Signature, Thread};

/// A header, with the signature that it was noted with. Sessions sign what they note of a sealed
/// thread, since it says whose keys open what is sealed next.
#[derive(Clone)]
pub(in crate::store) struct NotedHeader {
    pub fields: Map<String, Value>,
    pub signature: Option<Signature>,
}

impl NotedHeader {
    /// Takes apart what a line has.
    pub fn read(mut fields: Map<String, Value>) -> Self {
        let signature = fields.shift_remove("signature");
        let signature = signature.as_ref().and_then(Value::as_str);
        Self {
            signature: signature.and_then(|signature| signature.parse().ok()),
            fields,
        }
    }

    /// What a line says of a thread.
    pub fn line_of(thread: &Thread) -> Value {
        let mut fields = thread.header().clone();
        if let Some(signature) = thread.signature().filter(|_| thread.is_sealed()) {
            fields.insert("signature".to_owned(), signature.to_string().into());
        }
        Value::Object(fields)
    }

    /// The thread, without its messages.
    ///
    /// # Errors
    /// It is the header of none.
    pub fn thread(&self) -> Result<Thread, Malformed> {
        let mut thread = Thread::from_parts(self.fields.clone(), Vec::new())?;
        if let Some(signature) = self.signature {
            thread.set_signature(signature);
        }
        Ok(thread)
    }
}
