//! ORD-05: the events of the calls that the handler makes, after the answers to these calls and before them.

use super::super::effect::{Acting, BRIEFLY, CANDIDATES, Effects, Moved};
use super::super::finding::{ProbeResult, ProbeVerdict};
use super::super::probe::AuditProbe;
use super::super::under_way::Audit;
use super::caused_deliveries::{CausedDeliveries, Course};
use super::sending::{evidence, unseen};
use crate::api::{Api, EventRelease};
use crate::error::Result;
use crate::runner::app_state::StateChange;

/// Further types at which handlers call Stripe's API.
const CALLING: [&str; 5] = [
    "customer.subscription.deleted",
    "invoice.payment_failed",
    "setup_intent.succeeded",
    "charge.dispute.created",
    "checkout.session.expired",
];
/// How it is tested where the handler makes no such call: those of the app's other code are known to nobody but the app.
const OVERTAKE: &str = "name the type of an event at which the handler makes one: `--event`; for a call that other code of \
    your app makes, let what stands for that call in your tests run `devtool trigger TYPE --id OBJECT=ID` before it \
    returns the object (docs/audit.md)";

/// A story, as it was delivered, and what it came to.
struct Told {
    course: Course,
    change: StateChange,
    moved: Moved,
}

pub(super) async fn run(
    probe: &'static AuditProbe,
    audit: &Audit,
    api: &Api,
) -> Result<ProbeResult> {
    let Some(effects) = &audit.effects else { return Ok(unseen(probe)) };
    let asked = audit.event.as_deref();
    let acting = effects.acting(&audit.prober, asked).await?;
    let first = asked.or(acting.map(|acting| acting.event_type.as_str()));
    let others = CANDIDATES.into_iter().chain(CALLING).filter(|kind| Some(*kind) != first);
    let others = others.filter(|_| asked.is_none());
    for kind in first.into_iter().chain(others) {
        let told =
            async |way, release| told(audit, (effects, acting, api), (kind, way), release).await;
        let Some(after) = told("after", EventRelease::After).await? else { continue };
        let again = told("again", EventRelease::After).await?;
        let before = told("before", EventRelease::Before).await?;
        return Ok(match (again, before) {
            (Some(again), Some(before)) => judged(probe, [after, again, before], audit),
            _ => unsteady(
                probe,
                "the handler makes a call at one event, and none at the next of its type",
            ),
        });
    }
    let reason = "the handler makes no call of the local API of which Stripe sends an event";
    Ok(ProbeResult::not_tested(probe, reason, Some(OVERTAKE)))
}

/// Delivers an event, and those of the calls that the handler makes meanwhile; `None` where there are none, or the event
/// is not accepted.
async fn told(
    audit: &Audit,
    (effects, acting, api): (&Effects, Option<&Acting>, &Api),
    (kind, way): (&str, &str),
    release: EventRelease,
) -> Result<Option<Told>> {
    let prober = &audit.prober;
    let plan = prober.story(&format!("ORD-05/{kind}/{way}"), &[kind])?;
    let Some(event) = plan.events.first().filter(|_| effects.can_look(&plan)) else {
        return Ok(None);
    };
    let before = effects.look(&plan).await?;
    let took = acting.map(|acting| acting.took).unwrap_or_default();
    let course = CausedDeliveries::new(prober, api, release, took).await.deliver(event).await;
    if !course.is_accepted() || course.caused().is_none() {
        return Ok(None);
    }
    let patience = acting.map_or(BRIEFLY, Acting::patience);
    let moved = effects.moved(before.clone(), &plan, patience).await?;
    let change = StateChange { before, after: moved.after.clone(), ids: plan.ids.clone() };
    Ok(Some(Told { course, change, moved }))
}

fn judged(
    probe: &'static AuditProbe,
    [after, again, before]: [Told; 3],
    audit: &Audit,
) -> ProbeResult {
    let pass = ProbeResult::new(probe, ProbeVerdict::Pass);
    let Some(caused) = before.course.caused() else { return pass };
    let name = &caused.event.name;
    if after.moved.differences.is_empty() {
        let reason = "the handler's calls, and the events of them, change nothing of the app's state that is seen";
        let way = "look at a state that shows what the handler makes by the API";
        return ProbeResult::not_tested(probe, reason, Some(way));
    }
    if !after.change.differences(&again.change).is_empty() {
        let why = "the app's state differs where the same events come twice in the same order";
        return unsteady(probe, why);
    }
    if before.course.is_held() {
        let reason = format!("the app does not answer {name} while its call waits for that");
        let way = "let the app serve several requests at once while it is audited";
        return ProbeResult::not_tested(probe, &reason, Some(way));
    }
    let differences = after.change.differences(&before.change);
    if differences.is_empty() {
        return pass;
    }
    let told: Vec<String> = differences
        .iter()
        .map(|one| {
            let value = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
            let (is, should) = (value(&one.after), value(&one.before));
            format!("{} is {is}, should be {should} ({})", one.subject(), one.query)
        })
        .collect();
    let call = caused.call();
    let seen = format!("{name} before the answer to {call}: {}", told.join("; "));
    let name = format!("{name}, before the answer to {call}");
    let evidence = |sent| evidence(&name, &before.moved, sent, &audit.prober);
    pass.failed(probe.severity, seen, caused.sent().map(evidence).into_iter().collect())
}

fn unsteady(probe: &'static AuditProbe, why: &str) -> ProbeResult {
    ProbeResult::new(probe, ProbeVerdict::Inconclusive(why.to_owned()))
}
