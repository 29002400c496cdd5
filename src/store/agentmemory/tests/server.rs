//! A server that does over HTTP what the product's does: memories in its own memory, files some time behind.

use std::{
    collections::{BTreeMap, HashSet},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, MutexGuard},
    thread,
    time::Duration,
};

use super::*;

/// The files are written so long after a change.
const FLUSH: Duration = Duration::from_millis(300);

/// What the server has in memory.
#[derive(Default)]
pub(super) struct Held {
    pub(super) scopes: BTreeMap<String, Map<String, Json>>,
    pub(super) secret: Option<String>,
    /// Memories that its search finds.
    pub(super) indexed: HashSet<String>,
    /// Method and route of every request that was let in.
    pub(super) requests: Vec<String>,
    /// So many writes are done without an answer.
    pub(super) lost_after: usize,
    /// So many writes are lost before anything is done.
    pub(super) lost_before: usize,
    /// Its files do not say yet what it has.
    pub(super) dirty: bool,
    stopped: bool,
}

/// A running server over a fixture's directory, in an installation of its own.
pub(super) struct Running {
    pub(super) fixture: Fixture,
    pub(super) installation: Installation,
    held: Arc<Mutex<Held>>,
    address: String,
}

impl Running {
    pub(super) fn new() -> Self {
        let fixture = Fixture::filled();
        let scopes: BTreeMap<String, Map<String, Json>> =
            scopes().into_iter().map(|(scope, records)| (scope.to_owned(), records)).collect();
        let indexed = scopes["mem:memories"].keys().cloned().collect();
        let held = Arc::new(Mutex::new(Held { scopes, indexed, ..Held::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (serving, flushing, path) = (Arc::clone(&held), Arc::clone(&held), fixture.path.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                if serving.lock().unwrap().stopped {
                    break;
                }
                answer(stream, &mut serving.lock().unwrap());
            }
        });
        thread::spawn(move || {
            while !flushing.lock().unwrap().stopped {
                thread::sleep(FLUSH);
                flushing.lock().unwrap().flush(&path);
            }
        });
        let data = fixture.path.parent().unwrap().to_str().unwrap().to_owned();
        let variables = [("AGENTMEMORY_DATA_DIR".to_owned(), data), ("AGENTMEMORY_URL".to_owned(), address.clone())];
        let home = Some(fixture.dir.path().to_owned());
        let installation = Installation { home, variables: variables.into() };
        Self { fixture, installation, held, address }
    }

    pub(super) fn store(&self) -> Arc<dyn Store> {
        open(&self.fixture.path, PRODUCT.to_owned(), self.installation.clone()).unwrap()
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// What the server has of the scopes that hold memories.
    pub(super) fn scopes(&self) -> BTreeMap<String, Map<String, Json>> {
        self.held().scopes.clone()
    }

    pub(super) fn stop(&self) {
        self.held().stopped = true;
        // Wakes the listener up.
        let _woken = TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Held {
    fn flush(&mut self, path: &Path) {
        if std::mem::take(&mut self.dirty) {
            for (scope, records) in &self.scopes {
                write_scope(path, scope, records);
            }
        }
    }

    fn list(&self, scope: &str, hide_deleted: bool) -> Vec<Json> {
        let records = self.scopes.get(scope).into_iter().flat_map(Map::values);
        records.filter(|record| !hide_deleted || record["deleted"] != json!(true)).map(shuffled).collect()
    }

    fn route(&mut self, method: &str, route: &str, query: &BTreeMap<String, String>, body: &Json) -> (u16, Json) {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        match (method, route) {
            ("GET", "config/flags") => (200, json!({ "version": "0.9.29", "flags": [] })),
            ("GET", "memories") => {
                let Some(limit) = number("limit") else { return (200, json!({ "error": "unpaged" })) };
                let (all, offset) = (self.list("mem:memories", false), number("offset").unwrap_or(0));
                let page: Vec<Json> = all.iter().skip(offset).take(limit.min(5000)).cloned().collect();
                (200, json!({ "memories": page, "total": all.len(), "offset": offset, "limit": limit }))
            }
            ("GET", route) if route.starts_with("memories/") => {
                let id = &route["memories/".len()..];
                match self.scopes["mem:memories"].get(id) {
                    Some(record) => (200, json!({ "memory": shuffled(record) })),
                    None => (404, json!({ "error": "memory not found" })),
                }
            }
            ("GET", "observations") => {
                (200, json!({ "observations": self.list(&format!("mem:obs:{}", query["sessionId"]), false) }))
            }
            ("GET", "lessons") => (200, json!({ "success": true, "lessons": self.list("mem:lessons", true) })),
            ("GET", "insights") => (200, json!({ "success": true, "insights": self.list("mem:insights", true) })),
            ("GET", "semantic") => (200, json!({ "semantic": self.list("mem:semantic", false) })),
            ("GET", "procedural") => (200, json!({ "procedural": self.list("mem:procedural", false) })),
            ("GET", "sessions") => (200, json!({ "sessions": self.list("mem:sessions", false) })),
            ("DELETE", "governance/memories") => {
                let ids: Vec<&str> = body["memoryIds"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
                let memories = self.scopes.get_mut("mem:memories").unwrap();
                let deleted = ids.iter().filter(|id| memories.shift_remove(**id).is_some()).count();
                for id in &ids {
                    self.indexed.remove(*id);
                }
                (200, json!({ "success": true, "deleted": deleted, "total": ids.len() }))
            }
            ("POST", "forget") => {
                let session = body["sessionId"].as_str().unwrap();
                let ids = body["observationIds"].as_array().expect("without ids the whole session would go");
                let records = self.scopes.get_mut(&format!("mem:obs:{session}")).unwrap();
                let gone = ids.iter().filter(|id| records.shift_remove(id.as_str().unwrap()).is_some()).count();
                (200, json!({ "success": true, "deleted": gone }))
            }
            ("POST", "import") => (200, self.import(body)),
            _ => (404, json!({ "error": "no such route" })),
        }
    }

    fn import(&mut self, body: &Json) -> Json {
        let data = &body["exportData"];
        let refuse = |why: &str| json!({ "success": false, "error": why });
        if data["version"] != "0.9.29" {
            return refuse("unsupported export version");
        }
        if !["sessions", "memories", "summaries"].iter().all(|field| data[field].is_array()) {
            return refuse("bad arrays");
        }
        let Some(observations) = data["observations"].as_object() else { return refuse("bad observations") };
        assert_eq!(body["strategy"], "merge", "another strategy wipes everything first");
        if data.to_string().contains("REJECT") {
            return refuse("it is rejected");
        }
        let mut put: Vec<(String, String, Json)> = Vec::new();
        for kind in kind::Kind::ALL {
            let Some(field) = kind.exported().filter(|_| kind != kind::Kind::Observation) else { continue };
            for record in data[field].as_array().into_iter().flatten() {
                put.push((kind.scope(""), record[kind.key()].as_str().unwrap().to_owned(), record.clone()));
            }
        }
        for (session, records) in observations {
            for record in records.as_array().unwrap() {
                put.push((format!("mem:obs:{session}"), record["id"].as_str().unwrap().to_owned(), record.clone()));
            }
        }
        for (scope, key, mut record) in put {
            let fields = record.as_object_mut().unwrap();
            if scope == "mem:memories" {
                fields.entry("origin").or_insert(json!({ "channel": "import" }));
                fields.entry("sessionIds").or_insert(json!([]));
                if fields["isLatest"] == true {
                    self.indexed.insert(key.clone());
                }
            }
            fields.sort_keys();
            self.scopes.entry(scope).or_default().insert(key, record);
        }
        json!({ "success": true })
    }
}

/// The fields of an answer come in another order than those of a file.
fn shuffled(record: &Json) -> Json {
    record.as_object().unwrap().iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn answer(mut stream: TcpStream, held: &mut Held) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() || line.is_empty() {
        return;
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let (mut length, mut bearer, mut json_body) = (0, None, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim_end().to_owned();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(": ").unwrap();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => bearer = value.strip_prefix("Bearer ").map(str::to_owned),
            "content-type" => json_body = value.starts_with("application/json"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    let route = path.strip_prefix("/agentmemory/").unwrap_or_default();
    let (status, said) = if route == "livez" {
        (200, json!({ "status": "ok" }))
    } else if held.secret != bearer && held.secret.is_some() {
        (401, json!({ "error": "unauthorized" }))
    } else {
        held.requests.push(format!("{method} {route}"));
        let writes = method != "GET";
        assert!(!writes || json_body, "a write without a content type is turned away");
        if writes && held.lost_before > 0 {
            held.lost_before -= 1;
            return;
        }
        let answer = held.route(&method, route, &query, &body);
        held.dirty |= writes;
        if writes && held.lost_after > 0 {
            held.lost_after -= 1;
            return;
        }
        answer
    };
    let text = said.to_string();
    let top = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close",
        text.len()
    );
    let _gone = write!(stream, "{top}\r\n\r\n{text}");
}
