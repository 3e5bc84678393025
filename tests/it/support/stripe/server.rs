//! The fake's HTTP server: it can be switched off and on again on the same port.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Extract;
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::routing::{any, get};
use devtool::api::Api;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc::UnboundedReceiver;

use super::fault::{Answer, Fault};
use super::product::Product;
use super::state::{ApiRequest, Shared, ToSocket};
use super::{api, form, session};

/// What the server is told to be.
pub(crate) enum Power {
    /// Connections are refused, and those that are open end; tells when that is so.
    Off(mpsc::Sender<()>),
    /// As usual; tells when that is so.
    On(mpsc::Sender<()>),
}

/// Serves until nobody holds the other end of `switched` any more.
pub(crate) fn run(
    shared: &Arc<Shared>,
    api: Api,
    mut switched: UnboundedReceiver<Power>,
    tell: &mpsc::Sender<SocketAddr>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let product = Arc::new(Product::start(api).await);
        tokio::spawn(Arc::clone(&product).look_on(Arc::clone(shared)));
        let mut listener = listening(held("127.0.0.1:0".parse().unwrap()));
        let address = listener.local_addr().unwrap();
        tell.send(address).unwrap();
        loop {
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let served =
                axum::serve(listener, app(shared, &product)).with_graceful_shutdown(async {
                    let _ = stopped.await;
                });
            let serving = tokio::spawn(async move { served.await });
            let off = switched.recv().await;
            drop(stop);
            shared.change(|state| {
                state.sockets.drain(..).for_each(|s| drop(s.sender.send(ToSocket::Drop)));
            });
            serving.abort();
            let _ = serving.await;
            let Some(Power::Off(done)) = off else { return };
            // The port stays taken, but nobody listens: connections are refused.
            let socket = held(address);
            done.send(()).unwrap();
            let Some(Power::On(done)) = switched.recv().await else { return };
            listener = listening(socket);
            done.send(()).unwrap();
        }
    });
}

fn held(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    // Its connections inherit it: an event does not wait until the one before it is acknowledged.
    socket.set_nodelay(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

fn listening(socket: TcpSocket) -> TcpListener {
    socket.listen(4_096).unwrap()
}

fn app(shared: &Arc<Shared>, product: &Arc<Product>) -> Router {
    Router::new()
        .route("/subscribe/{account}", get(session::subscribe))
        .with_state(Arc::clone(shared))
        .fallback(any(answer))
        .with_state((Arc::clone(shared), Arc::clone(product)))
}

/// Logs the request, and answers with its fault or as the API would.
async fn answer(
    Extract((shared, product)): Extract<(Arc<Shared>, Arc<Product>)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request = request(&method, &uri, &headers, &body);
    let fault = shared.change(|state| {
        state.requests.push(request.clone());
        state.fault(&request.method, &request.path)
    });
    match fault {
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let answer = match fault.and_then(Fault::answer) {
        Some(answer) => answer,
        None => match shared.change(|state| api::answer(state, &request)) {
            Some(answer) => answer,
            None => product.answer(&shared, &request).await,
        },
    };
    response(answer, shared.change(|state| state.now()))
}

fn request(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> ApiRequest {
    let text =
        |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let key = headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let mut parameters = form::pairs(uri.query().unwrap_or_default());
    parameters.extend(form::pairs(&String::from_utf8_lossy(body)));
    ApiRequest {
        method: method.to_string(),
        path: uri.path().to_owned(),
        parameters,
        key: key.map(ToOwned::to_owned),
        headers,
    }
}

fn response(answer: Answer, now: i64) -> Response<Body> {
    let now = jiff::Timestamp::from_second(now).unwrap();
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let mut response = Response::builder()
        .status(answer.status)
        .header("Content-Type", "application/json")
        .header("Date", printer.timestamp_to_rfc9110_string(&now).unwrap())
        .header("Request-Id", "req_1FakeStripe0000");
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(format!("{:#}", answer.body))).unwrap()
}
