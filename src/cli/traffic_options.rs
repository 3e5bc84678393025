//! How the events of scenarios arrive: in which order, how often, how many at once.

use clap::Args;

use crate::error::{Error, Kind, Result};
use crate::event::id::Seed;
use crate::runner::{Job, Traffic};
use crate::scenario::order::{MOST_ORDERS, count_of_permutations, permutations};
use crate::scenario::{Order, Scenario, Sequence};

/// How the events of scenarios arrive.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Delivery")]
pub(super) struct TrafficOptions {
    /// Order: story, created, reverse, shuffle, or 3,1,2
    ///
    /// `story` is the scenario's own order, and the default. Numbers are those of steps.
    #[arg(long, env = "DEVTOOL_ORDER", value_name = "ORDER")]
    order: Option<Order>,

    /// Run in NUMBER other orders, as Stripe guarantees none
    ///
    /// First with two adjacent events swapped, then in random orders from the seed. Each run has its own
    /// ids.
    #[arg(long, env = "DEVTOOL_ORDERS", value_name = "NUMBER", conflicts_with = "order", value_parser = clap::value_parser!(u16).range(1..=MOST_ORDERS as i64))]
    orders: Option<u16>,

    /// Send only these steps, in this order, such as 2,1
    ///
    /// A step that is named twice is sent twice.
    #[arg(long, hide_short_help = true, env = "DEVTOOL_STEPS", value_name = "NUMBERS", conflicts_with_all = ["order", "orders", "duplicate"])]
    steps: Option<Sequence>,

    /// Share of events to send twice, such as 0.5 or 50%
    #[arg(hide_short_help = true, long, env = "DEVTOOL_DUPLICATE", value_name = "SHARE", value_parser = share)]
    duplicate: Option<f64>,

    /// Maximum number of events to send at once [default: 1]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_CONCURRENCY", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    concurrency: Option<u16>,

    /// How many times to send the scenarios [default: 1]
    #[arg(hide_short_help = true, long, env = "DEVTOOL_REPEAT", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    repeat: Option<u16>,
}

/// Reads a share: `0.5`, `50%`.
fn share(text: &str) -> std::result::Result<f64, String> {
    let percent = text.strip_suffix('%').map(str::parse::<f64>);
    let share = percent.map_or_else(|| text.parse(), |percent| percent.map(|p| p / 100.0));
    let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1, or from 0% to 100%".to_owned())
}

/// How many events a run may send. All of them are made before the first goes out.
const MOST_EVENTS: usize = 20_000;

impl TrafficOptions {
    /// The jobs of a run: each scenario as often and in as many orders as asked for, each a story of
    /// its own.
    pub(super) fn jobs(&self, default: &Job, scenarios: &[Scenario]) -> Result<Vec<Job>> {
        within_limit(self.events(scenarios))?;
        for scenario in scenarios {
            self.check_steps(scenario)?;
        }
        let orders: Vec<Vec<Order>> =
            scenarios.iter().map(|scenario| self.orders(scenario, default.seed)).collect();
        let mut jobs: Vec<Job> = Vec::new();
        for _ in 0..self.repeat.unwrap_or(1) {
            for (scenario, orders) in scenarios.iter().zip(&orders) {
                for order in orders {
                    let number = u32::try_from(jobs.len()).unwrap_or_default();
                    jobs.push(Job {
                        scenario: scenario.clone(),
                        name: Some(scenario.name.clone()),
                        seed: Seed(default.seed.0.wrapping_add(number)),
                        traffic: self.traffic(order.clone(), scenario),
                        ..default.clone()
                    });
                }
            }
        }
        Ok(jobs)
    }

    /// The steps that alone are sent.
    pub(super) fn steps(&self) -> Option<Sequence> {
        self.steps.clone()
    }

    /// That the steps to send are steps of the scenario.
    pub(super) fn check_steps(&self, scenario: &Scenario) -> Result<()> {
        let steps = scenario.steps.len();
        let unknown = |wanted: &Sequence| wanted.0.iter().copied().find(|step| *step >= steps);
        match self.steps.as_ref().and_then(unknown) {
            Some(step) => {
                let name = &scenario.name;
                let message = format!("`--steps` names step {}: `{name}` has {steps}", step + 1);
                Err(Error::new(Kind::Usage, message))
            }
            None => Ok(()),
        }
    }

    /// Whether the run is to find orders or duplicates that fail.
    pub(super) const fn looks_for_failures(&self) -> bool {
        self.orders.is_some() || self.duplicate.is_some()
    }

    /// The orders in which a scenario is told; one at least.
    fn orders(&self, scenario: &Scenario, seed: Seed) -> Vec<Order> {
        let Some(wanted) = self.orders else {
            return vec![self.order.clone().unwrap_or_default()];
        };
        match permutations(wanted.into(), scenario.steps.len(), seed) {
            none if none.is_empty() => vec![Order::Story],
            orders => orders,
        }
    }

    /// How many events a run of these scenarios sends.
    fn events(&self, scenarios: &[Scenario]) -> usize {
        let one = |scenario: &Scenario| {
            let in_file = scenario.deliveries.as_ref().map_or(0, |deliveries| deliveries.0.len());
            let steps = scenario.steps.len().max(in_file);
            let orders =
                self.orders.map_or(1, |wanted| count_of_permutations(wanted.into(), steps));
            let again: usize = scenario.steps.iter().map(|step| step.again as usize).sum();
            let twice = if self.duplicate.is_some() { steps } else { 0 };
            (steps + again + twice).saturating_mul(orders.max(1))
        };
        let all = scenarios.iter().map(one).fold(0, usize::saturating_add);
        all.saturating_mul(self.repeat.unwrap_or(1).into())
    }

    fn traffic(&self, order: Order, scenario: &Scenario) -> Traffic {
        let asks_for_another =
            self.order.is_some() || self.orders.is_some() || self.duplicate.is_some();
        let in_file = scenario.deliveries.clone().filter(|_| !asks_for_another);
        Traffic {
            order,
            steps: self.steps.clone().or(in_file),
            duplicates: self.duplicate.unwrap_or(0.0),
            concurrency: self.concurrency.map_or(1, usize::from),
        }
    }
}

fn within_limit(events: usize) -> Result<()> {
    if events <= MOST_EVENTS {
        return Ok(());
    }
    let message = format!("the run would send {events} events; the limit is {MOST_EVENTS}");
    Err(Error::new(Kind::Usage, message)
        .hinted("send fewer: lower `--orders` or `--repeat`, or name fewer scenarios"))
}
