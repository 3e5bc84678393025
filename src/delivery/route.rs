//! Which endpoint an event goes to, where some types have one of their own.

use super::endpoint::Endpoint;
use crate::config::FoundSecret;
use crate::text::pattern;

/// Events of some types that have a target of their own.
#[derive(Clone, Debug)]
pub struct Route<T> {
    /// The types, as a pattern: `invoice.*`.
    pub pattern: String,
    /// Where they go.
    pub target: T,
}

/// An endpoint, and what its events are signed with.
#[derive(Clone, Debug)]
pub struct EventTarget {
    /// Where to.
    pub endpoint: Endpoint,
    /// The endpoint's secret.
    pub secret: FoundSecret,
}

impl<T> Route<T> {
    /// The target of the first route that a type fits. Where none does, the event goes to the endpoint of its
    /// source: of the account, of connected accounts, or of thin events.
    pub fn target<'r>(routes: &'r [Self], event_type: &str) -> Option<&'r T> {
        let route = routes.iter().find(|route| pattern::fits(&route.pattern, event_type));
        route.map(|route| &route.target)
    }
}

impl EventTarget {
    /// The secret of an endpoint that events of that type went to, if it is a route's: of one that the type
    /// fits where several lead there.
    pub fn secret_of<'r>(
        routes: &'r [Route<Self>],
        endpoint: &Endpoint,
        event_type: &str,
    ) -> Option<&'r FoundSecret> {
        let leads_there = |route: &&Route<Self>| route.target.endpoint == *endpoint;
        let mut those = routes.iter().filter(leads_there);
        let first = those.clone().next()?;
        let fitting = those.find(|route| pattern::fits(&route.pattern, event_type));
        Some(&fitting.unwrap_or(first).target.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_route_that_fits_has_the_event() {
        let route = |pattern: &str, target| Route { pattern: pattern.to_owned(), target };
        let routes = [route("invoice.paid", 1), route("invoice.*", 2), route("v1.*", 3)];
        let table = [("invoice.paid", 1), ("invoice.sent", 2), ("v1.x", 3)];
        for (event, target) in table {
            assert_eq!(Route::target(&routes, event), Some(&target), "{event}");
        }
        assert_eq!(Route::target(&routes, "charge.failed"), None);
    }
}
