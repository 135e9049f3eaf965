//! Any file is read, verified, written and united with itself without a panic, and keeps its
//! meaning.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::model::{Reading, Thread, union};
use mmogit::verify::{self, Verdict};

fuzz_target!(
    init: mmogit_fuzz::seed("thread", mmogit_fuzz::threads()),
    |data: &[u8]| {
        let Ok(Reading::Thread(thread)) = Thread::read(data) else { return };
        let report = verify::thread(&thread);
        let _ = (thread.visible(), thread.root(), report.findings());
        for message in thread.messages() {
            let _ = message.text();
        }
        let Ok(Reading::Thread(again)) = Thread::read(&thread.to_file()) else {
            panic!("what was written from a thread is one");
        };
        assert_eq!(again, thread);
        assert_eq!(verify::thread(&again), report);
        let both = union(&thread, &again);
        if report.verdict() == Verdict::Valid {
            assert_eq!(both.messages().len(), thread.messages().len());
            assert_eq!(union(&both, &thread), both);
        }
    }
);
