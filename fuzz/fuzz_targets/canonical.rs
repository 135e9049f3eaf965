//! What the strict reader accepts has one canonical form, which is read back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::model::json::{canonical, indented, read};

fuzz_target!(
    init: {
        let vectors = mmogit_fuzz::read("canonical.json");
        let good = mmogit_fuzz::texts(&vectors["good"], "input");
        mmogit_fuzz::seed("canonical", good.into_iter().chain(mmogit_fuzz::texts(&vectors["refused"], "input")));
    },
    |data: &[u8]| {
        let Ok(value) = read(data) else { return };
        let form = canonical(&value);
        let again = read(&form).expect("the canonical form is strict JSON");
        assert_eq!(again, value);
        assert_eq!(canonical(&again), form);
        assert_eq!(read(&indented(&value)).expect("so is the indented one"), value);
    }
);
