//! The product's server: what it is asked and told over HTTP. Nothing is told twice without looking first.

use std::time::Duration;

use serde_json::{Value as Json, json};

/// An answer waits at most so long: the engine loses some of its replies.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an answer; the server itself cannot hand on more.
const LARGEST: u64 = 32 << 20;
/// Memories in one answer.
const PAGE: usize = 500;

/// The product's server.
pub(crate) struct Server {
    agent: ureq::Agent,
    address: String,
    secret: Option<String>,
    /// What it calls its version; an import must name it.
    version: String,
}

/// Why something could not be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No answer came: it may have been done or not.
    Silence(String),
    /// The server refused, so nothing was done.
    Refused(String),
}

impl Trouble {
    pub(super) fn sentence(self) -> String {
        match self {
            Self::Silence(reason) => {
                format!("agentmemory's server did not answer ({reason}); look whether it runs, then try again")
            }
            Self::Refused(reason) => format!("agentmemory's server refused: {reason}"),
        }
    }
}

type Answer = Result<Json, Trouble>;

impl Server {
    /// The server at an address; nothing is asked yet.
    ///
    /// # Errors
    /// Why that is no server for files of this machine.
    pub(super) fn new(address: &str, secret: Option<String>) -> Result<Self, String> {
        let address = address.trim_end_matches('/').trim_end_matches("/agentmemory").to_owned();
        let host = address.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        if !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
            return Err(format!(
                "its server is said to be at {address}, which is not this machine; the files here are not what it works \
                 on, so unset AGENTMEMORY_URL or prune there"
            ));
        }
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(1)))
            .timeout_global(Some(PATIENCE))
            .build();
        Ok(Self { agent: config.into(), address, secret, version: String::new() })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn url(&self, route: &str) -> String {
        format!("{}/agentmemory/{route}", self.address)
    }

    /// Whether something answers there.
    pub(super) fn is_up(&self) -> bool {
        self.agent.get(self.url("livez")).call().is_ok_and(|answer| answer.status().is_success())
    }

    /// Learns the server's version, and whether it lets us in.
    ///
    /// # Errors
    /// Why it cannot be told anything, and the next step.
    pub(super) fn greet(&mut self) -> Result<(), String> {
        let flags = self.get("config/flags").map_err(Trouble::sentence)?;
        let version = flags.get("version").and_then(Json::as_str).unwrap_or_default();
        if version.is_empty() {
            return Err(format!("what answers at {} does not say its version; is it agentmemory?", self.address));
        }
        version.clone_into(&mut self.version);
        Ok(())
    }

    fn bearer(&self) -> String {
        self.secret.as_ref().map(|secret| format!("Bearer {secret}")).unwrap_or_default()
    }

    /// Asks.
    pub(super) fn get(&self, route: &str) -> Answer {
        let mut request = self.agent.get(self.url(route));
        if self.secret.is_some() {
            request = request.header("Authorization", self.bearer());
        }
        read(request.call())
    }

    /// Tells.
    fn post(&self, route: &str, body: &Json) -> Answer {
        let mut request = self.agent.post(self.url(route)).content_type("application/json");
        if self.secret.is_some() {
            request = request.header("Authorization", self.bearer());
        }
        read(request.send(body.to_string()))
    }

    /// The record of a memory, also of a superseded one; `None` when there is none.
    pub(super) fn memory(&self, id: &str) -> Result<Option<Json>, Trouble> {
        match self.get(&format!("memories/{}", percent(id))) {
            Ok(answer) => Ok(record_of(&answer, "id", id)),
            Err(Trouble::Refused(reason)) if reason.starts_with("404") => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// All memories, by pages: an answer that is too large would cut the server off from its engine.
    pub(super) fn memories(&self) -> Result<Vec<Json>, Trouble> {
        let mut all = Vec::new();
        loop {
            let route = format!("memories?limit={PAGE}&offset={}&agentId=*&includeOrphans=true", all.len());
            let mut answer = self.get(&route)?;
            let Some(Json::Array(page)) = answer.get_mut("memories").map(Json::take) else {
                return Err(Trouble::Refused("its list of memories has another form".to_owned()));
            };
            let full = page.len() >= PAGE;
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    /// Deletes memories for good.
    pub(super) fn delete_memories(&self, ids: &[&str]) -> Result<(), Trouble> {
        let body = json!({ "memoryIds": ids, "reason": "pruned in memtui" });
        let mut request = self.agent.delete(self.url("governance/memories")).force_send_body();
        if self.secret.is_some() {
            request = request.header("Authorization", self.bearer());
        }
        read(request.content_type("application/json").send(body.to_string())).map(|_| ())
    }

    /// Deletes observations of a session for good.
    pub(super) fn forget(&self, session: &str, observations: &[&str]) -> Result<(), Trouble> {
        let body = json!({ "sessionId": session, "observationIds": observations });
        self.post("forget", &body).map(|_| ())
    }

    /// Puts records in, each in the place of the one with its id.
    pub(super) fn import(&self, mut data: serde_json::Map<String, Json>, now: &str) -> Result<(), Trouble> {
        // Without these four the server takes it for something else.
        for (field, empty) in
            [("sessions", json!([])), ("memories", json!([])), ("summaries", json!([])), ("observations", json!({}))]
        {
            data.entry(field).or_insert(empty);
        }
        data.insert("version".to_owned(), Json::String(self.version.clone()));
        data.insert("exportedAt".to_owned(), Json::String(now.to_owned()));
        self.post("import", &json!({ "strategy": "merge", "exportData": data })).map(|_| ())
    }
}

/// What came back; a success that says it is none is a refusal.
fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut answer = answer.map_err(|error| Trouble::Silence(error.to_string()))?;
    let status = answer.status();
    let text = answer.body_mut().with_config().limit(LARGEST).read_to_string();
    let text = text.map_err(|error| Trouble::Silence(error.to_string()))?;
    let body: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
    let said = || body.get("error").and_then(Json::as_str).unwrap_or("it gives no reason").to_owned();
    match status.as_u16() {
        401 | 403 => Err(Trouble::Refused(
            "it wants a token; set AGENTMEMORY_SECRET to the one that it was started with".to_owned(),
        )),
        200..=299 if body.is_null() => Err(Trouble::Silence("its answer is no JSON".to_owned())),
        200..=299 if body.get("success") == Some(&Json::Bool(false)) => Err(Trouble::Refused(said())),
        200..=299 => Ok(body),
        // The worker has lost its engine for a moment: the route may exist.
        404 if body == json!({}) => Err(Trouble::Silence("it has lost its engine for a moment".to_owned())),
        number => Err(Trouble::Refused(format!("{number}, {}", said()))),
    }
}

/// The record with an id in an answer: the answer itself, one of its fields, or one of a list in it.
pub(super) fn record_of(answer: &Json, key: &str, id: &str) -> Option<Json> {
    let is_it = |json: &&Json| json.get(key).and_then(Json::as_str) == Some(id);
    let inner = answer.as_object().into_iter().flat_map(|map| map.values());
    let listed = inner.clone().chain([answer]).filter_map(Json::as_array).flatten();
    std::iter::once(answer).chain(inner).chain(listed).find(is_it).cloned()
}

/// An id as part of a route.
pub(super) fn percent(id: &str) -> String {
    use std::fmt::Write as _;
    id.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            text.push(char::from(byte));
        } else {
            // Writing into a text has no way to fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_to_this_machine_only() {
        for address in ["http://127.0.0.1:3111", "http://localhost:3111/agentmemory/", "http://[::1]:1"] {
            assert!(Server::new(address, None).is_ok(), "{address}");
        }
        for address in ["https://memory.example", "http://10.0.0.1:3111", "http://127.0.0.1.evil.example:80", ""] {
            assert!(Server::new(address, Some("x".into())).is_err(), "{address}");
        }
    }

    #[test]
    fn a_record_is_found_wherever_the_answer_has_it() {
        let record = json!({ "id": "a", "content": "x" });
        for answer in [record.clone(), json!({ "memory": record }), json!({ "lessons": [{ "id": "b" }, record] })] {
            assert_eq!(record_of(&answer, "id", "a"), Some(record.clone()));
        }
        assert_eq!(record_of(&json!({ "memories": [] }), "id", "a"), None);
    }
}
