//! How often somebody may come without a token that opens anything. A token can't be guessed; this
//! keeps the log and the machine from those who try.

use crate::server::fault::Fault;
use axum::http::StatusCode;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many tries an address has at once.
const AT_ONCE: f64 = 40.0;
/// How many come back each second.
const EACH_SECOND: f64 = 2.0;
/// How many addresses are remembered; all others share one place.
const MAX_ADDRESSES: usize = 4096;

/// Who tried how often.
#[derive(Default)]
pub struct Misses(Mutex<HashMap<Option<IpAddr>, Tries>>);

struct Tries {
    left: f64,
    at: Instant,
}

impl Tries {
    fn left_at(&self, now: Instant) -> f64 {
        let back = now.duration_since(self.at).as_secs_f64() * EACH_SECOND;
        (self.left + back).min(AT_ONCE)
    }
}

impl Misses {
    /// Notes a try.
    ///
    /// # Errors
    /// If there were too many.
    pub fn note(&self, from: IpAddr) -> Result<(), Fault> {
        self.note_at(from, Instant::now())
    }

    fn note_at(&self, from: IpAddr, now: Instant) -> Result<(), Fault> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut place = Some(network_of(from));
        if !places.contains_key(&place) && places.len() >= MAX_ADDRESSES {
            places.retain(|_, tries| tries.left_at(now) < AT_ONCE);
            if places.len() >= MAX_ADDRESSES {
                place = None;
            }
        }
        let tries = places.entry(place).or_insert(Tries {
            left: AT_ONCE,
            at: now,
        });
        tries.left = tries.left_at(now);
        tries.at = now;
        if tries.left < 1.0 {
            let fault = Fault::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests without a valid token",
            );
            return Err(fault.retry_after(Duration::from_secs(1)));
        }
        tries.left -= 1.0;
        Ok(())
    }
}

/// Who has an IPv6 address has 2⁶⁴ of them.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(misses: &Misses, address: &str, now: Instant) -> usize {
        let address = address.parse().unwrap();
        let allowed = (0..1000).take_while(|_| misses.note_at(address, now).is_ok());
        allowed.count()
    }

    #[test]
    fn tries_run_out_and_come_back() {
        let (misses, now) = (Misses::default(), Instant::now());
        assert_eq!(tries(&misses, "10.0.0.1", now), 40);
        assert_eq!(tries(&misses, "10.0.0.1", now), 0);
        assert_eq!(tries(&misses, "::ffff:10.0.0.1", now), 0, "the same");
        assert_eq!(tries(&misses, "10.0.0.2", now), 40, "another's are theirs");
        let later = now + Duration::from_secs(3);
        assert_eq!(tries(&misses, "10.0.0.1", later), 6);
    }

    #[test]
    fn a_network_of_ipv6_is_one() {
        let (misses, now) = (Misses::default(), Instant::now());
        assert_eq!(tries(&misses, "2001:db8::1", now), 40);
        assert_eq!(tries(&misses, "2001:db8::2", now), 0);
        assert_eq!(tries(&misses, "2001:db8:0:1::2", now), 40);
    }

    #[test]
    fn memory_is_bounded() {
        let (misses, now) = (Misses::default(), Instant::now());
        for number in 0..3 * MAX_ADDRESSES as u32 {
            let _ = misses.note_at(IpAddr::from(number.to_be_bytes()), now);
        }
        assert_eq!(misses.0.lock().unwrap().len(), MAX_ADDRESSES + 1);
        assert_eq!(tries(&misses, "200.0.0.1", now), 0, "they share one place");
    }
}
