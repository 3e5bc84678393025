//! What kind of story it is: what applies to all of its objects.

use super::shape;
use super::timeline::Scene;

/// The day from which on Stripe captures one-off payments a moment after they succeed, where an app does
/// not ask for anything else.
const ASYNCHRONOUS_CAPTURE_SINCE: &str = "2024-04-10";

/// The variants that a story is given, and those that come of what it is about.
pub(super) fn variants(given: Vec<String>, api_version: &str, scenes: &[Scene]) -> Vec<String> {
    let tells_of = |object| scenes.iter().any(|scene| scene.event_type.object == object);
    let is_invoiced = tells_of("invoice") || tells_of("invoice_payment");
    let is_synchronous = is_invoiced || shape::day(api_version) < ASYNCHRONOUS_CAPTURE_SINCE;
    let told = [
        ("invoiced", is_invoiced),
        ("synchronous", is_synchronous),
        ("checkout", tells_of("checkout.session")),
    ];
    let told = told.into_iter().filter(|(_, is_told)| *is_told).map(|(name, _)| name.to_owned());
    given.into_iter().chain(told).collect()
}
