//! One event to one endpoint: the request, the client, what came of it, and what that means.

mod answer_watch;
mod certificates;
pub mod client;
mod connections;
pub mod diagnosis;
pub mod endpoint;
mod exchange_error;
mod expiry;
mod hidden;
pub mod outcome;
pub mod probe;
mod raw;
pub mod request;
pub mod retry;
pub mod route;
mod transport;

pub use certificates::Certificates;
pub use client::Client;
pub use connections::Reuse;
pub use diagnosis::{Circumstances, Diagnosis, EndpointOrigin, Signer};
pub use endpoint::{Endpoint, Hosts};
pub use outcome::{Attempt, NoAnswer, Outcome, Remark, Response};
pub use raw::RawExchange;
pub use request::{Header, Request};
pub use retry::RetrySchedule;
pub use route::{EventTarget, Route};
pub use transport::gzipped;
