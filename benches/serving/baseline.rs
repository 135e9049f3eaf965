//! A bare axum: it says hello, and appends what it is sent to one file, synced in groups.

use super::served::Served;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use std::env;
use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// What is to be on disk before it is answered.
struct Appending {
    bytes: Bytes,
    done: oneshot::Sender<()>,
}

/// This program as a bare axum, in another process.
pub fn served() -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let itself = env::current_exe().expect("it has a path");
    let mut command = Command::new(itself);
    command.arg("baseline");
    Served::start(command, folder)
}

/// Prints its port, and serves until it is killed.
pub fn serve() {
    let (sender, receiver) = channel();
    std::thread::spawn(move || append_all(&receiver));
    let router = Router::new()
        .route("/hello", get(async || "hello"))
        .route("/append", post(append))
        .with_state(sender);
    let runtime = Runtime::new().expect("the system gives threads");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        println!("{{\"port\": {port}, \"token\": \"none\"}}");
        axum::serve(listener, router).await.expect("it serves");
    });
}

async fn append(State(sender): State<Sender<Appending>>, bytes: Bytes) -> &'static str {
    let (done, waiting) = oneshot::channel();
    let appending = Appending { bytes, done };
    sender.send(appending).expect("the writer lives");
    waiting.await.expect("the writer answers");
    "{\"success\":true,\"messageCount\":50}"
}

/// Takes what waits, writes and syncs it together, and then says so to each.
fn append_all(receiver: &Receiver<Appending>) {
    let mut file: File = tempfile::tempfile().expect("a file");
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        group.extend(receiver.try_iter());
        let bytes: Vec<u8> = group.iter().flat_map(|one| one.bytes.to_vec()).collect();
        file.write_all(&bytes).expect("room");
        file.sync_data().expect("a disk");
        for one in group {
            let _ = one.done.send(());
        }
    }
}
