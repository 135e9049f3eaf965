//! Times, and the lines that tell them.

use super::client::{Answer, Client};
use std::time::Duration;

/// How long answers took.
#[derive(Default)]
pub struct Times {
    each: Vec<Duration>,
    /// The server's processor time for all of them, where it was measured.
    processor: Option<Duration>,
}

impl Times {
    /// Asks so many times. What is asked is told by its number.
    pub fn of(
        client: &mut Client,
        count: usize,
        ask: impl Fn(&mut Client, usize) -> Answer,
    ) -> Self {
        Self::measured(client, |client, times| {
            for number in 0..count {
                times.add(&ask(client, number));
            }
        })
    }

    /// Those that something adds, with the processor time that the server takes meanwhile.
    pub fn measured(client: &mut Client, add: impl FnOnce(&mut Client, &mut Self)) -> Self {
        let before = client.processor_time();
        let mut times = Self::default();
        add(client, &mut times);
        times.processor = Some(client.processor_time() - before);
        times
    }

    /// Takes those of another turn.
    pub fn append(&mut self, other: &mut Self) {
        self.each.append(&mut other.each);
        let processor = [self.processor, other.processor].into_iter().flatten();
        self.processor = Some(processor.sum());
    }

    pub fn add(&mut self, answer: &Answer) {
        self.each.push(answer.took);
    }

    pub fn median(&self) -> f64 {
        self.at(0.50)
    }

    /// In milliseconds: what this part of all took at the most.
    fn at(&self, part: f64) -> f64 {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        let place = ((sorted.len() - 1) as f64 * part) as usize;
        sorted[place].as_secs_f64() * 1000.0
    }
}

/// What is wanted of a line.
pub enum Goal {
    Nothing,
    /// The median is at most so many milliseconds.
    Within(f64),
    /// The median is at most so many times that of others.
    Times(f64, f64),
}

pub fn print_head() {
    println!("| what | asked | p50 | p99 | processor, each | goal | met |");
    println!("|---|---:|---:|---:|---:|---:|---|");
}

/// Tells a line; whether its goal is missed.
pub fn tell(what: &str, times: &Times, goal: Goal) -> bool {
    let median = times.median();
    let (wanted, is_met) = match goal {
        Goal::Nothing => ("–".to_owned(), None),
        Goal::Within(most) => (format!("≤ {most} ms"), Some(median <= most)),
        Goal::Times(most, others) => {
            let ratio = median / others;
            let is_met = ratio <= most;
            (format!("{ratio:.2}×, ≤ {most}×"), Some(is_met))
        }
    };
    let processor = times
        .processor
        .map(|all| all.as_secs_f64() * 1000.0 / times.each.len() as f64);
    let processor = processor.map_or("–".to_owned(), |each| format!("{each:.2} ms"));
    let met = match is_met {
        None => "–",
        Some(true) => "yes",
        Some(false) => "**no**",
    };
    println!(
        "| {what} | {} | {median:.2} ms | {:.2} ms | {processor} | {wanted} | {met} |",
        times.each.len(),
        times.at(0.99),
    );
    is_met == Some(false)
}
