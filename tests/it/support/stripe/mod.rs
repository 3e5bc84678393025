//! A stateful fake of Stripe's servers on loopback: what the real Stripe CLI needs to log in, listen,
//! trigger, look events up and have them sent again. Nothing here says yes to what it does not know:
//! an unknown path is a 404 in Stripe's form.

pub(crate) mod api;
pub(crate) mod binary;
pub(crate) mod control;
pub(crate) mod effects;
pub(crate) mod events;
pub(crate) mod fault;
pub(crate) mod form;
pub(crate) mod login;
pub(crate) mod objects;
pub(crate) mod parameters;
pub(crate) mod product;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod state;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use devtool::api::Api;
use tokio::sync::mpsc::UnboundedSender;

pub(crate) use fault::Fault;
use server::Power;
use state::Shared;

/// A key that the fake takes.
pub(crate) const KEY: &str = "sk_test_51FakeStripe000000000000000";
/// The account of every key.
pub(crate) const ACCOUNT: &str = "acct_1FakeStripe00000";
/// The API version of events for the account.
pub(crate) const DEFAULT_VERSION: &str = "2025-09-30.clover";
/// The newest API version, in which each event is sent as well.
pub(crate) const LATEST_VERSION: &str = "2026-10-28.endive";

/// The fake, up until it goes out of scope.
pub(crate) struct FakeStripe {
    address: SocketAddr,
    shared: Arc<Shared>,
    product: Api,
    power: Option<UnboundedSender<Power>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeStripe {
    /// Takes a free port and serves.
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let (power, switched) = tokio::sync::mpsc::unbounded_channel();
        let (tell, told) = mpsc::channel();
        let product = Api::new();
        let (served, api) = (Arc::clone(&shared), product.clone());
        let thread = std::thread::spawn(move || server::run(&served, api, switched, &tell));
        let address = told.recv().unwrap();
        shared.change(|state| state.address = Some(address));
        Self { address, shared, product, power: Some(power), thread: Some(thread) }
    }

    /// What stands for `https://api.stripe.com` and `https://dashboard.stripe.com`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        drop(self.power.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the fake of Stripe panicked");
        }
    }
}
