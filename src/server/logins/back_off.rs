//! How long whoever failed to log in has to wait: by the name that they gave, and by the address that
//! they came from.
//!
//! The tables have a fixed size, whatever comes: each name and address counts in the place that its
//! hash gives it, under a key of this run. Two may share a place, and then wait for each other; that
//! is rare, and nobody can bring it about who doesn't know the key. Names that nobody has are counted
//! as all others are, so that the waiting tells nothing of a name.
//!
//! Who logged in from an address before is not kept out by what others do with their name elsewhere:
//! there the name counts for this address alone.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The places of a table.
const PLACES: usize = 4096;
/// So long after the last failure nothing is held against anybody.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// What may fail before one has to wait, and how long one waits at the most.
#[derive(Clone, Copy)]
struct Patience {
    free_tries: u32,
    longest: Duration,
}

/// A person mistypes a few times.
const OF_NAMES: Patience = Patience {
    free_tries: 5,
    longest: Duration::from_secs(5 * 60),
};
/// Several people may share an address.
const OF_ADDRESSES: Patience = Patience {
    free_tries: 30,
    longest: Duration::from_secs(60),
};

/// What is held against a name or an address.
#[derive(Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Option<Instant>,
}

impl Failures {
    /// How long to wait from now on.
    fn wait(self, patience: Patience, now: Instant) -> Duration {
        let Some(last) = self.last else {
            return Duration::ZERO;
        };
        let gone = now.saturating_duration_since(last);
        if gone >= FORGOTTEN_AFTER || self.count < patience.free_tries {
            return Duration::ZERO;
        }
        let doublings = (self.count - patience.free_tries).min(16);
        let whole = Duration::from_secs(1 << doublings).min(patience.longest);
        whole.saturating_sub(gone)
    }

    fn add(&mut self, now: Instant) {
        let is_forgotten = self
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= FORGOTTEN_AFTER);
        self.count = if is_forgotten { 1 } else { self.count + 1 };
        self.last = Some(now);
    }

    /// As if it had not been added: what others added since stays.
    fn take_back(&mut self, before: Self, added: Instant) {
        self.count = self.count.saturating_sub(1);
        if self.last == Some(added) {
            self.last = before.last;
        }
    }
}

/// What is held against whom.
pub(super) struct BackOff {
    key: RandomState,
    tables: Mutex<Tables>,
}

struct Tables {
    names: Vec<Failures>,
    addresses: Vec<Failures>,
    /// Names with the addresses from which they logged in, hashed; one in each place.
    known: Vec<u64>,
}

/// A try to log in, which counts as a failure until it succeeds: so that many at once are as many
/// one after the other.
pub(super) struct Attempt {
    name: usize,
    address: usize,
    pair: u64,
    at: Instant,
    name_before: Failures,
    address_before: Failures,
}

impl BackOff {
    /// Nothing is held against anybody.
    pub fn new() -> Self {
        let tables = Tables {
            names: vec![Failures::default(); PLACES],
            addresses: vec![Failures::default(); PLACES],
            known: vec![0; PLACES],
        };
        Self {
            key: RandomState::new(),
            tables: Mutex::new(tables),
        }
    }

    /// Whether a name may be tried from an address now; else how long to wait.
    ///
    /// # Errors
    /// The time to wait.
    pub fn begin(&self, name: &str, address: IpAddr, now: Instant) -> Result<Attempt, Duration> {
        let address = network_of(address);
        let pair = self.hash(&(name, address));
        let mut tables = self.tables();
        let is_known = tables.known[place(pair)] == pair;
        let name = place(if is_known { pair } else { self.hash(&name) });
        let address = place(self.hash(&address));
        let attempt = Attempt {
            name,
            address,
            pair,
            at: now,
            name_before: tables.names[name],
            address_before: tables.addresses[address],
        };
        let of_name = attempt.name_before.wait(OF_NAMES, now);
        let of_address = attempt.address_before.wait(OF_ADDRESSES, now);
        let wait = of_name.max(of_address);
        if !wait.is_zero() {
            return Err(wait);
        }
        tables.names[name].add(now);
        tables.addresses[address].add(now);
        Ok(attempt)
    }

    /// It was who they said. What others did at their address stays held against it.
    pub fn succeeded(&self, attempt: Attempt) {
        let mut tables = self.tables();
        tables.names[attempt.name] = Failures::default();
        let at_address = &mut tables.addresses[attempt.address];
        at_address.count = at_address.count.saturating_sub(1);
        tables.known[place(attempt.pair)] = attempt.pair;
    }

    /// Nothing was looked at, so it tells nothing of who they are.
    pub fn not_made(&self, attempt: &Attempt) {
        let mut tables = self.tables();
        let at_name = &mut tables.names[attempt.name];
        at_name.take_back(attempt.name_before, attempt.at);
        let at_address = &mut tables.addresses[attempt.address];
        at_address.take_back(attempt.address_before, attempt.at);
    }

    fn hash(&self, what: &impl Hash) -> u64 {
        self.key.hash_one(what)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(hash: u64) -> usize {
    usize::try_from(hash % PLACES as u64).expect("it is below the number of places")
}

/// Whoever has one address of version 6 has a whole network of them.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_name_waits_longer_after_each_failure_and_is_forgiven_in_time() {
        let back_off = BackOff::new();
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for turn in 0..16 {
            // From another address each time: the name alone is counted here.
            while let Err(wait) = back_off.begin("ana", address(turn), now) {
                waits.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(back_off.begin("ana", address(99), now).is_err());
        assert!(back_off.begin("ben", address(99), now).is_ok());
        now += FORGOTTEN_AFTER;
        assert!(back_off.begin("ana", address(99), now).is_ok());
    }

    #[test]
    fn who_tries_many_names_waits_by_the_address() {
        let back_off = BackOff::new();
        let now = Instant::now();
        let tried = |name: usize| {
            back_off
                .begin(&format!("name{name}"), address(1), now)
                .is_ok()
        };
        let let_through = (0..1000).filter(|name| tried(*name)).count();
        assert_eq!(let_through, OF_ADDRESSES.free_tries as usize);
        assert!(back_off.begin("ana", address(2), now).is_ok());
        let far = |host: u64| {
            IpAddr::from(Ipv6Addr::from_bits(
                (0x2001_0db8_u128 << 96) | u128::from(host),
            ))
        };
        let let_through = (0..1000)
            .filter(|host| {
                back_off
                    .begin(&format!("other{host}"), far(*host), now)
                    .is_ok()
            })
            .count();
        assert_eq!(let_through, OF_ADDRESSES.free_tries as usize, "one network");
    }

    #[test]
    fn who_logged_in_from_an_address_is_not_kept_out_by_others() {
        let back_off = BackOff::new();
        let now = Instant::now();
        let attempt = back_off.begin("ana", address(1), now).unwrap();
        back_off.succeeded(attempt);
        for turn in 0..250 {
            let _ = back_off.begin("ana", address(turn % 200 + 2), now);
        }
        assert!(back_off.begin("ana", address(250), now).is_err());
        assert!(back_off.begin("ana", address(1), now).is_ok());
        let more = (0..100).filter(|_| back_off.begin("ana", address(1), now).is_ok());
        assert_eq!(more.count(), OF_NAMES.free_tries as usize - 1);
    }

    #[test]
    fn an_attempt_that_was_not_made_counts_for_nothing() {
        let back_off = BackOff::new();
        let began = Instant::now();
        for _ in 0..OF_NAMES.free_tries - 1 {
            back_off.begin("ana", address(1), began).unwrap();
        }
        for turn in 0..100 {
            let now = began + Duration::from_millis(turn);
            let attempt = back_off.begin("ana", address(1), now).unwrap();
            back_off.not_made(&attempt);
        }
        // One is left, and from it on the time counts.
        back_off.begin("ana", address(1), began).unwrap();
        let wait = back_off.begin("ana", address(1), began).err();
        assert_eq!(wait, Some(Duration::from_secs(1)));
        // Nor does it make anybody wait longer.
        let later = began + Duration::from_secs(1);
        let attempt = back_off.begin("ana", address(1), later).unwrap();
        back_off.not_made(&attempt);
        assert!(back_off.begin("ana", address(1), later).is_ok());
    }

    #[test]
    fn what_others_failed_meanwhile_stays() {
        let back_off = BackOff::new();
        let now = Instant::now();
        let busy = back_off.begin("ana", address(1), now).unwrap();
        let later = now + Duration::from_millis(1);
        for _ in 0..OF_NAMES.free_tries - 1 {
            back_off.begin("ana", address(2), later).unwrap();
        }
        back_off.not_made(&busy);
        back_off.begin("ana", address(2), later).unwrap();
        assert!(back_off.begin("ana", address(2), later).is_err());
    }

    #[test]
    fn a_success_clears_the_name_and_not_the_address() {
        let back_off = BackOff::new();
        let now = Instant::now();
        for turn in 0..OF_ADDRESSES.free_tries {
            let attempt = back_off
                .begin(&format!("name{turn}"), address(1), now)
                .unwrap();
            if turn == 0 {
                back_off.succeeded(attempt);
            }
        }
        assert!(back_off.begin("one", address(1), now).is_ok());
        assert!(back_off.begin("two", address(1), now).is_err());
    }
}
