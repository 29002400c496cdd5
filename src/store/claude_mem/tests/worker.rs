//! Deleting through the worker, with a small server in its place.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::*;
use crate::{
    change::Change,
    store::{Expect, Intent, Make, Outcome},
};

/// Serves `requests` requests as the worker would, deleting in the same database, and returns the request lines.
fn serve(listener: TcpListener, database: PathBuf, requests: usize) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut lines = Vec::new();
        for _ in 0..requests {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 2048];
            let read = stream.read(&mut buffer).unwrap();
            let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
            let line = request.lines().next().unwrap_or_default().to_owned();
            if let Some(id) = line.strip_prefix("DELETE /api/observation/").and_then(|rest| rest.split(' ').next()) {
                let conn = Connection::open(&database).unwrap();
                conn.execute("DELETE FROM observations WHERE id = ?1", [id]).unwrap();
            }
            let status = if line.contains("/api/prompt/") { "503 Service Unavailable" } else { "200 OK" };
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}").unwrap();
            lines.push(line);
        }
        lines
    })
}

fn delete(native: &str) -> Intent {
    Intent { native: native.into(), expect: Expect::Anything, make: Make::Delete }
}

fn synchronise(fixture: &Fixture, port: u16) {
    let settings = format!(
        r#"{{"CLAUDE_MEM_CLOUD_SYNC_TOKEN":"t","CLAUDE_MEM_CLOUD_SYNC_USER_ID":"u","CLAUDE_MEM_CLOUD_SYNC_HUB_URL":"h",
            "CLAUDE_MEM_WORKER_PORT":"{port}"}}"#
    );
    std::fs::write(fixture.dir.path().join("settings.json"), settings).unwrap();
}

#[test]
fn synchronised_memories_are_deleted_by_the_worker_after_the_journal() {
    let fixture = Fixture::filled();
    fixture
        .sql()
        .execute("UPDATE observations SET origin_device_id = 'd2', origin_local_id = '7' WHERE id = 2", [])
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    synchronise(&fixture, listener.local_addr().unwrap().port());
    let server = serve(listener, fixture.path.clone(), 3);
    let mut writer = fixture.store().writer().unwrap();
    let mut journalled = Vec::new();
    let outcomes = writer
        .apply(
            vec![delete("observation/1"), delete("observation/2"), delete("prompt/1")],
            &mut |changes: &[Change]| {
                journalled.extend(changes.iter().map(|change| change.native.clone()));
                Ok(())
            },
        )
        .unwrap();
    assert_eq!(outcomes[..2], [Outcome::Applied, Outcome::Applied]);
    assert!(matches!(&outcomes[2], Outcome::Refused(reason) if reason.contains("cloud")), "{outcomes:?}");
    assert_eq!(journalled, ["observation/1", "observation/2", "prompt/1"]);
    let lines = server.join().unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("GET /api/health "));
    assert!(lines[1].starts_with("DELETE /api/observation/1 "), "a copy from elsewhere is deleted here: {lines:?}");
    assert!(lines[2].starts_with("DELETE /api/prompt/1 "));
    assert!(!fixture.natives().iter().any(|native| native == "observation/1" || native == "observation/2"));
}

#[test]
fn without_the_worker_a_synchronised_memory_stays() {
    let fixture = Fixture::filled();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    synchronise(&fixture, port);
    let before = fixture.dump();
    let mut writer = fixture.store().writer().unwrap();
    let outcomes =
        writer.apply(vec![delete("observation/1")], &mut |_: &[Change]| panic!("nothing to journal")).unwrap();
    assert!(matches!(&outcomes[0], Outcome::Refused(reason) if reason.contains("start it")), "{outcomes:?}");
    assert_eq!(fixture.dump(), before);
}
