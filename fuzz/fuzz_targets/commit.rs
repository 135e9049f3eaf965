//! Nothing that calls itself a signature or a signed commit makes a panic, and armour is read in
//! one way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::identity::{Keys, Words};
use mmogit::sign::{Namespace, armour, read_armour};
use mmogit::verify;
use std::sync::LazyLock;

static OWNER: LazyLock<Keys> = LazyLock::new(|| {
    Keys::from_words(&Words::from_entropy(&[0; 32]).expect("32 bytes make words"))
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for file in ["commits.json", "independent/commits.json"] {
        let vectors = mmogit_fuzz::read(file);
        for commit in mmogit_fuzz::texts(&vectors["commits"], "object") {
            let text = String::from_utf8_lossy(&commit).into_owned();
            if let Some((_, from)) = text.split_once("gpgsig ") {
                let block = from.split("\n\n").next().unwrap_or_default();
                seeds.push(format!("{}\n", block.replace("\n ", "\n")).into_bytes());
            }
            seeds.push(commit);
        }
    }
    seeds
}

fuzz_target!(init: mmogit_fuzz::seed("commit", seeds()), |data: &[u8]| {
    let _ = verify::commit(&OWNER.public(), data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    for namespace in [Namespace::Git, Namespace::Message, Namespace::Thread] {
        if let Some((key, signature)) = read_armour(text, namespace) {
            let written = armour(&key, namespace, &signature);
            assert_eq!(read_armour(&written, namespace), Some((key, signature)));
        }
    }
});
