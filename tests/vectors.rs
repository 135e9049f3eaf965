//! The record, as other implementations write it.
use mmogit::model::{Reading, Thread};
use mmogit::verify::{self, Verdict};
use std::fs;
use std::path::Path;

fn verdict(bytes: &[u8]) -> (Verdict, String) {
    match Thread::read(bytes) {
        Err(why) => (Verdict::Malformed, why.to_string()),
        Ok(Reading::Legacy(_)) => (Verdict::Legacy, String::new()),
        Ok(Reading::Thread(thread)) => {
            let report = verify::thread(&thread);
            (report.verdict(), report.problems().join("; "))
        }
    }
}

#[test]
fn threads() {
    let folder = Path::new("/work/shared/vectors/threads");
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    for entry in index.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let (found, why) = verdict(&fs::read(folder.join(file)).unwrap());
        println!("{file}: {} {why}", found.as_str());
        assert_eq!(found.as_str(), entry["verdict"].as_str().unwrap(), "{file}: {why}");
    }
}
