//! How many connections there may be, and how long one may be stuck.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

const MAX_CONNECTIONS: usize = 512;
const MAX_OF_ONE_ADDRESS: usize = 256;
/// How long the other side may read nothing of what is sent.
const STUCK: Duration = Duration::from_secs(30);

/// The connections there are.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// The place of one of them, until it ends.
pub(super) struct Place {
    connections: Connections,
    address: IpAddr,
}

impl Connections {
    /// A place for another connection; `None` if there are too many.
    pub fn place(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let of_one = counts.get(&address).copied().unwrap_or(0);
        if all >= MAX_CONNECTIONS || of_one >= MAX_OF_ONE_ADDRESS {
            return None;
        }
        counts.insert(address, of_one + 1);
        Some(Place {
            connections: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let counts = &self.connections.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.address);
            }
        }
    }
}

/// A connection that breaks when the other side doesn't read: an answer would stay in memory, and
/// the place be taken, for ever.
pub(super) struct Guarded {
    stream: TcpStream,
    stuck: Pin<Box<Sleep>>,
    is_waiting: bool,
    _place: Place,
}

impl Guarded {
    pub fn new(stream: TcpStream, place: Place) -> Self {
        Self {
            stream,
            stuck: Box::pin(sleep(STUCK)),
            is_waiting: false,
            _place: place,
        }
    }

    /// Looks at what came of a write: the time runs while it waits.
    fn watched<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_waiting = false;
            return written;
        }
        if !self.is_waiting {
            self.is_waiting = true;
            self.stuck.as_mut().reset(Instant::now() + STUCK);
        }
        ready!(self.stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.watched(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_for_each_address_and_given_back() {
        let connections = Connections::default();
        let (one, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let of_one: Vec<_> = std::iter::from_fn(|| connections.place(one)).collect();
        assert_eq!(of_one.len(), MAX_OF_ONE_ADDRESS);
        let of_other: Vec<_> = std::iter::from_fn(|| connections.place(other)).collect();
        assert_eq!(of_other.len(), MAX_CONNECTIONS - MAX_OF_ONE_ADDRESS);
        assert!(connections.place([10, 0, 0, 3].into()).is_none(), "all");
        drop(of_one);
        assert!(connections.place(one).is_some());
        drop(of_other);
        assert!(connections.0.lock().unwrap().is_empty());
    }
}
