//! The protocol: tools offered and called over standard input and output, nothing else on either.

use std::sync::{Arc, Mutex, PoisonError};

use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::stdio_pipes,
};
use serde_json::Value as Json;

use super::{Answer, Session, tools};

/// One agent's server.
struct Server {
    session: Mutex<Session>,
    tools: Vec<Tool>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("memtui", env!("CARGO_PKG_VERSION")))
            .with_instructions(tools::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        // One agent asks one thing at a time; a call takes milliseconds.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        match session.call(&request.name, request.arguments.unwrap_or_default()) {
            Some(Answer::Well(answer)) => Ok(CallToolResult::structured(answer).into()),
            Some(Answer::Refused(reason)) => Ok(CallToolResult::error(vec![ContentBlock::text(reason)]).into()),
            None => {
                let names: Vec<&str> = self.tools.iter().map(|tool| tool.name.as_ref()).collect();
                Err(ErrorData::invalid_params(format!("there is no such tool; there are {}", names.join(", ")), None))
            }
        }
    }
}

/// Serves a session until standard input ends.
///
/// # Errors
/// Why it cannot be done, as a sentence.
pub fn serve(session: Session) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| format!("the agent cannot be served: {error}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| said(&error))?;
    let server = Server { session: Mutex::new(session), tools: tools::offers().into_iter().map(tool).collect() };
    runtime.block_on(async {
        let service = match server.serve(stdio_pipes()).await {
            Ok(service) => service,
            // Whoever closes the line before saying anything wants nothing.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(said(&error)),
        };
        service.waiting().await.map(drop).map_err(|error| said(&error))
    })
}

fn tool(offer: tools::Offer) -> Tool {
    let arguments = match offer.arguments {
        Json::Object(schema) => schema,
        _ => serde_json::Map::new(),
    };
    let hints = ToolAnnotations::new().read_only(offer.reads).destructive(false).open_world(false);
    Tool::new(offer.name, offer.description, Arc::new(arguments)).with_title(offer.title).with_annotations(hints)
}
