//! Connections: what is accepted, how long it may take, and how all of it ends.

use super::app::{App, Links, Setup};
use super::caller::{Local, Peer};
use super::connections::{Connections, Guarded, Place};
use super::log;
use super::worker::NotStopped;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tower::ServiceExt;
use tracing::{error, warn};

/// How long a request's head may take, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(15);
const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 32 << 10;
/// How long the last answers may take, once all is saved.
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// What is true however it ends.
const IN_JOURNALS: &str = "what was acknowledged was written to a journal before it was, and comes back with the next start";
/// What waits here waits for sockets; the work is done on the homes' own threads.
const THREADS: usize = 2;

/// How the server ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was told to, and all was finished and saved.
    Finished,
    /// It was told twice, or finishing took too long.
    BrokenOff,
    /// It was told to, and not all could be finished and saved.
    NotSaved(NotStopped),
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The system gives no threads, no signals or no sockets.
    #[error("the server can't begin")]
    System(#[from] io::Error),
}

/// Serves until a signal ends it. `ready` is told how to get in, once it listens.
///
/// # Errors
/// If the system refuses what a server needs.
pub fn run(setup: Setup, ready: impl FnOnce(&Links)) -> Result<Ended, ServerError> {
    log::begin(setup.log);
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_io()
        .enable_time()
        .build()?;
    let ended = runtime.block_on(serve(setup, ready))?;
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(ended)
}

async fn serve(setup: Setup, ready: impl FnOnce(&Links)) -> Result<Ended, ServerError> {
    let mut signals = EndSignals::watch()?;
    setup.listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(setup.listener)?;
    let address = listener.local_addr()?;
    let (app, script) = App::new(address, setup.served, setup.settings, setup.random);
    let router = app.router();
    app.watch();
    ready(&Links {
        url: app.link(),
        address,
        script,
    });
    let draining = GracefulShutdown::new();
    accept_until(&listener, &router, &draining, signals.next()).await;
    drop(listener);
    tokio::select! {
        ended = finish(&app, draining) => Ok(ended),
        () = signals.next() => {
            error!("ended at once, since it was asked twice: {IN_JOURNALS}");
            Ok(Ended::BrokenOff)
        }
    }
}

/// Stops what is served, which ends all streams, and lets the last answers go out.
async fn finish(app: &App, draining: GracefulShutdown) -> Ended {
    let stopped = app.stop_served().await;
    let drained = tokio::time::timeout(DRAIN_TIME, draining.shutdown()).await;
    if drained.is_err() {
        warn!("connections were cut that did not end by themselves");
    }
    match stopped {
        Ok(()) => Ended::Finished,
        Err(why) if why.is_at_work() => {
            error!("ended while something was being done: {why}; {IN_JOURNALS}");
            Ended::BrokenOff
        }
        Err(why) => Ended::NotSaved(why),
    }
}

async fn accept_until(
    listener: &TcpListener,
    router: &Router,
    draining: &GracefulShutdown,
    end: impl Future<Output = ()>,
) {
    let connections = Connections::default();
    tokio::pin!(end);
    loop {
        let accepted = tokio::select! {
            () = &mut end => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match connections.place(peer.ip()) {
                Some(place) => serve_connection(stream, peer, place, router, draining),
                None => warn!("a connection was refused: there are too many"),
            },
            // Too many open files, mostly: it passes when connections end.
            Err(error) => {
                warn!(kind = ?error.kind(), "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: &Router,
    draining: &GracefulShutdown,
) {
    // What is known of both ends; a connection that is gone already needs no answer.
    let Ok(local) = stream.local_addr() else {
        return;
    };
    // Pieces of a reply are to arrive when they are sent.
    let _ = stream.set_nodelay(true);
    let service = router
        .clone()
        .map_request(move |mut request: hyper::Request<Incoming>| {
            let extensions = request.extensions_mut();
            extensions.insert(Peer(peer.ip()));
            extensions.insert(Local(local));
            request.map(Body::new)
        });
    let stream = TokioIo::new(Guarded::new(stream, place));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(stream, TowerToHyperService::new(service));
    let watched = draining.watch(connection);
    tokio::spawn(async move {
        // A connection that broke is the other side's affair.
        let _ = watched.await;
    });
}

/// SIGINT, SIGTERM, and SIGHUP: its terminal was closed.
struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Option<Signal>,
}

impl EndSignals {
    fn watch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match outlives_terminal() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(self.hang_up.as_mut()) => {}
        }
    }
}

async fn hung_up(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether whoever started it wants it to go on without its terminal: under `nohup` SIGHUP is
/// ignored. Where the system doesn't tell, it is so where no terminal is.
fn outlives_terminal() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return !log::has_terminal();
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}
