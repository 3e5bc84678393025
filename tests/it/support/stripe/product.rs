//! devtool's own local API behind the fake: what it serves it answers, and the events that follow are the account's.
//! So the fake itself knows only what the local API does not serve, and what is to go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use devtool::api::{Api, ApiServer};
use devtool::protocol::Clock;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::effects;
use super::fault::Answer;
use super::state::{ApiRequest, Shared, State};

/// How long between looks.
const PAUSE: Duration = Duration::from_millis(20);

/// The local API, up as long as its runtime is.
pub(crate) struct Product {
    port: u16,
}

impl Product {
    pub(crate) async fn start(api: Api) -> Self {
        let server = ApiServer::bind(0, false).await.unwrap();
        let port = server.port();
        tokio::spawn(server.serve(api, Clock::system(), CancellationToken::new()));
        Self { port }
    }

    /// Looks for what happens by itself, such as a bank's answer, as long as the runtime is up.
    pub(crate) async fn look_on(self: Arc<Self>, shared: Arc<Shared>) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let _turn = shared.turn.lock().await;
            self.look(&shared).await;
        }
    }

    /// The answer to a request; what it causes has happened by then.
    pub(crate) async fn answer(&self, shared: &Shared, request: &ApiRequest) -> Answer {
        let _turn = shared.turn.lock().await;
        let (status, body) = self.ask(request).await;
        self.look(shared).await;
        let besides = |state: &mut State| effects::besides(state, request, &body);
        shared.change(besides);
        Answer { status, headers: Vec::new(), body }
    }

    /// What has happened since the last look has happened to the account.
    async fn look(&self, shared: &Shared) {
        let newest = shared.change(|state| state.newest_of_product.clone());
        let listed = self.ask(&events_after(newest)).await.1;
        assert_eq!(listed["has_more"], false, "more than a hundred events of one call");
        let events = listed["data"].as_array().unwrap();
        shared.change(|state| events.iter().rev().for_each(|event| state.happened(event)));
    }

    async fn ask(&self, request: &ApiRequest) -> (u16, Value) {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.parameters)
            .finish();
        let is_in_body = request.method == "POST";
        let (query, body) = if is_in_body { ("", &*form) } else { (&*form, "") };
        let passed_on = ["idempotency-key", "stripe-version"].into_iter();
        let passed_on = passed_on.filter_map(|name| Some((name, request.headers.get(name)?)));
        let headers: Vec<String> =
            passed_on.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let call = format!(
            "{} {}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_1\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            request.method,
            request.path,
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(call.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }
}

/// What lists the events since that one.
fn events_after(newest: Option<String>) -> ApiRequest {
    let after = newest.map(|id| ("ending_before".to_owned(), id));
    let limit = ("limit".to_owned(), "100".to_owned());
    ApiRequest {
        method: "GET".to_owned(),
        path: "/v1/events".to_owned(),
        parameters: std::iter::once(limit).chain(after).collect(),
        key: None,
        headers: BTreeMap::new(),
    }
}
