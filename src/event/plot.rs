//! How a story goes, apart from its events.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::id::Seed;
use super::parameters::Parameters;
use crate::protocol::moment::{Moment, Offset};

/// How a story goes, apart from its events.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What the events are named after, so that two stories of one seed have different ones.
    pub name: String,
    /// Draws the ids.
    pub seed: Seed,
    /// The last moment of the story; nothing happens after it.
    pub end: Moment,
    /// The type of the payment method.
    pub payment_method: String,
    /// Other variants of the objects, such as `connect` for money that goes on to another account.
    pub variants: Vec<String>,
    /// Moments at which objects were created, from the end.
    pub created: BTreeMap<String, Offset>,
    /// What the user chose.
    pub parameters: Parameters,
    /// The API version that the events name.
    pub api_version: String,
    /// The connected account whose events they are, where they are of one.
    pub account: Option<String>,
    /// Whether it is to note which objects its events name.
    pub notes_ids: bool,
}

impl Plot {
    /// One of which nothing but this is chosen: paid by card, with events of the newest API version.
    pub fn plain(name: &str, seed: Seed, end: Moment) -> Self {
        Self {
            name: name.to_owned(),
            seed,
            end,
            payment_method: "card".to_owned(),
            variants: Vec::new(),
            created: BTreeMap::new(),
            parameters: Parameters::default(),
            api_version: Catalogue::api_version().to_owned(),
            account: None,
            notes_ids: false,
        }
    }
}
