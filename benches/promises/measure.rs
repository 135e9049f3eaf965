//! How a time is taken, and how a promise is shown.

use std::time::{Duration, Instant};

/// One line of the table.
pub struct Row {
    what: String,
    ours: String,
    beside: String,
    theirs: String,
    ratio: String,
    goal: Option<(String, bool)>,
}

impl Row {
    pub fn new(
        what: impl Into<String>,
        ours: String,
        beside: impl Into<String>,
        theirs: String,
    ) -> Self {
        Self {
            what: what.into(),
            ours,
            beside: beside.into(),
            theirs,
            ratio: String::new(),
            goal: None,
        }
    }

    /// Two times beside each other.
    pub fn times(
        what: impl Into<String>,
        ours: Duration,
        beside: impl Into<String>,
        theirs: Duration,
    ) -> Self {
        Self::new(what, time(ours), beside, time(theirs))
    }

    pub fn ratio(mut self, ratio: impl Into<String>) -> Self {
        self.ratio = ratio.into();
        self
    }

    pub fn goal(mut self, goal: &str, is_met: bool) -> Self {
        self.goal = Some((goal.to_owned(), is_met));
        self
    }

    /// `ours` takes at most `most` times as long.
    pub fn at_most(self, ours: Duration, theirs: Duration, most: f64) -> Self {
        let ratio = over(ours, theirs);
        self.ratio(format!("{ratio:.2}×"))
            .goal(&format!("≤ {most}×"), ratio <= most)
    }

    /// `ours` takes at most so much longer.
    pub fn at_most_more(self, ours: Duration, theirs: Duration, most: Duration) -> Self {
        let more = ours.as_secs_f64() - theirs.as_secs_f64();
        let goal = format!("≤ +{} ms", most.as_millis());
        self.ratio(format!("{:+.1} ms", more * 1e3))
            .goal(&goal, more <= most.as_secs_f64())
    }

    pub fn is_missed(&self) -> bool {
        self.goal.as_ref().is_some_and(|(_, is_met)| !is_met)
    }

    /// A row of a Markdown table.
    pub fn line(&self) -> String {
        let Self {
            what,
            ours,
            beside,
            theirs,
            ratio,
            goal,
        } = self;
        let (goal, met) = match goal {
            None => ("–", "–"),
            Some((goal, true)) => (goal.as_str(), "yes"),
            Some((goal, false)) => (goal.as_str(), "**no**"),
        };
        format!("| {what} | {ours} | {beside} | {theirs} | {ratio} | {goal} | {met} |")
    }
}

pub const HEAD: &str = "| what | median | beside it | median | ratio | goal | met |\n\
                        |---|---:|---|---:|---:|---:|---|";

/// Takes two times in turns, so that both see the same noise, and gives the median of each. The
/// first round is not counted.
pub fn in_turns(
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) -> (Duration, Duration) {
    let [ours, theirs] = all_in_turns(rounds, [&mut ours, &mut theirs]);
    (ours, theirs)
}

/// The same with any number of things.
pub fn all_in_turns<const N: usize>(
    rounds: usize,
    things: [&mut dyn FnMut() -> Duration; N],
) -> [Duration; N] {
    let mut taken = [const { Vec::new() }; N];
    for round in 0..=rounds {
        for step in 0..N {
            // Each is first as often as the others.
            let thing = (round + step) % N;
            let time = things[thing]();
            if round > 0 {
                taken[thing].push(time);
            }
        }
    }
    taken.map(median)
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let middle = times.len() / 2;
    if times.len().is_multiple_of(2) {
        (times[middle - 1] + times[middle]) / 2
    } else {
        times[middle]
    }
}

/// How long it takes to make something; putting it away is not counted.
pub fn timed<T>(thing: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let made = thing();
    let time = start.elapsed();
    drop(made);
    time
}

pub fn over(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

pub fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    match ms {
        0.0..1.0 => format!("{ms:.2} ms"),
        1.0..100.0 => format!("{ms:.1} ms"),
        _ => format!("{ms:.0} ms"),
    }
}
