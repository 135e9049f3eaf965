//! The keys of agents, and their end.

use crate::common::TestHome;
use serde_json::Value;

fn agents(home: &TestHome) -> Vec<Value> {
    let ran = home.run(&["agent", "list", "--json"]).exits(0);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    value["agents"].as_array().unwrap().clone()
}

#[test]
fn an_agent_is_retired_and_the_next_key_answers() {
    let home = TestHome::new();
    let ask = |text: &str| {
        home.run(&["chat", "--backend", "echo", "-m", text])
            .exits(0);
    };
    ask("one");
    ask("two");
    let before = agents(&home);
    assert_eq!(before.len(), 1, "{before:?}");
    assert_eq!(
        (&before[0]["name"], &before[0]["answers"]),
        (&"echo".into(), &2.into())
    );
    assert_eq!(before[0]["threads"], 2);
    assert_eq!(before[0]["retired"], Value::Array(Vec::new()));
    home.run(&["agent", "retire", "nobody"]).exits(2);
    home.run(&["agent", "retire", "echo"]).exits(0);
    home.run(&["chat", "--continue", "--backend", "echo", "-m", "three"])
        .exits(0);
    let after = agents(&home);
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!(after[0]["key"], before[0]["key"]);
    assert_eq!(after[0]["retired"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&after[1]["answers"], &after[1]["retired"]),
        (&1.into(), &Value::Array(Vec::new()))
    );
    home.run(&["verify"]).exits(0);
    let shown = home.run(&["agent", "show", "echo"]).exits(0).stdout;
    assert!(
        shown.contains("Retired at commit") && shown.contains("2 answers"),
        "{shown}"
    );
    home.run(&["agent", "show", "nobody"]).exits(2);
}
